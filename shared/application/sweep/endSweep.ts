// Ends a sweep: does what is done once in each, whatever folders there are, and writes the report.
import { reportOf, type SweepProgress } from "../../migration/sweep/sweepProgress.ts";
import type { Invocation, Services } from "../../ports.ts";
import { freeTickets } from "../queue/freeTickets.ts";
import { note } from "../run/note.ts";

/** Frees places on VMs that are no longer needed, and deletes old histories. */
export async function tidyUp(services: Services, invocation: Invocation): Promise<void> {
  await freeTickets(services, invocation, await vmKeysOf(services));
  await forgetRuns(services, invocation);
}

/** Of all migrations. A thousand lines at a time, of which only the keys are kept. */
async function vmKeysOf({ migrations }: Services): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  let after: string | undefined;
  do {
    const { folders, next } = await migrations.listedFolders(after);
    for (const { line } of folders) if (line?.vmKey !== undefined) keys.add(line.vmKey);
    after = next;
  } while (after !== undefined);
  return keys;
}

/** Ended orchestrations leave their history behind. That a run has ended is recorded in its migration, not there. */
async function forgetRuns({ config, clock }: Services, invocation: Invocation): Promise<void> {
  const before = new Date(clock.now().getTime() - config.runs.keptDays * 86_400_000);
  try {
    await invocation.runs.forget(new Date(before.getTime() - LOOKS_BACK_MS), before);
  } catch (error) {
    invocation.warn(
      `Histories of orchestrations that ended before ${before.toISOString()} stay for now: ${String(error)}`,
    );
  }
}

/** A year: an orchestration that has run for longer keeps its history. */
const LOOKS_BACK_MS = 366 * 86_400_000;

/** Stores the report and writes it to the log. */
export async function endSweep(services: Services, invocation: Invocation, progress: SweepProgress): Promise<void> {
  const { folders, missed, deleted, failed, named, faults, parts, startedAt } = progress;
  const endedAt = services.clock.now().toISOString();
  await services.sweeps.note(reportOf(progress, endedAt));
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
  note(invocation, "SweepDone", { folders, missed, deleted, failed, faults: faults.length, seconds, parts });
  if (failed === 0) return;
  const more = failed > named.length ? ` and ${failed - named.length} more` : "";
  const names = named.map((one) => `"${one}"`).join(", ");
  invocation.warn(`The sweep failed for ${names}${more}; the other folders were swept.`);
}
