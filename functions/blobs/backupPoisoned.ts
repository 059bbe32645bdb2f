// Records a file whose blob event the host gave up after its last retry: its row says why, and the sweep tries again.
import type { StorageQueueHandler } from "@azure/functions";
import { z } from "zod";
import { eventGivenUp } from "../../shared/application/files/eventGivenUp.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";

/** The host's message about a poisoned blob. */
const PoisonedBlob = z.object({ ContainerName: z.string(), BlobName: z.string(), ETag: z.string().optional() });

export const backupPoisoned =
  (services: Services): StorageQueueHandler =>
  async (message, context) => {
    const poisoned = PoisonedBlob.safeParse(message);
    if (!poisoned.success) {
      // a retry would fail the same way, and nothing reads the poison queue's own poison queue
      context.error(
        `A message in the queue of poisoned blobs is not understood and was dropped: ${poisoned.error.message}`,
      );
      return;
    }
    const { ContainerName, BlobName } = poisoned.data;
    if (ContainerName === services.files.container) await eventGivenUp(services, invocationOf(context), BlobName);
  };
