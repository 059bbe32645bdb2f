// How far is the restore, how far behind, and what would be lost if one cut over now? The figures that need a clock.
import type { BackupSetHeader } from "../backup/backupHeader.ts";
import type { Lsn } from "../backup/lsn.ts";
import type { BackupRecord, RestoreProgress } from "../chain/backupRecord.ts";
import type { ChainReport, PlanMember } from "../chain/chainReport.ts";
import { placeOf } from "./placement.ts";
import type { EngineOperation } from "./ports.ts";
import type { Loss } from "./refusals.ts";

/**
 * What DMS shows, in terms of our own records: its bare file names are looked up among them, any stripe counts. Not only among the plan's
 * members: DMS also restores what adds nothing, such as an empty log. Within a run progress never goes back, whatever a stale answer says.
 */
export function progressFrom(
  records: readonly BackupRecord[],
  report: ChainReport,
  before: RestoreProgress,
  operation: EngineOperation,
): RestoreProgress {
  const { lastRestoredFile, currentFile, isFullRestored } = operation.details ?? {};
  const last = setIn(records, lastRestoredFile);
  const current = setIn(records, currentFile);
  const reached =
    operation.phase === "succeeded"
      ? report.plan.at(-1)?.lastLsn
      : (last?.lastLsn ?? (isFullRestored ? report.plan[0]?.lastLsn : undefined));
  const isAhead = reached !== undefined && (before.positionLsn === undefined || reached >= before.positionLsn);
  const { currentSetGuid: _, ...rest } = before;
  return {
    ...rest,
    started: true,
    ...(isAhead && { positionLsn: reached, ...basis(report, reached) }),
    ...(current && current.backupSetGuid !== last?.backupSetGuid && { currentSetGuid: current.backupSetGuid }),
    ...(operation.phase === "succeeded" && { ended: "succeeded" as const }),
  };
}

/** The backup set in the folder's file of this bare name; DMS does not see files that lie deeper. */
function setIn(records: readonly BackupRecord[], fileName: string | undefined): BackupSetHeader | undefined {
  if (fileName === undefined) return undefined;
  const record = records.find(({ name }) => !placeOf(name).isNested && placeOf(name).fileName === fileName);
  return record?.content.kind === "header" ? record.content.backupSets[0] : undefined;
}

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
  /** Since the end of what is restored (before the start: restorable); 0 when closed and all restored; absent when times are unknown. */
  readonly lagSeconds?: number;
  readonly pending: { readonly files: number; readonly bytes: number; readonly logs: number };
  readonly loss: Loss;
}

/** From the report and the progress, at `now`. */
export function figures(report: ChainReport, progress: RestoreProgress, now: Date): Figures {
  const open = report.plan.filter((member) => !member.restored);
  const isDone = report.closed && open.length === 0;
  const at = progress.started ? report.restoredTo : report.restorableTo;
  const lag = isDone ? 0 : secondsSince(at?.utc, now);
  return {
    ...(lag !== undefined && { lagSeconds: lag }),
    pending: {
      files: open.reduce((count, member) => count + member.files.length, 0),
      bytes: open.reduce((sum, member) => sum + member.bytes, 0),
      logs: open.filter((member) => member.type === "log").length,
    },
    loss: lossIfCutOverNow(report, open, isDone, now),
  };
}

function lossIfCutOverNow(report: ChainReport, open: readonly PlanMember[], isDone: boolean, now: Date): Loss {
  const known = {
    knownFiles: open.reduce((count, member) => count + member.files.length, 0),
    knownBytes: open.reduce((sum, member) => sum + member.bytes, 0),
  };
  const since = report.restoredTo?.time;
  if (isDone)
    return {
      ...(since !== undefined && { since }),
      seconds: 0,
      ...known,
      certain: true,
      text: "Nothing is lost: the source was closed by a tail log, and everything is restored.",
    };
  if (since === undefined)
    return { ...known, certain: false, text: "Nothing is restored yet: cutting over now loses everything." };
  const seconds = secondsSince(report.restoredTo?.utc, now);
  return {
    since,
    ...(seconds !== undefined && { seconds }),
    ...known,
    certain: false,
    text: `Cutting over now loses everything after ${since.replace("T", " ")}.`,
  };
}

const secondsSince = (utc: string | undefined, now: Date): number | undefined =>
  utc === undefined ? undefined : Math.max(0, Math.round((now.getTime() - Date.parse(utc)) / 1_000));
