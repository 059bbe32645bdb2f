// Sweeps the container part by part, each an execution of its own, so that the history stays short however many folders
// there are.
import type { OrchestrationContext } from "durable-functions";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { Flow } from "./step.ts";
import { sweepPart } from "./steps.ts";

/** The progress is passed from part to part, and is stored in a table, from which a sweep that died is continued. */
export function* sweep(context: OrchestrationContext): Flow<undefined> {
  const progress = context.df.getInput<SweepProgress>();
  const next = yield* sweepPart(context, progress);
  if (next.stage !== "done") context.df.continueAsNew(next);
  return undefined;
}
