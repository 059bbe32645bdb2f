// Starts the sweep unless one is under way: from its beginning, or, where the one before died, from where that one was.
import { isUnfinished, newSweep, type SweepProgress } from "../../migration/sweep/sweepProgress.ts";
import type { Invocation, Services } from "../../ports.ts";
import { isUnderWay } from "../run/ensureRunning.ts";
import { note } from "../run/note.ts";

/** Asking twice is harmless: there is one orchestration of the sweep, under an id of its own. */
export async function startSweep(services: Services, invocation: Invocation): Promise<void> {
  const { runs } = invocation;
  if (isUnderWay(await runs.statusOfSweep())) return;
  const from = await nextSweep(services, invocation);
  if (from.parts > 0) note(invocation, "SweepDied", { stage: from.stage, parts: from.parts, folders: from.folders });
  try {
    await runs.startSweep(from);
  } catch (error) {
    if (!isUnderWay(await runs.statusOfSweep())) throw error; // refused because somebody else was quicker: fine
  }
}

/** What cannot be read of the one before is no reason not to sweep. */
async function nextSweep({ sweeps, clock }: Services, invocation: Invocation): Promise<SweepProgress> {
  const now = clock.now();
  const known = await sweeps.progress();
  if (isUnfinished(known, now)) return known;
  const last = await sweeps.last().catch((error: unknown) => {
    invocation.warn(`What the last sweep found cannot be read: ${String(error)}`);
    return undefined;
  });
  return newSweep(now, last);
}
