// Which version of a migration's row is it? Its ETag guards the next change; its revision, which grows by one, tells older from newer.

export interface RowVersion {
  readonly revision: number;
  readonly etag: string;
}

export const printVersion = ({ revision, etag }: RowVersion): string => `${revision} ${etag}`;

/** Throws on a text that printVersion did not print. */
export function parseVersion(text: string): RowVersion {
  const [, revision, etag] = /^(\d+) (.+)$/.exec(text) ?? [];
  if (revision === undefined || etag === undefined)
    throw new Error(`"${text.slice(0, 100)}" is not the version of a row.`);
  return { revision: Number(revision), etag };
}
