// Catalogues an uploaded file: reads its header, writes its row, wakes its run. The event says only where to look; it
// may come twice, late, or out of order.
import type { StorageBlobHandler } from "@azure/functions";
import { catalogueBlob } from "../../shared/application/files/catalogueBlob.ts";
import { ensureMigrationOfFile } from "../../shared/application/files/ensureMigration.ts";
import { folderChanged } from "../../shared/application/files/folderChanged.ts";
import { placeOf } from "../../shared/migration/placement.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";
import { asReference } from "./blobReference.ts";

export const backupArrived =
  (services: Services): StorageBlobHandler =>
  async (blob, context) => {
    const { ContainerName, BlobName } = asReference(blob);
    if (ContainerName !== services.files.container) {
      context.warn(
        `An event for the container "${ContainerName}" was delivered here; it is not ours and changes nothing.`,
      );
      return;
    }
    const isNews = await catalogueBlob(services, BlobName);
    // a directory, or deleted before it was catalogued: neither creates a migration
    if (!isNews && !(await services.files.find(BlobName))) return;
    const invocation = invocationOf(context);
    const { migrationId, facts } = await ensureMigrationOfFile(services, invocation, placeOf(BlobName).folder);
    await folderChanged(services, invocation, migrationId, facts);
  };
