// Plays the orchestrator as it was in sqlferry 0.1.0, for tests of the upgrade. Its host.json had version 1.0, as that
// of later builds.
import type { OrchestrationContext } from "durable-functions";
import { type Flow, step, wordsOf } from "../../functions/orchestrators/step.ts";
import {
  awaitChain,
  awaitSlot,
  cutOver,
  endRun,
  followCancel,
  followCutover,
  followRestore,
  followStart,
} from "../../functions/orchestrators/steps.ts";
import type { MigrationRun } from "../../shared/migration/looks.ts";
import type { RunEnd } from "../../shared/migration/migration.ts";

/**
 * The preflight was no watch then. Its activity answered whether it had passed; today's, which the test uses, answers
 * as a look.
 */
type Checks = { readonly passed: boolean } | { readonly end: { readonly end: string } } | { nextLookSeconds: number };
const runPreflight = step<MigrationRun & { readonly watch: string }, Checks>("RunPreflight");
const havePassed = (checks: Checks): boolean =>
  "passed" in checks ? checks.passed : "end" in checks && checks.end.end === "passed";

/** Calls the tasks that 0.1.0 called; test/fixtures/histories/0.1.0 has its histories. */
export function* migrateDatabase(context: OrchestrationContext): Flow<RunEnd> {
  const run = context.df.getInput<MigrationRun>();
  let end: RunEnd;
  try {
    end = yield* untilTheEnd(context, run);
  } catch (surprise) {
    const message = wordsOf(surprise);
    end = { end: "failed", failure: { code: "UNEXPECTED", message, cause: "", remedy: "" } };
  }
  if (end.end !== "succeeded") end = yield* followCancel(context, { ...run, end });
  yield* endRun(context, { ...run, end });
  return end;
}

function* untilTheEnd(context: OrchestrationContext, run: MigrationRun): Flow<RunEnd> {
  const chain = yield* awaitChain(context, run);
  if (chain.end !== "startable") return chain;
  const checks = yield* runPreflight(context, { ...run, watch: context.df.instanceId });
  if (!havePassed(checks)) return { end: "preflightFailed" };
  const place = yield* awaitSlot(context, { ...run, kind: "start" });
  if (place.end !== "granted") return place;
  const start = yield* followStart(context, run);
  if (start.end !== "started") return start;
  for (let round = 1; ; round++) {
    const restore = yield* followRestore(context, run, round);
    if (restore.end !== "cutoverRequested") return restore;
    const turn = yield* awaitSlot(context, { ...run, kind: "cutover" }, round + 1);
    if (turn.end !== "granted") return turn;
    const cutover = yield* cutOver(context, run);
    if (cutover.accepted) break;
  }
  const over = yield* followCutover(context, run);
  return over.end === "refused" ? { end: "failed" } : over;
}
