// How is the result of a preflight check written down?
import type { Check } from "./migration.ts";
import type { EngineFailure } from "./ports.ts";

export type Finding = Pick<Check, "outcome" | "observed" | "message">;

/** A check's remedy is told only when there is something to do. */
export const check = (id: Check["id"], source: string, remedy: string, finding: Finding): Check => ({
  id,
  source,
  ...finding,
  remedy: finding.outcome === "pass" || finding.outcome === "skip" ? "" : remedy,
});

/** The source did not let itself be read. `outcome` is "fail" where nothing can go on without it. */
export const unreadable = (
  what: string,
  { code, message }: Pick<EngineFailure, "code" | "message">,
  outcome: "unknown" | "fail" = "unknown",
): Finding => ({ outcome, observed: `unreadable: ${code}`, message: `${what} could not be read: ${message}` });
