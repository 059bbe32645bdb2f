// Describes how a chain of backups is answered: verdict, plan, gaps, what is awaited, and each file.
import { z } from "zod";
import { BLOB_TYPES, MIGRATION_MODES } from "../../chain/backupRecord.ts";
import { CHAIN_VERDICTS, DISPLAY_STATES, GAP_CAUSES, VERDICTS } from "../../chain/chainReport.ts";
import { PROBLEM_CODES, REASON_CODES } from "../../chain/words/problems.ts";
import { DRY_RUN_CODES } from "../../dryRun/dryRun.ts";
import { amount, component, count, flag, list, lsn, maybe, moment, NEXT, text } from "../shapes.ts";

export const Mode = z.enum(MIGRATION_MODES);

export const VerdictOfChain = component(
  "ChainVerdict",
  z
    .enum(CHAIN_VERDICTS)
    .describe(
      "empty: no readable backup. mixed: several databases. waiting: for a file. restorable: without a gap. broken: needs a person",
    ),
);

export const DisplayStates = component("FileState", z.enum(DISPLAY_STATES));

export const Reason = component(
  "FileReason",
  z.enum(REASON_CODES).describe("Why a file has its verdict. Codes are added, never renamed"),
);

export const Position = component(
  "ChainPosition",
  z.object({
    lsn: lsn(),
    time: text("The source's wall clock, as the backup has it"),
    utc: maybe("The same instant; absent where the source's offset is not known"),
  }),
);

/** What a file is to the plan. */
export const VerdictOfFile = z.enum(VERDICTS);

const CauseOfGap = z.enum(GAP_CAUSES);

const neighbour = z.object({ setGuid: text(), file: text("The blob's name"), time: text("The source's wall clock") });

export const Gap = component(
  "Gap",
  z
    .object({
      fromLsn: lsn("The first LSN that no file covers"),
      toLsn: lsn("The LSN behind the last one"),
      after: neighbour,
      before: neighbour,
      likelyCause: CauseOfGap,
      healedBy: list(z.string(), "Sentences, the likeliest remedy first"),
      deadline: moment("UTC; when waiting becomes broken"),
      overdue: flag(),
    })
    .describe("A range of LSNs that no file covers"),
);

export const WaitingFor = component(
  "WaitingFor",
  z.discriminatedUnion("what", [
    z.object({ what: z.literal("full") }),
    z.object({ what: z.literal("base"), setGuid: maybe(), lsn: lsn().exactOptional(), neededBy: text() }),
    z.object({
      what: z.literal("stripes"),
      setGuid: text(),
      missing: list(z.int(), "Family sequence numbers"),
      familyCount: z.int(),
    }),
    z.object({ what: z.literal("range"), fromLsn: lsn(), toLsn: lsn() }),
  ]),
);

const OF_A_PROBLEM = {
  severity: z.enum(["warning", "alarm"]),
  message: text("For a DBA: what was found and what to do"),
  files: list(z.string()),
};

const Problem = component("ChainProblem", z.object({ code: z.enum(PROBLEM_CODES), ...OF_A_PROBLEM }));

/** A dry run also reports what its headers leave unknown. */
export const ProblemOfDryRun = component(
  "DryRunProblem",
  z.object({
    code: z.enum(DRY_RUN_CODES),
    ...OF_A_PROBLEM,
  }),
);

export const ProvedSpan = z
  .object({
    firstLsn: lsn(),
    lastLsn: lsn("The LSN behind the last one"),
    forkId: maybe(),
    isOnlySet: z.literal(true).exactOptional(),
  })
  .describe("All of its LSNs, where they are certain");

export const UnusableFile = component(
  "UnusableFile",
  z.object({
    file: text("The blob's name"),
    reason: Reason,
    provedSpan: ProvedSpan.exactOptional(),
  }),
);

export const DatabaseInFolder = component(
  "DatabaseInFolder",
  z.object({
    name: text(),
    familyGuid: maybe(),
    files: list(z.string()),
    suggestedFolder: text('"stay", or the name of a folder of its own'),
  }),
);

