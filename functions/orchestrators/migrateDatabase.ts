// Carries out one run of a migration, from the first file to the cutover: steps 2 to 7 of the README.
import type { OrchestrationContext } from "durable-functions";
import type { MigrationRun } from "../../shared/migration/looks.ts";
import type { RunEnd } from "../../shared/migration/migration.ts";
import { type Flow, wordsOf } from "./step.ts";
import {
  awaitChain,
  awaitPreflight,
  awaitSlot,
  cutOver,
  endRun,
  followCancel,
  followCutover,
  followRestore,
  followStart,
  stallRun,
} from "./steps.ts";
import { untilTheEndInVersion1 } from "./untilTheEndInVersion1.ts";

/**
 * Where the run continues. Each stage is an execution of its own; `round` counts the rounds of restore and cutover, and
 * grows with each refused cutover.
 */
interface Place {
  readonly stage: "chain" | "preflight" | "start" | "restore" | "cutover";
  readonly round: number;
}

/**
 * A run is started without a place: it begins with the first stage, and each step finds from the record how far the run
 * has come.
 */
type StoryInput = MigrationRun & Partial<Place>;

/**
 * The run exists from the migration's creation on, drafts included, and ends with its last state in the table. After
 * each stage the orchestration continues as new, so that no history grows for weeks. An unexpected failure cancels
 * nothing: the run stalls, DMS is left alone, and the run is started anew under its id.
 */
export function* migrateDatabase(context: OrchestrationContext): Flow<RunEnd | undefined> {
  const { stage = "chain", round = 1, ...run } = context.df.getInput<StoryInput>();
  try {
    const isOld = context.df.version === "1.0";
    const next = isOld
      ? yield* untilTheEndInVersion1(context, run)
      : yield* untilTheEnd(context, run, { stage, round });
    if ("stage" in next) {
      context.df.continueAsNew({ ...run, ...next } satisfies StoryInput);
      return undefined;
    }
    // stops at DMS what was started; a cutover that completed first is a success
    const end = next.end === "canceled" ? yield* followCancel(context, { ...run, end: next }) : next;
    yield* endRun(context, { ...run, end }); // releases the slot, writes the last state
    return end;
  } catch (surprise) {
    const what = wordsOf(surprise); // an activity that failed beyond its retries
    yield* stallRun(context, { ...run, what });
    throw new Error(what);
  }
}

/** Runs one stage. Returns where the run continues, or how it has ended. */
function* untilTheEnd(context: OrchestrationContext, run: MigrationRun, { stage, round }: Place): Flow<RunEnd | Place> {
  switch (stage) {
    case "chain": {
      const chain = yield* awaitChain(context, run); // step 2: waits for the files and the request to start
      return chain.end === "startable" ? { stage: "preflight", round } : chain;
    }
    case "preflight": {
      const checks = yield* awaitPreflight(context, run); // step 3
      return checks.end === "passed" ? { stage: "start", round } : checks;
    }
    case "start": {
      const place = yield* awaitSlot(context, { ...run, kind: "start" }); // step 4: DMS takes one at a time per VM
      if (place.end !== "granted") return place;
      const start = yield* followStart(context, run); // adopts what DMS shows, or has it created
      return start.end === "started" ? { stage: "restore", round } : start;
    }
    case "restore": {
      const restore = yield* followRestore(context, run, round); // step 5: until a cutover is requested
      return restore.end === "cutoverRequested" ? { stage: "cutover", round } : restore;
    }
    case "cutover": {
      const turn = yield* awaitSlot(context, { ...run, kind: "cutover" }, round + 1); // round 1 was the start's
      if (turn.end !== "granted") return turn;
      const cutover = yield* cutOver(context, run); // step 6: checks the gate once more, records a refusal
      if (!cutover.accepted) return { stage: "restore", round: round + 1 };
      const over = yield* followCutover(context, run, round); // step 7: DMS may still refuse, and the restore goes on
      return over.end === "refused" ? { stage: "restore", round: round + 1 } : over;
    }
    default:
      throw new Error(`The story has no stage "${stage satisfies never}".`);
  }
}
