// Computes how far the restore is, how far behind, and what a cutover now would lose: the figures that need a clock.
import type { BackupSetHeader } from "../backup/backupHeader.ts";
import type { Lsn } from "../backup/lsn.ts";
import { type BackupRecord, type RestoreProgress, versionOf } from "../chain/backupRecord.ts";
import type { ChainReport, PlanMember } from "../chain/chainReport.ts";
import { fileNameOf } from "../chain/files/identity.ts";
import { utcOf } from "../chain/files/sourceTime.ts";
import type { MeasuredPace, Migration, MigrationFacts } from "./migration.ts";
import type { EngineOperation } from "./observed.ts";
import { passedOverIn } from "./passedOver.ts";
import { placeOf } from "./placement.ts";
import type { Loss } from "./refusals.ts";

/**
 * What DMS shows, in terms of our own records: its bare file names are looked up among them, any stripe counts. Not
 * only among the plan's members: DMS also restores what adds nothing, such as an empty log. A file that was
 * overwritten after it was restored is another backup, of which DMS has said nothing yet. Within a run progress never
 * goes back, whatever a stale answer says.
 */
export function progressFrom(
  records: readonly BackupRecord[],
  report: ChainReport,
  before: RestoreProgress,
  operation: EngineOperation,
): RestoreProgress {
  const { lastRestoredFile, currentFile, isFullRestored } = operation.details ?? {};
  const named = recordOf(records, lastRestoredFile);
  const isOverwritten =
    named?.name === before.lastRestored?.file && (named && versionOf(named)) !== before.lastRestored?.etag;
  const last = isOverwritten ? undefined : setOf(named);
  const current = setOf(recordOf(records, currentFile));
  const reached = furthest([
    last?.lastLsn,
    isFullRestored ? report.plan[0]?.lastLsn : undefined,
    // offline it completes after the file that it was started with; online it may have been cut over before the
    // plan's end
    operation.phase === "succeeded" && operation.isOffline
      ? (before.lastBackupLsn ?? report.plan.at(-1)?.lastLsn)
      : undefined,
  ]);
  const isAhead = reached !== undefined && (before.positionLsn === undefined || reached >= before.positionLsn);
  const { currentSetGuid: _, ...rest } = before;
  return {
    ...rest,
    started: true,
    ...(isAhead && { positionLsn: reached, ...basis(report, reached) }),
    ...(isAhead && last && named && { lastRestored: { file: named.name, etag: versionOf(named) } }),
    ...(current && current.backupSetGuid !== last?.backupSetGuid && { currentSetGuid: current.backupSetGuid }),
    ...(operation.phase === "succeeded" && { ended: "succeeded" as const }),
  };
}

const furthest = (lsns: readonly (Lsn | undefined)[]): Lsn | undefined =>
  lsns.reduce((most, lsn) => (lsn !== undefined && (most === undefined || lsn > most) ? lsn : most), undefined);

/** The folder's file of this bare name; DMS does not see files that lie deeper. */
const recordOf = (records: readonly BackupRecord[], fileName: string | undefined): BackupRecord | undefined =>
  fileName === undefined
    ? undefined
    : records.find(({ name }) => !placeOf(name).isNested && placeOf(name).fileName === fileName);

const setOf = (record: BackupRecord | undefined): BackupSetHeader | undefined =>
  record?.content.kind === "header" ? record.content.backupSets[0] : undefined;

/** The full and the differential that a database restored to this LSN stands on. */
function basis({ plan }: ChainReport, reached: Lsn): Partial<RestoreProgress> {
  const upTo = plan.filter((member) => member.lastLsn <= reached);
  const anchor = upTo.find((member) => member.type === "full");
  const differential = upTo.find((member) => member.type === "differential");
  return {
    ...(anchor && { anchorSetGuid: anchor.setGuid }),
    ...(differential && { diffSetGuid: differential.setGuid }),
  };
}

export interface Figures {
  /**
   * Since the end of what is restored (before the start: restorable); 0 when closed and all restored; absent when
   * times are unknown.
   */
  readonly lagSeconds?: number;
  /** From the end of a backup to its arrival: of the plan's newest member, and the 95th percentile of its last 50. */
  readonly uploadLag?: { readonly newestSeconds: number; readonly p95Seconds: number };
  /** Members of the plan that are not restored. */
  readonly pending: { readonly files: number; readonly bytes: number; readonly logs: number };
  /** Until all that is pending is restored; absent, not zero, when it cannot be known. */
  readonly etaSeconds?: number;
  readonly loss: Loss;
}