/** The end of the chain, as lists and details show it, where there is one. */
export const CHAIN_END = {
  lastBackupName: maybe("The file that DMS takes as the last one; absent without a plan"),
  restorableTo: Position.exactOptional(),
  restoredTo: Position.exactOptional(),
};

const planVersion = text("Names the plan; start and cutover take it as If-Match");

/** The chain as it is now. */
export const CHAIN_NOW = {
  verdict: VerdictOfChain,
  planVersion,
  targetFork: maybe("The recovery fork that the plan follows"),
  ...CHAIN_END,
  gaps: list(Gap),
  waitingFor: list(WaitingFor, "What is still needed before the chain is restorable"),
  problems: list(Problem, "Of the whole folder"),
  unusableNewer: list(UnusableFile, "Cannot be used, and are not proved to be older than the plan's end"),
  databases: list(DatabaseInFolder, "Where the folder holds several").exactOptional(),
  unrestored: z.object({ files: count(), bytes: amount() }).describe("Known to be missing on the target"),
  closed: flag("A tail log WITH NORECOVERY ends the plan"),
  closedAt: maybe("When that tail was taken, UTC"),
  forkAmbiguous: flag(),
  estimatedTime: flag("Some time was derived with an estimated offset"),
  canStartOffline: flag(),
  canStartOnline: flag(),
  canCutOver: flag("All of the plan is restored, and no other file may still extend it"),
};

const PlanMember = component(
  "PlanMember",
  z.object({
    position: z.int().min(1),
    type: z.enum(["full", "differential", "log"]),
    setGuid: text(),
    files: list(z.string(), "Blobs, in the order of their family sequence numbers"),
    firstLsn: lsn(),
    lastLsn: lsn(),
    finished: text("The source's wall clock"),
    finishedUtc: maybe("Absent where the source's offset is not known"),
    arrivedAt: moment("When the last of its files was committed, UTC"),
    bytes: amount("Of all its files together"),
    isTail: flag(),
    restored: flag(),
  }),
);

/** GET /migrations/{id}/plan: what is restored, in order, and how far it goes. */
export const PlanView = component(
  "Plan",
  z.object({
    mode: Mode,
    verdict: VerdictOfChain,
    planVersion,
    ...CHAIN_END,
    closed: flag(),
    plan: list(PlanMember),
  }),
);
export type PlanView = z.infer<typeof PlanView>;

export const BackupTypeWord = z.enum([
  "full",
  "log",
  "file",
  "differential",
  "differentialFile",
  "partial",
  "differentialPartial",
]);
/** RESTORE HEADERONLY BackupType in words. */
export type BackupTypeWord = z.infer<typeof BackupTypeWord>;

/** GET /migrations/{id}/files, one item. Header fields are absent when the file could not be read. */
export const FileRow = component(
  "File",
  z.object({
    name: text("The blob's name"),
    etag: text("Of the version that is judged"),
    verdict: VerdictOfFile,
    reason: Reason,
    detail: text("One sentence with numbers"),
    remedy: text("One sentence; empty when there is nothing to do"),
    state: DisplayStates,
    position: z.int().min(1).describe("Place in the plan").exactOptional(),
    of: z.int().min(1).describe("How many places the plan has").exactOptional(),
    sizeBytes: amount(),
    blobType: z.enum(BLOB_TYPES),
    arrivedAt: moment(),
    type: BackupTypeWord.exactOptional(),
    familySequenceNumber: z.int().exactOptional(),
    familyCount: z.int().exactOptional(),
    firstLsn: lsn().exactOptional(),
    lastLsn: lsn().exactOptional(),
    backupStartDate: maybe("The source's wall clock"),
    backupFinishDate: maybe("The source's wall clock"),
    utcOffsetMinutes: amount().exactOptional(),
    databaseName: maybe(),
    serverName: maybe(),
    isCopyOnly: flag().exactOptional(),
    hasBackupChecksums: flag().exactOptional(),
  }),
);
export type FileRow = z.infer<typeof FileRow>;

export const Files = component("Files", z.object({ planVersion, items: list(FileRow), ...NEXT }));
export type Files = z.infer<typeof Files>;
