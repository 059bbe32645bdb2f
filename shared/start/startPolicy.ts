// Decides whether the restore may start: online as soon as there is a full backup; offline once somebody or something
// says that all files are there.
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport } from "../chain/chainReport.ts";
import { earlierPlan } from "../chain/plan/planVersion.ts";
import type { Migration, StartRequest } from "../migration/migration.ts";
import { notPassedOver, passedOverOf, unusableVersions } from "../migration/passedOver.ts";

export interface StartFacts {
  readonly migration: Migration;
  readonly report: ChainReport;
  /** The open request of this run. */
  readonly request: StartRequest | undefined;
  readonly now: Date;
  /** 0: off. */
  readonly quietMinutes: number;
  /** UTC; "" when there is no file. */
  readonly newestArrival: string;
}

export type StartDecision = { readonly start: true } | { readonly start: false; readonly nextLookSeconds: number };

const SIX_HOURS = 6 * 60 * 60;

/**
 * Would an offline start wait for nothing but files that cannot be used? "reading": what is in the way is being read,
 * or still written.
 */
export function heldBy(report: ChainReport, passedOver: readonly string[]): "reading" | "unusable" | undefined {
  const unusable = unusableVersions(report);
  if (canStart(report, passedOver) || !canStart(report, passedOverOf(unusable))) return undefined;
  const names = new Set(notPassedOver(unusable, passedOver).map(({ name }) => name));
  const inTheWay = report.files.filter(({ name }) => names.has(name));
  return inTheWay.every(({ verdict }) => verdict === "reading") ? "reading" : "unusable";
}

/**
 * The chain is as whole as its mode needs it; what a forced start passes over, by name and version, holds nothing up.
 */
export function canStart(report: ChainReport, passedOver: readonly string[] = []): boolean {
  if (report.mode === "online") return report.canStartOnline;
  if (report.unusableNewer.length === 0 || passedOver.length === 0) return report.canStartOffline;
  return (
    report.verdict === "restorable" &&
    !report.forkAmbiguous &&
    notPassedOver(unusableVersions(report), passedOver).length === 0
  );
}

/**
 * R20: neither folder nor target is called after the database that is in the files. A person says that it is meant,
 * or moves them.
 */
export const isOfAnotherName = ({ problems }: Pick<ChainReport, "problems">): boolean =>
  problems.some(({ code }) => code === "OTHER_NAME");

/** Yes, or when to look again at the latest, in seconds: by itself only time changes the answer. */
export function mayStart({ migration, report, request, now, quietMinutes, newestArrival }: StartFacts): StartDecision {
  const wait: StartDecision = { start: false, nextLookSeconds: untilDeadline(report, now) };
  const isShare = migration.source.fileShare !== undefined; // nothing of it can be seen before DMS looks
  if (!migration.target || !(isShare || canStart(report, request?.forced?.passedOver))) return wait;
  if (isOfAnotherName(report)) return wait;
  if (request && holdsFor(request, report)) return { start: true };
  if (migration.start === "manual") return wait;
  if (report.mode === "online" || report.closed) return { start: true };
  if (quietMinutes === 0 || isShare) return wait;
  const quietEnds = Date.parse(newestArrival) + quietMinutes * 60_000;
  return now.getTime() >= quietEnds ? { start: true } : { start: false, nextLookSeconds: secondsUntil(quietEnds, now) };
}

/**
 * Its turn has come: does what the start was fixed on still hold? Asked of the facts as they are now. What only goes
 * on from the plan belongs to it, and to the word to start that was given for it. Undefined: the plan is no longer
 * there.
 */
export function mayStillStart(facts: StartFacts): StartDecision | undefined {
  const { migration, report, request } = facts;
  const isShare = migration.source.fileShare !== undefined;
  const isWhole = canStart(report, request?.forced?.passedOver) && !isOfAnotherName(report);
  if (!isShare && !(isWhole && (report.mode === "online" || goesOnFrom(report, migration.startPlan)))) return undefined;
  const isMeant = request && earlierPlan(report, request.planVersion) !== undefined;
  return mayStart({ ...facts, request: isMeant ? { ...request, planVersion: report.planVersion } : request });
}

/**
 * The plan that was found ready, or one that only goes on from it; a source that was opened again after its tail log
 * closes nothing.
 */
const goesOnFrom = (report: ChainReport, startPlan: string | undefined): boolean =>
  startPlan !== undefined &&
  earlierPlan(report, startPlan) !== undefined &&
  !report.problems.some(({ code }) => code === "SOURCE_REOPENED");

/**
 * Online a word to start means whatever is there; offline it means the plan it was given for, or the one that was still
 * to come.
 */
export const holdsFor = ({ chainWasComplete, planVersion }: StartRequest, report: ChainReport): boolean =>
  report.mode === "online" || !chainWasComplete || planVersion === report.planVersion;

/**
 * A registration completes a draft: the word to start that was given before, with its end, where it was not given for
 * this mode, this target and these files. Undefined: there is none, or it stands; one that was given before there was
 * a target means the one to come.
 */
export function overtaken(
  request: StartRequest | undefined,
  before: Migration,
  after: Migration,
): StartRequest | undefined {
  if (request === undefined || request.run !== before.run || request.outcome || stillMeans(before, after))
    return undefined;
  const { mode, target } = before;
  const what = `${mode}, ${target ? `"${target.databaseName}" on ${target.sqlVmResourceId}` : "no target yet"}`;
  const detail = `The start that ${request.by} asked for at ${request.at} was meant for another registration (${what}). Ask for it again.`;
  return { ...request, outcome: { status: "superseded", at: after.updatedAt, detail } };
}

function stillMeans(before: Migration, after: Migration): boolean {
  const [was, is] = [before.target, after.target];
  const isItsTarget =
    was === undefined || (was.sqlVmResourceId === is?.sqlVmResourceId && was.databaseName === is.databaseName);
  return isItsTarget && before.mode === after.mode && before.source.fileShare?.path === after.source.fileShare?.path;
}

/** UTC; "" when there is no file. */
export const newestArrivalOf = (records: readonly Pick<BackupRecord, "arrivedAt">[]): string =>
  records.reduce((newest, { arrivedAt }) => (arrivedAt > newest ? arrivedAt : newest), "");

/** A gap that is waiting becomes broken at its deadline, without anything being written. */
const untilDeadline = ({ gaps }: ChainReport, now: Date): number =>
  Math.min(
    SIX_HOURS,
    ...gaps.filter(({ overdue }) => !overdue).map(({ deadline }) => secondsUntil(Date.parse(deadline), now)),
  );

const secondsUntil = (time: number, now: Date): number => Math.max(1, Math.ceil((time - now.getTime()) / 1_000));
