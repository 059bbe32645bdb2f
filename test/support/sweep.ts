// Sweeps from the beginning to the end, one part after another, as the orchestration of the sweep does.
import type { InvocationContext } from "@azure/functions";
import { sweepPart } from "../../functions/activities/sweepPart.ts";
import { newSweep, type SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { Services } from "../../shared/ports.ts";

/** Answers the progress after each part; the last one says "done". */
export async function sweepAll(services: Services, context: InvocationContext): Promise<readonly SweepProgress[]> {
  const parts: SweepProgress[] = [];
  const last = await services.sweeps.last().catch(() => undefined);
  let progress = newSweep(services.clock.now(), last);
  while (progress.stage !== "done") {
    // as Durable Functions passes it on
    progress = JSON.parse(JSON.stringify(await sweepPart(services)(progress, context)));
    parts.push(progress);
  }
  return parts;
}
