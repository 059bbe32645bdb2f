// Tells what is still missing before the chain is restorable.
import type { ChainContext } from "../backupRecord.ts";
import type { Gap, WaitingFor } from "../chainReport.ts";
import { isBeyondStop, isLate } from "../files/fitness.ts";
import { guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import { baseLsnOf, fitsBase } from "./base.ts";
import { byFirstLsn } from "./logChain.ts";
import type { RestorePlan } from "./plan.ts";

/**
 * `sets`: every set of the database. Without a full backup: stripes or bases that are named already, else a full
 * backup.
 */
export function whatIsMissing(
  sets: readonly BackupSet[],
  plan: RestorePlan,
  gaps: readonly Gap[],
  context: ChainContext,
): readonly WaitingFor[] {
  const isInTime = (set: BackupSet): boolean => !isLate(set, context) && !isBeyondStop(set, context.stopAt);
  const incomplete = sets.filter((set) => set.state === "incomplete" && isInTime(set) && wouldExtend(set, plan));
  const stripes = incomplete
    .toSorted(byFirstLsn)
    .map(
      (set): WaitingFor => ({ what: "stripes", setGuid: set.id, missing: set.missing, familyCount: set.familyCount }),
    );
  if (plan.endLsn !== undefined) {
    return [...stripes, ...gaps.map(({ fromLsn, toLsn }): WaitingFor => ({ what: "range", fromLsn, toLsn }))];
  }
  const fulls = incomplete.filter((set) => set.kind === "full");
  const orphans = sets.filter(
    (set) => set.kind === "differential" && isInTime(set) && !fulls.some((full) => fitsBase(set, full)),
  );
  const bases = [...Map.groupBy(orphans.toSorted(byFirstLsn), baseKey).values()].map(([first]) =>
    missingBase(first as BackupSet),
  );
  return fulls.length + bases.length > 0 ? [...bases, ...stripes] : [{ what: "full" }, ...stripes];
}

/** Would the set move the plan's end, if only it were whole? */
function wouldExtend(set: BackupSet, { endLsn, anchor, anchorIsFixed, path }: RestorePlan): boolean {
  if (endLsn === undefined) return true;
  if (set.lastLsn <= endLsn || !path.admits(set)) return false;
  if (set.kind === "log") return true;
  if (anchorIsFixed) return false;
  return set.kind === "full" || (anchor !== undefined && fitsBase(set, anchor));
}

/** Differentials of one base miss it once. */
const baseKey = (differential: BackupSet): string =>
  guidOf(differential.header.differentialBaseGuid) ?? `${baseLsnOf(differential)}`;

function missingBase(differential: BackupSet): WaitingFor {
  const setGuid = guidOf(differential.header.differentialBaseGuid);
  const lsn = baseLsnOf(differential);
  return {
    what: "base",
    ...(setGuid === undefined ? {} : { setGuid }),
    ...(lsn === undefined ? {} : { lsn }),
    neededBy: differential.files[0]?.name ?? differential.id,
  };
}
