// Which plan is it? A short name that changes whenever what would be restored changes.
import { createHash } from "node:crypto";
import type { ChainVerdict } from "./chainReport.ts";
import type { BackupSet } from "./mediaSets.ts";

/** First 16 hex digits of SHA-256 over the plan's set GUIDs and etags in order, the verdict and the fork. */
export function planVersionOf(
  members: readonly BackupSet[],
  verdict: ChainVerdict,
  targetFork: string | undefined,
): string {
  const lines = members.map(({ id, files }) => [id, ...files.map(({ etag }) => etag)].join("\t"));
  return createHash("sha256")
    .update([...lines, verdict, targetFork ?? ""].join("\n"))
    .digest("hex")
    .slice(0, 16);
}
