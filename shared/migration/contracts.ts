// What may lie in a row of our tables? zod over the stored JSON; LSNs are decimal text there and bigint here.
import { z } from "zod";
import type { ProvedSpan } from "../backup/backupFormatError.ts";
import {
  type BackupSetHeader,
  type BackupType,
  COMPRESSION_ALGORITHMS,
  type EncryptedMedia,
  type MediaLabel,
  type RecoveryModel,
  type Tde,
  UNVERIFIED_KINDS,
  type UnverifiedKind,
} from "../backup/backupHeader.ts";
import { formatLsn, type Lsn, parseLsn } from "../backup/lsn.ts";
import type {
  BackupRecord,
  BlobType,
  MigrationMode,
  NoFile,
  ReadErrorCode,
  RestoreProgress,
} from "../chain/backupRecord.ts";
import type { ChainPosition, ChainVerdict, DisplayState } from "../chain/chainReport.ts";
import type { SlotKind, Ticket, VmQueue } from "../queue/vmQueue.ts";
import type { TargetClaim } from "../start/targetClaim.ts";
import { EVENT_PREFIX, type EventData, type FerryEvent } from "./events/events.ts";
import { type ListedMigration, type ListLine, listed } from "./lists/listLine.ts";
import type {
  Acknowledgement,
  AssessedCounts,
  AuditEntry,
  BackupSetProgress,
  CancelWish,
  ChainSummary,
  Check,
  CutoverWish,
  Failure,
  FileProgress,
  FileShareSource,
  GateLine,
  MeasuredPace,
  Migration,
  MigrationSource,
  MigrationState,
  MigrationTarget,
  RestoreRequest,
  ServiceView,
  Stalled,
  StartWish,
  WaitingOn,
  Wish,
  WishOutcome,
} from "./migration.ts";
import type { SweepReport } from "./sweepReport.ts";

/**
 * The text that is stored; the schemas below read it back. ASCII alone: a text may be cut anywhere to fit into properties,
 * which would tear a surrogate pair, and Azurite 3.37 spoils other characters in requests above 64 KiB.
 */
export const storedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? formatLsn(part) : part)).replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** From stored text. Throws a ZodError, or a SyntaxError, when the row is not what was written. */
export const readStored = <T>(schema: z.ZodType<T>, text: string): T => schema.parse(JSON.parse(text));

/** Every field of T is listed: one that is forgotten would be lost on its way through the table. */
type Fields<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

/** Every word of T is listed, for the same reason. */
const oneOf = <T extends string>(words: Record<T, true>) => z.enum(Object.keys(words) as T[]);

const text = z.string();
const maybeText = text.exactOptional();
const number = z.number();
const maybeNumber = number.exactOptional();
const flag = z.boolean();
const maybeFlag = flag.exactOptional();

const lsn: z.ZodType<Lsn> = z
  .string()
  .regex(/^\d{1,25}$/)
  .transform(parseLsn);
const maybeLsn = lsn.exactOptional();
const nullableLsn = lsn.nullable();

const mode = oneOf<MigrationMode>({ online: true, offline: true });

// Backups

const mediaLabel: z.ZodType<MediaLabel> = z.object({
  mediaSetId: text,
  mediaFamilyId: maybeText,
  familyCount: number,
  familySequenceNumber: number,
  mediaSequenceNumber: maybeNumber,
  mirrorCount: maybeNumber,
  mediaName: maybeText,
  mediaDescription: maybeText,
  softwareName: maybeText,
  softwareVendorId: maybeNumber,
  mediaDate: maybeText,
  isPasswordProtected: maybeFlag,
  isCompressed: flag,
  compressionAlgorithm: z.enum(COMPRESSION_ALGORITHMS).exactOptional(),
  blockSize: number,
} satisfies Fields<MediaLabel>);

const backupType: z.ZodType<BackupType> = z.literal([1, 2, 4, 5, 6, 7, 8]);
const recoveryModel = oneOf<RecoveryModel>({ FULL: true, "BULK-LOGGED": true, SIMPLE: true });

const tde: z.ZodType<Tde> = z.object({
  state: oneOf<Tde["state"]>({ none: true, encrypted: true, unknown: true }),
  thumbprints: z.array(text).exactOptional(),
} satisfies Fields<Tde>);

/** Kinds of which a real file has been seen since the row was written are left out. */
const unverified = z
  .array(text)
  .transform((kinds): readonly UnverifiedKind[] => UNVERIFIED_KINDS.filter((kind) => kinds.includes(kind)));

