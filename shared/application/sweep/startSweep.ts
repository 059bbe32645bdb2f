// Starts the sweep unless one is under way: from its beginning, or, where the one before died, from where that one was.
import { goneOnWith, isUnfinished, newSweep } from "../../migration/sweep/sweepProgress.ts";
import type { SweepReport } from "../../migration/sweep/sweepReport.ts";
import type { Invocation, Services } from "../../ports.ts";
import { isUnderWay } from "../run/ensureRunning.ts";
import { note } from "../run/note.ts";

/** Two that are started at once do no harm: each part may be done twice. */
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
  await sweeps.keep(from); // first: whoever looks next asks for this orchestration
  await runs.startSweep(from);
}

/** What cannot be read of it is no reason not to sweep. */
async function lastReport({ sweeps }: Services, invocation: Invocation): Promise<SweepReport | undefined> {
  try {
    return await sweeps.last();
  } catch (error) {
    invocation.warn(`What the last sweep found cannot be read: ${String(error)}`);
    return undefined;
  }
}
