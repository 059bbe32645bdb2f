// Makes the files of a backup folder that cannot be read as backups, each by name, with the refusal that it must give.
import { createHash } from "node:crypto";
import { deflateRawSync, gzipSync } from "node:zlib";
import type { BackupFormatCode } from "../../shared/backup/backupFormatError.ts";
import { type BackupSpec, sqlServer2008, sqlServer2019 } from "./backupSpec.ts";
import { containerChecksum } from "./container.ts";
import { guidFor, thumbprintFor } from "./guidFor.ts";
import { writeBackup } from "./writeBackup.ts";

/** A file that reading its header must refuse, with this code. */
export interface BrokenBackup {
  readonly code: BackupFormatCode;
  readonly bytes: () => Uint8Array;
}

/** The refused file of this name; the same at every call. */
export const brokenBackup = (name: BrokenBackupName): Uint8Array => brokenBackups[name].bytes();

const blockSize = 512;
const KiB = 1024;

/** What is broken here was sound before: a full backup, longer than what a reader takes from head and tail. */
const spec: BackupSpec = {
  backupType: 1,
  databaseName: "Orders",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 37000000006400001n,
  lastLsn: 37000000012000001n,
  checkpointLsn: 37000000006400001n,
  softwareVersion: sqlServer2019,
  payloadBytes: 128 * KiB,
};
const plain = () => writeBackup(spec);
const compressed = () => writeBackup({ ...spec, isCompressed: true });
const compressedSqlServer2008 = () => writeBackup({ ...spec, softwareVersion: sqlServer2008, isCompressed: true });
const twoSets = () => writeBackup(spec, { ...spec, backupSetGuid: guidFor("second set") });

/** A sound file up to this byte. */
const cut = (sound: () => Uint8Array, at: (sound: Buffer) => number) => (): Uint8Array => {
  const bytes = Buffer.from(sound());
  return bytes.subarray(0, at(bytes));
};

/** A sound file with other bytes at one place. */
const changed = (sound: () => Uint8Array, at: (sound: Buffer) => number, change: (old: Buffer) => Uint8Array) => () => {
  const bytes = Buffer.from(sound());
  const offset = at(bytes);
  bytes.set(change(bytes.subarray(offset)), offset);
  return bytes;
};

/** Where the n-th block of this type starts. */
const block =
  (type: string, n = 1) =>
  (bytes: Buffer): number => {
    let at = -1;
    for (let seen = 0; seen < n; seen++) at = bytes.indexOf(type, at + 1, "latin1");
    return at;
  };

const plus = (from: (bytes: Buffer) => number, more: number) => (bytes: Buffer) => from(bytes) + more;
/** So many bytes before the locator of the only set. */
const beforeLocator = (less: number) => (bytes: Buffer) => {
  const filemark = block("SFMB", 2)(bytes);
  return filemark - bytes.readUInt32LE(filemark - 8) - less;
};
const fromEnd = (less: number) => (bytes: Buffer) => bytes.length - less;
/** One bit of one byte. */
const flipped = (old: Buffer): Uint8Array => Buffer.from([(old[0] ?? 0) ^ 1]);

const zeroTail = (bytes: Uint8Array, size: number): Uint8Array =>
  Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
const text = (content: string) => (): Uint8Array => Buffer.from(content, "utf8");
/** Without pattern, and the same at every call. */
const noise = (size: number): Uint8Array => createHash("shake256", { outputLength: size }).update("noise").digest();

/** How a tool's own format begins is hearsay: only that the file is no backup of SQL Server is certain. */
const otherTool = (start: string) => (): Uint8Array => Buffer.concat([Buffer.from(start, "latin1"), noise(64 * KiB)]);

/** A ZIP archive whose entries have these names. */
function zip(...names: readonly string[]): Uint8Array {
  const content = deflateRawSync("<DataSchemaModel/>");
  const entries = names.map((name) => {
    const header = Buffer.alloc(30);
    header.write("PK\u0003\u0004", 0, "latin1");
    header.writeUInt16LE(20, 4);
    header.writeUInt16LE(8, 8);
    header.writeUInt32LE(content.length, 18);
    header.writeUInt32LE("<DataSchemaModel/>".length, 22);
    header.writeUInt16LE(name.length, 26);
    return Buffer.concat([header, Buffer.from(name, "latin1"), content]);
  });
  return Buffer.concat([...entries, Buffer.from("PK\u0005\u0006", "latin1"), Buffer.alloc(18)]);
}

