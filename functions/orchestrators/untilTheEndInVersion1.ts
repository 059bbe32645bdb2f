// Keeps the orchestration of version 1.0, written until 2026-11-30 as one execution, for runs that began then and are
// replayed from their history. It can be deleted with the first release whose changelog asks to let the runs of 0.1.0
// end before the upgrade.
import type { OrchestrationContext } from "durable-functions";
import type { MigrationRun } from "../../shared/migration/looks.ts";
import type { RunEnd } from "../../shared/migration/migration.ts";
import type { Flow } from "./step.ts";
import { awaitChain, awaitPreflight, awaitSlot, cutOver, followCutover, followRestore, followStart } from "./steps.ts";

/**
 * Yields the same tasks in the same order as version 1.0: test/fixtures/histories/1.0 checks that. Returns how the run
 * has ended.
 */
export function* untilTheEndInVersion1(context: OrchestrationContext, run: MigrationRun): Flow<RunEnd> {
  const chain = yield* awaitChain(context, run);
  if (chain.end !== "startable") return chain;
  const checks = yield* awaitPreflight(context, run);
  if (checks.end !== "passed") return checks;
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
    if (!cutover.accepted) continue;
    const over = yield* followCutover(context, run, round);
    if (over.end !== "refused") return over;
  }
}
