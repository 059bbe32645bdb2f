// Does one part of a sweep: visits its folders, sixteen at a time, and returns how far the sweep has come.
import { afterPart, isFreshFault, type SweepPlace, type SweepProgress } from "../../migration/sweep/sweepProgress.ts";
import type { Invocation, Services } from "../../ports.ts";
import { note } from "../run/note.ts";
import { endSweep, tidyUp } from "./endSweep.ts";
import { nextPart, type Part, type Visit } from "./parts.ts";
import { type Found, sweepFolder } from "./sweepFolder.ts";

/** Folders that are visited in parallel. */
const AT_ONCE = 16;
/** After this time a part begins no further folder or file; a function has ten minutes (host.json). */
const PART_MS = 120_000;

/**
 * Safe to repeat: it looks again at what it has looked at. If it could not do all of the part, the next one continues
 * behind the folders that are done. The last part writes the report.
 */
export async function sweepPart(
  services: Services,
  invocation: Invocation,
  progress: SweepProgress,
): Promise<SweepProgress> {
  const { clock, faults, sweeps } = services;
  const part = await nextPart(services, progress);
  const outcomes = await visitAll(services, invocation, part.visits);
  if (progress.stage === "rest") await tidyUp(services, invocation);
  const done = doneOf(part, outcomes, progress);
  const met = faults.take();
  for (const what of met) if (isFreshFault(progress, what)) note(invocation, "OwnFault", { what });
  const found = {
    folders: done.visits.filter((visit) => outcomes.get(visit)?.isFolder).length,
    missed: sum(outcomes, ({ missed }) => missed),
    deleted: sum(outcomes, ({ deleted }) => deleted),
    failed: done.visits.filter((visit) => outcomes.get(visit)?.hasFailed).map(({ folder }) => folder),
    faults: met,
  };
  const after = afterPart(progress, done.next, found, clock.now());
  if (after.stage === "done") await endSweep(services, invocation, after);
  await sweeps.keep(after);
  return after;
}

type Outcomes = ReadonlyMap<Visit, Found>;

const sum = (outcomes: Outcomes, of: (found: Found) => number): number =>
  [...outcomes.values()].reduce((all, found) => all + of(found), 0);

/** A folder that fails does not stop the others. Those that the time did not suffice for have no outcome. */
async function visitAll(services: Services, invocation: Invocation, visits: readonly Visit[]): Promise<Outcomes> {
  const until = services.clock.now().getTime() + PART_MS;
  const isTimeLeft = () => services.clock.now().getTime() < until;
  const outcomes = new Map<Visit, Found>();
  const waiting = visits.values();
  let begun = 0;
  const visitInTurn = async (): Promise<void> => {
    for (const visit of waiting) {
      if (begun > 0 && !isTimeLeft()) return;
      begun++;
      outcomes.set(visit, await visitOne(services, invocation, visit, isTimeLeft));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitInTurn));
  return outcomes;
}

async function visitOne(
  services: Services,
  invocation: Invocation,
  visit: Visit,
  isTimeLeft: () => boolean,
): Promise<Found> {
  try {
    return await sweepFolder(services, invocation, visit, isTimeLeft);
  } catch (error) {
    invocation.warn(`The sweep of "${visit.folder}" failed: ${String(error)}`);
    return { isFolder: true, missed: 0, deleted: 0, hasFailed: true, isUnfinished: false };
  }
}

/**
 * The visits up to the first one that has to be made, or made again, and where the next part begins; this one began at
 * `place`.
 */
function doneOf({ visits, next }: Part, outcomes: Outcomes, { stage, page, after }: SweepPlace): Part {
  const open = visits.findIndex((visit) => outcomes.get(visit)?.isUnfinished ?? true);
  if (open < 0) return { visits, next };
  const done = visits.slice(0, open);
  const place = { stage, ...(page !== undefined && { page }), ...(after !== undefined && { after }) };
  return { visits: done, next: done.at(-1)?.behind ?? place };
}
