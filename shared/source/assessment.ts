// Asks every rule about everything that is known of a source: facts in, findings out.

import type { LogHour, Reported, SourceFacts, TargetFacts, Unseen } from "./facts.ts";
import {
  type DatabaseRule,
  type Finding,
  type InstanceRule,
  type Judgement,
  notLookedAt,
  SEVERITIES,
  type Severity,
} from "./finding.ts";
import { BACKUP_RULES } from "./rules/backupRules.ts";
import { COMPANION_RULES } from "./rules/companionRules.ts";
import { DEPENDENCY_RULES, dependsOn } from "./rules/dependencyRules.ts";
import { ENCRYPTION_RULES } from "./rules/encryptionRules.ts";
import { FEATURE_RULES } from "./rules/featureRules.ts";
import { INSTANCE_RULES } from "./rules/instanceRules.ts";
import { PROPERTY_RULES } from "./rules/propertyRules.ts";
import { TARGET_RULES } from "./rules/targetRules.ts";
import { linkOf } from "./sources.ts";

/** What one server's source looks like to us. */
export interface Assessment {
  readonly server: string;
  readonly productVersion?: string;
  readonly edition?: string;
  /** UTC. */
  readonly takenAt: string;
  readonly instance: readonly Finding[];
  readonly databases: readonly SourceDatabase[];
}

export interface SourceDatabase {
  readonly name: string;
  readonly databaseGuid?: string;
  readonly familyGuid?: string;
  readonly sizeMb?: number;
  /** One per rule, ordered by check. */
  readonly findings: readonly Finding[];
  /** Absent: nobody has looked. */
  readonly dependsOn?: readonly string[];
  /** Stands with `dependsOn`: whether modules and synonyms were both looked at, so that there are no others. */
  readonly dependsOnAll?: boolean;
  readonly logByHour?: readonly LogHour[];
}

export const DATABASE_RULES: readonly DatabaseRule[] = [
  ...TARGET_RULES,
  ...ENCRYPTION_RULES,
  ...FEATURE_RULES,
  ...BACKUP_RULES,
  ...COMPANION_RULES,
  ...PROPERTY_RULES,
  ...DEPENDENCY_RULES,
].sort(byCheck);

export { INSTANCE_RULES };

export function assess(facts: SourceFacts, target: TargetFacts = {}): Assessment {
  const { server, takenAt, evidence, instance, databases } = facts;
  const { productVersion, edition } = instance;
  return {
    server,
    ...(productVersion !== undefined && { productVersion }),
    ...(edition !== undefined && { edition }),
    takenAt,
    instance: INSTANCE_RULES.map((rule) =>
      findingOf(
        rule,
        withReported(
          rule,
          judgedFor(target, (one) => rule.judge(instance, one)),
          instance,
        ),
        { evidence, at: takenAt },
      ),
    ),
    databases: databases.map((database) => {
      const { name, databaseGuid, familyGuid, logByHour } = database;
      const sizeMb = database.sizeMb ?? database.files?.reduce((sum, file) => sum + file.sizeMb, 0);
      const depends = dependsOn(database);
      const common = { evidence, at: database.takenAt ?? takenAt, name };
      return {
        name,
        ...(databaseGuid !== undefined && { databaseGuid }),
        ...(familyGuid !== undefined && { familyGuid }),
        ...(sizeMb !== undefined && { sizeMb }),
        findings: DATABASE_RULES.map((rule) =>
          findingOf(
            rule,
            withReported(
              rule,
              judgedFor(target, (one) => rule.judge(database, instance, one)),
              database,
            ),
            common,
          ),
        ),
        ...(depends && { dependsOn: depends, dependsOnAll: !database.hasPartialReferences }),
        ...(logByHour && { logByHour }),
      };
    }),
  };
}

type Judged = Judgement & Pick<Finding, "forTarget">;

/**
 * What could not be said without knowing the target is said of that target alone. The line to Azure is the source's
 * own.
 */
function judgedFor(target: TargetFacts, judge: (target: TargetFacts) => Judgement): Judged {
  const judged = judge(target);
  const { sqlVmResourceId = "", uploadBytesPerSecond } = target;
  if (judged.outcome === "unknown") return judged;
  const blind = judge(uploadBytesPerSecond === undefined ? {} : { uploadBytesPerSecond });
  return blind.outcome === "unknown" ? { ...judged, forTarget: sqlVmResourceId } : judged;
}

