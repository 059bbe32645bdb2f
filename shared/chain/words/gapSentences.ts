// Describes a gap to a DBA, and what closes it.
import type { RestoreProgress } from "../backupRecord.ts";
import type { Gap } from "../chainReport.ts";
import { fileNameOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import type { ReasonCode } from "./problems.ts";
import { anotherRun, clock, extent, fileOf, finished, forkOf, stripes } from "./wording.ts";

/** "Log backups are missing between LSN 200 (a.trn, finished …) and LSN 300 (b.trn, finished …)." */
export const gapSentence = (gap: Gap): string =>
  `Log backups are missing between LSN ${gap.fromLsn}${side(gap.after)} and LSN ${gap.toLsn}${side(gap.before)}.`;

/** What is known about a gap besides its range. */
export interface GapEvidence {
  readonly before: BackupSet | undefined;
  readonly next: BackupSet;
  /** A log of the range that lacks stripes. */
  readonly halfThere: BackupSet | undefined;
  /** A log of the range that is known, and cannot be used. */
  readonly refused: RefusedFile | undefined;
  /** A log of the range on another recovery fork. */
  readonly stray: BackupSet | undefined;
  /** The full backup that a differential taken now can be restored on; undefined when it would refer to another one. */
  readonly base: BackupSet | undefined;
  /** A differential that is here already and reaches over the gap, after the start. */
  readonly bridge: BackupSet | undefined;
  readonly started: boolean;
  /** How the run ended: another one begins with nothing restored. */
  readonly ended: RestoreProgress["ended"];
  /** The plan is to end at a time that lies in the past: nothing that is taken now reaches back to it. */
  readonly stopIsGiven: boolean;
}

interface RefusedFile {
  readonly name: string;
  readonly reason: ReasonCode;
  /** Its verdict's own sentences. */
  readonly detail: string;
  readonly remedy: string;
}

/** What closes a gap, the likeliest first. */
export function gapHealers(
  { fromLsn, toLsn, likelyCause }: Pick<Gap, "fromLsn" | "toLsn" | "likelyCause">,
  evidence: GapEvidence,
): readonly string[] {
  const { next, halfThere, refused, stray } = evidence;
  const others = insteadOfLogs(toLsn, evidence);
  const logs = missingLogs(fromLsn, toLsn, evidence);
  switch (likelyCause) {
    case "STRIPE_MISSING":
      return [halfThere ? `Upload ${stripes(halfThere)}.` : logs, ...others];
    case "REFUSED_FILE":
      return refused ? refusedFile(refused, others, evidence) : [logs, ...others];
    case "NO_FILE":
      return refused ? instead(refused.detail, others) : [logs, ...others];
    case "OTHER_FORK":
      return [
        `${logs} ${stray ? `${fileOf(stray)} covers LSN ${fromLsn}, but lies on recovery fork ${forkOf(stray)}: the source was restored to an earlier time, or failed over.` : ""}`.trim(),
        ...others,
      ];
    case "RECOVERY_MODEL_SWITCH":
      return instead(
        `${fileOf(next)} begins a new log chain at LSN ${toLsn}, as after a switch to SIMPLE and back: no log backup can cover the range.`,
        others,
      );
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

/** What closes a gap without the logs that are missing. */
function insteadOfLogs(toLsn: bigint, evidence: GapEvidence): readonly string[] {
  const { bridge, started, stopIsGiven } = evidence;
  if (stopIsGiven) return ["Choose a stop that lies before the gap."];
  return [
    ...(bridge ? [`${fileOf(bridge)} reaches over it (${extent(bridge)}): the service may apply it by itself.`] : []),
    ...newDifferential(toLsn, evidence),
    started
      ? `Else take and upload a full backup, then ${anotherRun(evidence.ended)}.`
      : "Take a new full backup: the plan starts anew from it.",
  ];
}

/** What no log backup can heal: the reason, and what does. */
const instead = (why: string, [first = "", ...others]: readonly string[]): readonly string[] => [
  `${why} ${first}`.trim(),
  ...others,
];

/** Of these the log itself is sound at the source, or was when it was taken: only the copy is not. */
const COPIED_BADLY: ReadonlySet<ReasonCode> = new Set([
  ...(["TRUNCATED", "CHECKSUM_MISMATCH", "ZERO_BYTES", "STILL_WRITING", "UNREACHABLE", "ABANDONED_UPLOAD"] as const),
]);
/** What was written like this stays like this: a log backup cannot be taken a second time. How to take the others. */
const WRITTEN_SO: Partial<Readonly<Record<ReasonCode, string>>> = {
  APPENDED_SETS: "each to a file of its own",
  DAMAGED: "once DBCC CHECKDB finds no damage",
  ENCRYPTED_MEDIA: "without ENCRYPTION",
  UNSUPPORTED_COMPRESSION: "WITH NO_COMPRESSION",
};

function refusedFile(
  { name, reason, remedy }: RefusedFile,
  others: readonly string[],
  { stopIsGiven }: GapEvidence,
): readonly string[] {
  const file = `${fileNameOf(name)} holds it, and cannot be used (${reason}).`;
  if (COPIED_BADLY.has(reason)) return [`${file} Upload a fresh copy of it from the source.`, ...others];
  const how = WRITTEN_SO[reason];
  if (how !== undefined)
    return instead(`${file} A log backup cannot be taken again; take the next ones ${how}.`, others);
  return stopIsGiven ? instead(file, others) : [`${file} ${remedy}`.trim(), ...others];
}

function missingLogs(fromLsn: bigint, toLsn: bigint, { before, next }: GapEvidence): string {
  const [since, until] = [before?.backupFinishDate, next.backupFinishDate];
  const taken = since && until && since < until ? `, taken between ${clock(since)} and ${clock(until)}` : "";
  return `Upload the log backups that cover LSN ${fromLsn} to ${toLsn}${taken}.`;
}

function newDifferential(toLsn: bigint, { base, started }: GapEvidence): readonly string[] {
  if (!base) return [];
  const proviso = started ? "; after the start only the service can apply it" : "";
  return [
    `Take a differential backup on ${fileOf(base)} now, in an availability group on the primary: it reaches beyond LSN ${toLsn}${proviso}.`,
  ];
}

const side = ({ file, time }: Gap["after"]): string => (file ? ` (${fileNameOf(file)}${finished(time)})` : "");
