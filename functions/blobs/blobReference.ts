// Makes blob triggers pass a reference and never the content: deferred binding with a resource factory of our own.
import { z } from "zod";
import { ResourceFactoryResolver } from "./resourceFactories.ts";

/** Which blob: no content, no client. */
export const BlobReference = z.object({ ContainerName: z.string().min(1), BlobName: z.string().min(1) });
export type BlobReference = z.infer<typeof BlobReference>;

const SOURCE = "AzureStorageBlobs";

/** To be called once, before the app's functions are invoked. Calling it again does nothing. */
export function registerBlobReferences(): void {
  const resolver = ResourceFactoryResolver.getInstance();
  if (!resolver.hasResourceFactory(SOURCE)) resolver.registerResourceFactory(SOURCE, referenceOf);
}

/** From the host's model binding data: { version, source, contentType, content: JSON bytes }. */
function referenceOf(data: unknown): BlobReference {
  const { content } = z.object({ content: z.instanceof(Uint8Array) }).parse(Array.isArray(data) ? data[0] : data);
  return BlobReference.parse(JSON.parse(Buffer.from(content).toString("utf8")));
}

/** The handler's argument as a reference; throws when the host did not defer and downloaded the blob instead. */
export function asReference(argument: unknown): BlobReference {
  if (argument instanceof Uint8Array)
    throw new Error(
      "Deferred binding is off: the host downloaded the whole blob. It takes sdkBinding, no other binding with an expression, and a host that knows both.",
    );
  return BlobReference.parse(argument);
}
