// Lists one small sample of each kind of backup that a reader should be able to read, by name.
import {
  type BackupSpec,
  headerFlags,
  sqlServer2005,
  sqlServer2008,
  sqlServer2008R2,
  sqlServer2012,
  sqlServer2019,
  sqlServer2025,
} from "./backupSpec.ts";
import { guidFor, thumbprintFor } from "./guidFor.ts";
import { writeBackup } from "./writeBackup.ts";

/**
 * Sets in one file, most often one. Samples of kinds of which no real file was seen are called unverified...:
 * agreement proves nothing.
 */
export interface SampleBackup {
  readonly sets: readonly [BackupSpec, ...BackupSpec[]];
  /** Bytes behind the last filemark: a page blob that was created larger. */
  readonly trailingZeros?: number;
}

/** The file of this name; the same at every call. */
export function sampleBackup(name: SampleBackupName): Uint8Array {
  const { sets, trailingZeros = 0 }: SampleBackup = sampleBackups[name];
  return Buffer.concat([writeBackup(...sets), Buffer.alloc(trailingZeros)]);
}

const common = {
  databaseName: "Orders",
  serverName: "SQL01\\PROD",
  backupStartDate: "2025-11-24T21:00:00",
  backupFinishDate: "2025-11-24T21:00:07",
  utcOffsetMinutes: 60,
  backupName: "Orders-Full Database Backup",
  logChainStartLsn: 37000000006400001n,
  lastLogBackupLsn: 37000000006400001n,
} as const;
const databaseBackup = { checkpointLsn: 37000000006400001n, backupSetGuid: guidFor("full of Orders") };

const full: BackupSpec = {
  ...common,
  backupType: 1,
  backupSetGuid: databaseBackup.backupSetGuid,
  firstLsn: 37000000006400001n,
  checkpointLsn: 37000000006400001n,
  lastLsn: 37000000007200001n,
};
const differential: BackupSpec = {
  ...common,
  backupType: 5,
  databaseBackup,
  firstLsn: 37000000008000001n,
  checkpointLsn: 37000000008000001n,
  lastLsn: 37000000008800001n,
};
const log: BackupSpec = {
  ...common,
  backupType: 2,
  databaseBackup,
  firstLsn: 37000000006400001n,
  checkpointLsn: 37000000006400001n,
  lastLsn: 37000000009600001n,
};

const file = (name: string, index: number) => ({
  logicalName: `${name}_${index}`,
  physicalName: `E:\\Data\\${name}_${index}.ndf`,
});
const fileGroup = (name: string, fileCount: number) => ({
  name,
  files: Array.from({ length: fileCount }, (_, index) => file(name, index + 1)),
});

const flagged = (...names: readonly (keyof typeof headerFlags)[]): { readonly flags: number } => ({
  flags: names.reduce((bits, name) => bits | headerFlags[name], 0),
});
const one = (set: BackupSpec, more: Partial<BackupSpec> = {}): SampleBackup => ({ sets: [{ ...set, ...more }] });