/** Without the file list: it has no part in the chain, and would be most of the row. */
const backupSetHeader: z.ZodType<BackupSetHeader> = z.object({
  backupSetGuid: text,
  position: number,
  backupType,
  backupName: maybeText,
  backupDescription: maybeText,
  expirationDate: text.nullable().exactOptional(),
  serverName: text,
  machineName: maybeText,
  userName: maybeText,
  databaseName: text,
  databaseCreationDate: maybeText,
  databaseVersion: maybeNumber,
  compatibilityLevel: maybeNumber,
  softwareVersionMajor: number,
  softwareVersionMinor: number,
  softwareVersionBuild: maybeNumber,
  backupStartDate: text,
  backupFinishDate: text,
  utcOffsetMinutes: maybeNumber,
  backupSize: maybeNumber,
  compressedBackupSize: maybeNumber,
  firstLsn: lsn,
  lastLsn: lsn,
  checkpointLsn: lsn,
  databaseBackupLsn: nullableLsn,
  differentialBaseLsn: nullableLsn.exactOptional(),
  differentialBaseGuid: text.nullable().exactOptional(),
  lastLogBackupLsn: nullableLsn.exactOptional(),
  familyGuid: maybeText,
  bindingId: maybeText,
  recoveryForkId: maybeText,
  firstRecoveryForkId: maybeText,
  forkPointLsn: nullableLsn.exactOptional(),
  flags: number,
  hasBulkLoggedData: flag,
  isSnapshot: flag,
  isReadOnly: flag,
  isSingleUser: flag,
  hasBackupChecksums: flag,
  isDamaged: flag,
  isTailLog: flag,
  hasIncompleteMetaData: flag,
  isForceOffline: flag,
  isCopyOnly: flag,
  beginsLogChain: maybeFlag,
  recoveryModel: recoveryModel.exactOptional(),
  sortOrder: maybeNumber,
  unicodeLocaleId: maybeNumber,
  unicodeComparisonStyle: maybeNumber,
  softwareVendorId: maybeNumber,
  tde: tde.exactOptional(),
  unverified: unverified.exactOptional(),
} satisfies Fields<Omit<BackupSetHeader, "files">>);

const readErrorCode = oneOf<ReadErrorCode>({
  ZERO_BYTES: true,
  TRUNCATED: true,
  CHECKSUM_MISMATCH: true,
  NOT_A_BACKUP: true,
  ENCRYPTED_MEDIA: true,
  UNSUPPORTED_COMPRESSION: true,
  STILL_WRITING: true,
  UNREACHABLE: true,
  ARCHIVED: true,
  ABANDONED_UPLOAD: true,
  READER_FAULT: true,
});

const encrypted: z.ZodType<EncryptedMedia> = z.object({
  isBackupEncrypted: flag,
  isTde: flag,
  encryptorThumbprint: maybeText,
  tdeThumbprint: maybeText,
  isComplete: flag,
  backupSetCount: maybeNumber,
  blockSize: maybeNumber,
} satisfies Fields<EncryptedMedia>);
const provedSpan: z.ZodType<ProvedSpan> = z.object({
  firstLsn: lsn,
  lastLsn: lsn,
  forkId: maybeText,
  isOnlySet: z.literal(true).exactOptional(),
} satisfies Fields<ProvedSpan>);

export const StoredBackupRecord: z.ZodType<BackupRecord> = z.object({
  name: text,
  etag: text,
  sizeBytes: number,
  blobType: oneOf<BlobType>({ BlockBlob: true, PageBlob: true, AppendBlob: true }),
  arrivedAt: text,
  content: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("header"),
      media: mediaLabel,
      backupSets: z.array(backupSetHeader),
      omittedSets: maybeNumber,
      noFile: oneOf<NoFile>({ nul: true, virtualDevice: true, tape: true, overwritten: true }).exactOptional(),
    }),
    z.object({
      kind: z.literal("unreadable"),
      code: readErrorCode,
      message: text,
      encrypted: encrypted.exactOptional(),
      provedSpan: provedSpan.exactOptional(),
    }),
    z.object({ kind: z.literal("unread") }),
  ]),
  sameAs: maybeText,
} satisfies Fields<BackupRecord>);

// Migrations

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

const state = oneOf<MigrationState>({
  draft: true,
  waitingForChain: true,
  preflighting: true,
  preflightFailed: true,
  queued: true,
  starting: true,
  restoring: true,
  readyForCutover: true,
  cuttingOver: true,
  succeeded: true,
  failed: true,
  canceling: true,
  canceled: true,
});

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

const service: z.ZodType<ServiceView> = z.object({
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
} satisfies Fields<ServiceView>);

const position: z.ZodType<ChainPosition> = z.object({
  lsn,
  time: text,
  utc: maybeText,
} satisfies Fields<ChainPosition>);

const displayState = oneOf<DisplayState>({
  Arrived: true,
  Uploading: true,
  Uploaded: true,
  Restoring: true,
  Restored: true,
  Canceled: true,
  Ignored: true,
});

const displayStates = z.partialRecord(displayState, number);

