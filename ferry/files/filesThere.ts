// Compares local files with the blobs of their names, so that an upload neither sends a file again nor replaces another
// one unasked.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { BlobGetPropertiesResponse, ContainerClient, RestError } from "@azure/storage-blob";
import { BackupFormatError } from "../../shared/backup/backupFormatError.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { toldApart } from "./destination.ts";
import type { LocalFile } from "./folder.ts";
import { withFile } from "./localFile.ts";

/** Says which version of the local file a blob is, so that an interrupted upload goes on where it was. */
export const MODIFIED = "sourcemodified";

/** A local file, and what its blob is to it. */
export interface Compared {
  readonly file: LocalFile;
  readonly there: "nothing" | "the same" | "something else";
  /** Of what is there. */
  readonly etag?: string;
  readonly sizeBytes?: number;
}

/** In the order of the files. What the storage refuses is a FerryError: nothing was sent by then. */
export async function compareAll(
  container: ContainerClient,
  folder: string,
  files: readonly LocalFile[],
): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const file of files)
    compared.push(
      await toldApart(container, "Nothing was sent or registered", () =>
        compare(container, `${folder}/${file.name}`, file),
      ),
    );
  return compared;
}

async function compare(container: ContainerClient, blobName: string, file: LocalFile): Promise<Compared> {
  const there = await container
    .getBlobClient(blobName)
    .getProperties()
    .catch((error: RestError) => {
      if (error.statusCode === 404) return undefined;
      throw error;
    });
  if (there?.etag === undefined) return { file, there: "nothing" };
  const { etag, contentLength: sizeBytes = 0 } = there;
  const isSame = sizeBytes === file.sizeBytes && (await isSameContent(container, blobName, file, there));
  return { file, there: isSame ? "the same" : "something else", etag, sizeBytes };
}

/**
 * Of two files of one length: the version that an upload sent, the same backup by its GUIDs, or the same bytes by
 * MD5.
 */
async function isSameContent(
  container: ContainerClient,
  blobName: string,
  file: LocalFile,
  { metadata, etag = "", contentMD5 }: BlobGetPropertiesResponse,
): Promise<boolean> {
  if (metadata?.[MODIFIED] === file.modifiedAt.toISOString()) return true;
  const blob: ByteSource = {
    size: file.sizeBytes,
    read: async (offset, length) => {
      const count = Math.min(length, file.sizeBytes - offset);
      if (count <= 0) return new Uint8Array();
      return container.getBlobClient(blobName).downloadToBuffer(offset, count, { conditions: { ifMatch: etag } });
    },
  };
  const [ours, theirs] = await Promise.all([withFile(file.path, identityOf), identityOf(blob)]);
  if (ours !== undefined || theirs !== undefined) return ours === theirs;
  return contentMD5 !== undefined && Buffer.from(contentMD5).equals(await md5Of(file.path));
}

/** Media set, stripe and sets: no two backups share them. Undefined when it is no backup that can be read. */
async function identityOf(source: ByteSource): Promise<string | undefined> {
  try {
    const { media, backupSets } = await readBackupHeader(source);
    return [media.mediaSetId, media.familySequenceNumber, ...backupSets.map((set) => set.backupSetGuid)].join();
  } catch (error) {
    if (error instanceof BackupFormatError) return undefined;
    throw error;
  }
}

async function md5Of(path: string): Promise<Buffer> {
  const hash = createHash("md5");
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
