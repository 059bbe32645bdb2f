// Defines what a backup file says about itself: the columns of RESTORE HEADERONLY, LABELONLY and FILELISTONLY in
// camelCase.
//
// A field that is absent is not in the file or not understood; nothing is invented. `null` is SQL's NULL, known to be
// so. Not found in the file, or not understood, and therefore absent: DeviceType, CodePage, Collation, Containment,
// KeyAlgorithm, EncryptorType, LastValidRestoreTime; MediaLabelPresent; DropLSN, ReadOnlyLSN, ReadWriteLSN,
// LogGroupGUID, IsReadOnly, IsPresent, SnapshotUrl. "Inferred": concluded from the format and from what one or two
// others found, and not yet compared with a file of that kind. Dates are the source server's wall clock,
// "2025-11-24T21:45:00", with `utcOffsetMinutes` beside them; never a Date.
import type { Lsn } from "./lsn.ts";

/**
 * RESTORE HEADERONLY BackupType: 1 full, 2 log, 4 file, 5 differential, 6 differential file, 7 partial, 8 differential
 * partial.
 */
export type BackupType = 1 | 2 | 4 | 5 | 6 | 7 | 8;

export const RECOVERY_MODELS = ["FULL", "BULK-LOGGED", "SIMPLE"] as const;
export type RecoveryModel = (typeof RECOVERY_MODELS)[number];

/**
 * Kinds of backups of which no real file has been seen: they are read by Microsoft's documentation, or by what follows
 * from other kinds, and generated files prove nothing, since reader and writer rest on the same table.
 */
export const UNVERIFIED_KINDS = [
  "tailLog",
  "bulkLogged", // holds data that were bulk-logged
  "snapshot",
  "damaged",
  "readOnly",
  "singleUser",
  "incompleteMetaData",
  "file", // and filegroup
  "fileDifferential",
  "partial",
  "partialDifferential",
  "moreThanTwoStripes",
  "mirrored",
  "mediaName", // or description
  "recoveryFork", // spans one
  "otherFileType", // FILESTREAM, full-text
  "unknownRecord", // the configuration holds what is not understood
  "unknownField", // perhaps containment: what is zero in every file seen is not
  "tde", // encrypted, or perhaps
  "compressed", // by another algorithm than MS_XPRESS; by 2008 R2 to 2012; by 2008 other than one full in blocks of 512
  "blockSize", // other than 512 and 4096
] as const;

export type UnverifiedKind = (typeof UNVERIFIED_KINDS)[number];

/** ZSTD (SQL Server 2025) and QAT_DEFLATE (2022): inferred. */
export const COMPRESSION_ALGORITHMS = ["MS_XPRESS", "QAT_DEFLATE", "ZSTD"] as const;

export type CompressionAlgorithm = (typeof COMPRESSION_ALGORITHMS)[number];

/** Everything readable of one backup file. */
export interface BackupHeader {
  /** Bytes. */
  readonly size: number;
  readonly media: MediaLabel;
  /** In order of position; more than one when the file was appended to (NOINIT). */
  readonly backupSets: readonly BackupSetHeader[];
}

/** RESTORE LABELONLY: which member of which media set the file is. GUIDs in upper case without braces. */
export interface MediaLabel {
  readonly mediaSetId: string;
  readonly mediaFamilyId?: string;
  /** Number of media families: files that a striped backup was written to. */
  readonly familyCount: number;
  /** 1 to familyCount. */
  readonly familySequenceNumber: number;
  readonly mediaSequenceNumber?: number;
  /** 1 in every file seen. */
  readonly mirrorCount?: number;
  readonly mediaName?: string;
  readonly mediaDescription?: string;
  readonly softwareName?: string;
  readonly softwareVendorId?: number;
  readonly mediaDate?: string;
  readonly isPasswordProtected?: boolean;
  /** The whole medium was written WITH COMPRESSION (container MSSQLBAK). */
  readonly isCompressed: boolean;
  /** RESTORE HEADERONLY CompressionAlgorithm. */
  readonly compressionAlgorithm?: CompressionAlgorithm;
  /** Physical block size, bytes. */
  readonly blockSize: number;
}

/**
 * One row of RESTORE HEADERONLY. LSNs, sizes and the finish date come from the tail of the file: the head's are
 * provisional.
 */
