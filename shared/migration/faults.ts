// Tells the storage's errors, which pass or are mended there, from sqlferry's own, and collects the latter.

/** A stored row is not what this version can read: another version wrote it, or somebody else. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
  /** The row's ETag: whoever knows what belongs there may replace it. Absent where nobody may. */
  readonly version: string | undefined;

  constructor(table: string, partitionKey: string, rowKey: string, cause: unknown, version?: string) {
    const why = cause instanceof Error ? cause.message.replaceAll(/\s+/g, " ").slice(0, 300) : String(cause);
    super(`The row "${rowKey}" of "${partitionKey}" in table ${table} cannot be read: ${why}`, { cause });
    this.version = version;
  }
}

/**
 * A newer version of sqlferry wrote the row: it is not guessed at, and nobody replaces or deletes it, so it names no
 * version to be saved over.
 */
export class NewerRowError extends UnreadableRowError {
  constructor(table: string, partitionKey: string, rowKey: string, schema: number, known: number) {
    const why = `a newer version of sqlferry wrote it (schema ${schema}; this one knows ${known}). It is left as it is until that version is deployed again.`;
    super(table, partitionKey, rowKey, why);
  }
}

/**
 * What is wrong with sqlferry's own data or code while everything else goes on: told at once, and counted by the
 * sweep.
 */
export interface FaultBook {
  note(what: string): void;
  /** The different ones that were noted since this was last asked. */
  take(): readonly string[];
}

/** Each fault is told once until the next `take`: a row that cannot be read is met at every look. */
export function createFaultBook(tell: (line: string) => void): FaultBook {
  const noted = new Set<string>();
  return {
    note(what) {
      if (noted.has(what)) return;
      noted.add(what);
      tell(`An error of sqlferry's own: ${what}`);
    },
    take() {
      const all = [...noted];
      noted.clear();
      return all;
    },
  };
}

interface AnyError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
}

/** The storage refused, or nobody answered in time. */
export function isStorageError(error: unknown): boolean {
  const { name, code } = (error ?? {}) as AnyError;
  if (name === "RestError" || name === "AbortError" || name === "TimeoutError") return true;
  return typeof code === "string" && /^E[A-Z]+$/.test(code); // a system error of the network
}

/** What the request itself is to blame for. Everything else heals with the storage, its network or the app's roles. */
const OURS: readonly unknown[] = [400, 411, 412, 413, 414, 416];

/** True when the storage cannot be used at the moment. */
export const isStorageAway = (error: unknown): boolean =>
  isStorageError(error) && !OURS.includes((error as AnyError).statusCode);

/** Archived blobs are answered 409 BlobArchived. */
export const isArchivedError = (error: unknown): boolean => (error as AnyError | undefined)?.code === "BlobArchived";
