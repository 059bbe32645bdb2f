// Reads what is stored of a migration: the shape of the JSON in its record.
import { z } from "zod";
import type { RestoreProgress } from "../../chain/backupRecord.ts";
import { CHAIN_VERDICTS, type ChainPosition, DISPLAY_STATES } from "../../chain/chainReport.ts";
import type {
  Acknowledgement,
  AssessedCounts,
  BackupSetProgress,
  ChainSummary,
  Check,
  DmsView,
  Failure,
  FileProgress,
  FileShareSource,
  GateLine,
  MeasuredPace,
  Migration,
  MigrationSource,
  MigrationTarget,
  RestoreRequest,
  Stalled,
  WaitingOn,
} from "../migration.ts";
import { MIGRATION_STATES } from "../words.ts";
import {
  type Fields,
  flag,
  lsn,
  maybeFlag,
  maybeLsn,
  maybeNumber,
  maybeText,
  mode,
  number,
  text,
} from "./storedJson.ts";

const fileShare: z.ZodType<FileShareSource> = z.object({
  path: text,
  username: text,
  passwordSecret: text,
  sql: z.object({
    server: text,
    authentication: z.enum(["WindowsAuthentication", "SqlAuthentication"]),
    userName: text,
    passwordSecret: text,
    trustServerCertificate: flag,
  } satisfies Fields<FileShareSource["sql"]>),
} satisfies Fields<FileShareSource>);

const source: z.ZodType<MigrationSource> = z.object({
  container: text,
  folder: text,
  rootIsADatabase: flag,
  databaseName: maybeText,
  familyGuid: maybeText,
  forkId: maybeText,
  fileShare: fileShare.exactOptional(),
} satisfies Fields<MigrationSource>);

const target: z.ZodType<MigrationTarget> = z.object({
  sqlVmResourceId: text,
  databaseName: text,
} satisfies Fields<MigrationTarget>);

export const state = z.enum(MIGRATION_STATES);

const request: z.ZodType<RestoreRequest> = z.object({
  at: text,
  before: text,
  accepted: flag,
  refused: maybeFlag,
  contested: maybeFlag,
  attempts: number,
  planVersion: text,
  lastBackupName: maybeText,
} satisfies Fields<RestoreRequest>);

const progress: z.ZodType<RestoreProgress> = z.object({
  started: flag,
  anchorSetGuid: maybeText,
  diffSetGuid: maybeText,
  positionLsn: maybeLsn,
  forkId: maybeText,
  restoredSetGuids: z.array(text),
  lastRestored: z.object({ file: text, etag: text }).exactOptional(),
  currentSetGuid: maybeText,
  lastBackupLsn: maybeLsn,
  cutoverRequestedAt: maybeText,
  ended: z.enum(["succeeded", "failed", "canceled"]).exactOptional(),
} satisfies Fields<RestoreProgress>);

const fileProgress: z.ZodType<FileProgress> = z.object({
  name: text,
  status: maybeText,
  sizeBytes: maybeNumber,
  bytesRead: maybeNumber,
  bytesWritten: maybeNumber,
  kilobytesPerSecond: maybeNumber,
  copySeconds: maybeNumber,
  familySequenceNumber: maybeNumber,
} satisfies Fields<FileProgress>);

const setProgress: z.ZodType<BackupSetProgress> = z.object({
  setId: maybeText,
  type: maybeText,
  firstLsn: maybeLsn,
  lastLsn: maybeLsn,
  backupStartDate: maybeText,
  backupFinishDate: maybeText,
  isRestored: maybeFlag,
  hasBackupChecksums: maybeFlag,
  familyCount: maybeNumber,
  ignoreReasons: z.array(text).exactOptional(),
  files: z.array(fileProgress),
} satisfies Fields<BackupSetProgress>);

const service: z.ZodType<DmsView> = z.object({
  seenAt: text,
  changedAt: maybeText,
  migrationStatus: maybeText,
  provisioningState: maybeText,
  migrationState: maybeText,
  currentFile: maybeText,
  lastRestoredFile: maybeText,
  isFullRestored: maybeFlag,
  pendingLogBackups: maybeNumber,
  restoreBlockingReason: maybeText,
  invalidFiles: z.array(text).exactOptional(),
  uploadErrors: z.array(text).exactOptional(),
  sets: z.array(setProgress).exactOptional(),
} satisfies Fields<DmsView>);

