// Describes how migrations are answered: a line of a list, everything about one, its events and its audit.
import { z } from "zod";
import { amount, component, count, flag, list, lsn, maybe, moment, NEXT, text } from "../shapes.ts";
import { SizingView, SourceView } from "./assessments.ts";
import { CHAIN_END, CHAIN_NOW, DisplayStates, Mode, VerdictOfChain } from "./chain.ts";
import { AuditLine, StateWord } from "./words.ts";

const Target = component(
  "Target",
  z.object({ sqlVmResourceId: text("ARM id of the SQL virtual machine"), databaseName: text() }),
);

const Failure = component(
  "Failure",
  z.object({
    code: text("Stable: docs/errors.md"),
    message: text("The error message"),
    cause: text("Why"),
    remedy: text("What to do"),
    sqlError: z.int().describe("SQL Server's number").exactOptional(),
    requestId: maybe("x-ms-request-id, for Microsoft's support"),
  }),
);

const WaitingOn = component(
  "WaitingOn",
  z
    .object({
      what: text(),
      since: moment(),
      code: text("Stable: docs/errors.md"),
      cause: text(),
      remedy: text(),
      toldAt: maybe("When people were told of it, UTC"),
    })
    .describe("What outside sqlferry holds the run up"),
);

const Stalled = component(
  "Stalled",
  z.object({ what: text("The step that failed, and its message"), since: moment() }).describe("A resume goes on"),
);

const Assessed = component(
  "AssessedCounts",
  z.object({
    server: text("The source as its assessment names it"),
    takenAt: moment('UTC; "" where that is not known'),
    isByName: flag("Joined by the names of server and database alone"),
    blocks: count("Findings that refuse a start"),
    acknowledged: count("Findings that somebody has answered for"),
    act: count("Findings that somebody has to act upon"),
    unknown: count("Checks that nobody could look at"),
  }),
);

const Source = z.object({ container: text(), folder: text('"" is the container\'s root') });

const states = z.partialRecord(DisplayStates, count()).describe("How many files show each state");

/** Members of answers to commands and of details alike. */
const OF_THE_RECORD = {
  migrationId: text("Stable, and known before anybody registers the folder"),
  run: z.int().min(1).describe("Which attempt: a restart begins the next"),
  state: StateWord,
  mode: Mode,
  start: z.enum(["auto", "manual"]),
  priority: z
    .int()
    .min(0)
    .max(100)
    .describe("Among those that wait for its VM, the higher first; absent: 50")
    .exactOptional(),
  wave: z
    .int()
    .min(0)
    .describe("Among those of one priority, the lower first; absent: after all waves")
    .exactOptional(),
  source: Source,
  target: Target.exactOptional(),
  databaseName: maybe("Of the source: from its backups, or as it was registered"),
  serverName: maybe("Of the source, from its backups"),
  files: count(),
  states,
  failure: Failure.exactOptional(),
  waitingOn: WaitingOn.exactOptional(),
  stalled: Stalled.exactOptional(),
  assessed: Assessed.exactOptional(),
  createdAt: moment(),
  updatedAt: moment(),
  startedAt: maybe("UTC"),
  endedAt: maybe("UTC"),
};

/** What a command answers: from the migration's record alone, so the chain is as it was at the last look. */
export const MigrationLine = component(
  "MigrationLine",
  z.object({
    ...OF_THE_RECORD,
    verdict: VerdictOfChain.exactOptional(),
    planVersion: maybe("Names the plan"),
    gaps: count(),
    openGaps: list(z.string(), "Their LSNs, <from>-<to>"),
    unusable: count("Files that cannot be used and may reach beyond the plan; absent: none").exactOptional(),
    closed: flag("A tail log WITH NORECOVERY ends the plan"),
    ...CHAIN_END,
    familyGuid: maybe(),
    databaseGuid: maybe(),
  }),
);
export type MigrationLine = z.infer<typeof MigrationLine>;

const registrationVersion = text("Names what is registered: If-Match of a change");

/** PATCH /migrations/{id}. */
export const ChangedMigration = component(
  "ChangedMigration",
  z.object({ ...MigrationLine.shape, registrationVersion }),
);
export type ChangedMigration = z.infer<typeof ChangedMigration>;

const ListPosition = z.union([
  z.object({ time: text("Wall clock of the source") }),
  z.object({ lsn: lsn("Where the time is not known") }),
]);

