// Decides whether a backup set can be used at all, and whether it is in time, without looking at the others.
import type { ChainContext } from "../backupRecord.ts";
import type { Finding } from "../words/problems.ts";
import type { BackupSet } from "./mediaSets.ts";
import { instantOf, wallClock } from "./sourceTime.ts";

/** Why a set cannot be restored on its own account: stripes, damage, version, in the order of precedence. */
export function unusable(set: BackupSet, context: ChainContext): Finding | undefined {
  if (set.noFile !== undefined) return { reason: "NO_FILE", set, noFile: set.noFile };
  if (set.state === "inconsistent") return { reason: "INCONSISTENT_STRIPE", set };
  if (set.state === "incomplete") return { reason: "STRIPES_MISSING", set };
  if (set.isDamaged && !context.settings.allowDamaged) return { reason: "DAMAGED", set };
  const target = context.targetVersionMajor;
  if (target !== undefined && set.softwareVersionMajor > target) {
    return { reason: "NEWER_THAN_TARGET", source: set.softwareVersionMajor, target };
  }
  return undefined;
}

/** Why a sound set can never be a member of a chain. */
export function unchainable(set: BackupSet): Finding | undefined {
  const { kind, header, recoveryModel } = set;
  if (kind === "differential" && header.differentialBaseGuid === null && header.differentialBaseLsn === null) {
    return { reason: "MULTI_BASE_DIFF", set };
  }
  return kind === "log" && recoveryModel === "SIMPLE" ? { reason: "SIMPLE_MODEL", set } : undefined;
}

/**
 * True for sets that came after the end of the restore was fixed: offline by the start, online by the request for the
 * cutover, in both by success. Whether such a set is missed depends on the plan: it is, when it reaches beyond its end.
 */
export function isLate(set: BackupSet, { progress }: ChainContext): boolean {
  if (progress.positionLsn !== undefined && set.lastLsn <= progress.positionLsn) return false;
  if (progress.ended === "succeeded" && progress.positionLsn !== undefined) return true;
  if (progress.lastBackupLsn !== undefined && set.lastLsn > progress.lastBackupLsn) return true;
  const requested = progress.cutoverRequestedAt;
  if (requested === undefined) return false;
  return set.files.some((file) => Date.parse(file.arrivedAt) > Date.parse(requested));
}

const HAS_ZONE = /(Z|[+-]\d\d:\d\d)$/;

/** "unknown": the header does not tell when the backup finished, or its instant. */
export type StopPlace = "before" | "exactly" | "inside" | "unknown";

/**
 * R13: where the stopping time lies. A time that names its zone is compared with the instant of the finish, any other
 * with its wall clock.
 */
export function stopsAt({ header }: BackupSet, stopAt: string | undefined): StopPlace {
  if (stopAt === undefined) return "before";
  const isInstant = HAS_ZONE.test(stopAt);
  const stop = isInstant ? Date.parse(stopAt) : wallClock(stopAt);
  const finished = isInstant ? instantOf(header) : wallClock(header.backupFinishDate);
  if (stop === undefined || finished === undefined) return "unknown";
  if (finished < stop) return "before";
  return finished === stop ? "exactly" : "inside";
}

/** Is the stop there once the set is restored? */
export function reachesStop(set: BackupSet, stopAt: string): boolean {
  const place = stopsAt(set, stopAt);
  return place === "exactly" || place === "inside";
}

/** A full or differential has to have finished by the stop, and to say so; a log may reach over it. */
export function isBeyondStop(set: BackupSet, stopAt: string | undefined): boolean {
  const place = stopsAt(set, stopAt);
  return place === "inside" || (place === "unknown" && set.kind !== "log");
}
