// Calls a blob function for one blob, and reports a blob that it cannot handle in the poison queue.
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import type { ModelBindingData, RegisteredFunction, TypedData } from "./coreModule.ts";
import type { Invoker } from "./invoke.ts";
import { describe, type Log } from "./log.ts";
import { expandSettings, findConnection } from "./settings.ts";
import type { Strictness } from "./strict.ts";

export interface BlobPlace {
  readonly container: string;
  readonly blob: string;
}

export interface BlobFunction {
  /** False when the handler threw or the blob could not be reached. A blob that has vanished is dropped. */
  run(place: BlobPlace): Promise<boolean>;
  /** Puts the message of the official host into the queue of the trigger's own storage account. */
  poison(place: BlobPlace, etag: string): Promise<void>;
  /** Any blob in another container of the same account. */
  elsewhere(place: BlobPlace): Promise<BlobPlace | undefined>;
}

const POISON_QUEUE = "webjobs-blobtrigger-poison";

/** A plain trigger reads the whole blob into memory: allowed for what is small. */
const PLAIN_BLOB_CAP = 1_048_576;

export function createBlobFunction(
  fn: RegisteredFunction,
  invoker: Invoker,
  judge: Strictness,
  log: Log,
): BlobFunction {
  const { name, trigger } = fn;
  if (trigger["source"] !== "EventGrid")
    throw new Error(`${name}: a blob trigger without source "EventGrid" is not supported by the local host.`);
  const connection = findConnection(trigger["connection"] as string | undefined, name);
  const pattern = patternOf(expandSettings(String(trigger["path"]), name));
  const blobs = BlobServiceClient.fromConnectionString(connection.connectionString);
  const queues = QueueServiceClient.fromConnectionString(connection.connectionString);
  const deferred = trigger.properties?.["supportsDeferredBinding"] === "true";

  async function call({ container, blob }: BlobPlace): Promise<void> {
    const client = blobs.getContainerClient(container).getBlobClient(blob);
    const properties = await client.getProperties().catch((error: unknown) => {
      throw (error as { statusCode?: number }).statusCode === 404 ? new BlobGone() : error;
    });
    const { contentLength = 0, contentType, lastModified, createdOn } = properties;
    const text = `${container}/${blob}`;
    const triggerMetadata: Record<string, TypedData> = {
      BlobTrigger: { string: text },
      Uri: { json: JSON.stringify(client.url) },
      // The ETag arrives as {} on the official host: whoever needs it asks the blob.
      Properties: {
        json: JSON.stringify({
          ContentLength: contentLength,
          ContentType: contentType,
          LastModified: lastModified,
          CreatedOn: createdOn,
          ETag: {},
        }),
      },
      Metadata: { json: JSON.stringify(properties.metadata ?? {}) },
      ...pattern(text),
    };
    if (deferred) {
      await invoker.invoke(name, { modelBindingData: reference(connection.setting, container, blob) }, triggerMetadata);
      return;
    }
    if (contentLength > PLAIN_BLOB_CAP)
      judge([{ rule: "plain-blob", detail: `${name} would read ${contentLength} bytes of ${text}` }]);
    await invoker.invoke(name, { bytes: await client.downloadToBuffer() }, triggerMetadata);
  }

  return {
    async run(place) {
      try {
        await call(place);
        return true;
      } catch (error) {
        if (error instanceof BlobGone) {
          log("information", name, `${place.container}/${place.blob} has vanished; its event is dropped.`);
          return true;
        }
        log("error", name, describe(error));
        return false;
      }
    },
    async elsewhere({ container }) {
      for await (const other of blobs.listContainers())
        if (other.name !== container)
          for await (const { name } of blobs.getContainerClient(other.name).listBlobsFlat())
            return { container: other.name, blob: name };
      return undefined;
    },
    async poison({ container, blob }, etag) {
      const queue = queues.getQueueClient(POISON_QUEUE);
      await queue.createIfNotExists();
      const message = {
        Type: "BlobTrigger",
        FunctionId: `Host.Functions.${name}`,
        BlobType: "BlockBlob",
        ContainerName: container,
        BlobName: blob,
        ETag: etag,
      };
      await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString("base64"));
      log("error", name, `${container}/${blob} is given up; the queue ${POISON_QUEUE} says so.`);
    },
  };
}

/** Only the blob's own 404 says that it has vanished: one that the handler met is the handler's failure. */
class BlobGone extends Error {}

const reference = (setting: string, container: string, blob: string): ModelBindingData => ({
  version: "1.0",
  source: "AzureStorageBlobs",
  contentType: "application/json",
  content: Buffer.from(JSON.stringify({ Connection: setting, ContainerName: container, BlobName: blob })),
});

/**
 * The values of a path's {placeholders}; none when the blob does not fit, which does not keep the function from
 * running.
 */
function patternOf(path: string): (containerAndBlob: string) => Record<string, TypedData> {
  const pattern = path.replace(/\{(\w+)\}|[.*+?^$()|[\]\\]/g, (text, name: string | undefined) =>
    name ? `(?<${name}>.+?)` : `\\${text}`,
  );
  const fits = new RegExp(`^${pattern}$`);
  return (text) =>
    Object.fromEntries(Object.entries(fits.exec(text)?.groups ?? {}).map(([name, value]) => [name, { string: value }]));
}