/** GET /migrations, one item: what does not apply is left out, since a list of 8,000 is read and sent often. */
export const ListLine = component(
  "ListLine",
  z.object({
    ...{ migrationId: OF_THE_RECORD.migrationId, state: StateWord, mode: Mode },
    start: z.literal("manual").describe("Nothing starts before somebody says so; absent: by itself").exactOptional(),
    ...{ priority: OF_THE_RECORD.priority, wave: OF_THE_RECORD.wave },
    source: Source.pick({ folder: true }),
    databaseName: maybe("Of the source; absent where the target's is the same, or where it is not known"),
    serverName: maybe("Of the source"),
    target: z
      .object({ vm: text("Name of the VM, as in its ARM id"), databaseName: text() })
      .describe("Absent in a draft")
      .exactOptional(),
    verdict: VerdictOfChain.exactOptional(),
    noPlan: z.literal(true).describe("There are files, and no full backup among them to begin with").exactOptional(),
    files: count(),
    states,
    gaps: count("Absent: none").exactOptional(),
    unusable: count("Files that cannot be used and may reach beyond the plan; absent: none").exactOptional(),
    closed: z.literal(true).describe("A tail log WITH NORECOVERY ends the plan; absent: none does").exactOptional(),
    restoredTo: ListPosition.exactOptional(),
    restorableTo: ListPosition.describe("Until something is restored").exactOptional(),
    failure: z.object({ code: text("Stable: docs/errors.md") }).exactOptional(),
    waitingOn: z
      .object({ what: text(), told: z.literal(true).describe("People were told of it").exactOptional() })
      .exactOptional(),
    stalled: z.object({ since: moment() }).exactOptional(),
    assessed: z.object({ blocks: count() }).describe("Absent where no finding refuses a start").exactOptional(),
  }),
);
export type ListLine = z.infer<typeof ListLine>;

export const Migrations = component(
  "Migrations",
  z.object({
    items: list(ListLine),
    forgotten: list(z.string(), "With since: ids of those that somebody has forgotten; absent: none").exactOptional(),
    ...NEXT,
    changeToken: maybe("Of the first page: what to ask with since, to be told what has changed; the same is the ETag"),
  }),
);
export type Migrations = z.infer<typeof Migrations>;

export const Check = component(
  "Check",
  z.object({
    id: z.templateLiteral(["P", z.int().min(0)]),
    outcome: z.enum(["pass", "warn", "fail", "unknown", "skip"]),
    source: text("Where it was looked up"),
    observed: text(),
    message: text(),
    remedy: text("Empty when it passed"),
    overridden: flag("It failed, and PREFLIGHT_OVERRIDES lets the start go on").exactOptional(),
  }),
);

const GateLine = component(
  "GateLine",
  z.object({
    id: z.templateLiteral(["G", z.int().min(0)]),
    condition: text("What must be met"),
    ok: flag(),
    observed: text("What was found"),
  }),
);

export const Loss = component(
  "Loss",
  z
    .object({
      since: maybe("Everything after this is lost: the source's wall clock"),
      seconds: amount("Absent when it cannot be known").exactOptional(),
      knownFiles: count(),
      knownBytes: amount(),
      certain: flag("Nothing is lost for sure"),
      text: text("In a sentence"),
    })
    .describe("What cutting over now would lose"),
);

const SetProgress = z.object({
  setId: maybe(),
  type: maybe("Database, TransactionLog, DifferentialDatabase and others"),
  firstLsn: lsn().exactOptional(),
  lastLsn: lsn().exactOptional(),
  backupStartDate: maybe(),
  backupFinishDate: maybe(),
  isRestored: flag().exactOptional(),
  hasBackupChecksums: flag().exactOptional(),
  familyCount: amount().exactOptional(),
  ignoreReasons: list(z.string()).exactOptional(),
  files: list(
    z.object({
      name: text(),
      status: maybe("DMS's word"),
      sizeBytes: amount().exactOptional(),
      bytesRead: amount().exactOptional(),
      bytesWritten: amount().exactOptional(),
      kilobytesPerSecond: amount("Of the upload from a share").exactOptional(),
      copySeconds: amount().exactOptional(),
      familySequenceNumber: amount().exactOptional(),
    }),
  ),
});

const DmsView = component(
  "DmsView",
  z
    .object({
      seenAt: moment(),
      changedAt: maybe("When anything else last differed from the look before, UTC"),
      migrationStatus: maybe(),
      provisioningState: maybe(),
      migrationState: maybe(),
      currentFile: maybe(),
      lastRestoredFile: maybe(),
      isFullRestored: flag().exactOptional(),
      pendingLogBackups: amount().exactOptional(),
      restoreBlockingReason: maybe(),
      invalidFiles: list(z.string()).exactOptional(),
      uploadErrors: list(z.string()).exactOptional(),
      sets: list(SetProgress).exactOptional(),
    })
    .describe("What DMS showed at the last look, in its own words"),
);

const REQUEST = {
  requestId: text("As GET /operations/{requestId} takes it"),
  run: z.int(),
  by: text(),
  at: moment(),
  outcome: z
    .object({ status: z.enum(["done", "refused", "superseded"]), at: moment(), detail: text() })
    .describe("Absent while it is open")
    .exactOptional(),
};
const passedOverFiles = list(z.string(), "Of a forced one: the files that it passes over and that are still there");