/** The catalogue. */
export const sampleBackups = {
  full: one(full),
  differential: one(differential),
  log: one(log),
  emptyLog: one(log, { lastLsn: log.firstLsn }),
  logSpanningVirtualLogFiles: one(log, { lastLsn: 38000000001600001n }),
  firstFullOfDatabase: one(full, { logChainStartLsn: null, lastLogBackupLsn: null, databaseBackup: null }),
  /** SQL Server 2019 and later: the head's LSNs are not the tail's. */
  provisionalHead: one(full, {
    provisional: {
      firstLsn: 37000000004800001n,
      checkpointLsn: 37000000004800001n,
      lastLsn: 37000000005600001n,
    },
  }),
  provisionalDifferentialHead: one(differential, {
    provisional: {
      firstLsn: 37000000007600001n,
      checkpointLsn: 37000000007600001n,
      lastLsn: 37000000008200001n,
    },
  }),
  withChecksums: one(full, flagged("hasBackupChecksums")),
  simpleRecovery: one(full, { recoveryModel: "SIMPLE", logChainStartLsn: null, lastLogBackupLsn: null }),
  twoDataFiles: one(full, { dataFileCount: 2 }),
  sqlServer2019: one(full, { softwareVersion: sqlServer2019 }),
  sqlServer2008R2: one(full, { softwareVersion: sqlServer2008R2 }),
  /** The older layout of the filemarks. */
  sqlServer2005: one(full, { softwareVersion: sqlServer2005 }),
  stripe1Of2: one(full, { familyCount: 2, familySequenceNumber: 1 }),
  stripe2Of2: one(full, { familyCount: 2, familySequenceNumber: 2 }),
  unverifiedTimeZoneUnknown: one(full, { utcOffsetMinutes: null }),
  timeZoneWest: one(full, { utcOffsetMinutes: -480 }),
  blockSize512: one(full, { blockSize: 512 }),
  blockSize4096: one(full, { blockSize: 4096 }),
  compressed: one(full, { isCompressed: true, payloadBytes: 300_000 }),
  compressedBlockSize4096: one(full, { isCompressed: true, blockSize: 4096, payloadBytes: 300_000 }),
  /** The older container. */
  compressedSqlServer2008: one(full, {
    softwareVersion: sqlServer2008,
    isCompressed: true,
    payloadBytes: 300_000,
  }),
  compressedDifferential: one(differential, { isCompressed: true }),
  compressedLog: one(log, { isCompressed: true }),
  appended: { sets: [full, log] },
  appendedThreeTimes: { sets: [full, differential, log, { ...log, firstLsn: log.lastLsn }] },
  appendedCompressed: {
    sets: [
      { ...full, isCompressed: true },
      { ...full, backupSetGuid: guidFor("second full") },
    ],
  },

  copyOnlyFull: one(full, { isCopyOnly: true, databaseBackup, backupSetGuid: guidFor("copy") }),
  bulkLogged: one(log, { recoveryModel: "BULK-LOGGED" }),
  descriptionAndExpiration: one(full, {
    backupDescription: "before the release of 25 November",
    expirationDate: "2025-12-24T00:00:00",
  }),

  unverifiedCompressedSqlServer2012: one(full, { softwareVersion: sqlServer2012, isCompressed: true }),
  unverifiedCompressedSqlServer2012BlockSize4096: one(full, {
    softwareVersion: sqlServer2012,
    isCompressed: true,
    blockSize: 4096,
    payloadBytes: 300_000,
  }),
  unverifiedCompressedDifferentialSqlServer2008R2: one(differential, {
    softwareVersion: sqlServer2008R2,
    isCompressed: true,
  }),
  unverifiedCompressedLogSqlServer2008: one(log, { softwareVersion: sqlServer2008, isCompressed: true }),
  unverifiedAppendedCompressedSqlServer2008: {
    sets: [
      { ...full, softwareVersion: sqlServer2008, isCompressed: true },
      { ...differential, softwareVersion: sqlServer2008 },
      { ...log, softwareVersion: sqlServer2008 },
    ],
  },
  unverifiedZstd: one(full, {
    softwareVersion: sqlServer2025,
    isCompressed: true,
    compressionAlgorithm: "ZSTD",
    payloadBytes: 300_000,
  }),
  unverifiedQatDeflate: one(full, {
    isCompressed: true,
    compressionAlgorithm: "QAT_DEFLATE",
    payloadBytes: 300_000,
  }),
  unverifiedTde: one(full, { tdeThumbprint: thumbprintFor("certificate of SQL01"), payloadBytes: 65_536 }),
  unverifiedTdeCompressed: one(full, { tdeThumbprint: thumbprintFor("certificate of SQL01"), isCompressed: true }),
  /** Something stands in the place of the certificate. */
  unverifiedTdeUnknown: one(full, { hasUnknownTde: true, payloadBytes: 65_536 }),
  /** Something stands there, and the pages are encrypted. */
  unverifiedTdeByPages: one(full, { hasUnknownTde: true, hasEncryptedPages: true, payloadBytes: 65_536 }),
  /** So little that the whole set is one record, and the locator has nothing to name. */
  unverifiedCompressedEmptyLog: one(log, { isCompressed: true, lastLsn: log.firstLsn }),
  unverifiedCopyOnlyLog: one(log, { isCopyOnly: true }),
  unverifiedFileBackup: one(full, { backupType: 4 }),
  unverifiedDifferentialFileBackup: one(differential, { backupType: 6 }),
  unverifiedPartial: one(full, { backupType: 7 }),
  unverifiedDifferentialPartial: one(differential, { backupType: 8 }),
  unverifiedTailLog: one(log, flagged("isTailLog", "isForceOffline")),
  unverifiedTailLogOfDamagedDatabase: one(log, flagged("isTailLog", "hasIncompleteMetaData", "isDamaged")),
  unverifiedBulkLoggedData: one(log, { ...flagged("hasBulkLoggedData"), recoveryModel: "BULK-LOGGED" }),
  unverifiedSnapshot: one(full, flagged("isSnapshot")),
  unverifiedReadOnly: one(full, flagged("isReadOnly")),
  unverifiedSingleUser: one(full, flagged("isSingleUser")),
  unverifiedDamaged: one(full, flagged("isDamaged")),
  unverifiedForkInside: one(log, {
    fork: { pointLsn: 37000000008000001n, previousForkId: guidFor("previous fork") },
    recoveryForkId: guidFor("fork"),
  }),
  unverifiedMirrored: one(full, { mirrorCount: 2 }),
  unverifiedStripe7Of64: one(full, { familyCount: 64, familySequenceNumber: 7 }),
  unverifiedMediaLabel: one(full, {
    mediaName: "Nightly",
    mediaDescription: "Generated by sqlferry: two hands' breadth",
  }),
  unverifiedMediaPassword: one(full, { isPasswordProtected: true }),
  unverifiedBlockSize1024: one(full, { blockSize: 1024 }),
  unverifiedBlockSize2048: one(full, { blockSize: 2048 }),
  unverifiedBlockSize8192: one(full, { blockSize: 8192 }),
  unverifiedBlockSize16384: one(full, { blockSize: 16384 }),
  unverifiedBlockSize32768: one(full, { blockSize: 32768 }),
  unverifiedBlockSize65536: one(full, { blockSize: 65536 }),
  unverifiedCompressedBlockSize65536: one(full, { blockSize: 65536, isCompressed: true }),
  unverifiedFileGroups: one(full, {
    fileGroups: [fileGroup("PRIMARY", 1), fileGroup("Archive", 3), fileGroup("Index", 2)],
  }),
  /** A configuration of about a quarter of a megabyte. */
  unverifiedLongFileList: one(full, { fileGroups: [fileGroup("PRIMARY", 1), fileGroup("Years", 200)] }),
  unverifiedLongFileListCompressed: one(full, {
    fileGroups: [fileGroup("PRIMARY", 1), fileGroup("Years", 200)],
    isCompressed: true,
  }),
  unverifiedUnknownRecord: one(full, { hasUnknownRecord: true }),
  unverifiedNames: one(full, {
    databaseName: "Ærøskøbing [x] 'y' \"z\" 売上 🐟",
    serverName: "SERVER-Ü\\INST$1",
    backupName: "Sicherung, täglich\t; DROP TABLE --",
    userName: "DOMÄNE\\Jürgen",
  }),
  unverifiedLongestNames: one(full, {
    databaseName: "d".repeat(128),
    serverName: "s".repeat(128),
    backupName: "b".repeat(128),
  }),
  unverifiedLargestLsn: one(log, { lastLsn: 4294967295429496729565535n }),
  /** Well-formed, and of no use to a chain: it ends before it begins. */
  unverifiedReversedLsns: one(log, { firstLsn: log.lastLsn, lastLsn: log.firstLsn }),
  unverifiedTrailingZeros: { sets: [full], trailingZeros: 4096 },
} as const satisfies Record<string, SampleBackup>;

export type SampleBackupName = keyof typeof sampleBackups;
