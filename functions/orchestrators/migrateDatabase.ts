// How does one run of a migration go, from the first file to the cutover? Steps 2 to 7 of the README.
import type { OrchestrationContext } from "durable-functions";
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
  type MigrationRun,
  stallRun,
} from "./steps.ts";

/**
 * The run exists from the migration's creation on, drafts included, and ends with its last state in the table. What nobody expected ends
 * nothing: the run stalls, DMS hears nothing of it, and the run is started anew under its id, when each step finds how far it has come.
 */
export function* migrateDatabase(context: OrchestrationContext): Flow<RunEnd> {
  const run = context.df.getInput<MigrationRun>();
  try {
    let end = yield* untilTheEnd(context, run);
    if (end.end === "canceled") end = yield* followCancel(context, { ...run, end }); // stops at DMS what was started; a cutover that won the race is a success
    yield* endRun(context, { ...run, end }); // frees the slot, writes the last state
    return end;
  } catch (surprise) {
    const what = wordsOf(surprise); // an activity that failed beyond its retries
    yield* stallRun(context, { ...run, what });
    throw new Error(what);
  }
}

function* untilTheEnd(context: OrchestrationContext, run: MigrationRun): Flow<RunEnd> {
  const chain = yield* awaitChain(context, run); // step 2: the files, and the word to start
  if (chain.end !== "startable") return chain;
  const checks = yield* awaitPreflight(context, run); // step 3
  if (checks.end !== "passed") return checks;
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
    if (!cutover.accepted) continue;
    const over = yield* followCutover(context, run, round); // step 7; DMS may refuse after all, and the restore goes on
    if (over.end !== "refused") return over;
  }
}
