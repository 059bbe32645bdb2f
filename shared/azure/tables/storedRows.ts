// Lists the kinds of rows in the tables of migrations, each with the number of its shape, and reads the smaller ones.
import { z } from "zod";
import type { BackupRecord } from "../../chain/backupRecord.ts";
import { EVENT_PREFIX, type FerryEvent } from "../../migration/events/events.ts";
import type { ListLine } from "../../migration/lists/listLine.ts";
import type {
  AuditEntry,
  CancelRequest,
  CutoverRequest,
  IdempotencyNote,
  Migration,
  MigrationRequest,
  Outcome,
  RequestOutcome,
  StartRequest,
} from "../../migration/migration.ts";
import { StoredBackupRecord } from "../../migration/stored/storedBackups.ts";
import {
  type Fields,
  flag,
  type JsonRowKind,
  maybeFlag,
  maybeNumber,
  maybeText,
  number,
  type RowKind,
  text,
} from "../../migration/stored/storedJson.ts";
import { StoredListLine } from "../../migration/stored/storedListLine.ts";
import { StoredMigration } from "../../migration/stored/storedMigration.ts";
import type { FolderMark, QuietFolder } from "../../migration/sweep/folderMark.ts";
import { STAGES, type SweepProgress } from "../../migration/sweep/sweepProgress.ts";
import type { SweepReport } from "../../migration/sweep/sweepReport.ts";
import { AUDIT_ACTIONS, AUDIT_RESULTS } from "../../migration/words.ts";
import { SLOT_KINDS, type Ticket, type VmQueue } from "../../queue/vmQueue.ts";
import type { TargetClaim } from "../../start/targetClaim.ts";

const outcome: z.ZodType<RequestOutcome> = z.object({
  status: z.enum(["done", "refused", "superseded"]),
  at: text,
  detail: text,
} satisfies Fields<RequestOutcome>);

type Stored<One> = One extends MigrationRequest ? Omit<One, "requestId"> & { readonly wishId: string } : never;

/** A request as it lies in its row, where its id has the name that 0.1.0 gave it, and looks for after a rollback. */
export type StoredRequest = Stored<MigrationRequest>;

export const requestOf = ({ wishId, ...rest }: StoredRequest): MigrationRequest => ({ requestId: wishId, ...rest });

export const storedRequestOf = ({ requestId, ...rest }: MigrationRequest): StoredRequest => ({
  wishId: requestId,
  ...rest,
});

const requestCore = { wishId: text, run: number, by: text, at: text, outcome: outcome.exactOptional() };

export const StoredRequest: z.ZodType<StoredRequest> = z.discriminatedUnion("kind", [
  z.object({
    ...requestCore,
    kind: z.literal("start"),
    planVersion: text,
    chainWasComplete: flag,
    forced: z.object({ reason: text, passedOver: z.array(text) }).exactOptional(),
  } satisfies Fields<Stored<StartRequest>>),
  z.object({
    ...requestCore,
    kind: z.literal("cutover"),
    planVersion: text,
    lastBackupName: maybeText,
    sourceClosed: flag,
    force: flag,
    reason: maybeText,
    passedOver: z.array(text).exactOptional(),
  } satisfies Fields<Stored<CutoverRequest>>),
  z.object({ ...requestCore, kind: z.literal("cancel"), reason: text } satisfies Fields<Stored<CancelRequest>>),
]);

/**
 * Data and type as they were written: what another version published stays readable, and is told on, when types
 * change.
 */
export const StoredEvent = z.object({
  specversion: z.literal("1.0"),
  id: text,
  source: text,
  type: text.startsWith(EVENT_PREFIX),
  subject: text,
  time: text,
  datacontenttype: z.literal("application/json"),
  data: z.looseObject({ migrationId: text, runId: text, link: text }),
} satisfies Record<keyof FerryEvent, z.ZodType>) as unknown as z.ZodType<FerryEvent>;

export const StoredAuditEntry: z.ZodType<AuditEntry> = z.object({
  id: text,
  at: text,
  by: text,
  action: z.enum(AUDIT_ACTIONS),
  result: z.enum(AUDIT_RESULTS),
  detail: text,
  facts: z.record(text, z.union([text, number, flag])),
} satisfies Fields<AuditEntry>);

const answer: z.ZodType<Outcome> = z.object({
  did: z.enum(["created", "noted", "done", "gone"]),
  about: maybeText,
  retryAfterSeconds: maybeNumber,
  body: z.looseObject({}).exactOptional(),
} satisfies Fields<Outcome>);

