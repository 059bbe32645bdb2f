// Takes back what is known of a file that was deleted; if the restore still needed it, somebody must know.
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { Invocation, Services } from "../../ports.ts";
import { decide } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { assessFolder } from "./assessFolder.ts";
import { catalogueBlob, migrationIdOfBlob } from "./catalogueBlob.ts";
import { folderChanged } from "./folderChanged.ts";

/** `name` of a blob in the container of backups, which may be there again by now. Repeating it is harmless. */
export async function fileDeleted(services: Services, invocation: Invocation, name: string): Promise<void> {
  const migrationId = migrationIdOfBlob(services, name);
  const facts = await services.migrations.facts(migrationId);
  if (!facts) return;
  const { report } = await assessFolder(services, facts.migration);
  const needed = report.plan.find((member) => !member.restored && member.files.includes(name));
  const etag = report.files.find((file) => file.name === name)?.etag;
  // The alarm first: once the row is gone, a repetition could not tell any more that the file was needed. Its id is the version's, so it may be told twice.
  if (needed && (await services.files.find(name)) === undefined)
    await decide(services, invocation, migrationId, ({ migration }) => ({
      change: {
        migration,
        events: [
          migrationEvent(eventContext(services, migration), "alarm.blob-deleted", etag ?? name, {
            file: name,
            detail: `${name} was deleted before it was restored. Upload it again.`,
          }),
        ],
      },
      answer: undefined,
    }));
  await catalogueBlob(services, name); // asks the storage: an old event about a name that is there again withdraws nothing
  await folderChanged(services, invocation, migrationId, facts);
}
