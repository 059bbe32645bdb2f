// Chooses which of the tutorial's seven words a file shows: the service's progress lies over the chain's verdict.
import type { RestoreProgress } from "../backupRecord.ts";
import type { DisplayState } from "../chainReport.ts";
import { guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import type { Finding } from "./problems.ts";
import { verdictOf } from "./problems.ts";

/** `set` is the backup set that the file is a member of, undefined for what is none. */
export function displayStateOf(
  finding: Finding,
  set: BackupSet | undefined,
  progress: RestoreProgress,
  restored: ReadonlySet<string>,
): DisplayState {
  const verdict = verdictOf(finding.reason);
  const isPast = progress.positionLsn !== undefined && set !== undefined && set.lastLsn <= progress.positionLsn;
  if ((set && restored.has(set.id)) || (verdict === "selected" && isPast)) return "Restored";
  if (progress.ended === "canceled") return "Canceled";
  if (set && set.id === guidOf(progress.currentSetGuid)) return "Restoring";
  switch (verdict) {
    case "reading":
      return finding.reason === "STILL_WRITING" ? "Uploading" : "Arrived";
    case "selected":
    case "waiting":
      return "Arrived";
    case "superseded":
    case "redundant":
    case "rejected":
    case "notABackup":
      return "Ignored";
    default:
      return verdict satisfies never;
  }
}
