// Says in a few words what a migration waits for, from its line alone: the same in `ferry list` and `ferry show`.
import type { ListLine, MigrationDetails } from "../../shared/api/answers/migrations.ts";

/** "a full backup"; "" when nothing but its own course holds it up. */
export function waitsFor(line: ListLine | MigrationDetails): string {
  const { state, verdict, waitingOn, stalled, gaps = 0 } = line; // an older sqlferry may leave members out
  const missing = typeof gaps === "number" ? gaps : gaps.length;
  const unusable = "unusableNewer" in line ? line.unusableNewer.length : (line.unusable ?? 0);
  if (stalled) return "a resume, once what failed is mended";
  if (waitingOn) return waitingOn.what;
  if (hasEnded(line)) return "";
  if (verdict === "mixed") return "one database per folder";
  if (missing > 0) return "missing log backups";
  if (state !== "draft" && state !== "waitingForChain") return "";
  const hasNoPlan = "planLength" in line ? line.planLength === 0 : line.noPlan === true;
  if (verdict === undefined || verdict === "empty" || hasNoPlan) return "a full backup";
  if (verdict !== "restorable") return "missing backups";
  if (state === "draft") return "a target";
  if (line.mode === "offline" && unusable > 0) return "unusable files to be replaced or removed";
  if (line.start === "manual") return "the word to start (ferry start)";
  return line.mode === "offline" && !line.closed ? "a tail log, or the word to start (ferry start)" : "";
}

/** No run is under way. */
export const hasEnded = ({ state }: Pick<ListLine, "state">): boolean =>
  ["succeeded", "failed", "canceled", "preflightFailed"].includes(state);

/** Files that are restored, of those that are or will be: what is ignored or refused does not count. As on the page. */
export function restoredOf({ states = {} }: Partial<Pick<ListLine, "states">>): string {
  const count = (...words: (keyof typeof states)[]) => words.reduce((sum, word) => sum + (states[word] ?? 0), 0);
  const restored = count("Restored");
  return `${restored}/${restored + count("Arrived", "Uploading", "Uploaded", "Restoring")}`;
}
