// Finds where @azure/functions keeps its resource factories: in its own copy of @azure/functions-extensions-base, and
// in no other.
//
// The package's ESM build lacks the named export and would be another singleton, hence the CommonJS copy as seen from
// @azure/functions.
// infra/bundle.ts puts a plain `require` of the same copy in the place of this file.
import { createRequire } from "node:module";

interface Resolver {
  hasResourceFactory(source: string): boolean;
  registerResourceFactory(source: string, factory: (data: unknown) => unknown): void;
}

const seenFromFunctions = createRequire(createRequire(import.meta.url).resolve("@azure/functions"));

export const { ResourceFactoryResolver } = seenFromFunctions("@azure/functions-extensions-base") as {
  readonly ResourceFactoryResolver: { getInstance(): Resolver };
};