const verdict = oneOf<ChainVerdict>({ empty: true, mixed: true, waiting: true, restorable: true, broken: true });

const summary: z.ZodType<ChainSummary> = z.object({
  verdict,
  planVersion: text,
  planLength: number,
  files: number,
  states: displayStates,
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
} satisfies Fields<Migration>);

// MigrationList

const listPosition = z.union([z.object({ time: text }), z.object({ lsn: text })]);

/** What lists show of a migration: the answer's schema as well. */
export const StoredListLine: z.ZodType<ListLine> = z.object({
  migrationId: text,
  state,
  mode,
  start: z.literal("manual").exactOptional(),
  source: z.object({ folder: text }),
  databaseName: maybeText,
  serverName: maybeText,
  target: z.object({ vm: text, databaseName: text }).exactOptional(),
  verdict: verdict.exactOptional(),
  noPlan: z.literal(true).exactOptional(),
  files: number,
  states: displayStates,
  gaps: maybeNumber,
  unusable: maybeNumber,
  closed: z.literal(true).exactOptional(),
  restoredTo: listPosition.exactOptional(),
  restorableTo: listPosition.exactOptional(),
  failure: z.object({ code: text }).exactOptional(),
  waitingOn: z.object({ what: text, told: z.literal(true).exactOptional() }).exactOptional(),
  stalled: z.object({ since: text }).exactOptional(),
  assessed: z.object({ blocks: number }).exactOptional(),
} satisfies Fields<ListLine>);

/** Rows of version 0.1 hold the whole migration, which has no `files` of its own. */
export const StoredListed: z.ZodType<ListedMigration> = z.union([
  StoredListLine.transform((line): ListedMigration => ({ line })),
  StoredMigration.transform(listed),
]);

const outcome: z.ZodType<WishOutcome> = z.object({
  status: z.enum(["done", "refused", "superseded"]),
  at: text,
  detail: text,
} satisfies Fields<WishOutcome>);

const wishCore = { wishId: text, run: number, by: text, at: text, outcome: outcome.exactOptional() };

export const StoredWish: z.ZodType<Wish> = z.discriminatedUnion("kind", [
  z.object({
    ...wishCore,
    kind: z.literal("start"),
    planVersion: text,
    chainWasComplete: flag,
    forced: z.object({ reason: text, passedOver: z.array(text) }).exactOptional(),
  } satisfies Fields<StartWish>),
  z.object({
    ...wishCore,
    kind: z.literal("cutover"),
    planVersion: text,
    lastBackupName: maybeText,
    sourceClosed: flag,
    force: flag,
    reason: maybeText,
    passedOver: z.array(text).exactOptional(),
  } satisfies Fields<CutoverWish>),
  z.object({ ...wishCore, kind: z.literal("cancel"), reason: text } satisfies Fields<CancelWish>),
]);

/** Data and type as they were written: what an older version published stays readable when types change. */
export const StoredEvent: z.ZodType<FerryEvent> = z.object({
  specversion: z.literal("1.0"),
  id: text,
  source: text,
  type: text.startsWith(EVENT_PREFIX) as unknown as z.ZodType<FerryEvent["type"]>,
  subject: text,
  time: text,
  datacontenttype: z.literal("application/json"),
  data: z.looseObject({ migrationId: text, runId: text, link: text }) as unknown as z.ZodType<EventData>,
} satisfies Fields<FerryEvent>);

export const StoredAuditEntry: z.ZodType<AuditEntry> = z.object({
  id: text,
  at: text,
  by: text,
  action: z.enum([
    "create",
    "start",
    "cutover",
    "cancel",
    "restart",
    "resume",
    "publish",
    "delete",
    "acknowledge",
    "decision",
  ]),
  result: z.enum(["accepted", "refused", "done", "failed"]),
  detail: text,
  facts: z.record(text, z.union([text, number, flag])),
} satisfies Fields<AuditEntry>);

// Sweeps

export const StoredSweepReport: z.ZodType<SweepReport> = z.object({
  startedAt: text,
  endedAt: text,
  folders: number,
  missed: number,
  deleted: number,
  failed: z.array(text),
  faults: number,
} satisfies Fields<SweepReport>);

// VmQueues

const ticket: z.ZodType<Ticket> = z.object({
  migrationId: text,
  run: number,
  status: z.enum(["waiting", "holding", "restoring"]),
  kind: oneOf<SlotKind>({ start: true, cutover: true }),
  since: text,
} satisfies Fields<Ticket>);

export const StoredVmQueue: z.ZodType<VmQueue> = z.object({
  startsSinceCooldown: number,
  cooldownUntil: maybeText,
  tickets: z.array(ticket),
} satisfies Fields<VmQueue>);

export const StoredTargetClaim: z.ZodType<TargetClaim> = z.object({
  migrationId: text,
  at: text,
} satisfies Fields<TargetClaim>);