/** What is known besides the chain. */
export interface Circumstances {
  /** When the operator declared the source closed, UTC. */
  readonly sourceClosedAt?: string;
  readonly pace?: Pace;
}

/** How fast the service restores, and how long it lets this migration wait. */
interface Pace {
  readonly bytesPerSecond: number;
  /** Before its turn on the VM. */
  readonly waitMinutes: number;
}

/** What the request for this run's cutover declared; undefined when it declared nothing, or was not acted upon. */
export const sourceClosedAt = (
  { run }: Pick<Migration, "run">,
  { cutover }: MigrationFacts["requests"],
): string | undefined =>
  cutover?.run === run && cutover.sourceClosed && cutover.outcome?.status === "done" ? cutover.at : undefined;

/**
 * What of the source is not on the target of a run that succeeded, in sentences; undefined when nothing is known to
 * be missing.
 */
export function missingOnTarget(
  report: ChainReport,
  migration: Pick<Migration, "run" | "progress">,
  requests: MigrationFacts["requests"],
  now: Date,
): string | undefined {
  const closedAt = sourceClosedAt(migration, requests);
  const ended = { ...migration.progress, ended: "succeeded" } as const;
  const { loss } = figures(report, ended, now, closedAt === undefined ? {} : { sourceClosedAt: closedAt });
  const { start } = requests;
  const { reason, passedOver = [] } = (start?.run === migration.run && start.forced) || {};
  const names = passedOverIn(report.files, passedOver).map(fileNameOf);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const what = shown === "" ? "what it passed over" : `what ${shown} held`;
  const forced =
    passedOver.length > 0 && `The start was forced by ${start?.by} (${reason}): ${what} is not on the target.`;
  return [!loss.certain && loss.text, forced].filter(Boolean).join(" ") || undefined;
}

/** From the report and the progress, at `now`. */
export function figures(
  report: ChainReport,
  progress: RestoreProgress,
  now: Date,
  { sourceClosedAt, pace }: Circumstances = {},
): Figures {
  const open = report.plan.filter((member) => !member.restored);
  const pending = {
    files: open.reduce((count, member) => count + member.files.length, 0),
    bytes: open.reduce((sum, member) => sum + member.bytes, 0),
    logs: open.filter((member) => member.type === "log").length,
  };
  const at = progress.started ? report.restoredTo : report.restorableTo;
  const lag = isClosedAndRestored(report) ? 0 : secondsBetween(at?.utc, now);
  const upload = uploadLag(report.plan);
  const eta = pace && etaSeconds(report, pending.bytes, pace);
  return {
    ...(lag !== undefined && { lagSeconds: lag }),
    ...(upload && { uploadLag: upload }),
    pending,
    ...(eta !== undefined && { etaSeconds: eta }),
    loss:
      progress.ended === "succeeded"
        ? lossAtEnd(report, sourceClosedAt)
        : lossIfCutOverNow(report, now, sourceClosedAt),
  };
}

/**
 * Seconds, as figures() tells them, from the record of an open migration alone, as its last look has left it. Undefined
 * where the record does not suffice: a source that is closed may have nothing left to restore.
 */
export function lagOfSummary(
  { summary, progress }: Pick<Migration, "summary" | "progress">,
  now: Date,
): number | undefined {
  if (!summary || summary.closed) return undefined;
  return secondsBetween((progress.started ? summary.restoredTo : summary.restorableTo)?.utc, now);
}

/** A tail log WITH NORECOVERY ends the plan, all of it is restored, and nothing reaches beyond it, or may do so. */
const isClosedAndRestored = ({ closed, plan, unrestored, unusableNewer }: ChainReport): boolean =>
  closed && unrestored.files === 0 && unusableNewer.length === 0 && plan.every((member) => member.restored);

function lossIfCutOverNow(report: ChainReport, now: Date, sourceClosedAt: string | undefined): Loss {
  const { restoredTo, unrestored, unusableNewer, closedAt, canCutOver } = report;
  const known = { knownFiles: unrestored.files, knownBytes: unrestored.bytes };
  if (restoredTo === undefined)
    return { ...known, certain: false, text: "Nothing is restored yet: cutting over now loses everything." };
  const since = restoredTo.time;
  const lost = { ...(since !== "" && { since }), ...known };
  if (isClosedAndRestored(report))
    return {
      ...lost,
      seconds: 0,
      certain: true,
      text: CLOSED,
    };
  if (sourceClosedAt !== undefined && canCutOver && unrestored.files === 0)
    return {
      ...lost,
      seconds: 0,
      certain: true,
      text: DECLARED_CLOSED,
    };
  const end = closedAt ?? sourceClosedAt;
  const seconds = secondsBetween(restoredTo.utc, end === undefined ? now : new Date(end));
  const after = since === "" ? `LSN ${restoredTo.lsn}` : since.replace("T", " ");
  const files = `${unrestored.files} file${unrestored.files === 1 ? "" : "s"}`;
  return {
    ...lost,
    ...(seconds !== undefined && { seconds }),
    certain: false,
    text: `Cutting over now loses everything after ${after}${unrestored.files > 0 ? `, ${files} of it already here` : ""}${unusableNewer.length > 0 ? `, and what is in ${namesOf(unusableNewer)}, which cannot be used` : ""}.`,
  };
}

