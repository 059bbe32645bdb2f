// Detects TDE and its certificate in a backup. Inferred: no real file of such a database has been seen
// (backup-format-additions, section 4).
import type { DatabaseFile, Tde } from "../backupHeader.ts";
import { type Cursor, hexText, isZero } from "../cursor.ts";
import { blockAt, isBlock, streamsOf } from "./tapeFormat.ts";

/**
 * The part of a file's record that SQL Server 2008 added with TDE, and that is empty in every file of a database
 * without it.
 */
export const AREA_START = 0x190;
export const AREA_END = 0x400;
/** A SHA-1, as its length before it says. */
const THUMBPRINT = 20;
/** Where in a descriptor the key's length stands, behind that of the thumbprint and the thumbprint. */
export const DESCRIPTOR_KEY = 4 + THUMBPRINT;
/** The database's key, encrypted by the certificate's: the lengths that RSA gives. */
const KEY_LENGTHS = [128, 256, 384, 512];

/**
 * TDEThumbprint of one database file, from its SFIN record's fixed part: null when its place is empty, or too old to be
 * there (SQL Server 2005); undefined when something stands there that is not understood, or the place is there in part
 * only.
 */
export function tdeThumbprintOf(fixed: Cursor): string | null | undefined {
  const end = Math.min(AREA_END, fixed.length);
  if (isZero(fixed.bytes, AREA_START, end)) return end > AREA_START && end < AREA_END ? undefined : null;
  const area = fixed.part(AREA_START, end - AREA_START, "encryption");
  for (let at = 0; at < area.length; at++) {
    const found = descriptorAt(area, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The thumbprint of the descriptor at `at`, if there is one: length and thumbprint, length and key. */
export function descriptorAt(cursor: Cursor, at: number): string | undefined {
  if (!cursor.holds(at, DESCRIPTOR_KEY + 4) || cursor.u32(at, "length of the thumbprint") !== THUMBPRINT)
    return undefined;
  const keyLength = cursor.u32(at + DESCRIPTOR_KEY, "length of the key");
  if (!KEY_LENGTHS.includes(keyLength) || !cursor.holds(at + DESCRIPTOR_KEY + 4, keyLength)) return undefined;
  return hexText(cursor.bytes.subarray(at + 4, at + DESCRIPTOR_KEY));
}

/** Of a set, from its data files; undefined where it lists none. */
export function tdeOf(files: readonly DatabaseFile[]): Tde | undefined {
  const found = files.filter(({ type }) => type === "D").map(({ tdeThumbprint }) => tdeThumbprint);
  const thumbprints = [...new Set(found.filter((one) => typeof one === "string"))];
  if (thumbprints.length > 0) return { state: "encrypted", thumbprints };
  if (found.length === 0) return undefined;
  return { state: found.includes(undefined) ? "unknown" : "none" };
}

/** Bytes of a page. */
export const PAGE = 8192;
/** Page data begin with two bytes of their own. */
const DATA_PREFIX = 2;
/** Bytes of a page's header, which stay readable. */
export const PAGE_HEADER = 96;
const PAGE_TYPE_PFS = 11;
const FLAG_ENCRYPTED = 0x0800;

/**
 * Where the second page of the first file lies, counted from the cursor's start, if the block at `at` holds data pages.
 * It is the first that TDE encrypts.
 */
export function secondPageIn(cursor: Cursor, at: number): number | undefined {
  if (!isBlock(cursor, at, "MSDA")) return undefined;
  const block = blockAt(cursor, at, "MSDA");
  const pages = streamsOf(block).find(({ id, dataLength }) => id === "MQDA" && dataLength >= DATA_PREFIX + 2 * PAGE);
  return pages && at + pages.dataAt + DATA_PREFIX + PAGE;
}

/**
 * A page free space page that says of itself that it is encrypted. One that does not proves nothing: encryption may
 * still be under way.
 */
export const isEncryptedPage = (page: Cursor): boolean =>
  page.holds(0, PAGE_HEADER) &&
  page.u8(0, "header version") === 1 &&
  page.u8(1, "page type") === PAGE_TYPE_PFS &&
  page.u32(0x20, "page id") === 1 &&
  (page.u16(4, "page flags") & FLAG_ENCRYPTED) !== 0;
