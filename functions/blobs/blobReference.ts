// How does a blob trigger hand over a reference and never the content? By deferred binding, with a resource factory of our own.
//
// The factory has to be registered in the very copy of @azure/functions-extensions-base that @azure/functions itself uses: the package's
// ESM build lacks the named export and would be another singleton, hence the CommonJS copy as seen from @azure/functions.
import { createRequire } from "node:module";
import { z } from "zod";

/** Which blob: no content, no client. */
export const BlobReference = z.object({ ContainerName: z.string().min(1), BlobName: z.string().min(1) });
export type BlobReference = z.infer<typeof BlobReference>;

const SOURCE = "AzureStorageBlobs";

interface Resolver {
  hasResourceFactory(source: string): boolean;
  registerResourceFactory(source: string, factory: (data: unknown) => BlobReference): void;
}

/** To be called once, before the app's functions are invoked. Calling it again does nothing. */
export function registerBlobReferences(): void {
  const seenFromFunctions = createRequire(createRequire(import.meta.url).resolve("@azure/functions"));
  const { ResourceFactoryResolver } = seenFromFunctions("@azure/functions-extensions-base") as {
    ResourceFactoryResolver: { getInstance(): Resolver };
  };
  const resolver = ResourceFactoryResolver.getInstance();
  if (!resolver.hasResourceFactory(SOURCE)) resolver.registerResourceFactory(SOURCE, referenceOf);
}

/** From the host's model binding data: { version, source, contentType, content: JSON bytes }. */
function referenceOf(data: unknown): BlobReference {
  const { content } = z.object({ content: z.instanceof(Uint8Array) }).parse(Array.isArray(data) ? data[0] : data);
  return BlobReference.parse(JSON.parse(Buffer.from(content).toString("utf8")));
}

/** What the handler got; fails loudly when the host did not defer and downloaded the blob instead. */
export function asReference(argument: unknown): BlobReference {
  if (argument instanceof Uint8Array)
    throw new Error(
      "Deferred binding is off: the host downloaded the whole blob. It takes sdkBinding, no other binding with an expression, and a host that knows both.",
    );
  return BlobReference.parse(argument);
}
