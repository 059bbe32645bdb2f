// What does one generated backup set say about itself? The columns of RESTORE HEADERONLY and LABELONLY that are worth choosing.
import type { Lsn } from "../../shared/backup/lsn.ts";
import { guidFor } from "./guidFor.ts";

/** The first, last and checkpoint LSN of a backup set. */
export interface LsnRange {
  readonly firstLsn: Lsn;
  /** Exclusive. */
  readonly lastLsn: Lsn;
  readonly checkpointLsn: Lsn;
}

/** A full backup that later sets refer to. */
export interface BaseBackup {
  readonly checkpointLsn: Lsn;
  readonly backupSetGuid: string;
}

/** Only the first seven members have to be named; the rest has believable defaults. Dates: the source's wall clock, "2025-11-24T21:00:00". */
export interface BackupSpec extends LsnRange {
  /** 1 full, 2 log, 5 differential. */
  readonly backupType: 1 | 2 | 5;
  readonly databaseName: string;
  readonly serverName: string;
  readonly backupStartDate: string;
  readonly backupFinishDate?: string;
  /** East of UTC, a multiple of 15. */
  readonly utcOffsetMinutes?: number;
  readonly databaseCreationDate?: string;
  readonly backupName?: string;
  readonly backupDescription?: string;
  readonly userName?: string;
  /** What SQL Server 2019 and later leave in the head, before changed extents are copied once more. */
  readonly provisional?: LsnRange;
  /** The latest full backup (DatabaseBackupLSN and its GUID); for a differential also its base. */
  readonly databaseBackup?: BaseBackup | null;
  /** Where the next log backup begins; for a log always its own first LSN. */
  readonly lastLogBackupLsn?: Lsn | null;
  /** Where the log chain began: a log that starts there has BeginsLogChain. */
  readonly logChainStartLsn?: Lsn | null;
  /** Where the current recovery fork left the one before it. */
  readonly fork?: { readonly pointLsn: Lsn; readonly previousForkId: string };
  readonly backupSetGuid?: string;
  readonly mediaSetId?: string;
  readonly familyGuid?: string;
  readonly bindingId?: string;
  readonly recoveryForkId?: string;
  /** Bits of HEADERONLY's Flags beyond those that the kind implies. */
  readonly flags?: number;
  readonly isCopyOnly?: boolean;
  readonly recoveryModel?: "FULL" | "BULK-LOGGED" | "SIMPLE";
  readonly softwareVersion?: SoftwareVersion;
  /** Files that the media set consists of. */
  readonly familyCount?: number;
  /** 1 to familyCount: which of them this one is. */
  readonly familySequenceNumber?: number;
  /** Bytes: 512 to 65,536. */
  readonly blockSize?: number;
  /** Bytes of data pages or log records; the file is some 16 KiB larger. */
  readonly payloadBytes?: number;
  /** Data files of the database, at least 1; there is always one log file. */
  readonly dataFileCount?: number;
}

export interface SoftwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly databaseVersion: number;
  readonly compatibilityLevel: number;
}

/** SQL Server 2019 CU 18, as its backups name themselves. */
export const sqlServer2019: SoftwareVersion = {
  major: 15,
  minor: 0,
  build: 4261,
  databaseVersion: 904,
  compatibilityLevel: 150,
};
/** SQL Server 2008 R2: an older, shorter configuration record. */
export const sqlServer2008R2: SoftwareVersion = {
  major: 10,
  minor: 50,
  build: 1600,
  databaseVersion: 661,
  compatibilityLevel: 100,
};

/** A spec with nothing left to choose. */
export type FilledSpec = Required<Omit<BackupSpec, "backupName" | "backupDescription" | "fork">> & BackupSpec;

/** Adds the defaults. GUIDs follow from server, database and LSNs, so that the stripes of one backup agree. */
export function fillSpec(spec: BackupSpec): FilledSpec {
  const database = `${spec.serverName}/${spec.databaseName}`;
  const set = `${database}/${spec.backupType}/${spec.firstLsn}-${spec.lastLsn}/${spec.backupStartDate}`;
  const familyGuid = spec.familyGuid ?? guidFor(`family of ${database}`);
  return {
    backupFinishDate: spec.backupStartDate,
    utcOffsetMinutes: 0,
    databaseCreationDate: "2019-03-01T09:00:00",
    userName: `${spec.serverName}\\sqlagent`,
    provisional: spec,
    databaseBackup: null,
    lastLogBackupLsn: null,
    logChainStartLsn: null,
    backupSetGuid: guidFor(`set ${set}`),
    mediaSetId: guidFor(`media ${set}`),
    familyGuid,
    bindingId: guidFor(`binding of ${database}`),
    recoveryForkId: familyGuid,
    flags: 0,
    isCopyOnly: false,
    recoveryModel: "FULL",
    softwareVersion: sqlServer2019,
    familyCount: 1,
    familySequenceNumber: 1,
    blockSize: 512,
    payloadBytes: 512,
    dataFileCount: 1,
    ...spec,
  };
}
