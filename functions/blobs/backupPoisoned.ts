// A blob's event was given up by the host after all its tries: who takes care of the file now? Its row says why, and the sweep tries again.
import type { StorageQueueHandler } from "@azure/functions";
import { z } from "zod";
import { migrationIdOfBlob } from "../../shared/application/files/catalogueBlob.ts";
import { ensureMigration } from "../../shared/application/files/ensureMigration.ts";
import { folderChanged } from "../../shared/application/files/folderChanged.ts";
import { decide } from "../../shared/application/run/decide.ts";
import { eventContext } from "../../shared/application/run/eventContext.ts";
import { migrationEvent } from "../../shared/migration/events/eventBuilders.ts";
import { placeOf } from "../../shared/migration/placement.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";

/** The host's message about a poisoned blob. */
const PoisonedBlob = z.object({ ContainerName: z.string(), BlobName: z.string(), ETag: z.string().optional() });

export const backupPoisoned =
  (services: Services): StorageQueueHandler =>
  async (message, context) => {
    const poisoned = PoisonedBlob.safeParse(message);
    if (!poisoned.success) {
      // tried again it would be the same, and what becomes of it in the end nobody reads
      context.error(
        `A message in the queue of poisoned blobs is not understood and was dropped: ${poisoned.error.message}`,
      );
      return;
    }
    if (poisoned.data.ContainerName !== services.files.container) return;
    const { files, catalogue } = services;
    const file = await files.find(poisoned.data.BlobName);
    if (!file) return; // gone meanwhile: nothing to take care of
    await ensureMigration(services, invocationOf(context), placeOf(file.name).folder);
    const migrationId = migrationIdOfBlob(services, file.name);
    const known = await catalogue.find(migrationId, file.name);
    if (known?.record.etag === file.etag) return; // a later event or the sweep has read it
    const why = "The functions host gave the file's event up after all its tries; the sweep reads the file again.";
    // The alarm first: once the row is there, a repetition takes the file for one that somebody has read.
    await decide(services, invocationOf(context), migrationId, ({ migration }) => ({
      change: {
        migration,
        events: [
          migrationEvent(eventContext(services, migration), "alarm.unreadable", file.etag, {
            file: file.name,
            detail: why,
          }),
        ],
      },
      answer: undefined,
    }));
    await catalogue.put(migrationId, { ...file, content: { kind: "unreadable", code: "UNREACHABLE", message: why } });
    await folderChanged(services, invocationOf(context), migrationId);
  };
