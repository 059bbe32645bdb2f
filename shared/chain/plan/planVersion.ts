// Computes the plan version: a short name that changes whenever what would be restored changes.
import { createHash, type Hash } from "node:crypto";
import { type BackupRecord, versionOf } from "../backupRecord.ts";
import type { ChainReport, ChainVerdict } from "../chainReport.ts";

/** What a version knows of a member of the plan. */
interface Member {
  readonly id: string;
  readonly files: readonly Pick<BackupRecord, "etag" | "sameAs">[];
}

/** First 16 hex digits of SHA-256 over the plan's set GUIDs and etags in order, the verdict and the fork. */
export function planVersionOf(
  members: readonly Member[],
  verdict: ChainVerdict,
  targetFork: string | undefined,
): string {
  let lines = "";
  for (const member of members) lines += lineOf(member);
  return versionAfter(createHash("sha256").update(lines), verdict, targetFork);
}

const lineOf = ({ id, files }: Member): string => `${id}\t${files.map(versionOf).join("\t")}\n`;

const versionAfter = (members: Hash, verdict: ChainVerdict, targetFork: string | undefined): string =>
  members
    .update([verdict, targetFork ?? ""].join("\n"))
    .digest("hex")
    .slice(0, 16);

/** An earlier state of a plan that has only grown since. */
export interface EarlierPlan {
  readonly verdict: ChainVerdict;
  /** Files of the members that were added since, in the plan's order; empty when only the verdict is another. */
  readonly added: readonly string[];
}

const VERDICTS: readonly ChainVerdict[] = ["restorable", "waiting", "broken", "mixed", "empty"];

/**
 * What was the plan when it had this version? Nothing is remembered for it: a version is recognised when it belongs
 * to a beginning of today's plan. Undefined for any other: then something was withdrawn, overwritten or put in
 * between, or the fork is another.
 */
export function earlierPlan(report: ChainReport, version: string): EarlierPlan | undefined {
  const { plan, files, targetFork } = report;
  const etags = new Map(files.map(({ name, etag }) => [name, etag]));
  const hash = createHash("sha256");
  let found: EarlierPlan | undefined;
  for (let known = 0; known <= plan.length; known++) {
    const verdict = VERDICTS.find((word) => versionAfter(hash.copy(), word, targetFork) === version);
    if (verdict) found = { verdict, added: plan.slice(known).flatMap((member) => member.files) };
    const next = plan[known];
    if (next)
      hash.update(lineOf({ id: next.setGuid, files: next.files.map((name) => ({ etag: etags.get(name) ?? "" })) }));
  }
  return found;
}
