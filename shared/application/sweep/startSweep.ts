// Starts the sweep unless one is under way: from its beginning, or, if the last one died, from where it was.
import { goneOnWith, isUnfinished, newSweep } from "../../migration/sweep/sweepProgress.ts";
import type { SweepReport } from "../../migration/sweep/sweepReport.ts";
import type { Invocation, Services } from "../../ports.ts";
import { isUnderWay } from "../run/ensureRunning.ts";
import { note } from "../run/note.ts";

/** Two that start at once do no harm: each part may be done twice. */
export async function startSweep(services: Services, invocation: Invocation): Promise<void> {
  const { sweeps, clock } = services;
  const { runs } = invocation;
  const now = clock.now();
  const known = await sweeps.progress();
  const open = isUnfinished(known, now) ? known : undefined;
  if (open && isUnderWay(await runs.statusOfSweep(open.instanceId))) return;
  if (open && open.parts > 0) {
    const { stage, parts, folders } = open;
    note(invocation, "SweepDied", { stage, parts, folders });
  }
  const from = open ? goneOnWith(open, now) : newSweep(now, await lastReport(services, invocation));
  await sweeps.keep(from); // first, so that the next start finds this orchestration
  await runs.startSweep(from);
}

/** A report that cannot be read does not prevent a sweep. */
async function lastReport({ sweeps }: Services, invocation: Invocation): Promise<SweepReport | undefined> {
  try {
    return await sweeps.last();
  } catch (error) {
    invocation.warn(`What the last sweep found cannot be read: ${String(error)}`);
    return undefined;
  }
}
