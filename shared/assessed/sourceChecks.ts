// Judges published assessments for the preflight. P28: this database, in this mode. P30: those that have to move
// together with it.
import { databaseKey } from "../chain/files/identity.ts";
import type { Check, Migration } from "../migration/migration.ts";
import { check, type Finding as Result } from "../preflight/check.ts";
import { groupsOf } from "../source/groups.ts";
import {
  type AssessedSource,
  holdsUp,
  identityOf,
  matchOf,
  type SourceFinding,
  type SourceIdentity,
} from "./assessedSource.ts";
import type { DatabaseLine } from "./assessmentStore.ts";

/** unreadable: a row of it cannot be read, so that nobody knows what was found. */
export type SeenSource =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "assessed"; readonly source: AssessedSource };

const ASSESSMENT = "the published assessment";
const PUBLISH = "Assess the source and publish what was found: npx ferry assess FOLDER --publish.";

/**
 * P28: a finding that blocks this mode, and that nobody has acknowledged, refuses the start. What is unknown refuses
 * nothing, and is told.
 */
export function sourceCheck(migration: Pick<Migration, "migrationId" | "mode">, seen: SeenSource, now: Date): Check {
  return check("P28", ASSESSMENT, PUBLISH, judged(migration, seen, now));
}

/** Older findings are told, and may be wrong. */
const OLD_DAYS = 14;
const DAY = 86_400_000;

function judged({ migrationId, mode }: Pick<Migration, "migrationId" | "mode">, seen: SeenSource, now: Date): Result {
  if (seen.kind === "none")
    return {
      outcome: "unknown",
      observed: "none published",
      message: "No assessment of this database was published: what stands in its way at the source is not known.",
    };
  if (seen.kind === "unreadable")
    return {
      outcome: "unknown",
      observed: "unreadable",
      message: `The assessment cannot be read: ${seen.why}`,
      remedy: "Publish it anew: npx ferry assess FOLDER --publish.",
    };
  const { source } = seen;
  const found = source.findings.filter(({ outcome }) => outcome === "found");
  const holding = found.filter(holdsUp);
  const acts = found.filter(({ severity, acknowledged }) => severity === "act" && !acknowledged);
  const acknowledged = found.filter((finding) => finding.acknowledged !== undefined);
  const unknown = source.findings.filter(({ outcome }) => outcome === "unknown");
  const maybe = unknown.filter(({ severity }) => severity === "blocks");
  const { knownSince } = source;
  const isTimeless = knownSince === "";
  const isOld = Boolean(knownSince) && now.getTime() - Date.parse(knownSince ?? "") > OLD_DAYS * DAY;
  const byName = found.filter(({ isByName }) => isByName);
  const sentences = [
    ...holding.map((finding) => `${told(finding)}. ${finding.message}`),
    ...(acts.length > 0 ? [`To act upon: ${listOf(acts.map(told))}.`] : []),
    ...(acknowledged.length > 0 ? [`Acknowledged: ${listOf(acknowledged.map(answered))}.`] : []),
    ...(maybe.length > 0 ? [`Would block, and is unknown: ${listOf(maybe.map(named))}.`] : []),
    ...(source.isByName || byName.length > 0
      ? [
          source.isByName
            ? `It was joined by the names of server and database alone: is ${source.server} the same source?`
            : `Joined by name alone: ${listOf(byName.map(({ check: id }) => id))}.`,
        ]
      : []),
    ...(isOld ? [`Some of it is older than ${OLD_DAYS} days: assess the source again.`] : []),
    ...(isTimeless ? ["When some of it was so is not known: assess the source again."] : []),
  ];
  const isDoubtful = source.isByName || byName.length > 0 || isOld || isTimeless;
  const isWarning = acts.length > 0 || acknowledged.length > 0 || isDoubtful;
  const outcome = holding.length > 0 ? "fail" : isWarning ? "warn" : maybe.length > 0 ? "unknown" : "pass";
  return {
    outcome,
    observed: `${source.server}, ${source.takenAt === "" ? "at an unknown time" : source.takenAt}: ${holding.length} block ${mode}, ${acts.length} to act upon, ${acknowledged.length} acknowledged, ${unknown.length} unknown`,
    message: sentences.length > 0 ? sentences.join(" ") : `Nothing of ${source.server} stands in the way.`,
    remedy: remedyOf(migrationId, holding, acts) ?? (isDoubtful || outcome === "unknown" ? PUBLISH : ""),
  };
}

function remedyOf(
  migrationId: string,
  holding: readonly SourceFinding[],
  acts: readonly SourceFinding[],
): string | undefined {
  const [first] = holding;
  if (first !== undefined)
    return `${holding.map(({ check: id, remedy }) => `${id}: ${remedy}`).join(" ")} Once that is done, assess the source again, or answer for it: npx ferry acknowledge ${migrationId} ${first.check} --reason "…".`;
  if (acts.length > 0) return `What to do about each of them: npx ferry show ${migrationId}, or the migration's page.`;
  return undefined;
}

