// Builds the result of a preflight check.
import type { Check } from "../migration/migration.ts";
import type { EngineFailure } from "../migration/observed.ts";
import type { PreflightCheckId } from "../migration/words.ts";

export interface Finding extends Pick<Check, "outcome" | "observed" | "message"> {
  /** In place of the check's own, where what was found says more. */
  readonly remedy?: string;
}

/** A remedy is told only when there is something to do. */
export const check = (id: PreflightCheckId, source: string, remedy: string, finding: Finding): Check => ({
  id,
  source,
  ...finding,
  remedy: finding.outcome === "pass" || finding.outcome === "skip" ? "" : (finding.remedy ?? remedy),
});

/** What depends on the files of the plan, where there is none. */
export const NO_PLAN: Finding = {
  outcome: "unknown",
  observed: "no plan",
  message: "There is no file to restore yet.",
};

/** The source did not let itself be read. `outcome` is "fail" where nothing can go on without it. */
export const unreadable = (
  what: string,
  { code, message }: Pick<EngineFailure, "code" | "message">,
  outcome: "unknown" | "fail" = "unknown",
): Finding => ({ outcome, observed: `unreadable: ${code}`, message: `${what} could not be read: ${message}` });
