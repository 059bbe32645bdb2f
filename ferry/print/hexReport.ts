// Prints the layout of a backup that cannot be read or is of an unknown kind in hexadecimal digits, without names, for
// maintainers.
import { BackupFormatError } from "../../shared/backup/backupFormatError.ts";
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { type Container, containerOf, LATEST_FIRST_RECORD } from "../../shared/backup/container/container.ts";
import { hasItsChecksum, isPaddingRecord, lengthOfRecord } from "../../shared/backup/container/containerRecord.ts";
import { isEncrypted, LENGTHS_OF_KEYS } from "../../shared/backup/container/encryptedMedia.ts";
import { type Cursor, cursorOver } from "../../shared/backup/cursor.ts";
import { fileRanges } from "../../shared/backup/fileRanges.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { closedFileOf } from "../../shared/backup/tape/filemarks.ts";
import { recordsOf, UNKNOWN_FIELDS } from "../../shared/backup/tape/sqlServerStream.ts";
import { AREA_END, AREA_START } from "../../shared/backup/tape/tde.ts";
import type { Inspected } from "../files/inspected.ts";

const HEAD = 16 * 1024;
/** Of a container. */
const FIRST_BYTES = 16;
/** A tape block's common header; texts stand behind it. */
const BLOCK_HEADER = 52;
const MOST_RECORDS = 4;
/** So few that no text fits into them. */
const PAYLOAD = 8;

/** Bytes in a line. */
const ROW = 16;
const MOST_ROWS = 64;

/** Lines for one file, which is called by its number. */
export async function hexReport(inspected: Inspected, number: number, source: ByteSource): Promise<string> {
  const bytes = await source.read(0, Math.min(HEAD, source.size));
  const head = cursorOver(bytes, { offset: 0, code: "NOT_A_BACKUP" });
  const closed = await ifFormatted(() => closedFileOf(fileRanges(source)));
  const end = closed
    ? `closed by a filemark of ${closed.blockSize} bytes, ${closed.backupSetCount} backup sets`
    : "no filemark at the end";
  return [
    `File ${number}: ${source.size} bytes, ${end}`,
    ...("error" in inspected ? refused(inspected) : read(inspected)),
    ...("error" in inspected ? [] : await notUnderstood(source)),
    ...(await dump(head)),
  ].join("\n");
}

/** Undefined where the bytes contradict the format. */
async function ifFormatted<T>(find: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof BackupFormatError) return undefined;
    throw error;
  }
}

const refused = ({ error }: Extract<Inspected, { readonly error: unknown }>): string[] => [
  `${error.code} at byte ${error.offset}: ${error.found}`,
];

/** What stands in the header apart from names, dates and GUIDs. */
const read = ({ media, backupSets }: Extract<Inspected, { readonly media: unknown }>): string[] =>
  backupSets.map((set) =>
    [
      `Set ${set.position}: type ${set.backupType}`,
      `version ${set.softwareVersionMajor}.${set.softwareVersionMinor}.${set.softwareVersionBuild ?? ""}`,
      `flags ${set.flags}`,
      media.compressionAlgorithm ?? "not compressed",
      `block size ${media.blockSize}`,
      `TDE ${set.tde?.state ?? "not known"}`,
      `unverified: ${set.unverified?.join(", ") ?? "nothing"}`,
    ].join(", "),
  );

/**
 * What the configurations hold beside what is understood: records of other kinds, the place of TDE, fields that were
 * always zero.
 */
async function notUnderstood(source: ByteSource): Promise<string[]> {
  const lines: string[] = [];
  await readBackupHeader(source, (configuration) => {
    for (const { tag, cursor } of recordsOf(configuration))
      if (tag === "SCIN") for (const [from, end] of UNKNOWN_FIELDS) lines.push(...shape(tag, cursor, from, end));
      else if (tag === "SFIN") lines.push(...shape(tag, cursor, AREA_START, AREA_END));
      else if (tag !== "SFGI") lines.push(`${JSON.stringify(tag)}, ${cursor.length} bytes`, ...shape(tag, cursor, 8));
  });
  return lines.length > MOST_ROWS ? [...lines.slice(0, MOST_ROWS), "(more)"] : lines;
}

/**
 * What stands there that is not zero, as its shape: numbers that may be lengths, and "xx" for what may be text or a
 * key.
 */
function shape(tag: string, record: Cursor, from: number, end = record.length): string[] {
  const lines: string[] = [];
  for (let at = from; at < Math.min(end, record.length); at += ROW) {
    const bytes = record.bytes.subarray(at, Math.min(at + ROW, end));
    if (bytes.some((byte) => byte !== 0))
      lines.push(`${JSON.stringify(tag)} ${at.toString(16).padStart(4, "0")}  ${masked(bytes)}`);
  }
  return lines;
}

function masked(bytes: Uint8Array): string {
  const word = (at: number): number => bytes.subarray(at, at + 4).reduceRight((sum, byte) => sum * 256 + byte, 0);
  return Array.from(bytes, (byte, at) =>
    byte === 0 || mayBeLength(word(at & ~3)) ? byte.toString(16).padStart(2, "0") : "xx",
  ).join(" ");
}

/** Below the letters, or what lengths of keys are a multiple of. */
const mayBeLength = (word: number): boolean => word < 32 || (word < 4096 && word % 64 === 0);

async function dump(head: Cursor): Promise<string[]> {
  const text = Buffer.from(head.bytes.subarray(0, 8)).toString("latin1");
  if (text.startsWith("TAPE")) return [line(head, 0, BLOCK_HEADER)];
  if (text !== "MSSQLBAK") return ["(neither a tape format nor a container of SQL Server: no bytes are printed)"];
  const container = await ifFormatted(() => containerOf(head));
  if (!container) return [line(head, 0, FIRST_BYTES), line(head, LATEST_FIRST_RECORD, 4)];
  const keys = isEncrypted(container) ? LENGTHS_OF_KEYS.map((at) => line(head, at, 4)) : [];
  return [line(head, 0, FIRST_BYTES), ...keys, ...records(head, container)];
}

/** Headers of the first records, without what nobody cleared in them, and how their payloads begin. */
function records(head: Cursor, container: Container): string[] {
  const { recordHeader, firstRecord } = container;
  const lines: string[] = [];
  for (let at = firstRecord; head.holds(at, recordHeader) && lines.length < 2 * MOST_RECORDS; ) {
    if (isPaddingRecord(container, head, at)) return [...lines, `${line(head, at, 4)}  padding`];
    const sum = hasItsChecksum(container, head, at)
      ? "its checksum is right"
      : "its checksum is wrong, or it is cut off";
    lines.push(`${line(head, at, 4)} .. ${hex(head, at + recordHeader - 4, 4)}  record, ${sum}`);
    lines.push(line(head, at + recordHeader, PAYLOAD));
    at += lengthOfRecord(container, head, at);
  }
  return lines;
}

const line = (head: Cursor, at: number, length: number): string =>
  `${at.toString(16).padStart(6, "0")}  ${hex(head, at, length)}`;

const hex = (head: Cursor, at: number, length: number): string =>
  Array.from(head.bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
