// Withdraws the row of a deleted file, and raises an alarm if the restore still needed it.
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { Invocation, Services } from "../../ports.ts";
import { decide } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { assessFolder } from "./assessFolder.ts";
import { catalogueBlob, migrationIdOfBlob } from "./catalogueBlob.ts";
import { folderChanged } from "./folderChanged.ts";

/** `name` of a blob in the container of backups, which may exist again by now. Safe to repeat. */
export async function fileDeleted(services: Services, invocation: Invocation, name: string): Promise<void> {
  const migrationId = migrationIdOfBlob(services, name);
  const facts = await services.migrations.facts(migrationId);
  if (!facts) return;
  const { report } = await assessFolder(services, facts.migration);
  const needed = report.plan.find((member) => !member.restored && member.files.includes(name));
  const etag = report.files.find((file) => file.name === name)?.etag;
  // The alarm first: once the row is gone, a repetition could no longer see that the file was needed. Its id is the
  // version's, so it may be raised twice.
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
  // asks the storage: an old event about a name that exists again withdraws nothing
  await catalogueBlob(services, name);
  await folderChanged(services, invocation, migrationId, facts);
}