/**
 * What another's report has found counts where our own facts say nothing; what it does not name stays unknown, if
 * possible with a reason.
 */
function withReported(
  { id }: { readonly id: Finding["check"] },
  judged: Judged,
  { reported, unseen }: { readonly reported?: Reported; readonly unseen?: Unseen },
): Judged {
  if (judged.outcome !== "unknown") return judged;
  const names = reported?.[id];
  if (names !== undefined) return { outcome: "found", observed: "the report says so", objects: names };
  return judged === notLookedAt ? { ...judged, observed: unseen?.[id] ?? judged.observed } : judged;
}

function findingOf(
  rule: DatabaseRule | InstanceRule,
  { outcome, observed, objects, remedy = rule.remedy, severity = rule.severity, forTarget }: Judged,
  { evidence, at, name = "" }: Pick<Finding, "evidence" | "at"> & { readonly name?: string },
): Finding {
  return {
    check: rule.id,
    title: rule.title,
    severity,
    ...(rule.mode !== undefined && { mode: rule.mode }),
    outcome,
    observed,
    ...(objects !== undefined && objects.length > 0 && { objects }),
    message: rule.why,
    remedy: outcome === "fine" ? "" : inWords(remedy, name),
    ...(rule.sqlErrors && { sqlErrors: rule.sqlErrors }),
    evidence,
    ...(forTarget !== undefined && { forTarget }),
    at,
    source: rule.sources.map(linkOf).join(" "),
  };
}

const inWords = (remedy: string, name: string): string =>
  remedy
    .replaceAll("{name}", () => `[${name.replaceAll("]", "]]")}]`)
    .replaceAll("{text}", () => `N'${name.replaceAll("'", "''")}'`);

/** A finding, and what it was made from; undefined: nobody has said anything of its check. */
export interface Whole {
  readonly finding: Finding;
  readonly of: Finding | undefined;
}

/**
 * Findings from elsewhere, held against our own rules: a check of which nothing is said is unknown, and what somebody
 * else's copy says of severity and mode cannot make a check weigh less than its rule does.
 */
export function whole(name: string, database: readonly Finding[], instance: readonly Finding[]): readonly Whole[] {
  const nothing = assess({ server: "", evidence: "import", takenAt: "", instance: {}, databases: [{ name }] });
  const blank = nothing.databases.flatMap(({ findings }) => findings);
  return [...completed(database, blank), ...completed(instance, nothing.instance)];
}

function completed(findings: readonly Finding[], blank: readonly Finding[]): readonly Whole[] {
  const missing = blank.filter(({ check }) => !findings.some((one) => one.check === check));
  return [
    ...findings.map((of) => ({ finding: weighed(of), of })),
    ...missing.map((finding) => ({ finding, of: undefined })),
  ];
}

/**
 * A rule may be graver in some cases (S03), and never less than it says. Checks that we do not know stay as they are.
 */
export function weighed(finding: Finding): Finding {
  const rule = RULES.get(finding.check);
  if (rule === undefined) return finding;
  const { mode: _, severity, ...rest } = finding;
  const isGraver = SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(rule.severity);
  return {
    ...rest,
    severity: isGraver ? severity : rule.severity,
    ...(rule.mode !== undefined && { mode: rule.mode }),
  };
}

const RULES: ReadonlyMap<string, DatabaseRule | InstanceRule> = new Map(
  [...DATABASE_RULES, ...INSTANCE_RULES].map((rule) => [rule.id, rule]),
);

/** What blocks first, then by check. */
export const bySeverity = (a: Finding, b: Finding): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || byCheck({ id: a.check }, { id: b.check });

/** How many were found of each severity, and how many are unknown. */
export function countsOf(findings: readonly Finding[]): Readonly<Record<Severity | "unknown", number>> {
  const of = (severity: Severity): number =>
    findings.filter((one) => one.outcome === "found" && one.severity === severity).length;
  const unknown = findings.filter(({ outcome }) => outcome === "unknown").length;
  return { blocks: of("blocks"), act: of("act"), info: of("info"), unknown };
}

function byCheck(a: { readonly id: string }, b: { readonly id: string }): number {
  return Number(a.id.slice(1)) - Number(b.id.slice(1));
}