const position: z.ZodType<ChainPosition> = z.object({
  lsn,
  time: text,
  utc: maybeText,
} satisfies Fields<ChainPosition>);

export const displayState = z.enum(DISPLAY_STATES);

export const verdict = z.enum(CHAIN_VERDICTS);

const summary: z.ZodType<ChainSummary> = z.object({
  verdict,
  planVersion: text,
  planLength: number,
  files: number,
  states: z.partialRecord(displayState, number),
  gaps: number,
  openGaps: z.array(text),
  unusable: number.exactOptional(),
  closed: flag,
  lastBackupName: maybeText,
  restorableTo: position.exactOptional(),
  restoredTo: position.exactOptional(),
  databaseName: maybeText,
  serverName: maybeText,
  familyGuid: maybeText,
  databaseGuid: maybeText,
} satisfies Fields<ChainSummary>);

const assessed: z.ZodType<AssessedCounts> = z.object({
  server: text,
  takenAt: text,
  isByName: flag,
  blocks: number,
  acknowledged: number,
  act: number,
  unknown: number,
} satisfies Fields<AssessedCounts>);

const acknowledgement: z.ZodType<Acknowledgement> = z.object({
  check: z.templateLiteral(["S", z.number()]),
  fingerprint: text,
  sqlVmResourceId: text,
  by: text,
  at: text,
  reason: text,
} satisfies Fields<Acknowledgement>);

const check: z.ZodType<Check> = z.object({
  id: z.templateLiteral(["P", z.number()]),
  outcome: z.enum(["pass", "warn", "fail", "unknown", "skip"]),
  source: text,
  observed: text,
  message: text,
  remedy: text,
  overridden: maybeFlag,
} satisfies Fields<Check>);

const gateLine: z.ZodType<GateLine> = z.object({
  id: z.templateLiteral(["G", z.number()]),
  condition: text,
  ok: flag,
  observed: text,
} satisfies Fields<GateLine>);

const failure: z.ZodType<Failure> = z.object({
  code: text,
  message: text,
  cause: text,
  remedy: text,
  sqlError: maybeNumber,
  requestId: maybeText,
} satisfies Fields<Failure>);

const waitingOn: z.ZodType<WaitingOn> = z.object({
  what: text,
  since: text,
  code: text,
  cause: text,
  remedy: text,
  toldAt: maybeText,
} satisfies Fields<WaitingOn>);

const stalled: z.ZodType<Stalled> = z.object({ what: text, since: text } satisfies Fields<Stalled>);

const pace: z.ZodType<MeasuredPace> = z.object({
  busySince: maybeText,
  bytesPerSecond: number.exactOptional(),
} satisfies Fields<MeasuredPace>);

export const StoredMigration: z.ZodType<Migration> = z.object({
  migrationId: text,
  run: number,
  state,
  mode,
  start: z.enum(["auto", "manual"]),
  priority: maybeNumber,
  wave: maybeNumber,
  source,
  target: target.exactOptional(),
  createdAt: text,
  createdBy: text,
  updatedAt: text,
  startedAt: maybeText,
  endedAt: maybeText,
  startPlan: maybeText,
  request: request.exactOptional(),
  operationId: maybeText,
  progress,
  service: service.exactOptional(),
  summary: summary.exactOptional(),
  assessed: assessed.exactOptional(),
  acknowledgements: z.array(acknowledgement).exactOptional(),
  checks: z.array(check).exactOptional(),
  checksAt: maybeText,
  gate: z.array(gateLine).exactOptional(),
  pace: pace.exactOptional(),
  cutoverAskedAt: maybeText,
  goneSince: maybeText,
  readyFor: maybeText,
  failure: failure.exactOptional(),
  waitingOn: waitingOn.exactOptional(),
  stalled: stalled.exactOptional(),
  forgottenAt: maybeText,
} satisfies Fields<Migration>);
