// Defines what a check says: a rule, what it looks at, and one judgement: found, fine or unknown; unknown is never
// fine.
import type { CheckId, DatabaseFacts, Evidence, InstanceFacts, TargetFacts } from "./facts.ts";
import type { SourceId } from "./sources.ts";

/**
 * blocks: the restore or this mode fails. act: something is lost or breaks unless somebody acts. info: good to know.
 */
export const SEVERITIES = ["blocks", "act", "info"] as const;

export type Severity = (typeof SEVERITIES)[number];

export const OUTCOMES = ["found", "fine", "unknown"] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Finding {
  readonly check: CheckId;
  readonly title: string;
  readonly severity: Severity;
  /** Of that mode only. */
  readonly mode?: "online";
  readonly outcome: Outcome;
  /** What was seen, in few words. */
  readonly observed: string;
  /** Names of what is meant. */
  readonly objects?: readonly string[];
  /** Why it matters on the way of native backups through DMS to a VM. */
  readonly message: string;
  /** What to do, with the statement to run; empty when there is nothing to do. */
  readonly remedy: string;
  /** What SQL Server would say. */
  readonly sqlErrors?: readonly number[];
  readonly evidence: Evidence;
  /**
   * It was judged for this target: its SQL VM's resource id, "" where that was only described. Absent: so it is on
   * every target.
   */
  readonly forTarget?: string;
  /** When that was so, UTC. */
  readonly at: string;
  /** Where it can be read up. */
  readonly source: string;
}

export interface Judgement {
  readonly outcome: Outcome;
  readonly observed: string;
  readonly objects?: readonly string[];
  /** In place of the rule's own, where what was seen says more. */
  readonly remedy?: string;
  readonly severity?: Severity;
}

interface RuleText {
  readonly id: CheckId;
  readonly title: string;
  readonly severity: Severity;
  readonly mode?: "online";
  readonly why: string;
  /** {name} stands for the database's name in brackets, {text} for the same as a literal. */
  readonly remedy: string;
  readonly sqlErrors?: readonly number[];
  readonly sources: readonly SourceId[];
}

export interface InstanceRule extends RuleText {
  judge(instance: InstanceFacts, target: TargetFacts): Judgement;
}

export interface DatabaseRule extends RuleText {
  judge(database: DatabaseFacts, instance: InstanceFacts, target: TargetFacts): Judgement;
}

export const found = (observed: string, more: Omit<Judgement, "outcome" | "observed"> = {}): Judgement => ({
  outcome: "found",
  observed,
  ...more,
});

export const fine = (observed: string): Judgement => ({ outcome: "fine", observed });

/** With objects: nothing is certain, and these are why it might be. */
export const unknown = (observed: string, objects?: readonly string[]): Judgement => ({
  outcome: "unknown",
  observed,
  ...(objects && { objects }),
});

/** Nobody has looked. */
export const notLookedAt: Judgement = unknown("not looked at");

/** A fact that was looked at; null where that found that there is none. */
export const ifSeen = <Fact>(fact: Fact | undefined, judge: (fact: Fact) => Judgement): Judgement =>
  fact === undefined ? notLookedAt : judge(fact);

/** "1 user", "2 users". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A list that was looked at: empty is fine. */
export function listed(
  names: readonly string[] | undefined,
  none: string,
  some: (count: number) => string,
  more: Pick<Judgement, "remedy"> = {},
): Judgement {
  if (names === undefined) return notLookedAt;
  return names.length === 0 ? fine(none) : found(some(names.length), { objects: names, ...more });
}

/** A thing that is there or not. */
export function flagged(flag: boolean | undefined, no: string, yes: string): Judgement {
  if (flag === undefined) return notLookedAt;
  return flag ? found(yes) : fine(no);
}

/** A remedy with the name of what it is about, where that is known, in place of [its name]. */
export const named = (remedy: string, name: string): string =>
  remedy.replaceAll("[its name]", () => `[${name.replaceAll("]", "]]")}]`);