/** The first record is of this type, and its payload none that any known algorithm writes; its checksum is right. */
const otherCompression = (type: number) =>
  changed(
    compressed,
    () => 0x1e0,
    (record) => recordWith(record.subarray(0, 28 + record.readUInt16LE(2)), type, (payload) => payload.fill(0x17)),
  );

/** A record of container version 2 of another type, with another payload of the same length. */
function recordWith(record: Buffer, type: number, change: (payload: Buffer) => void): Buffer {
  const bytes = Buffer.from(record);
  bytes[0] = type;
  change(bytes.subarray(28));
  bytes.writeUInt32LE(containerChecksum(bytes.subarray(28)), 24);
  return bytes;
}

/** The catalogue. */
export const brokenBackups = {
  zeroBytes: { code: "ZERO_BYTES", bytes: () => new Uint8Array(0) },

  zipArchive: { code: "NOT_A_BACKUP", bytes: () => zip("Orders.bak") },
  bacpac: {
    code: "NOT_A_BACKUP",
    bytes: () => zip("model.xml", "DacMetadata.xml", "Origin.xml", "[Content_Types].xml"),
  },
  gzipArchive: { code: "NOT_A_BACKUP", bytes: () => gzipSync(plain()) },
  redgateBackup: { code: "NOT_A_BACKUP", bytes: otherTool("SQLBACKUP") },
  ideraBackup: { code: "NOT_A_BACKUP", bytes: otherTool("SQLsafe") },
  liteSpeedBackup: { code: "NOT_A_BACKUP", bytes: otherTool("LITESPEED") },
  sqlScript: { code: "NOT_A_BACKUP", bytes: text("USE [master];\r\nGO\r\nCREATE DATABASE [Orders];\r\n") },
  gitLfsPointer: {
    code: "NOT_A_BACKUP",
    bytes: text(`version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 1460736\n`),
  },
  postgresDump: { code: "NOT_A_BACKUP", bytes: otherTool("PGDMP") },
  randomBytes: { code: "NOT_A_BACKUP", bytes: () => noise(70 * KiB) },
  tapeOfNtBackup: {
    code: "NOT_A_BACKUP",
    bytes: changed(
      plain,
      (bytes) => bytes.indexOf("Microsoft SQL Server", 0, "utf16le"),
      () => Buffer.from("NTBKUP.EXE\0\0\0\0\0\0\0\0\0\0", "utf16le"),
    ),
  },
  tapeOfOtherVendor: { code: "NOT_A_BACKUP", bytes: changed(plain, () => 0x56, flipped) },
  tapeChecksumWrong: { code: "NOT_A_BACKUP", bytes: changed(plain, () => 0x04, flipped) },

  encrypted: { code: "ENCRYPTED_MEDIA", bytes: () => writeBackup({ ...spec, isEncrypted: true }) },
  encryptedAndCompressed: {
    code: "ENCRYPTED_MEDIA",
    bytes: () => writeBackup({ ...spec, isEncrypted: true, isCompressed: true }),
  },

  /** TDE compressed by SQL Server 2016 or later. */
  encryptedByTde: {
    code: "ENCRYPTED_MEDIA",
    bytes: () =>
      writeBackup({ ...spec, isCompressed: true, isTdeContainer: true, tdeThumbprint: thumbprintFor("certificate") }),
  },

  unknownCompression: { code: "UNSUPPORTED_COMPRESSION", bytes: otherCompression(0x21) },
  unknownContainerVersion: {
    code: "UNSUPPORTED_COMPRESSION",
    bytes: changed(
      compressed,
      () => 8,
      () => Buffer.from([3]),
    ),
  },
  unknownContainerFlag: {
    code: "UNSUPPORTED_COMPRESSION",
    bytes: changed(
      compressed,
      () => 13,
      () => Buffer.from([1]),
    ),
  },
  unknownRecordType: { code: "UNSUPPORTED_COMPRESSION", bytes: otherCompression(0x29) },

  /** One bit of a compressed backup is another: in the record that holds the media header ... */
  damagedRecord: { code: "CHECKSUM_MISMATCH", bytes: changed(compressed, () => 0x1e0 + 28 + 200, flipped) },
  damagedRecordSqlServer2008: {
    code: "CHECKSUM_MISMATCH",
    bytes: changed(compressedSqlServer2008, () => 0x10 + 8 + 200, flipped),
  },
  /** ... in its type, and in its decoded size, which no checksum covers ... */
  damagedRecordType: { code: "CHECKSUM_MISMATCH", bytes: changed(compressed, () => 0x1e0, flipped) },
  damagedDecodedSize: { code: "CHECKSUM_MISMATCH", bytes: changed(compressed, () => 0x1e1, flipped) },
  /** ... in the last record before the locator ... */
  damagedLastRecord: { code: "CHECKSUM_MISMATCH", bytes: changed(compressed, beforeLocator(100), flipped) },
  /** ... and in the locator's first entry. */
  damagedLocator: { code: "CHECKSUM_MISMATCH", bytes: changed(compressed, beforeLocator(-16), flipped) },

  unfilledPageBlob: { code: "STILL_WRITING", bytes: () => new Uint8Array(1024 * KiB) },
  growingPageBlob: {
    code: "STILL_WRITING",
    bytes: () => zeroTail(plain().subarray(0, 96 * KiB), 1024 * KiB),
  },
  growingPageBlobCompressed: {
    code: "STILL_WRITING",
    bytes: () => zeroTail(compressed().subarray(0, 0x800), 1024 * KiB),
  },

  truncatedInsideMediaHeader: { code: "TRUNCATED", bytes: cut(plain, () => 0x60) },
  truncatedInsideFirstFilemark: { code: "TRUNCATED", bytes: cut(plain, plus(block("SFMB"), 100)) },
  truncatedAfterFirstFilemark: { code: "TRUNCATED", bytes: cut(plain, plus(block("SFMB"), blockSize)) },
  truncatedInsideProvisionalConfiguration: { code: "TRUNCATED", bytes: cut(plain, plus(block("MSCI"), 2 * KiB)) },
  truncatedInsideData: { code: "TRUNCATED", bytes: cut(plain, plus(block("MSDA"), 64 * KiB)) },
  truncatedBeforeFinalConfiguration: { code: "TRUNCATED", bytes: cut(plain, block("MSLS")) },
  truncatedInsideFinalConfiguration: { code: "TRUNCATED", bytes: cut(plain, plus(block("MSLS"), 2 * KiB)) },
  truncatedBeforeSecondFilemark: { code: "TRUNCATED", bytes: cut(plain, block("SFMB", 2)) },
  truncatedAfterSecondFilemark: { code: "TRUNCATED", bytes: cut(plain, plus(block("SFMB", 2), blockSize)) },
  truncatedBeforeLastFilemark: { code: "TRUNCATED", bytes: cut(plain, fromEnd(blockSize)) },
  truncatedByOneByte: { code: "TRUNCATED", bytes: cut(plain, fromEnd(1)) },
  truncatedCompressedInsideHeader: { code: "TRUNCATED", bytes: cut(compressed, () => 0x100) },
  truncatedCompressedAfterFirstFilemark: { code: "TRUNCATED", bytes: cut(compressed, plus(block("SFMB"), blockSize)) },
  truncatedCompressedInsideData: { code: "TRUNCATED", bytes: cut(compressed, plus(block("SFMB"), 2 * blockSize)) },
  truncatedCompressedAfterSecondFilemark: {
    code: "TRUNCATED",
    bytes: cut(compressed, plus(block("SFMB", 2), blockSize)),
  },
  truncatedCompressedByOneByte: { code: "TRUNCATED", bytes: cut(compressed, fromEnd(1)) },
  /** BACKUP ... WITH NOINIT that did not get to its end: the first set is complete, the file is not. */
  appendedSetAborted: { code: "TRUNCATED", bytes: cut(twoSets, plus(block("SSET", 2), 32 * KiB)) },
  finalConfigurationChecksumWrong: { code: "TRUNCATED", bytes: changed(plain, plus(block("MSLS"), 4), flipped) },
  lastFilemarkChecksumWrong: { code: "TRUNCATED", bytes: changed(plain, fromEnd(blockSize - 4), flipped) },
  lastFilemarkPointsNowhere: {
    code: "TRUNCATED",
    bytes: changed(plain, fromEnd(blockSize - 0x48), () =>
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ),
  },
  trailingBytes: { code: "TRUNCATED", bytes: () => Buffer.concat([plain(), noise(blockSize)]) },
} as const satisfies Record<string, BrokenBackup>;

export type BrokenBackupName = keyof typeof brokenBackups;
