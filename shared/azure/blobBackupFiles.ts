// How are backups read from the container that they are dropped into? By range, pinned to one version; nothing is ever written.
import { type ContainerClient, RestError } from "@azure/storage-blob";
import { BackupChangedError, type ByteSource } from "../backup/byteSource.ts";
import type { BlobType } from "../chain/backupRecord.ts";
import type { BackupFile, BackupFiles } from "../migration/ports.ts";

/** Get Blob Properties, Get Blob with If-Match, List Blobs. Throws when the container is not there or may not be read. */
export const createBlobBackupFiles = (container: ContainerClient): BackupFiles => ({
  container: container.containerName,

  async find(name) {
    try {
      return fileOf(name, await container.getBlobClient(name).getProperties());
    } catch (error) {
      if (isNoSuchBlob(error)) return undefined;
      throw error;
    }
  },

  open: (file) => openBlob(container, file),

  async *list(prefix) {
    for await (const { name, properties } of container.listBlobsFlat({ prefix })) yield fileOf(name, properties);
  },
});

const openBlob = (container: ContainerClient, { name, etag, sizeBytes }: BackupFile): ByteSource => ({
  size: sizeBytes,
  async read(offset, length) {
    const count = Math.min(length, sizeBytes - offset);
    if (count <= 0) return new Uint8Array();
    try {
      return await container.getBlobClient(name).downloadToBuffer(offset, count, { conditions: { ifMatch: etag } });
    } catch (error) {
      if (error instanceof RestError && (error.statusCode === 412 || error.statusCode === 404))
        throw new BackupChangedError(`${name} was replaced or deleted while it was read (version ${etag}).`);
      throw error;
    }
  },
});

interface BlobProperties {
  readonly etag?: string;
  readonly contentLength?: number;
  readonly blobType?: BlobType;
  readonly lastModified?: Date;
}

function fileOf(name: string, { etag, contentLength, blobType, lastModified }: BlobProperties): BackupFile {
  if (!etag || contentLength === undefined || !blobType || !lastModified)
    throw new Error(`The storage account did not tell version, size, kind and time of ${name}.`);
  return { name, etag: quoted(etag), sizeBytes: contentLength, blobType, arrivedAt: lastModified.toISOString() };
}

/** An answer to HEAD has no body: the code stands in a header alone. */
const isNoSuchBlob = (error: unknown): boolean =>
  error instanceof RestError &&
  error.statusCode === 404 &&
  error.response?.headers.get("x-ms-error-code") !== "ContainerNotFound";

/** List Blobs prints ETags without the quotes that belong to them, and that If-Match wants. */
const quoted = (etag: string): string => (etag.startsWith('"') ? etag : `"${etag}"`);
