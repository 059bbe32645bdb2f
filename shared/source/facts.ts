// Defines what is known of a source before a rule judges it: the same facts from a server, from backups, or from an
// official report.
//
// A member that is absent was not looked at, or could not be: what depends on it is unknown, never fine. `null` and
// an empty list were looked at, and there is none. Sizes in MB of 2^20 bytes, times in ISO 8601 unless said
// otherwise.

import type { RecoveryModel } from "../backup/backupHeader.ts";

export type CheckId = `S${number}`;

/** Where facts come from. */
export const EVIDENCES = ["server", "backup", "import"] as const;
export type Evidence = (typeof EVIDENCES)[number];

/** What one look at one source has brought. */
export interface SourceFacts {
  /** "SRC01\PROD". */
  readonly server: string;
  readonly evidence: Evidence;
  /** UTC. */
  readonly takenAt: string;
  readonly instance: InstanceFacts;
  readonly databases: readonly DatabaseFacts[];
}

export interface InstanceFacts {
  /** "13.0.6300.2". */
  readonly productVersion?: string;
  readonly edition?: string;
  /** EngineEdition: 2 Standard and Web, 3 Enterprise and Developer, 4 Express; 5 and above are services of Azure. */
  readonly engineEdition?: number;
  readonly collation?: string;
  /** What could not be looked at, and why. */
  readonly withheld?: readonly string[];
  readonly linkedServers?: readonly string[];
  /** Besides linked servers and logins, what lives outside of the databases: "credential Backup". */
  readonly objects?: readonly NamedObject[];
  /** sys.configurations: names and values in use. */
  readonly settings?: Readonly<Record<string, number>>;
  readonly traceFlags?: readonly number[];
  readonly deprecatedFeatures?: readonly string[];
  readonly unseen?: Unseen;
  readonly reported?: Reported;
}

export interface DatabaseFacts {
  readonly name: string;
  /** Of sys.database_recovery_status, as BindingID and FamilyGUID of a backup. */
  readonly databaseGuid?: string;
  readonly familyGuid?: string;
  /**
   * Of these facts alone, where they are older than the rest: the finish of the newest backup that they are of. UTC.
   */
  readonly takenAt?: string;
  /** 13 for SQL Server 2016. */
  readonly versionMajor?: number;
  readonly compatibilityLevel?: number;
  readonly collation?: string;
  /** Where only these are known of its collation. */
  readonly collationHint?: string;
  readonly sizeMb?: number;
  readonly files?: readonly FileFacts[];
  /** sys.dm_db_persisted_sku_features. */
  readonly editionFeatures?: readonly string[];
  readonly encryption?: EncryptionFacts | null;
  readonly backups?: BackupFacts;
  /** is_master_key_encrypted_by_server. */
  readonly masterKey?: boolean;
  readonly columnMasterKeys?: readonly string[];
  readonly fullTextCatalogs?: readonly string[];
  readonly isStretched?: boolean;
  readonly externalData?: readonly string[];
  /** Used by tables in memory. */
  readonly inMemoryMb?: number;
  readonly recoveryModel?: RecoveryModel;
  readonly logChainHasBegun?: boolean;
  readonly pageVerify?: string;
  /** Pages with an error that nobody has repaired. */
  readonly suspectPages?: number;
  /** null: never. */
  readonly lastGoodCheckDb?: string | null;
  readonly logByHour?: readonly LogHour[];
  readonly virtualLogFiles?: number;
  readonly availabilityGroup?: AvailabilityFacts | null;
  /** Role and partner; null: not mirrored. */
  readonly mirroring?: { readonly role: string; readonly partner: string } | null;
  readonly logShipping?: "primary" | "secondary" | null;
  /** "published", "merge published", "subscribed", "distributor". */
  readonly replication?: readonly string[];
  readonly hasChangeDataCapture?: boolean;
  readonly hasChangeTracking?: boolean;
  readonly broker?: {
    readonly isEnabled: boolean;
    readonly queues: readonly string[];
    readonly routes: readonly string[];
  };
  /** state_desc. */
  readonly state?: string;
  readonly isStandby?: boolean;
  readonly isSnapshot?: boolean;
  /** containment_desc. */
  readonly containment?: string;
  readonly isTrustworthy?: boolean;
  readonly hasDbChaining?: boolean;
  readonly assemblies?: readonly { readonly name: string; readonly permissionSet: string }[];
  /** null: the login is gone. */
  readonly owner?: string | null;
  readonly users?: readonly UserFacts[];
  readonly jobs?: readonly JobFacts[];
  /** Where modules and synonyms point to. */
  readonly references?: readonly { readonly server?: string; readonly database?: string; readonly example?: string }[];
  /** Modules or synonyms could not be looked at: `references` are not all. */
  readonly hasPartialReferences?: true;
  readonly unseen?: Unseen;
  readonly reported?: Reported;
}

