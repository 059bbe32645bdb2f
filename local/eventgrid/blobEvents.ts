// Compares two listings of a container and makes blob events of the differences.
import { randomUUID } from "node:crypto";

export interface ListedBlob {
  readonly name: string;
  /** Without quotes, as a listing and Event Grid spell it. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly blobType: string;
  readonly contentType: string;
}

export interface BlobChanges {
  /** New blobs, and new versions of known ones. */
  readonly written: readonly ListedBlob[];
  /** Names that are gone. */
  readonly deleted: readonly string[];
}

/** Compares a listing with name → etag of the one before. */
export function blobChanges(known: ReadonlyMap<string, string>, listed: readonly ListedBlob[]): BlobChanges {
  const names = new Set(listed.map(({ name }) => name));
  return {
    written: listed.filter(({ name, etag }) => known.get(name) !== etag),
    deleted: [...known.keys()].filter((name) => !names.has(name)),
  };
}

/**
 * Schema "Azure Blob Storage as Event Grid source". A listing does not tell which operation wrote a blob: `api` says
 * PutBlob.
 */
export interface BlobEvent {
  readonly id: string;
  readonly topic: string;
  readonly subject: string;
  readonly eventType: "Microsoft.Storage.BlobCreated" | "Microsoft.Storage.BlobDeleted";
  readonly eventTime: string;
  readonly dataVersion: "";
  readonly metadataVersion: "1";
  readonly data: Readonly<Record<string, string | number>>;
}

export interface WatchedContainer {
  /** ARM id of the storage account. */
  readonly topic: string;
  readonly container: string;
  /** Of the container. */
  readonly url: string;
}

/** One event per change; `now` is the time that they carry. */
export function blobEvents(where: WatchedContainer, { written, deleted }: BlobChanges, now: Date): BlobEvent[] {
  const eventOf = (
    name: string,
    eventType: BlobEvent["eventType"],
    data: Readonly<Record<string, string | number>>,
  ): BlobEvent => ({
    id: randomUUID(),
    topic: where.topic,
    subject: `/blobServices/default/containers/${where.container}/blobs/${name}`,
    eventType,
    eventTime: now.toISOString(),
    dataVersion: "",
    metadataVersion: "1",
    data: {
      requestId: randomUUID(),
      ...data,
      url: `${where.url}/${name.split("/").map(encodeURIComponent).join("/")}`,
    },
  });
  return [
    ...written.map(({ name, etag, sizeBytes, blobType, contentType }) =>
      eventOf(name, "Microsoft.Storage.BlobCreated", {
        api: "PutBlob",
        eTag: etag,
        contentType,
        contentLength: sizeBytes,
        blobType,
      }),
    ),
    ...deleted.map((name) => eventOf(name, "Microsoft.Storage.BlobDeleted", { api: "DeleteBlob" })),
  ];
}
