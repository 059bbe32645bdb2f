// Makes small valid stored facts for tests, with the changes that a test needs.
import type { BackupSetHeader } from "../../shared/backup/backupHeader.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import type { AuditEntry, ChainSummary, FileShareSource, Migration } from "../../shared/migration/migration.ts";

const GUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301";

export const aBackupSet = (changes: Partial<BackupSetHeader> = {}): BackupSetHeader => ({
  backupSetGuid: GUID,
  position: 1,
  backupType: 2,
  serverName: "SQL01",
  databaseName: "Sales",
  softwareVersionMajor: 16,
  softwareVersionMinor: 0,
  backupStartDate: "2025-11-24T21:45:00",
  backupFinishDate: "2025-11-24T21:45:01",
  firstLsn: 34000000014400001n,
  lastLsn: 34000000015200001n,
  checkpointLsn: 34000000014400037n,
  databaseBackupLsn: null,
  flags: 528,
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
  ...changes,
});

export const aRecord = (name: string, backupSets: readonly BackupSetHeader[] = [aBackupSet()]): BackupRecord => ({
  name,
  etag: '"0x8D1"',
  sizeBytes: 1_048_576,
  blobType: "BlockBlob",
  arrivedAt: "2025-11-24T20:46:00.000Z",
  content: {
    kind: "header",
    media: { mediaSetId: GUID, familyCount: 1, familySequenceNumber: 1, isCompressed: true, blockSize: 65_536 },
    backupSets,
  },
});

export const aMigration = (migrationId: string, changes: Partial<Migration> = {}): Migration => ({
  migrationId,
  run: 1,
  state: "waitingForChain",
  mode: "online",
  start: "auto",
  source: { container: "backups", folder: "Sales", rootIsADatabase: false },
  createdAt: "2025-11-24T20:46:00.000Z",
  createdBy: "arrival",
  updatedAt: "2025-11-24T20:46:00.000Z",
  progress: { started: false, restoredSetGuids: [] },
  ...changes,
});

export const aSummary = (changes: Partial<ChainSummary> = {}): ChainSummary => ({
  verdict: "restorable",
  planVersion: "0123456789abcdef",
  planLength: 1,
  files: 1,
  states: { Arrived: 1 },
  gaps: 0,
  openGaps: [],
  closed: false,
  lastBackupName: "full.bak",
  ...changes,
});

export const aShare: FileShareSource = {
  path: "\\\\srv\\share\\Sales",
  username: "u",
  passwordSecret: "a",
  sql: {
    server: "SRV01",
    authentication: "SqlAuthentication",
    userName: "u",
    passwordSecret: "b",
    trustServerCertificate: false,
  },
};

export const anEvent = (migrationId: string, id: string, time: string): FerryEvent => ({
  specversion: "1.0",
  id,
  source: "/sqlferry/test",
  type: "com.sqlferry.backup.accepted",
  subject: `/migrations/${migrationId}`,
  time,
  datacontenttype: "application/json",
  data: {
    migrationId,
    runId: `mig-${migrationId}-run-1`,
    sourceDatabase: "Sales",
    mode: "online",
    state: "waitingForChain",
    link: `/migrations/${migrationId}`,
    file: "Sales/Sales_log_1.trn",
    reason: "PLAN_LOG",
    detail: "The first log of the plan.",
  },
});

/** A member of an event's data that only some types have. */
export const fieldOf = (data: FerryEvent["data"] | undefined, name: string): unknown =>
  (data as Readonly<Record<string, unknown>> | undefined)?.[name];

export const anAuditEntry = (id: string, at: string): AuditEntry => ({
  id,
  at,
  by: "dba@example.com",
  action: "cutover",
  result: "accepted",
  detail: "The cutover was asked for.",
  facts: { planVersion: "0123456789abcdef", forced: false, lossSeconds: 0 },
});
