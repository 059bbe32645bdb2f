// A file was deleted: its row goes, and if the restore still needed it, somebody must know.
import type { EventGridHandler } from "@azure/functions";
import { z } from "zod";
import { assessFolder } from "../../shared/application/files/assessFolder.ts";
import { migrationIdOfBlob, takeBackup } from "../../shared/application/files/catalogueBlob.ts";
import { folderChanged } from "../../shared/application/files/folderChanged.ts";
import { decide } from "../../shared/application/run/decide.ts";
import { eventContext } from "../../shared/application/run/eventContext.ts";
import { migrationEvent } from "../../shared/migration/events/eventBuilders.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";

/** "/blobServices/default/containers/{container}/blobs/{name}" */
const BlobEvent = z.object({
  eventType: z.string(),
  subject: z.string().regex(/^\/blobServices\/default\/containers\/[^/]+\/blobs\/.+$/),
});

export const backupDeleted =
  (services: Services): EventGridHandler =>
  async (event, context) => {
    const { eventType, subject } = BlobEvent.parse(event);
    const [, container = "", name = ""] = /\/containers\/([^/]+)\/blobs\/(.+)$/.exec(subject) ?? [];
    if (eventType !== "Microsoft.Storage.BlobDeleted" || container !== services.files.container) return;
    const migrationId = migrationIdOfBlob(services, name);
    const facts = await services.migrations.facts(migrationId);
    if (!facts) return;
    const { report } = await assessFolder(services, facts.migration);
    const needed = report.plan.find((member) => !member.restored && member.files.includes(name));
    const etag = report.files.find((file) => file.name === name)?.etag;
    // The alarm first: once the row is gone, a repetition could not tell any more that the file was needed. Its id is the version's, so it may be told twice.
    if (needed && (await services.files.find(name)) === undefined)
      await decide(services, invocationOf(context), migrationId, ({ migration }) => ({
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
    await takeBackup(services, name); // asks the storage: an old event about a name that is there again withdraws nothing
    await folderChanged(services, invocationOf(context), migrationId, facts);
  };
