// Reads the header of the container MSSQLBAK, which compression and encryption write, and tells its kind
// (backup-format-additions, section 1).
import type { Cursor } from "../cursor.ts";

/** What the versions do not have in common. */
export interface Container {
  /** 1: SQL Server 2008 to 2012. 2: SQL Server 2014 and later. */
  readonly version: number;
  readonly flags: number;
  /** Where the first record begins. */
  readonly firstRecord: number;
  /** The bit that every record's type has. */
  readonly recordKind: number;
  /** Bytes before a record's payload; the last four are its checksum. */
  readonly recordHeader: number;
}

/** WITH ENCRYPTION. */
export const FLAG_ENCRYPTED = 4;
/** A database with TDE, compressed by SQL Server 2016 or later: seen together, by one source, and never apart. */
export const FLAGS_TDE = 0x08 | 0x20;

const LAYOUTS = [
  { version: 1, knownFlags: 0x03, firstRecord: 0x10, recordKind: 0x80, recordHeader: 8 },
  {
    version: 2,
    knownFlags: 0x03 | FLAG_ENCRYPTED | FLAGS_TDE,
    firstRecord: 0x1e0,
    recordKind: 0x20,
    recordHeader: 28,
  },
] as const;

/** Where the first record begins in the latest version that is known: in an unknown one, perhaps as well. */
export const LATEST_FIRST_RECORD = Math.max(...LAYOUTS.map(({ firstRecord }) => firstRecord));

/** From the first bytes of the file. An unknown version or flag is UNSUPPORTED_COMPRESSION. */
export function containerOf(head: Cursor): Container {
  const version = head.u32(0x08, "container version");
  const flags = head.u32(0x0c, "container flags");
  const layout = LAYOUTS.find((one) => one.version === version);
  if (layout && (flags & ~layout.knownFlags) === 0) {
    const { knownFlags: _, ...rest } = layout;
    return { ...rest, flags };
  }
  throw head.error(
    0x08,
    "a container of version 1 or 2 with known flags",
    `version ${version}, flags 0x${flags.toString(16)}`,
    "UNSUPPORTED_COMPRESSION",
  );
}
