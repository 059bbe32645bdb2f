// Prints and parses the version of a migration's row: its ETag guards the next change; its revision, which grows by
// one, tells older from newer.

export interface RowVersion {
  readonly revision: number;
  readonly etag: string;
  /** Keys of other rows of its partition that the change leaves as they are: a newer version of sqlferry wrote them. */
  readonly left: readonly string[];
}

export const printVersion = ({ revision, etag, left }: RowVersion): string => [revision, etag, ...left].join(" ");

/** Throws on a text that printVersion did not print. */
export function parseVersion(text: string): RowVersion {
  const [revision = "", etag = "", ...left] = text.split(" ");
  if (!/^\d+$/.test(revision) || etag === "") throw new Error(`"${text.slice(0, 100)}" is not the version of a row.`);
  return { revision: Number(revision), etag, left };
}
