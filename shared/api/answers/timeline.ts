// Describes a chain as it is answered for a timeline, its sets by recovery fork, and the dry run of files.
import { z } from "zod";
import { amount, component, flag, list, lsn, maybe, text } from "../shapes.ts";
import {
  BackupTypeWord,
  CHAIN_NOW,
  Gap,
  Mode,
  Position,
  ProblemOfDryRun,
  ProvedSpan,
  Reason,
  UnusableFile,
  VerdictOfChain,
  VerdictOfFile,
} from "./chain.ts";
import { Check } from "./migrations.ts";

const Segment = component(
  "Segment",
  z
    .object({
      setGuid: text(),
      type: BackupTypeWord,
      firstLsn: lsn(),
      lastLsn: lsn("The LSN behind the last one"),
      started: text("The source's wall clock"),
      finished: text("The source's wall clock"),
      finishedUtc: maybe("Absent where the source's offset is not known"),
      bytes: amount("Of all files that hold it"),
      isCopyOnly: flag(),
      isTail: flag(),
      position: z.int().min(1).describe("Place in the plan; absent outside it").exactOptional(),
      isRestored: flag(),
      base: z.object({ setGuid: maybe(), lsn: lsn().exactOptional() }).describe("Of a differential").exactOptional(),
      files: list(z.object({ file: text(), verdict: VerdictOfFile, reason: Reason })),
    })
    .describe("One backup set, with all files that hold it"),
);

const Fork = component(
  "Fork",
  z
    .object({
      forkId: maybe("Absent: of sets that know no fork"),
      isTarget: flag("The plan follows it"),
      from: z.object({ forkId: text(), lsn: lsn() }).describe("The fork that it left, and where").exactOptional(),
      segments: list(Segment, "By their first LSN"),
    })
    .describe("A recovery fork"),
);

const OF_A_CHAIN = z.object(CHAIN_NOW).pick({
  ...{ verdict: true, planVersion: true, targetFork: true, forkAmbiguous: true, restorableTo: true, restoredTo: true },
  ...{ closed: true, closedAt: true, gaps: true, waitingFor: true },
});

/** GET /migrations/{id}/chain. */
export const ChainView = component(
  "Chain",
  z.object({
    mode: Mode,
    ...OF_A_CHAIN.shape,
    forks: list(Fork, "That which the plan follows first"),
    tail: z
      .object({ setGuid: text(), lastLsn: lsn(), finished: text(), finishedUtc: maybe() })
      .describe("Where the source was closed; absent while it is open")
      .exactOptional(),
    unplaced: list(
      z.object({
        file: text(),
        verdict: VerdictOfFile,
        reason: Reason,
        detail: text(),
        provedSpan: ProvedSpan.exactOptional(),
      }),
      "Files without a header",
    ),
  }),
);
export type ChainView = z.infer<typeof ChainView>;

/** POST /plan, and ferry plan --json. Unknown values are null. */
export const DryRunView = component(
  "DryRun",
  z.object({
    verdict: VerdictOfChain,
    whole: flag("Nothing that could matter is missing, refused or unknown"),
    forkAmbiguous: flag(),
    isInPartUnknown: flag(),
    restorableTo: Position.nullable(),
    lastBackupName: text().nullable(),
    planVersion: text(),
    plan: list(
      z.object({
        position: z.int().min(1),
        type: z.enum(["full", "differential", "log"]),
        setGuid: text(),
        firstLsn: lsn(),
        lastLsn: lsn(),
        files: list(z.string()),
      }),
    ),
    files: list(z.object({ file: text(), verdict: VerdictOfFile, reason: Reason, detail: text(), remedy: text() })),
    gaps: list(Gap),
    unusableNewer: list(UnusableFile),
    problems: list(ProblemOfDryRun),
    checks: list(Check, "The preflight as far as it needs nothing but the files"),
  }),
);
