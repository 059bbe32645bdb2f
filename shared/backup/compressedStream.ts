// How does a compressed backup become a plain tape again? The MSSQLBAK container of SQL Server 2014 and later (backup-format, section 6).
import { BackupFormatError } from "./backupFormatError.ts";
import { type Cursor, cursorOver, type Origin } from "./cursor.ts";
import type { FileRanges } from "./fileRanges.ts";
import { decompressXpress } from "./xpressHuffman.ts";

/** Where the first record begins. */
export const CONTAINER_HEADER = 0x1e0;

/** Bits of the container's flags. */
const FLAG_ENCRYPTED = 4;
const VERSION_2014 = 2;

/** Type bytes of records. */
const COMPRESSED = 0x21;
const PADDING_BITS = 0x04;
const LAST_BITS = 0x08;

const RECORD_HEADER = 28;
const UNIT = 512;
const LOCATOR_TRAILER = 16;

/** The container's header at the start of the file: may its records be read? */
export function checkContainer(head: Cursor): { readonly isEncrypted: boolean } {
  const version = head.u32(0x08, "container version");
  const flags = head.u32(0x0c, "container flags");
  if (flags & FLAG_ENCRYPTED) return { isEncrypted: true };
  if (version !== VERSION_2014)
    throw new BackupFormatError("UNSUPPORTED_COMPRESSION", {
      offset: 8,
      expected: `container version ${VERSION_2014}, SQL Server 2014 or later`,
      found: `version ${version}`,
    });
  return { isEncrypted: false };
}

/** The decompressed bytes of the record at `offset`. */
export async function recordAt(ranges: FileRanges, offset: number, origin: Omit<Origin, "offset">): Promise<Cursor> {
  const header = cursorOver(await ranges.at(offset, RECORD_HEADER), { ...origin, offset });
  const length = RECORD_HEADER + payloadSizeOf(header);
  return decompressedRecord(cursorOver(await ranges.at(offset, length), { ...origin, offset }), 0, origin, offset);
}

/** All decompressed bytes from the record that the locator before the filemark names up to the filemark. */
export async function recordsBefore(
  ranges: FileRanges,
  filemark: number,
  origin: Omit<Origin, "offset">,
): Promise<Cursor> {
  const first = await lastLocated(ranges, filemark, origin);
  const records = cursorOver(await ranges.at(first, filemark - first), { ...origin, offset: first });
  const parts: Uint8Array[] = [];
  for (let at = 0; records.holds(at, 4) && (records.u8(at, "record type") & (PADDING_BITS | LAST_BITS)) === 0; ) {
    parts.push(decompressedRecord(records, at, origin, first + at).bytes);
    at += RECORD_HEADER + payloadSizeOf(records.part(at, RECORD_HEADER, "record header"));
  }
  return cursorOver(joined(parts), { ...origin, offset: first, isDecompressed: true });
}

/** The locator ends at the filemark; its last 16 bytes repeat its first 16, which tell count and length. */
async function lastLocated(ranges: FileRanges, filemark: number, origin: Omit<Origin, "offset">): Promise<number> {
  const trailerAt = filemark - LOCATOR_TRAILER;
  const trailer = cursorOver(await ranges.at(trailerAt, LOCATOR_TRAILER), { ...origin, offset: trailerAt });
  const count = trailer.u32(4, "entries of the locator");
  const length = trailer.u32(8, "length of the locator");
  if (trailer.u32(0, "locator") !== 0x00010001 || length < 16 * (count + 2) || count < 1 || length > filemark)
    throw trailer.error(0, "the end of a locator", `${count} entries in ${length} bytes`);
  const locatorAt = filemark - length;
  const locator = cursorOver(await ranges.at(locatorAt, length), { ...origin, offset: locatorAt });
  const first = locator.u64(16 * count + 8, "file offset of a record");
  if (first < CONTAINER_HEADER || first >= locatorAt)
    throw locator.error(16 * count + 8, "the offset of an earlier record", `${first}`);
  return first;
}

function decompressedRecord(cursor: Cursor, at: number, origin: Omit<Origin, "offset">, fileOffset: number): Cursor {
  const header = cursor.part(at, RECORD_HEADER, "record header");
  const type = header.u8(0, "record type");
  const size = payloadSizeOf(header);
  if (type !== COMPRESSED) throw header.error(0, "a compressed record, type 0x21", `type 0x${type.toString(16)}`);
  const payload = cursor.part(at + RECORD_HEADER, size, "compressed record");
  const result = decompressXpress(payload.bytes, UNIT * header.u8(1, "decompressed size"));
  if (!(result instanceof Uint8Array))
    throw new BackupFormatError("UNSUPPORTED_COMPRESSION", {
      offset: fileOffset + RECORD_HEADER + result.at,
      expected: "data compressed with MS_XPRESS",
      found: result.fault,
    });
  return cursorOver(result, { ...origin, offset: fileOffset, isDecompressed: true });
}

const payloadSizeOf = (header: Cursor): number => header.u16(2, "payload size");

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
