// How is a gap told to a DBA, and what closes it?
import type { Gap } from "./chainReport.ts";
import { fileNameOf } from "./identity.ts";
import type { BackupSet } from "./mediaSets.ts";
import { clock, fileOf, finished, stripes } from "./wording.ts";

/** "Log backups are missing between LSN 200 (a.trn, finished …) and LSN 300 (b.trn, finished …)." */
export const gapSentence = (gap: Gap): string =>
  `Log backups are missing between LSN ${gap.fromLsn}${side(gap.after)} and LSN ${gap.toLsn}${side(gap.before)}.`;

interface GapFacts {
  readonly before: BackupSet | undefined;
  readonly next: BackupSet;
  readonly halfThere: BackupSet | undefined;
  readonly anchor: BackupSet | undefined;
  readonly started: boolean;
}

/** What closes a gap, the likeliest first. */
export function gapHealers(
  { fromLsn, toLsn, likelyCause }: Pick<Gap, "fromLsn" | "toLsn" | "likelyCause">,
  { before, next, halfThere, anchor, started }: GapFacts,
): readonly string[] {
  const since = before ? `, taken after ${clock(before.header.backupFinishDate)}` : "";
  const logs = `Upload the log backups that cover LSN ${fromLsn} to ${toLsn}${since}.`;
  const base = anchor ? ` on ${fileOf(anchor)}` : "";
  const differential = `Take a differential backup${base}: it has to reach LSN ${toLsn} or beyond${started ? "; after the start only the service can apply it" : ""}.`;
  const full = started ? [] : ["Take a new full backup: the plan starts anew from it."];
  switch (likelyCause) {
    case "STRIPE_MISSING":
      return [halfThere ? `Upload ${stripes(halfThere)}.` : logs, differential, ...full];
    case "RECOVERY_MODEL_SWITCH":
      return [
        `${differential} ${fileOf(next)} begins a new log chain, as after a switch of the recovery model: no log backup can cover the range.`,
        ...full,
      ];
    case "FILE_MISSING":
      return [logs, differential, ...full];
    case "OTHER_LOG_BACKUP":
      return [
        `${logs} No interval is missing here, so look for another job or tool that backed the log up elsewhere, or to NUL.`,
        differential,
        ...full,
      ];
    default:
      return likelyCause satisfies never;
  }
}

const side = ({ file, time }: Gap["after"]): string => (file ? ` (${fileNameOf(file)}${finished(time)})` : "");