export interface BackupSetHeader {
  readonly backupSetGuid: string;
  /** 1 for the first set in the file. */
  readonly position: number;
  readonly backupType: BackupType;
  readonly backupName?: string;
  readonly backupDescription?: string;
  readonly expirationDate?: string | null;
  readonly serverName: string;
  readonly machineName?: string;
  readonly userName?: string;
  readonly databaseName: string;
  readonly databaseCreationDate?: string;
  readonly databaseVersion?: number;
  readonly compatibilityLevel?: number;
  readonly softwareVersionMajor: number;
  readonly softwareVersionMinor: number;
  readonly softwareVersionBuild?: number;
  readonly backupStartDate: string;
  readonly backupFinishDate: string;
  /** East of UTC. */
  readonly utcOffsetMinutes?: number;
  /** Bytes. */
  readonly backupSize?: number;
  /** Bytes; equals backupSize when not compressed. */
  readonly compressedBackupSize?: number;
  /** First record contained. */
  readonly firstLsn: Lsn;
  /** Exclusive: the record after the last one contained. */
  readonly lastLsn: Lsn;
  readonly checkpointLsn: Lsn;
  /** Checkpoint of the latest full backup; display only, never a filter. */
  readonly databaseBackupLsn: Lsn | null;
  readonly differentialBaseLsn?: Lsn | null;
  readonly differentialBaseGuid?: string | null;
  /**
   * Where the next log backup will begin (full, differential); its own firstLsn (log), null when it begins the chain.
   * Not a HEADERONLY column.
   */
  readonly lastLogBackupLsn?: Lsn | null;
  /** Survives a restore of the database. */
  readonly familyGuid?: string;
  readonly bindingId?: string;
  readonly recoveryForkId?: string;
  /** Differs from recoveryForkId when the set spans a recovery fork. */
  readonly firstRecoveryForkId?: string;
  /** Only when the set spans a fork. */
  readonly forkPointLsn?: Lsn | null;
  /** HEADERONLY Flags, unchanged. */
  readonly flags: number;
  readonly hasBulkLoggedData: boolean;
  readonly isSnapshot: boolean;
  readonly isReadOnly: boolean;
  readonly isSingleUser: boolean;
  readonly hasBackupChecksums: boolean;
  readonly isDamaged: boolean;
  /** Tail log WITH or without NORECOVERY. */
  readonly isTailLog: boolean;
  readonly hasIncompleteMetaData: boolean;
  /** Tail log WITH NORECOVERY: the source is closed. */
  readonly isForceOffline: boolean;
  readonly isCopyOnly: boolean;
  readonly beginsLogChain?: boolean;
  readonly recoveryModel?: RecoveryModel;
  readonly sortOrder?: number;
  readonly unicodeLocaleId?: number;
  readonly unicodeComparisonStyle?: number;
  readonly softwareVendorId?: number;
  /** Inferred. Absent: nothing is known of it. */
  readonly tde?: Tde;
  /** What of this set no real file has confirmed; absent when everything is of a kind that was seen. */
  readonly unverified?: readonly UnverifiedKind[];
  /** RESTORE FILELISTONLY; absent where it was left out to save room, as in the table. */
  readonly files?: readonly DatabaseFile[];
}

export const TDE_STATES = ["none", "encrypted", "unknown"] as const;

/** Transparent data encryption, as a backup shows it. Inferred. */
export interface Tde {
  /**
   * "none": the place of the certificate's thumbprint is empty in every data file, and no page at hand is encrypted.
   * "unknown": something stands there that is not understood; never to be taken for none.
   */
  readonly state: (typeof TDE_STATES)[number];
  /** Of the certificates that the target needs, as in DatabaseFile. Absent where none was found. */
  readonly thumbprints?: readonly string[];
}

/**
 * What an encrypted container tells without its key, as far as it is known. Inferred, but for what its filemarks say.
 */
export interface EncryptedMedia {
  /** WITH ENCRYPTION. */
  readonly isBackupEncrypted: boolean;
  /** A database with TDE, compressed by SQL Server 2016 or later, which encrypts the header as well. */
  readonly isTde: boolean;
  /** RESTORE HEADERONLY EncryptorThumbprint, probably: 40 hexadecimal digits in upper case. */
  readonly encryptorThumbprint?: string;
  /** RESTORE FILELISTONLY TDEThumbprint, probably: 40 hexadecimal digits in upper case. */
  readonly tdeThumbprint?: string;
  /** A filemark closes the file. */
  readonly isComplete: boolean;
  /** Absent where the file is incomplete. */
  readonly backupSetCount?: number;
  /** Physical block size, bytes; absent where the file is incomplete. */
  readonly blockSize?: number;
}

/** One row of RESTORE FILELISTONLY. */
export interface DatabaseFile {
  readonly logicalName: string;
  readonly physicalName: string;
  /** D data, L log; absent when it is neither. */
  readonly type?: "D" | "L";
  readonly fileGroupName: string | null;
  /** 0 for log files. */
  readonly fileGroupId?: number;
  readonly fileId: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly maxSize: number;
  /** Bytes. */
  readonly backupSizeInBytes?: number;
  /** Bytes. */
  readonly sourceBlockSize?: number;
  readonly createLsn?: Lsn | null;
  readonly differentialBaseLsn?: Lsn | null;
  readonly differentialBaseGuid?: string | null;
  readonly uniqueId?: string;
  /**
   * TDEThumbprint: 40 hexadecimal digits in upper case; null: not encrypted; absent: not known. Inferred: the SHA-1 of
   * the certificate stands in an area that is empty in every file of a database without TDE.
   */
  readonly tdeThumbprint?: string | null;
}
