// Reads backups from the container that they are dropped into, by range, pinned to one version; nothing is ever
// written.
import {
  type BlobItem,
  type ContainerClient,
  type ContainerListBlobHierarchySegmentResponse,
  RestError,
} from "@azure/storage-blob";
import { BackupChangedError, type ByteSource } from "../../backup/byteSource.ts";
import { joined } from "../../backup/joined.ts";
import { FIRST_BYTES } from "../../backup/readBackupHeader.ts";
import type { BlobType } from "../../chain/backupRecord.ts";
import { isArchivedError } from "../../migration/faults.ts";
import type { BackupFile } from "../../migration/observed.ts";
import type { BackupFiles } from "../../ports.ts";
import { WORK_PATIENCE_MS } from "../clients.ts";

/**
 * Blobs of one answer. To read the usual 5,000 takes 100 MiB for a moment, the larger part of all memory of the app.
 */
const PAGE_SIZE = 2_000;

/**
 * Get Blob Properties, Get Blob with If-Match, List Blobs; each given up after `patienceMs`. Throws when the
 * container is not there or may not be read.
 */
export const createBlobBackupFiles = (container: ContainerClient, patienceMs = WORK_PATIENCE_MS): BackupFiles => ({
  container: container.containerName,

  async find(name) {
    try {
      const abortSignal = AbortSignal.timeout(patienceMs);
      const properties = await container.getBlobClient(name).getProperties({ abortSignal });
      return isDirectory(properties) ? undefined : fileOf(name, properties);
    } catch (error) {
      if (isNoSuchBlob(error)) return undefined;
      throw error;
    }
  },

  open: (file) => openBlob(container, file, patienceMs),

  async openCurrent(name) {
    try {
      const abortSignal = AbortSignal.timeout(patienceMs);
      const answer = await container.getBlobClient(name).download(0, FIRST_BYTES, { abortSignal });
      const head = await bytesOf(answer.readableStreamBody);
      const { etag, blobType, lastModified } = answer; // members of its class: no spread has them
      const file = fileOf(name, { etag, blobType, lastModified, contentLength: sizeIn(answer) });
      return { file, source: withHead(openBlob(container, file, patienceMs), head) };
    } catch (error) {
      if (isNoSuchBlob(error)) return undefined;
      if (!hasNoFirstBytes(error) && !isArchivedError(error)) throw error;
      const file = await this.find(name);
      return file && { file, source: openBlob(container, file, patienceMs) };
    }
  },

  async *list(prefix) {
    // an empty token would mean that nothing is left
    let from: { readonly continuationToken?: string } | undefined = {};
    while (from) {
      const abortSignal = AbortSignal.timeout(patienceMs); // a page each: the whole may take long
      const { value: page } = await container
        .listBlobsFlat({ prefix, includeMetadata: true, abortSignal })
        .byPage({ ...from, maxPageSize: PAGE_SIZE })
        .next();
      yield* filesIn(page?.segment.blobItems ?? []);
      from = page?.continuationToken ? { continuationToken: page.continuationToken } : undefined;
    }
  },

  async topLevel(page) {
    const { value } = await container
      .listBlobsByHierarchy("/", { includeMetadata: true, abortSignal: AbortSignal.timeout(patienceMs) })
      .byPage({ maxPageSize: PAGE_SIZE, ...(page !== undefined && { continuationToken: page }) })
      .next();
    const { segment, continuationToken } = (value ?? {}) as Partial<ContainerListBlobHierarchySegmentResponse>;
    return {
      folders: (segment?.blobPrefixes ?? []).map(({ name }) => name.slice(0, -1)),
      files: filesIn(segment?.blobItems ?? []),
      ...(continuationToken && { next: continuationToken }),
    };
  },
});

const filesIn = (items: readonly BlobItem[]): BackupFile[] =>
  items
    .filter(({ properties, metadata }) => !isDirectory({ ...properties, ...(metadata && { metadata }) }))
    .map(({ name, properties }) => fileOf(name, properties));

const openBlob = (
  container: ContainerClient,
  { name, etag, sizeBytes }: BackupFile,
  patienceMs: number,
): ByteSource => ({
  size: sizeBytes,
  async read(offset, length) {
    const count = Math.min(length, sizeBytes - offset);
    if (count <= 0) return new Uint8Array();
    try {
      return await container.getBlobClient(name).downloadToBuffer(offset, count, {
        conditions: { ifMatch: etag },
        abortSignal: AbortSignal.timeout(patienceMs),
      });
    } catch (error) {
      if (error instanceof RestError && (error.statusCode === 412 || error.statusCode === 404))
        throw new BackupChangedError(`${name} was replaced or deleted while it was read (version ${etag}).`);
      throw error;
    }
  },
});

/** The first bytes without a request, the others from `rest`. */
const withHead = (rest: ByteSource, head: Uint8Array): ByteSource => ({
  size: rest.size,
  async read(offset, length) {
    if (offset >= head.length) return rest.read(offset, length);
    const end = Math.min(offset + length, rest.size);
    const known = head.subarray(offset, end);
    return end <= head.length ? known : joined([known, await rest.read(head.length, end - head.length)]);
  },
});

async function bytesOf(stream: NodeJS.ReadableStream | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return joined(chunks);
}

/** Of the whole blob, from an answer with a part of it: "bytes 0-16383/1048576". */
function sizeIn({
  contentRange,
  contentLength,
}: {
  contentRange?: string;
  contentLength?: number;
}): number | undefined {
  const [, size] = /\/(\d+)$/.exec(contentRange ?? "") ?? [];
  return size === undefined ? contentLength : Number(size);
}

/** 416: nothing of an empty blob can be read. */
const hasNoFirstBytes = (error: unknown): boolean => error instanceof RestError && error.statusCode === 416;

interface BlobProperties {
  readonly etag?: string | undefined;
  readonly contentLength?: number | undefined;
  readonly blobType?: BlobType | undefined;
  readonly lastModified?: Date | undefined;
  /** "Archive" until a rehydration has ended. */
  readonly accessTier?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Accounts with a hierarchical namespace list their directories as empty blobs, and tools leave such blobs in others;
 * both mark them so, in letters of either case. What has content is a file, whatever its metadata says.
 */
const isDirectory = ({ contentLength, metadata = {} }: BlobProperties): boolean =>
  contentLength === 0 &&
  Object.entries(metadata).some(([key, value]) => /^hdi_isfolder$/i.test(key) && /^true$/i.test(value));

function fileOf(name: string, { etag, contentLength, blobType, lastModified, accessTier }: BlobProperties): BackupFile {
  if (!etag || contentLength === undefined || !blobType || !lastModified)
    throw new Error(`The storage account did not tell version, size, kind and time of ${name}.`);
  return {
    name,
    etag: quoted(etag),
    sizeBytes: contentLength,
    blobType,
    arrivedAt: lastModified.toISOString(),
    ...(accessTier === "Archive" && { isArchived: true }),
  };
}

/** An answer to HEAD has no body: the code stands in a header alone. */
const isNoSuchBlob = (error: unknown): boolean =>
  error instanceof RestError &&
  error.statusCode === 404 &&
  error.response?.headers.get("x-ms-error-code") !== "ContainerNotFound";

/** List Blobs prints ETags without the quotes that belong to them, and that If-Match wants. */
const quoted = (etag: string): string => (etag.startsWith('"') ? etag : `"${etag}"`);