const MigrationRequest = component(
  "Request",
  z
    .discriminatedUnion("kind", [
      z.object({
        ...REQUEST,
        kind: z.literal("start"),
        planVersion: text(),
        chainWasComplete: flag(),
        forced: z.object({ reason: text(), passedOver: list(z.string()) }).exactOptional(),
        passedOverFiles: passedOverFiles.exactOptional(),
      }),
      z.object({
        ...REQUEST,
        kind: z.literal("cutover"),
        planVersion: text(),
        lastBackupName: maybe(),
        sourceClosed: flag(),
        force: flag(),
        reason: maybe(),
        passedOver: list(z.string()).exactOptional(),
        passedOverFiles: passedOverFiles.exactOptional(),
      }),
      z.object({ ...REQUEST, kind: z.literal("cancel"), reason: text() }),
    ])
    .describe("What somebody asked of this run"),
);

/** GET /migrations/{id}: the line, with the chain as it is now in place of the chain at the last look. */
export const MigrationDetails = component(
  "Migration",
  z.object({
    ...OF_THE_RECORD,
    ...CHAIN_NOW,
    registrationVersion,
    planLength: count(),
    lagSeconds: count("Since the end of what is restored (before the start: restorable)").exactOptional(),
    uploadLag: z
      .object({ newestSeconds: count(), p95Seconds: count() })
      .describe("From the end of a backup to its arrival")
      .exactOptional(),
    pending: z.object({ files: count(), bytes: amount(), logs: count() }).describe("Of the plan, not restored yet"),
    etaSeconds: count("Until all that is pending is restored; absent when it cannot be known").exactOptional(),
    loss: Loss,
    checks: list(Check, "The last preflight").exactOptional(),
    checksAt: maybe("When it ran, UTC"),
    service: DmsView.exactOptional(),
    gate: list(GateLine, "As it was at the last look at DMS; a request evaluates it anew"),
    assessment: SourceView.exactOptional(),
    sizing: SizingView.exactOptional(),
    requests: list(MigrationRequest, "Of this run, oldest first"),
    asOf: moment("When this was put together, UTC"),
  }),
);
export type MigrationDetails = z.infer<typeof MigrationDetails>;

export const AuditTrail = component("AuditTrail", z.object({ items: list(AuditLine, "Oldest first"), ...NEXT }));

/** Data as they were written: older versions wrote fewer members, and each type has its own. */
const Event = component(
  "Event",
  z
    .object({
      specversion: z.literal("1.0"),
      id: text("The same happening has the same id, however often it is told"),
      source: text(),
      type: text(),
      subject: text(),
      time: moment(),
      datacontenttype: z.literal("application/json"),
      data: z.looseObject({ migrationId: text(), runId: text(), link: text() }),
    })
    .describe("CloudEvents 1.0"),
);
export type AuditTrail = z.infer<typeof AuditTrail>;
export const Events = component("Events", z.object({ items: list(Event, "Oldest first"), ...NEXT }));
export type Events = z.infer<typeof Events>;

export const Preflight = component("Preflight", z.object({ migrationId: text(), passed: flag(), checks: list(Check) }));
export type Preflight = z.infer<typeof Preflight>;

/** The former name of requestId: "operation" now means one of DMS's only. */
const FORMER_ID = text("As requestId; for clients of 0.1.0").meta({ deprecated: true });

/** 202: the request is noted. */
export const Accepted = component(
  "Accepted",
  z.object({
    requestId: text("GET /operations/{requestId} tells what becomes of it"),
    operationId: FORMER_ID,
    status: z.literal("accepted"),
    detail: text(),
    loss: z
      .object({
        since: text("End of the last backup that is restored: the source's wall clock, or an LSN"),
        passedOver: list(z.string()),
        text: text("In sentences"),
      })
      .describe("Of an offline start: what will not be on the target")
      .exactOptional(),
  }),
);
export type Accepted = z.infer<typeof Accepted>;

export const Operation = component(
  "Operation",
  z.object({
    requestId: text(),
    operationId: FORMER_ID,
    kind: z.enum(["start", "cutover", "cancel"]),
    migrationId: text(),
    run: z.int(),
    by: text(),
    at: moment(),
    status: z.enum(["running", "done", "refused", "superseded"]),
    detail: text(),
    migrationState: StateWord,
  }),
);
export type Operation = z.infer<typeof Operation>;

export const Acknowledged = component(
  "Acknowledged",
  z.object({ migrationId: text(), check: text("Such as S10"), detail: text() }),
);
export type Acknowledged = z.infer<typeof Acknowledged>;
