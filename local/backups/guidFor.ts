// Derives the GUIDs and thumbprints of a generated backup from its name, so that nothing is random.
import { createHash } from "node:crypto";

/** The same GUID for the same text, always: upper case without braces, marked as version 4 as SQL Server's own are. */
export function guidFor(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").toUpperCase();
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

/** A certificate's, as SQL Server shows it: the 40 digits of a SHA-1. */
export const thumbprintFor = (text: string): string => createHash("sha1").update(text).digest("hex").toUpperCase();