/** Why facts that a check needs are absent, where that is known: "not allowed: GRANT VIEW SERVER STATE". */
export type Unseen = Readonly<Partial<Record<CheckId, string>>>;

interface NamedObject {
  readonly kind: string;
  readonly name: string;
}

export interface FileFacts {
  readonly logicalName: string;
  readonly physicalName: string;
  readonly sizeMb: number;
  /** Absent where it is neither data nor log, and nothing tells which of the others. */
  readonly kind?: "data" | "log" | "FILESTREAM" | "memory-optimized" | "full-text";
}

export interface EncryptionFacts {
  /** Absent where only that it is encrypted is known. */
  readonly encryptor?: "certificate" | "key provider";
  /** Hexadecimal, without 0x. */
  readonly thumbprints: readonly string[];
  readonly encryptorName?: string;
  /**
   * Encryption was switched off, and its key is still there: backups hold it, and parts of the log may be encrypted.
   */
  readonly isOff?: true;
  /** Encryption, decryption or a change of keys is under way: how far; null: it is not. */
  readonly percentComplete?: number | null;
}

interface BackupFacts {
  /** The history that `sets` are the whole of; absent: `sets` are those at hand, and others may exist. */
  readonly history?: BackupHistory;
  readonly sets: readonly BackupSetFacts[];
}

/** Of msdb. */
export interface BackupHistory {
  readonly days: number;
  /** When it was read, the source's wall clock. */
  readonly readAt: string;
  /**
   * Other replicas of an availability group take backups as well, and have histories of their own; or whether there
   * is a group could not be seen.
   */
  readonly isPartial?: true;
}

/** One backup set, or several that differ in nothing but their time. */
export interface BackupSetFacts {
  readonly type: "full" | "differential" | "log" | "other";
  /** How many they are; absent: one. */
  readonly count?: number;
  /** A file, where it is known: of several sets one of theirs. */
  readonly file?: string;
  /** Source's wall clock, of several sets the newest; absent where nothing of it can be read. */
  readonly finished?: string;
  readonly isCopyOnly?: boolean;
  readonly isSnapshot?: boolean;
  readonly position?: number;
  /** Files of the media set. */
  readonly families?: number;
  /** Of several sets the largest. */
  readonly sizeMb?: number;
  readonly hasChecksums?: boolean;
  readonly isDamaged?: boolean;
  readonly hasIncompleteMetadata?: boolean;
  readonly isEncrypted?: boolean;
  /** Hexadecimal, without 0x. */
  readonly thumbprint?: string;
  /** Who takes it, and where to: "VDI (SRC\veeam)", "D:\backup (SRC\agent)". */
  readonly taker?: string;
}

export interface LogHour {
  /** Begin of the hour, the source's wall clock. */
  readonly hour: string;
  readonly bytes: number;
  readonly backups: number;
}

export interface AvailabilityFacts {
  readonly group: string;
  readonly backupPreference: string;
  readonly replicas: readonly string[];
}

export interface UserFacts {
  readonly name: string;
  readonly kind: "sql" | "windows" | "other";
  /** A login of the source has its SID; false: it is an orphan already, or needs none. */
  readonly hasLogin: boolean;
}

interface JobFacts {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly takesBackups: boolean;
}

/** What somebody else's assessment has found, by our checks: the names it gave to it. */
export type Reported = Readonly<Partial<Record<CheckId, readonly string[]>>>;

/** Where the databases shall go, as far as it is known. */
export interface TargetFacts {
  /** The VM that all of this is true of; absent: it is not known which. */
  readonly sqlVmResourceId?: string;
  /** 16 for SQL Server 2022. */
  readonly versionMajor?: number;
  readonly edition?: "Enterprise" | "Developer" | "Standard" | "Web" | "Express";
  readonly collation?: string;
  /** Free on the data disks. */
  readonly freeMb?: number;
  /** What the line to Azure carries. */
  readonly uploadBytesPerSecond?: number;
}
