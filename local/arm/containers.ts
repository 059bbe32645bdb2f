// Reads the folder that a migration restores from: names, sizes and headers of the real blobs.
import { ContainerClient, RestError, StorageSharedKeyCredential } from "@azure/storage-blob";
import { createBlobBackupFiles } from "../../shared/azure/blobs/blobBackupFiles.ts";
import { BackupFormatError } from "../../shared/backup/backupFormatError.ts";
import { BackupChangedError, type ByteSource } from "../../shared/backup/byteSource.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import type { Folder, MigrationOrder } from "./databaseMigration.ts";
import type { StorageAccountSeed } from "./resources.ts";
import type { FolderFile } from "./restoreWalk.ts";

type BlobSource = NonNullable<MigrationOrder["blobs"]>;
export type LookIntoFolder = (account: StorageAccountSeed, blobs: BlobSource) => Promise<Folder>;

/** A folder is listed at most twice a second, whoever asks. */
const LISTING_HOLDS_MS = 500;

/** Headers are remembered by name and ETag; failures of the storage come back in the words that DMS uses. */
export function folderReader(now: () => number): LookIntoFolder {
  const headers: Headers = new Map();
  const listings = new Map<string, { readonly at: number; readonly folder: Promise<Folder> }>();
  return (account, blobs) => {
    const key = `${account.name}/${blobs.container}/${blobs.folder}`;
    const known = listings.get(key);
    if (known !== undefined && now() - known.at < LISTING_HOLDS_MS) return known.folder;
    const folder = readFolder(account, blobs, headers);
    listings.set(key, { at: now(), folder });
    return folder;
  };
}

/** What cannot be restored has no header. */
type Header = FolderFile["header"];
type Headers = Map<string, Header>;

async function readFolder(account: StorageAccountSeed, blobs: BlobSource, headers: Headers): Promise<Folder> {
  const credential = new StorageSharedKeyCredential(account.accountName, account.accountKey);
  const url = `${account.blobEndpoint}/${blobs.container}`;
  const container = createBlobBackupFiles(new ContainerClient(url, credential, { retryOptions: { maxTries: 2 } }));
  const prefix = blobs.folder === "" ? "" : `${blobs.folder}/`;
  const files: FolderFile[] = [];
  try {
    for await (const file of container.list(prefix)) {
      const name = file.name.slice(prefix.length);
      if (name.includes("/")) continue; // folders do not nest
      const key = `${url}/${file.name} ${file.etag}`;
      if (!headers.has(key)) headers.set(key, await readHeader(container.open(file)));
      const header = headers.get(key);
      files.push({ name, sizeBytes: file.sizeBytes, ...(header === undefined ? {} : { header }) });
    }
  } catch (error) {
    if (error instanceof RestError) return { kind: "unreadable", reason: reasonOf(error) };
    throw error;
  }
  return { kind: "files", files };
}

// A file that was replaced meanwhile shows its new version in the next listing.
async function readHeader(source: ByteSource): Promise<Header> {
  try {
    const { media, backupSets } = await readBackupHeader(source);
    return { media, backupSets };
  } catch (error) {
    if (error instanceof BackupFormatError || error instanceof BackupChangedError) return undefined;
    throw error;
  }
}

function reasonOf({ statusCode }: RestError): string {
  return statusCode === undefined
    ? "Unable to connect to the remote server."
    : `Unable to read blobs in storage container, exception: The remote server returned an error: (${statusCode}).`;
}