export const StoredNote: z.ZodType<IdempotencyNote> = z.object({
  key: text,
  request: text,
  at: text,
  outcome: answer,
} satisfies Fields<IdempotencyNote>);

// Sweeps

export const StoredSweepReport: z.ZodType<SweepReport> = z.object({
  startedAt: text,
  endedAt: text,
  folders: number,
  missed: number,
  deleted: number,
  failed: z.array(text),
  faults: number,
  recordsAt: maybeText,
} satisfies Fields<SweepReport>);

const StoredSweepProgress: z.ZodType<SweepProgress> = z.object({
  instanceId: text,
  startedAt: text,
  at: text,
  stage: z.enum(STAGES),
  page: maybeText,
  after: maybeText,
  parts: number,
  folders: number,
  missed: number,
  deleted: number,
  failed: number,
  named: z.array(text),
  faults: z.array(text),
  ended: number,
  recordsAt: maybeText,
} satisfies Fields<SweepProgress>);

const StoredFolderMark: z.ZodType<FolderMark> = z.object({
  sweptAt: text,
  hasEnded: flag,
  revision: maybeNumber,
  quiet: z
    .object({
      listing: text,
      chain: text,
      comparedAt: text,
      updatedAt: text,
    } satisfies Fields<QuietFolder>)
    .exactOptional(),
} satisfies Fields<FolderMark>);

// VmQueues

const ticket: z.ZodType<Ticket> = z.object({
  migrationId: text,
  run: number,
  status: z.enum(["waiting", "holding", "restoring"]),
  kind: z.enum(SLOT_KINDS),
  since: text,
  isRetried: maybeFlag,
  priority: maybeNumber,
  wave: maybeNumber,
} satisfies Fields<Ticket>);

export const StoredVmQueue: z.ZodType<VmQueue> = z.object({
  startsSinceCooldown: number,
  cooldownUntil: maybeText,
  tickets: z.array(ticket),
  sqlVmResourceId: maybeText,
  elsewhere: z.array(text).exactOptional(),
} satisfies Fields<VmQueue>);

export const StoredTargetClaim: z.ZodType<TargetClaim> = z.object({
  migrationId: text,
  at: text,
} satisfies Fields<TargetClaim>);

// Kinds

const json = <T>(schema: number, shape: z.ZodType<T>): JsonRowKind<T> => ({ schema, shape });

/** Table Backups. */
export const BACKUP_ROW: JsonRowKind<BackupRecord> = json(1, StoredBackupRecord);
/** folderGeneration.ts: whoever changes a file's row stamps it, whatever his version, so that this number stays. */
export const GENERATION_ROW: RowKind = { schema: 1 };

// Table Migrations

export const MIGRATION_ROW: JsonRowKind<Migration> = json(1, StoredMigration);
export const REQUEST_ROW: JsonRowKind<StoredRequest> = json(1, StoredRequest);
/** In the outbox, and once it is published. */
export const EVENT_ROW: JsonRowKind<FerryEvent> = json(1, StoredEvent);
export const AUDIT_ROW: JsonRowKind<AuditEntry> = json(1, StoredAuditEntry);
/** Its time stands in the column `at` as well, by which old ones are found. */
export const NOTE_ROW: JsonRowKind<IdempotencyNote> = json(1, StoredNote);
/** Which watch listens (`watch`), and since when a wake-up is under way (`pending`). */
export const WAKE_ROW: RowKind = { schema: 1 };
/** Who publishes the outbox, or posts a card, since when (`claimed`), and that the card is posted (`at`). */
export const CLAIM_ROW: RowKind = { schema: 1 };

// Table MigrationList

/** What lists show, as JSON; by what else a migration is found stands in columns. */
export const LINE_ROW: JsonRowKind<ListLine> = json(2, StoredListLine);
/** The same table up to number 1: the whole migration. Nobody writes such rows any more. */
export const WHOLE_LINE_ROW: JsonRowKind<Migration> = json(1, StoredMigration);

// Table VmQueues

export const QUEUE_ROW: JsonRowKind<VmQueue> = json(1, StoredVmQueue);
export const TARGET_ROW: JsonRowKind<TargetClaim> = json(1, StoredTargetClaim);

// Table Sweeps

export const SWEEP_ROW: JsonRowKind<SweepReport> = json(1, StoredSweepReport);
export const SWEEP_PROGRESS_ROW: JsonRowKind<SweepProgress> = json(1, StoredSweepProgress);
export const FOLDER_MARK_ROW: JsonRowKind<FolderMark> = json(1, StoredFolderMark);
