// Names what adapters tell of the world outside, as facts that rules judge: files, DMS, the VM, the storage account.
import type { BackupRecord, BlobType } from "../chain/backupRecord.ts";
import type { BackupSetProgress, Failure } from "./migration.ts";

export interface BackupFile {
  /** Path inside the container. */
  readonly name: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly blobType: BlobType;
  /** When this version was committed, UTC. */
  readonly arrivedAt: string;
  /** It lies in the archive tier: nobody can read it. Moving a blob there, or back, makes no new version. */
  readonly isArchived?: true;
}

export interface CatalogueEntry {
  readonly record: BackupRecord;
  /** "<etag>|<verdict>|<reason>" as last published. */
  readonly announced?: string;
  /**
   * A newer version of sqlferry wrote the row: what it holds is not known, the file counts as unread, and nobody
   * writes or announces it.
   */
  readonly isNewer?: true;
}

/** As its row was at one moment. */
export interface FoundEntry extends CatalogueEntry {
  /** Of the row; for BackupCatalogue.save. */
  readonly version: string;
}

export type EngineAnswer =
  | { readonly ok: true; readonly retryAfterSeconds?: number }
  | {
      readonly ok: false;
      readonly failure: EngineFailure;
      /** Nobody answered, or not the service itself: what was asked for may have been done all the same. */
      readonly mayHaveHappened?: true;
    };

/**
 * user: fix, then start again. wait: heals by waiting. fault: the service's own. race: look again, something else
 * happened first. done: what was asked for has happened all the same; the next look shows it.
 */
export interface EngineFailure extends Failure {
  readonly kind: "user" | "wait" | "fault" | "race" | "done";
  readonly retryAfterSeconds?: number;
}

export type Observation =
  | { readonly kind: "absent" }
  /**
   * Throttled or not answering: look again. With a failure of kind "user" looking again does not help: a person has
   * to mend something.
   */
  | { readonly kind: "unavailable"; readonly failure: EngineFailure }
  | { readonly kind: "present"; readonly operation: EngineOperation };

export interface EngineOperation {
  /** Unknown values of the service count as running. */
  readonly phase: "creating" | "running" | "completing" | "canceling" | "succeeded" | "failed" | "canceled";
  /** Names this operation: it differs from that of any earlier or later one on the same target. */
  readonly fingerprint: string;
  /** migrationOperationId: absent until the create operation has succeeded. */
  readonly operationId?: string;
  readonly migrationStatus?: string;
  readonly provisioningState?: string;
  readonly startedOn?: string;
  readonly endedOn?: string;
  readonly isOffline: boolean;
  readonly failure?: EngineFailure;
  readonly canCutOver: boolean;
  readonly canCancel: boolean;
  /** Absent before the restore begins. */
  readonly details?: EngineDetails;
}

export interface EngineDetails {
  readonly migrationState?: string;
  readonly currentFile?: string;
  readonly lastRestoredFile?: string;
  readonly isFullRestored?: boolean;
  /** Not evidenced for blob sources: absent is not zero. */
  readonly pendingLogBackups?: number;
  readonly restoreBlockingReason?: string;
  readonly invalidFiles?: readonly string[];
  /** What keeps files on the share from being uploaded. */
  readonly uploadErrors?: readonly string[];
  /** Every set that the service shows, in order of first LSN. Evidenced for shares; for blobs it may show none. */
  readonly sets?: readonly BackupSetProgress[];
}

/** Something in Azure as it is now: its facts, that it is not there, or why nobody knows. */
export type Sighting<Facts> =
  | { readonly kind: "seen"; readonly facts: Facts }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly failure: EngineFailure };

export interface MigrationServiceFacts {
  readonly name: string;
  readonly location?: string;
  readonly provisioningState?: string;
  /** NeedRegistration, Online, Offline and others; "" where it is not told. */
  readonly integrationRuntimeState?: string;
}

/** One host of a self-hosted integration runtime. A node may be known by name alone. */
export interface RuntimeNode {
  readonly nodeName: string;
  readonly availableMemoryInMB?: number;
  /** Percent. */
  readonly cpuUtilization?: number;
  readonly concurrentJobsLimit?: number;
  readonly concurrentJobsRunning?: number;
  readonly maxConcurrentJobs?: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

export interface ServiceMigration {
  readonly sqlVmResourceId: string;
  readonly databaseName: string;
  readonly status: string;
}

export interface BackupAccountFacts {
  readonly location?: string;
  /** networkAcls.defaultAction: Allow, Deny. */
  readonly defaultAction?: string;
  /** Enabled, Disabled, SecuredByPerimeter. */
  readonly publicNetworkAccess?: string;
  /** Subnets that the firewall lets in. */
  readonly allowedSubnetIds: readonly string[];
  readonly privateEndpoints: number;
  /** Absent means true. */
  readonly allowSharedKeyAccess?: boolean;
}

/** Absent fields are unknown, never failed. */
export interface TargetVmFacts {
  readonly exists: boolean | "unreadable";
  /** Why it could not be read. */
  readonly unreadable?: string;
  /** It may be readable soon: Azure was throttling, or did not answer. */
  readonly isPassing?: boolean;
  readonly virtualMachineResourceId?: string;
  /** Full, LightWeight, NoAgent. */
  readonly sqlManagement?: string;
  /** From a marketplace image "SQL2022-WS2022": 16. */
  readonly versionMajor?: number;
  /** A failed migration leaves "Failed" on a healthy VM. */
  readonly provisioningState?: string;
  readonly location?: string;
  /** running, starting, stopping, stopped, deallocating, deallocated. */
  readonly powerState?: string;
}
