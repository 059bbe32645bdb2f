// How does one run of a migration go, from the first file to the cutover? Steps 2 to 7 of the README.
import type { OrchestrationContext } from "durable-functions";
import type { RunEnd } from "../../shared/migration/migration.ts";
import type { Flow } from "./step.ts";
import {
  awaitChain,
  awaitSlot,
  cutOver,
  endRun,
  followCancel,
  followCutover,
  followRestore,
  followStart,
  type MigrationRun,
  runPreflight,
} from "./steps.ts";

/** The run exists from the migration's creation on, drafts included, and ends with its last state in the table. */
export function* migrateDatabase(context: OrchestrationContext): Flow<RunEnd> {
  const run = context.df.getInput<MigrationRun>();
  let end: RunEnd;
  try {
    end = yield* untilTheEnd(context, run);
  } catch (surprise) {
    end = failedBy(surprise); // an activity that failed beyond its retries: the run fails with its message, tidied up like any other
  }
  if (end.end !== "succeeded") end = yield* followCancel(context, { ...run, end }); // stops at DMS what was started; a cutover that won the race is a success
  yield* endRun(context, { ...run, end }); // frees the slot, writes the last state
  return end;
}

function* untilTheEnd(context: OrchestrationContext, run: MigrationRun): Flow<RunEnd> {
  const chain = yield* awaitChain(context, run); // step 2: the files, and the word to start
  if (chain.end !== "startable") return chain;
  const checks = yield* runPreflight(context, run); // step 3
  if (!checks.passed) return { end: "preflightFailed" };
  const place = yield* awaitSlot(context, { ...run, kind: "start" }); // step 4: a VM takes one at a time
  if (place.end !== "granted") return place;
  const start = yield* followStart(context, run); // asks DMS first, adopts what is there, else creates; waits where waiting heals
  if (start.end !== "started") return start;
  for (let round = 1; ; round++) {
    const restore = yield* followRestore(context, run, round); // step 5: in step with the source until somebody asks for the cutover
    if (restore.end !== "cutoverRequested") return restore;
    const turn = yield* awaitSlot(context, { ...run, kind: "cutover" }, round + 1); // round 1 was the start's
    if (turn.end !== "granted") return turn;
    const cutover = yield* cutOver(context, run); // step 6: the gate once more, on fresh facts; a refusal is recorded
    if (cutover.accepted) break;
  }
  return yield* followCutover(context, run); // step 7
}

/** Only name and message of an exception survive Durable, followed by a host's stack trace: the first line is what counts. */
function failedBy(surprise: unknown): RunEnd {
  const message = (surprise instanceof Error ? surprise.message : String(surprise)).split("\n")[0]?.trim() ?? "";
  return {
    end: "failed",
    failure: {
      code: "UNEXPECTED",
      message,
      cause: "sqlferry met something that it did not expect, and trying again did not help.",
      remedy: "Look at the function app's log at this time. Once the cause is mended, restart the migration.",
    },
  };
}
