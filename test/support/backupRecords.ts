// Makes backup records for tests in the notation of the chain rules: full(100, 160), differential(160, 300, base),
// log(150, 200).
import { createHash } from "node:crypto";
import type { BackupSetHeader, BackupType } from "../../shared/backup/backupHeader.ts";
import {
  type BackupRecord,
  type ChainContext,
  NOTHING_RESTORED,
  type NoFile,
} from "../../shared/chain/backupRecord.ts";

export interface BackupOptions {
  /** File name in the folder; by default made from the kind and the LSNs. */
  readonly file?: string;
  readonly folder?: string;
  readonly etag?: string;
  /** In UTC. */
  readonly arrivedAt?: string;
  /** [number of the stripe, number of stripes]. */
  readonly stripe?: readonly [number, number];
  /** Tells the set apart from another one with the same LSNs. */
  readonly set?: string;
  readonly checkpoint?: number | bigint;
  /** The column DatabaseBackupLSN. */
  readonly databaseBackup?: number | bigint;
  readonly fork?: string;
  /** The set spans a recovery fork: the fork it comes from, and the LSN of the branch. */
  readonly from?: readonly [fork: string, at: number | bigint];
  readonly family?: string;
  readonly database?: string;
  /** Other columns of RESTORE HEADERONLY. */
  readonly header?: Partial<BackupSetHeader>;
}

/** A full backup with the LSNs [first, last) and its checkpoint, by default `first`. */
export const full = (first: number | bigint, last: number | bigint, options: BackupOptions = {}): BackupRecord =>
  backup(1, first, last, options);

/** A differential with the LSNs [first, last) on a full backup; `undefined`: its base is not known. */
export function differential(
  first: number | bigint,
  last: number | bigint,
  base: BackupRecord | undefined,
  options: BackupOptions = {},
): BackupRecord {
  const on = base && headerOf(base);
  const known = on && { differentialBaseGuid: on.backupSetGuid, differentialBaseLsn: on.checkpointLsn };
  return backup(5, first, last, { ...options, header: { ...known, ...options.header } });
}

/** A log backup with the LSNs [first, last). */
export const log = (first: number | bigint, last: number | bigint, options: BackupOptions = {}): BackupRecord =>
  backup(2, first, last, options);

/** A tail-log backup, taken WITH NORECOVERY. */
export const tail = (first: number | bigint, last: number | bigint, options: BackupOptions = {}): BackupRecord =>
  log(first, last, {
    ...options,
    header: { flags: 16 + 256, isTailLog: true, isForceOffline: true, ...options.header },
  });

/** A file that could not be read. */
export const unreadable = (
  file: string,
  code: ReadErrorOf<BackupRecord["content"]>,
  message = "why",
): BackupRecord => ({
  ...full(1, 2, { file }),
  content: { kind: "unreadable", code, message },
});

/** A backup that is in a server's history, and whose file does not exist. */
export const noFileOf = (record: BackupRecord, noFile: NoFile): BackupRecord =>
  record.content.kind === "header" ? { ...record, content: { ...record.content, noFile } } : record;

type ReadErrorOf<Content> = Content extends { code: infer Code } ? Code : never;

/** The only header in a file; fails when the file has none. */
export function headerOf(record: BackupRecord): BackupSetHeader {
  const header = record.content.kind === "header" ? record.content.backupSets[0] : undefined;
  if (!header) throw new Error(`${record.name} holds no backup set.`);
  return header;
}

export const setGuidOf = (record: BackupRecord): string => headerOf(record).backupSetGuid;

/** The same GUID for the same text. */
export function guid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

export const FORK = guid("fork");

/**
 * The context of the folder "Sales": an online migration that has not started, one hour after the usual arrival of the
 * last file.
 */
export const context = (changes: Partial<ChainContext> = {}): ChainContext => ({
  now: "2025-11-24T00:30:00.000Z",
  mode: "online",
  folder: "Sales",
  rootIsADatabase: false,
  progress: NOTHING_RESTORED,
  settings: { gapDeadlineMinutes: 60, allowDamaged: false },
  ...changes,
});

/** The source's wall clock at this LSN: one LSN a minute from midnight on. */
export const clockAt = (lsn: number | bigint): string =>
  new Date(Date.UTC(2025, 10, 24) + Number(BigInt(lsn) % 1_000_000n) * 60_000).toISOString().slice(0, 19);

const KINDS: Partial<Record<BackupType, string>> = { 1: "full", 2: "log", 5: "diff" };

function backup(
  backupType: BackupType,
  first: number | bigint,
  last: number | bigint,
  options: BackupOptions,
): BackupRecord {
  const what = `${KINDS[backupType]}_${first}_${last}${options.set ?? ""}`;
  const [stripe, stripes] = options.stripe ?? [1, 1];
  const extension = backupType === 2 ? "trn" : "bak";
  const file = options.file ?? `${what}${stripes > 1 ? `_${stripe}of${stripes}` : ""}.${extension}`;
  const folder = options.folder ?? "Sales";
  const family = options.family ?? "family";
  const fork = options.fork ?? FORK;
  return {
    name: folder === "" ? file : `${folder}/${file}`,
    etag: options.etag ?? `etag ${file}`,
    sizeBytes: 1_000_000,
    blobType: "BlockBlob",
    arrivedAt: options.arrivedAt ?? "2025-11-24T00:00:00.000Z",
    content: {
      kind: "header",
      media: {
        mediaSetId: guid(`media ${family} ${what}`),
        familyCount: stripes,
        familySequenceNumber: stripe,
        isCompressed: false,
        blockSize: 512,
      },
      backupSets: [
        {
          backupSetGuid: guid(`${family} ${options.database} ${what}`),
          position: 1,
          backupType,
          serverName: "SQL01",
          databaseName: options.database ?? "Sales",
          softwareVersionMajor: 15,
          softwareVersionMinor: 0,
          backupStartDate: clockAt(last),
          backupFinishDate: clockAt(last),
          utcOffsetMinutes: 0,
          firstLsn: BigInt(first),
          lastLsn: BigInt(last),
          checkpointLsn: BigInt(options.checkpoint ?? first),
          databaseBackupLsn: options.databaseBackup === undefined ? null : BigInt(options.databaseBackup),
          familyGuid: guid(family),
          recoveryForkId: fork,
          firstRecoveryForkId: options.from?.[0] ?? fork,
          forkPointLsn: options.from ? BigInt(options.from[1]) : null,
          flags: 16,
          hasBulkLoggedData: false,
          isSnapshot: false,
          isReadOnly: false,
          isSingleUser: false,
          hasBackupChecksums: true,
          isDamaged: false,
          isTailLog: false,
          hasIncompleteMetaData: false,
          isForceOffline: false,
          isCopyOnly: false,
          recoveryModel: "FULL",
          ...options.header,
        },
      ],
    },
  };
}