const named = ({ check: id, title }: SourceFinding): string => `${id} ${title}`;
const told = (finding: SourceFinding): string => `${named(finding)}: ${observedOf(finding)}`;
const answered = (finding: SourceFinding): string =>
  `${told(finding)} (${finding.acknowledged?.by}: ${finding.acknowledged?.reason})`;

const MOST_NAMES = 3;
const observedOf = ({ observed, objects = [] }: SourceFinding): string =>
  objects.length === 0 ? observed : `${observed} (${listOf(objects)})`;

/** In a sentence of a check; everything is on the migration's page. */
function listOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

/** One database of a group, and where it moves. */
interface GroupMember {
  readonly name: string;
  /** Absent: nobody has registered it. */
  readonly migrationId?: string;
  readonly sqlVmResourceId?: string;
  /** Named by another one, and in no assessment. */
  readonly isUnknown: boolean;
}

export interface Together {
  /** Who has to move together with this database, itself left out. */
  readonly members: readonly GroupMember[];
  /** Databases of the server whose modules or synonyms were not all looked at: they may belong to it as well. */
  readonly notLookedAt: readonly string[];
}

/** Undefined: nobody has looked at the database itself. */
export function groupOf(
  identity: SourceIdentity,
  { server, dependsOn }: AssessedSource,
  lines: readonly DatabaseLine[],
  migrations: readonly Migration[],
): Together | undefined {
  const self = lines.find((database) => matchOf(identity, { server, database }));
  if (self === undefined || dependsOn === undefined) return undefined;
  const isSelf = (name: string): boolean => databaseKey(name) === databaseKey(self.name);
  const group = groupsOf(lines.map((line) => ({ ...line, findings: [] }))).find(({ databases }) =>
    databases.some(isSelf),
  );
  const open = migrations.filter(({ state }) => state !== "canceled");
  const member = (name: string, isUnknown: boolean): GroupMember => {
    const database = lines.find((line) => databaseKey(line.name) === databaseKey(name)) ?? { name };
    const moving = open.find((one) => matchOf(identityOf(one), { server, database }) !== undefined);
    return {
      name,
      isUnknown,
      ...(moving && { migrationId: moving.migrationId }),
      ...(moving?.target && { sqlVmResourceId: moving.target.sqlVmResourceId }),
    };
  };
  return {
    members: [
      ...(group?.databases.filter((name) => !isSelf(name)) ?? []).map((name) => member(name, false)),
      ...(group?.missing ?? []).map((name) => member(name, true)),
    ],
    notLookedAt: lines.filter(({ dependsOnAll }) => dependsOnAll !== true).map(({ name }) => name),
  };
}

/** P30: databases that name each other break when only some of them move. Warns only. */
export function groupCheck(
  { target }: Pick<Migration, "target">,
  seen: SeenSource,
  together: Together | undefined,
): Check {
  const source = "the published assessment: modules and synonyms";
  const remedy = "Register them for the same VM and cut them over together, or change what names them.";
  if (seen.kind !== "assessed" || together === undefined)
    return check("P30", source, PUBLISH, {
      outcome: "unknown",
      observed: "not looked at",
      message: "Which databases have to move together with this one is not known: nobody has looked at its modules.",
      remedy: "Assess the server itself and publish what was found.",
    });
  const { members: group, notLookedAt } = together;
  const vm = target?.sqlVmResourceId.toLowerCase();
  const missing = group.filter(({ migrationId }) => migrationId === undefined).map(({ name }) => name);
  const elsewhere = group
    .filter(({ migrationId, sqlVmResourceId }) => migrationId !== undefined && sqlVmResourceId?.toLowerCase() !== vm)
    .map(({ name }) => name);
  const sentences = [
    ...(missing.length > 0 ? [`Not registered: ${listOf(missing)}.`] : []),
    ...(elsewhere.length > 0 ? [`On another VM, or without a target: ${listOf(elsewhere)}.`] : []),
  ];
  const isWhole = sentences.length === 0;
  const standsAlone = group.length === 0;
  if (isWhole && notLookedAt.length > 0)
    return check("P30", source, remedy, {
      outcome: "unknown",
      observed: standsAlone ? "none that is known" : listOf(group.map(({ name }) => name)),
      message: `${standsAlone ? "No other database is known to belong to it" : "Those that are known to belong together go to the same VM"}; modules or synonyms were not looked at in: ${listOf(notLookedAt)}.`,
      remedy: "Assess the server with a login that may enter all of its databases, and publish what was found.",
    });
  return check("P30", source, remedy, {
    outcome: isWhole ? "pass" : "warn",
    observed: standsAlone ? "it stands alone" : listOf(group.map(({ name }) => name)),
    message: isWhole
      ? standsAlone
        ? "No other database is named by it, or names it."
        : "The databases that belong together go to the same VM."
      : `These databases have to move together with this one. ${sentences.join(" ")}`,
  });
}

/** Whether a start would be refused for what was found at the source. */
export const isRefused = ({ outcome }: Check): boolean => outcome === "fail";
