// Collects which blobs of a container may have changed, from the requests that its storage service has answered.
import type { AnsweredRequest } from "../azurite.ts";

/** Names, or "any" where a request does not tell which. */
export type Touched = readonly string[] | "any";

export interface TouchedBlobs {
  /** Requests about something else change nothing. */
  note(request: AnsweredRequest): void;
  /** What was not looked at after all. */
  giveBack(touched: Touched): void;
  /** All since the last call, as soon as there is one; nothing when `signal` aborts. */
  next(signal: AbortSignal): Promise<Touched>;
}

/** Begins with "any": what happened before is not known. */
export function createTouchedBlobs(container: string): TouchedBlobs {
  const names = new Set<string>();
  let isAny = true;
  let wake = (): void => undefined;
  const add = (touched: Touched): void => {
    if (touched.length === 0) return;
    if (touched === "any") isAny = true;
    else for (const name of touched) names.add(name);
    wake();
  };
  return {
    note: (request) => add(touchedBy(request, container)),
    giveBack: add,
    async next(signal) {
      if (!isAny && names.size === 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        signal.addEventListener("abort", wake);
        await promise;
        signal.removeEventListener("abort", wake);
      }
      const touched = isAny ? "any" : [...names];
      isAny = false;
      names.clear();
      return touched;
    },
  };
}

/**
 * The blob that the request may have written or deleted: whoever looks at it finds out. A batch names its blobs in its
 * body alone. The account may stand in the path or in the host's name.
 */
export function touchedBy({ method, url, status }: AnsweredRequest, container: string): Touched {
  if (status >= 300) return [];
  const { pathname, searchParams } = new URL(url, "http://storage");
  if (method === "POST") return searchParams.get("comp") === "batch" ? "any" : [];
  if (method !== "PUT" && method !== "DELETE") return [];
  const parts = pathname.split("/").slice(1).map(decodeURIComponent);
  const at = parts.indexOf(container);
  const name = at === 0 || at === 1 ? parts.slice(at + 1).join("/") : "";
  return name === "" ? [] : [name];
}
