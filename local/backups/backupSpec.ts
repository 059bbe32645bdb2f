// Describes one generated backup set: the columns of RESTORE HEADERONLY, LABELONLY and FILELISTONLY that are worth
// choosing.
import type { BackupType, CompressionAlgorithm, RecoveryModel } from "../../shared/backup/backupHeader.ts";
import type { Lsn } from "../../shared/backup/lsn.ts";
import { guidFor, thumbprintFor } from "./guidFor.ts";

/** The first, last and checkpoint LSN of a backup set. */
interface LsnRange {
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

/** A filegroup with its data files. */
interface FileGroupSpec {
  readonly name: string;
  readonly files: readonly { readonly logicalName: string; readonly physicalName: string }[];
}

/**
 * Only the first seven members have to be named; the rest has believable defaults. Dates: the source's wall clock,
 * "2025-11-24T21:00:00". "Unverified": no real sample was seen, so that a reader's agreement proves nothing.
 */
export interface BackupSpec extends LsnRange, MediaSpec {
  /** 1 full, 2 log, 5 differential. Unverified: 4 file, 6 differential file, 7 partial, 8 differential partial. */
  readonly backupType: BackupType;
  readonly databaseName: string;
  readonly serverName: string;
  readonly backupStartDate: string;
  readonly backupFinishDate?: string;
  /** East of UTC, a multiple of 15; null is unknown. */
  readonly utcOffsetMinutes?: number | null;
  readonly databaseCreationDate?: string;
  readonly backupName?: string;
  readonly backupDescription?: string;
  readonly expirationDate?: string | null;
  readonly userName?: string;
  /** Default: the server's name without the instance. */
  readonly machineName?: string;
  /** What SQL Server 2019 and later leave in the head, before changed extents are copied once more. */
  readonly provisional?: LsnRange;
  /** The latest full backup (DatabaseBackupLSN and its GUID); for a differential also its base. */
  readonly databaseBackup?: BaseBackup | null;
  /** Where the next log backup begins; for a log always its own first LSN. */
  readonly lastLogBackupLsn?: Lsn | null;
  /** Where the log chain began: a log that starts there has BeginsLogChain. */
  readonly logChainStartLsn?: Lsn | null;
  /** Where the current recovery fork left the one before it. Unverified. */
  readonly fork?: { readonly pointLsn: Lsn; readonly previousForkId: string };
  readonly backupSetGuid?: string;
  readonly familyGuid?: string;
  readonly bindingId?: string;
  readonly recoveryForkId?: string;
  /** Bits of HEADERONLY's Flags beyond those that the kind implies: see headerFlags. */
  readonly flags?: number;
  readonly isCopyOnly?: boolean;
  readonly recoveryModel?: RecoveryModel;
  readonly softwareVersion?: SoftwareVersion;
  /** Bytes of data pages or log records; the file is some 16 KiB larger. */
  readonly payloadBytes?: number;
  /** Data files of the database, at least 1, all in PRIMARY; there is always one log file. */
  readonly dataFileCount?: number;
  /** In place of dataFileCount: which filegroups and files there are. */
  readonly fileGroups?: readonly FileGroupSpec[];
  /** A record of a kind that is not known behind the files. Unverified. */
  readonly hasUnknownRecord?: boolean;
  /**
   * The certificate of a database with TDE, 40 hexadecimal digits: in each data file's record, and in its second
   * page. Unverified.
   */
  readonly tdeThumbprint?: string | null;
  /** Something that nobody understands where the certificate of TDE would stand. Unverified. */
  readonly hasUnknownTde?: boolean;
  /** The second page says of itself that it is encrypted. Default: with tdeThumbprint. */
  readonly hasEncryptedPages?: boolean;
}

/** What belongs to the medium: of appended sets only the first one's counts. */
interface MediaSpec {
  readonly mediaSetId?: string;
  /** Unverified. */
  readonly mediaName?: string;
  /**
   * Unverified. The default says where the file comes from: the software name has to be SQL Server's for the file to
   * be valid.
   */
  readonly mediaDescription?: string;
  /** Unverified beyond one file: WITH MEDIAPASSWORD. */
  readonly isPasswordProtected?: boolean;
  /** Files that the media set consists of. More than two: unverified. */
  readonly familyCount?: number;
  /** 1 to familyCount: which of them this one is. */
  readonly familySequenceNumber?: number;
  /** More than 1 is unverified. */
  readonly mirrorCount?: number;
  /** Bytes: 512 to 65,536. Other than 512 and 4096: unverified. */
  readonly blockSize?: number;
  /** WITH COMPRESSION: the container MSSQLBAK, of the version that the software version writes. */
  readonly isCompressed?: boolean;
  /** Other than MS_XPRESS: unverified. */
  readonly compressionAlgorithm?: CompressionAlgorithm;
  /** WITH ENCRYPTION: nothing but the filemarks stays readable. Unverified. */
  readonly isEncrypted?: boolean;
  /** Of the certificate of WITH ENCRYPTION. */
  readonly encryptorThumbprint?: string;
  /**
   * A database with TDE, compressed as SQL Server 2016 and later do it: nothing but the filemarks stays readable.
   * Unverified.
   */
  readonly isTdeContainer?: boolean;
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
/** SQL Server 2008: the container of its compressed backups is version 1, as up to 2012. */
export const sqlServer2008: SoftwareVersion = {
  major: 10,
  minor: 0,
  build: 2531,
  databaseVersion: 655,
  compatibilityLevel: 100,
};
/** The last release whose compressed backups have a container of version 1. */
export const sqlServer2012: SoftwareVersion = {
  major: 11,
  minor: 0,
  build: 7001,
  databaseVersion: 706,
  compatibilityLevel: 110,
};
/** The first release that compresses by ZSTD. */
export const sqlServer2025: SoftwareVersion = {
  major: 17,
  minor: 0,
  build: 1000,
  databaseVersion: 998,
  compatibilityLevel: 170,
};
/** SQL Server 2005: filemarks of the older layout, and the shortest configuration record. */
export const sqlServer2005: SoftwareVersion = {
  major: 9,
  minor: 0,
  build: 5000,
  databaseVersion: 611,
  compatibilityLevel: 90,
};

/** HEADERONLY's Flags. Real samples were seen of hasBackupChecksums only: the others are unverified. */
export const headerFlags = {
  hasBulkLoggedData: 1,
  isSnapshot: 2,
  isReadOnly: 4,
  isSingleUser: 8,
  hasBackupChecksums: 16,
  isDamaged: 32,
  isTailLog: 64,
  hasIncompleteMetaData: 128,
  isForceOffline: 256,
} as const;

/** Full, file and partial backups hold data; their differentials what changed in it; a log only log records. */
export const isDifferential = (type: BackupType): boolean => type === 5 || type === 6 || type === 8;

/** A spec with nothing left to choose. */
export type FilledSpec = Required<
  Omit<BackupSpec, "backupName" | "backupDescription" | "mediaName" | "fork" | "dataFileCount">
> &
  BackupSpec;

const blockSizes = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

/**
 * Adds the defaults; a RangeError tells of a spec that no backup could have. GUIDs follow from server, database and
 * LSNs, so that the stripes of one backup agree.
 */
export function fillSpec(spec: BackupSpec): FilledSpec {
  const database = `${spec.serverName}/${spec.databaseName}`;
  const set = `${database}/${spec.backupType}/${spec.firstLsn}-${spec.lastLsn}/${spec.backupStartDate}`;
  const familyGuid = spec.familyGuid ?? guidFor(`family of ${database}`);
  const { blockSize = 512, familyCount = 1, familySequenceNumber = 1 } = spec;
  if (!blockSizes.includes(blockSize))
    throw new RangeError(`BLOCKSIZE is a power of two from 512 to 65536, found ${blockSize}.`);
  if (familySequenceNumber < 1 || familySequenceNumber > familyCount)
    throw new RangeError(`A stripe's number is 1 to ${familyCount}, found ${familySequenceNumber}.`);
  return {
    backupFinishDate: spec.backupStartDate,
    utcOffsetMinutes: 0,
    databaseCreationDate: "2019-03-01T09:00:00",
    expirationDate: null,
    userName: `${spec.serverName}\\sqlagent`,
    machineName: spec.serverName.split("\\")[0] ?? "",
    mediaDescription: "Generated by sqlferry, not by SQL Server",
    isPasswordProtected: false,
    isCompressed: false,
    compressionAlgorithm: "MS_XPRESS",
    isEncrypted: false,
    encryptorThumbprint: thumbprintFor(`encryptor of ${database}`),
    isTdeContainer: false,
    tdeThumbprint: null,
    hasUnknownTde: false,
    hasEncryptedPages: typeof spec.tdeThumbprint === "string",
    mirrorCount: 1,
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
    familyCount,
    familySequenceNumber,
    blockSize,
    payloadBytes: 512,
    hasUnknownRecord: false,
    fileGroups: [primary(spec.databaseName, spec.dataFileCount ?? 1)],
    ...spec,
  };
}

/** PRIMARY with its .mdf and, from the second file on, .ndf. */
function primary(databaseName: string, dataFileCount: number): FileGroupSpec {
  const files = Array.from({ length: dataFileCount }, (_, index) => {
    const logicalName = index === 0 ? databaseName : `${databaseName}_${index + 1}`;
    return { logicalName, physicalName: `D:\\Data\\${logicalName}.${index === 0 ? "mdf" : "ndf"}` };
  });
  return { name: "PRIMARY", files };
}
