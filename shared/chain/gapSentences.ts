// How is a gap told to a DBA, and what closes it?
import type { Gap } from "./chainReport.ts";
import { fileNameOf } from "./identity.ts";
import type { BackupSet } from "./mediaSets.ts";
import { clock, extent, fileOf, finished, forkOf, stripes } from "./wording.ts";

/** "Log backups are missing between LSN 200 (a.trn, finished …) and LSN 300 (b.trn, finished …)." */
export const gapSentence = (gap: Gap): string =>
  `Log backups are missing between LSN ${gap.fromLsn}${side(gap.after)} and LSN ${gap.toLsn}${side(gap.before)}.`;

/** What is known about a gap besides its range. */
export interface GapEvidence {
  readonly before: BackupSet | undefined;
  readonly next: BackupSet;
  /** A log of the range that lacks stripes. */
  readonly halfThere: BackupSet | undefined;
  /** A log of the range on another recovery fork. */
  readonly stray: BackupSet | undefined;
  /** The full backup that a differential taken now can be restored on; undefined when it would refer to another one. */
  readonly base: BackupSet | undefined;
  /** A differential that is here already and reaches over the gap, after the start. */
  readonly bridge: BackupSet | undefined;
  readonly started: boolean;
}

/** What closes a gap, the likeliest first. */
export function gapHealers(
  { fromLsn, toLsn, likelyCause }: Pick<Gap, "fromLsn" | "toLsn" | "likelyCause">,
  evidence: GapEvidence,
): readonly string[] {
  const { next, halfThere, stray, bridge, started } = evidence;
  const others = [
    ...(bridge ? [`${fileOf(bridge)} reaches over it (${extent(bridge)}): the service may apply it by itself.`] : []),
    ...newDifferential(toLsn, evidence),
    started
      ? "Else begin a new run: take a full backup, cancel this run, and start again."
      : "Take a new full backup: the plan starts anew from it.",
  ];
  const logs = missingLogs(fromLsn, toLsn, evidence);
  switch (likelyCause) {
    case "STRIPE_MISSING":
      return [halfThere ? `Upload ${stripes(halfThere)}.` : logs, ...others];
    case "OTHER_FORK":
      return [
        `${logs} ${stray ? `${fileOf(stray)} covers LSN ${fromLsn}, but lies on recovery fork ${forkOf(stray)}: the source was restored to an earlier time, or failed over.` : ""}`.trim(),
        ...others,
      ];
    case "RECOVERY_MODEL_SWITCH":
      return [
        `${fileOf(next)} begins a new log chain at LSN ${toLsn}, as after a switch to SIMPLE and back: no log backup can cover the range. ${others[0]}`,
        ...others.slice(1),
      ];
    case "FILE_MISSING":
      return [logs, ...others];
    case "OTHER_LOG_BACKUP":
      return [
        `${logs} No interval is missing here, so look for another job or tool that backed the log up elsewhere, or to NUL.`,
        ...others,
      ];
    default:
      return likelyCause satisfies never;
  }
}

function missingLogs(fromLsn: bigint, toLsn: bigint, { before, next }: GapEvidence): string {
  const [since, until] = [before?.backupFinishDate, next.backupFinishDate];
  const taken = since && until && since < until ? `, taken between ${clock(since)} and ${clock(until)}` : "";
  return `Upload the log backups that cover LSN ${fromLsn} to ${toLsn}${taken}.`;
}

function newDifferential(toLsn: bigint, { base, started }: GapEvidence): readonly string[] {
  if (!base) return [];
  const proviso = started ? "; after the start only the service can apply it" : "";
  return [`Take a differential backup on ${fileOf(base)}: it has to reach LSN ${toLsn} or beyond${proviso}.`];
}

const side = ({ file, time }: Gap["after"]): string => (file ? ` (${fileNameOf(file)}${finished(time)})` : "");