const CLOSED = "Nothing is lost: the source was closed by a tail log, and everything is restored.";
const DECLARED_CLOSED =
  "Nothing is lost if the source was closed, as declared, before its last backup ended: all that arrived is restored.";

/** The database is online: what of the source is not on the target, as far as the files tell. */
function lossAtEnd(report: ChainReport, sourceClosedAt: string | undefined): Loss {
  const { restoredTo, unrestored, closed } = report;
  const since = restoredTo?.time ?? "";
  const known = { ...(since !== "" && { since }), knownFiles: unrestored.files, knownBytes: unrestored.bytes };
  if (isClosedAndRestored(report)) return { ...known, seconds: 0, certain: true, text: CLOSED };
  if (sourceClosedAt !== undefined && unrestored.files === 0)
    return { ...known, seconds: 0, certain: true, text: DECLARED_CLOSED };
  const after = since === "" ? (restoredTo ? `LSN ${restoredTo.lsn}` : "its last backup") : since.replace("T", " ");
  const files = unrestored.files > 0 ? `, ${unrestored.files} file${unrestored.files === 1 ? "" : "s"} of it here` : "";
  return {
    ...known,
    certain: false,
    text: `What the source wrote after ${after} is not on the target${files}${closed ? "" : ": no tail log closed it"}.`,
  };
}

/** The first of them, and how many more. */
const namesOf = ([first, ...others]: ChainReport["unusableNewer"]): string =>
  `${fileNameOf(first?.file ?? "")}${others.length > 0 ? ` and ${others.length} more` : ""}`;

const NEWEST = 50;

function uploadLag(plan: readonly PlanMember[]): Figures["uploadLag"] {
  const delays = plan
    .slice(-NEWEST)
    .map(({ finished, utcOffsetMinutes, arrivedAt }) =>
      secondsBetween(utcOf(finished, utcOffsetMinutes), new Date(arrivedAt)),
    )
    .filter((seconds) => seconds !== undefined);
  const newestSeconds = delays.at(-1);
  const p95Seconds = delays.toSorted((a, b) => a - b)[Math.ceil(delays.length * 0.95) - 1];
  return newestSeconds === undefined || p95Seconds === undefined ? undefined : { newestSeconds, p95Seconds };
}

function etaSeconds(
  { verdict, gaps, plan }: ChainReport,
  pendingBytes: number,
  { bytesPerSecond, waitMinutes }: Pace,
): number | undefined {
  const isKnowable = plan.length > 0 && gaps.length === 0 && verdict !== "mixed" && verdict !== "broken";
  if (!isKnowable || !(bytesPerSecond > 0)) return undefined;
  return Math.ceil(pendingBytes / bytesPerSecond) + waitMinutes * 60;
}

const WEIGHT_OF_NEWEST = 0.3;

/**
 * The restore's pace after a look: a moving average over what was restored while the service had something to
 * restore.
 */
export function paceAfter(
  before: MeasuredPace | undefined,
  { restoredBytes, isBusy }: { readonly restoredBytes: number; readonly isBusy: boolean },
  now: Date,
): MeasuredPace {
  const average = before?.bytesPerSecond;
  const seconds = restoredBytes > 0 ? secondsBetween(before?.busySince, now) : undefined;
  const rate = seconds ? restoredBytes / seconds : undefined;
  const bytesPerSecond =
    rate === undefined || average === undefined
      ? (rate ?? average)
      : (1 - WEIGHT_OF_NEWEST) * average + WEIGHT_OF_NEWEST * rate;
  const busySince = restoredBytes > 0 ? now.toISOString() : (before?.busySince ?? now.toISOString());
  return { ...(isBusy && { busySince }), ...(bytesPerSecond !== undefined && { bytesPerSecond }) };
}

function secondsBetween(utc: string | undefined, end: Date): number | undefined {
  const seconds = utc === undefined ? Number.NaN : (end.getTime() - Date.parse(utc)) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.round(seconds));
}
