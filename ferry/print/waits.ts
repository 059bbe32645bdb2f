// Says in a few words what a migration waits for, from its line alone: the same in `ferry list` and `ferry show`.
import type { MigrationLine } from "../api.ts";

/** "a full backup"; "" when nothing but its own course holds it up. */
export function waitsFor(line: MigrationLine): string {
  const { state, verdict, waitingOn, stalled, gaps = 0, unusableNewer = [] } = line;
  if (stalled) return "a resume, once what failed is mended";
  if (waitingOn) return waitingOn.what ?? "something outside";
  if (hasEnded(line)) return "";
  if (verdict === "mixed") return "one database per folder";
  if ((typeof gaps === "number" ? gaps : gaps.length) > 0) return "missing log backups";
  if (state !== "draft" && state !== "waitingForChain") return "";
  const hasNoPlan = line.noPlan === true || line.planLength === 0;
  if (verdict === undefined || verdict === "empty" || hasNoPlan) return "a full backup";
  if (verdict !== "restorable") return "missing backups";
  if (state === "draft") return "a target";
  if (line.mode === "offline" && (line.unusable ?? unusableNewer.length) > 0)
    return "unusable files to be replaced or removed";
  if (line.start === "manual") return "the word to start (ferry start)";
  return line.mode === "offline" && !line.closed ? "a tail log, or the word to start (ferry start)" : "";
}

/** No run is under way. */
export const hasEnded = ({ state = "" }: Pick<MigrationLine, "state">): boolean =>
  ["succeeded", "failed", "canceled", "preflightFailed"].includes(state);

/** Files that are restored, of those that are or will be: what is ignored or refused does not count. As on the page. */
export function restoredOf({ states = {} }: Pick<MigrationLine, "states">): string {
  const count = (...words: string[]) => words.reduce((sum, word) => sum + (states[word] ?? 0), 0);
  const restored = count("Restored");
  return `${restored}/${restored + count("Arrived", "Uploading", "Uploaded", "Restoring")}`;
}
