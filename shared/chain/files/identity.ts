// Decides when two names or GUIDs mean the same thing.

const ZERO_GUID = "00000000-0000-0000-0000-000000000000";

/** A GUID in upper case without braces; undefined when it is absent, null, empty or all zero. */
export function guidOf(text: string | null | undefined): string | undefined {
  if (!text || text === ZERO_GUID) return undefined;
  if (!/[a-z{]/.test(text)) return text;
  const guid = (text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : text).toUpperCase();
  return guid === "" || guid === ZERO_GUID ? undefined : guid;
}

/** SQL Server ignores trailing blanks in a database's name, and as a rule the case; commas and inner blanks count. */
export const databaseKey = (databaseName: string): string => databaseName.replace(/ +$/, "").toLowerCase();

/**
 * A folder or target is called after a database when one of the names holds the other: SRV1-Sales, Sales_2026, Sales.
 */
export function isCalledAfter(name: string, databaseName: string): boolean {
  const [one, other] = [databaseKey(name), databaseKey(databaseName)];
  return one.includes(other) || other.includes(one);
}

/** The last segment of a blob's name. */
export const fileNameOf = (blobName: string): string => blobName.slice(blobName.lastIndexOf("/") + 1);

/** Everything before the last segment; "" at the container's root. */
export const folderOf = (blobName: string): string => blobName.slice(0, Math.max(0, blobName.lastIndexOf("/")));

/** Order by code unit: the same on every host, unlike localeCompare. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
