// Withdraws the row of a deleted file, and notifies people if the restore still needed it.
import type { EventGridHandler } from "@azure/functions";
import { z } from "zod";
import { fileDeleted } from "../../shared/application/files/fileDeleted.ts";
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
    if (eventType === "Microsoft.Storage.BlobDeleted" && container === services.files.container)
      await fileDeleted(services, invocationOf(context), name);
  };
