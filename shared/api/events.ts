// Lists the events that sqlferry publishes: for each type when it is published, and the data that it carries.
//
// docs/events.md and docs/events.schema.json are generated from it. Members are added, never renamed or removed:
// subscribers depend on them.
import { z } from "zod";
import { MIGRATION_MODES } from "../chain/backupRecord.ts";
import { CHAIN_VERDICTS, GAP_CAUSES } from "../chain/chainReport.ts";
import { MIGRATION_STATES } from "../migration/words.ts";

const text = (description: string) => z.string().describe(description);
const maybe = (description: string) => z.string().optional().describe(description);
const list = (description: string) => z.array(z.string()).describe(description);
const count = (description: string) => z.int().min(0).describe(description);
const flag = (description: string) => z.boolean().describe(description);

const COMMON = {
  migrationId: text("Id of the migration, as in `GET /migrations/{id}`"),
  runId: text("Which attempt: changes with a restart"),
  mode: z.enum(MIGRATION_MODES).describe("How it is migrated"),
  state: z.enum(MIGRATION_STATES).describe("Of the migration, once this had happened"),
  sourceDatabase: text("The database at the source; the folder's name until a backup tells it"),
  sourceServer: maybe("The server that its backups name"),
  targetVm: maybe("Name of the SQL virtual machine"),
  targetDatabase: maybe("Its name there"),
  verdict: z.enum(CHAIN_VERDICTS).optional().describe("What its files come to: see docs/plan.md"),
  planVersion: maybe("The plan that was judged; a request for a cutover names it"),
  restorableTo: maybe("What the files reach, on the source's clock"),
  restoredTo: maybe("What is on the target, on the source's clock"),
  link: text("The migration on the status page; relative where `PUBLIC_BASE_URL` is not set"),
};

/** The data of every event, so that each is complete in itself. */
export const EVERY_EVENT = z.object(COMMON);
export type CommonData = z.infer<typeof EVERY_EVENT>;

const event = <Shape extends z.ZodRawShape>(when: string, more: Shape) =>
  z.object({ ...COMMON, ...more }).describe(when);

const file = text("Name of the blob, with its folder");
const reason = text("The code of the verdict, stable");
const detail = text("What was found, in a sentence");
const remedy = text("What to do; empty where there is nothing to do");
const lastBackupName = maybe("The last file of the plan, as DMS names it");
const chainTrouble = {
  reasons: list("What is wrong with the folder, a sentence each"),
  databases: z
    .array(z.object({ name: z.string(), files: z.array(z.string()) }))
    .optional()
    .describe("Where it holds several: each with its first twenty files"),
};
const cutover = {
  by: text("Who asked for it"),
  detail: text("What was asked or refused, in a sentence"),
  forced: z.boolean().optional().describe("Past what the gate holds up"),
  reason: maybe("Why it was forced"),
};

/** By type, without the prefix. LSNs are decimal text, moments UTC where nothing else is said. */
export const EVENT_DATA = {
  "backup.accepted": event("A file has its place in the chain, or waits for one. Once per version of the file.", {
    file,
    reason,
    detail,
  }),
  "backup.rejected": event("A file cannot be used. Once per version and reason.", { file, reason, detail, remedy }),
  "backup.restored": event("DMS has restored a file. Once per run.", { file, reason }),
  "chain.gap.detected": event("Log backups are missing.", {
    fromLsn: text("First LSN that no file covers"),
    toLsn: text("The LSN behind the last one"),
    after: text("The file before the gap"),
    before: text("The file behind it"),
    afterTime: text("When that was finished, on the source's clock"),
    beforeTime: text("When that was finished, on the source's clock"),
    likelyCause: z.enum(GAP_CAUSES).describe("Why, most likely"),
    healedBy: list("What heals it, most likely first"),
  }),
  "chain.gap.healed": event("A gap that was reported is closed.", {
    range: text("Its LSNs, `<from>-<to>`"),
  }),
  "chain.restorable": event("The files are a whole chain now.", { lastBackupName }),
  "chain.broken": event("The chain needs a person.", chainTrouble),
  "chain.mixed": event("The folder holds several databases.", chainTrouble),
  "migration.queued": event("The start waits for its turn on the VM.", {
    position: count("Its place in the line; 0 when it has its turn"),
  }),
  "migration.started": event("DMS has begun.", { operationId: text("Id of the operation at DMS") }),
  "migration.ready": event(
    "Everything is restored: it may be cut over. Again when more has been restored since a gap.",
    {
      lastBackupName,
    },
  ),
  "migration.succeeded": event("The database is online on the target.", {
    loss: maybe("What is known to be missing there, in a sentence; absent: nothing"),
  }),
  "migration.failed": event("A run has failed, or its preflight has.", {
    code: maybe("Stable: see docs/errors.md"),
    message: maybe("The error message"),
    cause: maybe("Why"),
    remedy: maybe("What to do"),
    sqlError: z.int().optional().describe("SQL Server's number of the error"),
    requestId: maybe("x-ms-request-id, which Microsoft's support asks for"),
  }),
  "migration.canceled": event("A run was canceled.", {}),
  "migration.waiting": event("Something outside holds a run up, and has for long, or needs a person. Once per wait.", {
    what: text("For what it waits"),
    since: text("Since when"),
    code: text("Stable"),
    cause: text("Why"),
    remedy: text("What to do"),
  }),
  "migration.stalled": event("A fault of sqlferry holds a run up; nothing was canceled.", {
    what: text("The step that failed, and its message"),
    since: text("Since when"),
  }),
  "migration.resumed": event("A run that had stalled goes on.", {
    by: text("Who resumed it"),
    what: text("What had held it up"),
  }),
  "assessment.published": event("An assessment of the database was published.", {
    server: text("The source as the assessment names it"),
    takenAt: text("When it was taken; empty where that is not known"),
    isByName: flag("Joined by the names of server and database, without their GUIDs"),
    blocks: count("Findings that refuse a start"),
    acknowledged: count("Findings that somebody has answered for"),
    act: count("Findings that somebody has to act upon"),
    unknown: count("Checks that nobody could look at"),
  }),
  "cutover.requested": event("DMS has been asked for the cutover.", cutover),
  "cutover.refused": event("A request for a cutover was refused; the restore goes on.", cutover),
  "cutover.completed": event("DMS has ended the restore.", {
    durationSeconds: z.int().optional().describe("Since DMS was asked"),
  }),
  "alarm.late-file": event("A file came after the cutover was begun and is not on the target.", {
    file,
    detail,
    remedy,
  }),
  "alarm.source-reopened": event("The source was written to after its tail-log backup.", {
    message: text("What was found"),
    files: list("Which files show it"),
  }),
  "alarm.overwritten": event("A file was overwritten after it had been restored.", { file, detail, remedy }),
  "alarm.blob-deleted": event("A file was deleted before it was restored.", { file, detail }),
  "alarm.unreadable": event("A file could not be read for long, or its event was given up.", {
    file,
    detail,
    remedy: maybe("What to do"),
  }),
};

export type EventType = keyof typeof EVENT_DATA;
export type EventDataOf<Type extends EventType> = z.infer<(typeof EVENT_DATA)[Type]>;
/** What a type carries besides the data of every event. */
export type EventDetails<Type extends EventType> = Omit<EventDataOf<Type>, keyof CommonData>;
