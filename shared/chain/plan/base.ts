// Chooses the full backup that the restore starts from, and the differential that follows it (rules R4 and R5).
import { compareLsn, type Lsn } from "../../backup/lsn.ts";
import { compareText, guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import type { ChainState, LogChain } from "./logChain.ts";

/** What logs are restored onto. */
export interface Base {
  readonly anchor: BackupSet;
  readonly differential: BackupSet | undefined;
}

/** Where the base ends and logs begin (R6). */
export const stateAfter = ({ anchor, differential }: Base): ChainState => ({
  lsn: (differential ?? anchor).lastLsn,
  fork: differential?.fork ?? anchor.fork,
});

/**
 * R5: the GUIDs decide; where one is not known, the differential's base LSN has to be the full's CheckpointLSN (its
 * FirstLSN can be another). A copy-only full is never a base.
 */
export function fitsBase(differential: BackupSet, full: BackupSet): boolean {
  if (full.isCopyOnly) return false;
  const wanted = guidOf(differential.header.differentialBaseGuid);
  const guid = guidOf(full.header.backupSetGuid);
  if (wanted !== undefined && guid !== undefined) return wanted === guid;
  const lsn = baseLsnOf(differential);
  return lsn !== undefined && lsn === full.header.checkpointLsn;
}

/**
 * DifferentialBaseLSN, and DatabaseBackupLSN for histories that carry nothing else; undefined where neither is known.
 */
export function baseLsnOf({ header }: BackupSet): Lsn | undefined {
  const lsn = header.differentialBaseLsn ?? header.databaseBackupLsn ?? 0n;
  return lsn === 0n ? undefined : lsn;
}

/** For each differential the full backup among `sets` that it was taken on. */
export function baseFinder(sets: readonly BackupSet[]): (differential: BackupSet) => BackupSet | undefined {
  const fulls = sets.filter((set) => set.kind === "full");
  const byGuid = new Map(fulls.map((full) => [guidOf(full.header.backupSetGuid), full]));
  const byLsn = new Map(fulls.map((full) => [full.header.checkpointLsn, full]));
  return (differential) => {
    const guid = guidOf(differential.header.differentialBaseGuid);
    const lsn = baseLsnOf(differential);
    const full = (guid && byGuid.get(guid)) || (lsn !== undefined && byLsn.get(lsn)) || undefined;
    return full && fitsBase(differential, full) ? full : undefined;
  };
}

/**
 * For each full backup the differential on it that reaches furthest, and beyond the full itself (tie: smallest GUID).
 */
export function differentialFinder(differentials: readonly BackupSet[]): (full: BackupSet) => BackupSet | undefined {
  const sorted = differentials.toSorted(furthestFirst);
  const byGuid = Map.groupBy(sorted, ({ header }) => guidOf(header.differentialBaseGuid));
  const byLsn = Map.groupBy(sorted, baseLsnOf);
  return (full) => {
    const guid = guidOf(full.header.backupSetGuid);
    const fits = (differential: BackupSet): boolean =>
      fitsBase(differential, full) && differential.lastLsn > full.lastLsn;
    return [guid && byGuid.get(guid), byLsn.get(full.header.checkpointLsn)]
      .flatMap((candidates) => (candidates || []).find(fits) ?? [])
      .sort(furthestFirst)[0];
  };
}

const furthestFirst = (a: BackupSet, b: BackupSet): number =>
  compareLsn(b.lastLsn, a.lastLsn) || compareText(a.id, b.id);

/** R4: the base whose plan ends at the greatest LSN; then the latest full by LSN, then not copy-only. Never by date. */
export function chooseBase(
  fulls: readonly BackupSet[],
  differentialOf: (full: BackupSet) => BackupSet | undefined,
  chain: LogChain,
): Base | undefined {
  const [only, other] = fulls;
  if (only && !other) return { anchor: only, differential: differentialOf(only) };
  let best: { readonly base: Base; readonly end: Lsn } | undefined;
  for (const anchor of fulls.toSorted(latestFirst)) {
    const base = { anchor, differential: differentialOf(anchor) };
    const end = chain.endFrom(stateAfter(base)).lsn;
    if (!best || end > best.end) best = { base, end };
  }
  return best?.base;
}

/** A full backup whose logs end in a gap, and where. */
export interface AbandonedBase {
  readonly full: BackupSet;
  readonly end: Lsn;
}

/** The full before the anchor, when logs that lie before the anchor cannot be reached from it. */
export function abandonedBase(
  anchor: BackupSet,
  fulls: readonly BackupSet[],
  logs: readonly BackupSet[],
  differentialOf: (full: BackupSet) => BackupSet | undefined,
  chain: LogChain,
): AbandonedBase | undefined {
  const [full] = fulls.filter(({ lastLsn }) => lastLsn < anchor.lastLsn).sort(latestFirst);
  if (!full) return undefined;
  const end = chain.endFrom(stateAfter({ anchor: full, differential: differentialOf(full) })).lsn;
  const isCutOff = logs.some(({ firstLsn, lastLsn }) => firstLsn > end && lastLsn <= anchor.lastLsn);
  return isCutOff ? { full, end } : undefined;
}

/** The order of fulls with equal plan ends. */
const latestFirst = (a: BackupSet, b: BackupSet): number =>
  compareLsn(b.lastLsn, a.lastLsn) || Number(a.isCopyOnly) - Number(b.isCopyOnly) || compareText(a.id, b.id);
