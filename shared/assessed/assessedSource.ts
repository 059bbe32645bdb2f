// Joins published assessments to one migration's database, by GUIDs, else by name; newer truth wins, by check.
import { createHash } from "node:crypto";
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport } from "../chain/chainReport.ts";
import { databaseKey, guidOf } from "../chain/files/identity.ts";
import { guidsKeyOf, type ListedMigration } from "../migration/lists/listLine.ts";
import type { Acknowledgement, AssessedCounts, Migration } from "../migration/migration.ts";
import { assess, bySeverity, type SourceDatabase, whole } from "../source/assessment.ts";
import { factsOfBackups } from "../source/backupFacts.ts";
import type { Finding } from "../source/finding.ts";
import { isInferred, mergedDatabase } from "../source/joined.ts";
import type { AssessedServer } from "./assessmentStore.ts";

/** By what a migration's source is known. */
export interface SourceIdentity {
  readonly server?: string;
  readonly name?: string;
  readonly familyGuid?: string;
  readonly databaseGuid?: string;
}

/** Of the backups that are there; of a share, and before the first backup, of what was registered. */
export function identityOf(
  { source, summary }: Pick<Migration, "source" | "summary">,
  database: ChainReport["database"] = undefined,
): SourceIdentity {
  const server = database?.serverName || summary?.serverName || source.fileShare?.sql.server;
  const name = database?.databaseName || summary?.databaseName || source.databaseName;
  const familyGuid = database ? database.familyGuid : (summary?.familyGuid ?? guidOf(source.familyGuid));
  const databaseGuid = database ? database.databaseGuid : summary?.databaseGuid;
  return {
    ...(server !== undefined && { server }),
    ...(name !== undefined && { name }),
    ...(familyGuid !== undefined && { familyGuid }),
    ...(databaseGuid !== undefined && { databaseGuid }),
  };
}

/** guid: family and database are the same. name: server and name are, and nothing says that it is another one. */
export type Match = "guid" | "name";

export function matchOf(
  identity: SourceIdentity,
  { server, database }: { readonly server: string; readonly database: Pick<SourceDatabase, "name" | Guids> },
): Match | undefined {
  const { familyGuid, databaseGuid, name } = identity;
  if (familyGuid !== undefined && databaseGuid !== undefined)
    if (familyGuid === database.familyGuid && databaseGuid === database.databaseGuid) return "guid";
  if (name === undefined || identity.server?.toLowerCase() !== server.toLowerCase()) return undefined;
  if (databaseKey(name) !== databaseKey(database.name)) return undefined;
  const isAnother = Boolean(familyGuid && database.familyGuid && familyGuid !== database.familyGuid);
  return isAnother ? undefined : "name"; // a restore gives a database another GUID, and the family stays
}

/** Of a server's databases the one that is the migration's; undefined: none is. */
export function bestOf<Database extends Pick<SourceDatabase, "name" | Guids>>(
  identity: SourceIdentity,
  server: string,
  databases: readonly Database[],
): { readonly database: Database; readonly by: Match } | undefined {
  const matched = databases.flatMap((database) => {
    const by = matchOf(identity, { server, database });
    return by ? [{ database, by }] : [];
  });
  return matched.find(({ by }) => by === "guid") ?? matched[0];
}

/** Whether the migration of a line may be of one of these databases of a server: bestOf tells, of its record. */
export function mayBeOf(
  server: string,
  databases: readonly Pick<SourceDatabase, "name" | Guids>[],
): (one: ListedMigration) => boolean {
  const names = new Set(databases.map(({ name }) => databaseKey(name)));
  const guidsKeys = new Set(databases.map(({ familyGuid, databaseGuid }) => guidsKeyOf(familyGuid, databaseGuid)));
  return ({ line, guidsKey }) => {
    if (guidsKey !== undefined && guidsKeys.has(guidsKey)) return true;
    const name = line.databaseName ?? line.target?.databaseName;
    return line.serverName?.toLowerCase() === server.toLowerCase() && names.has(databaseKey(name ?? ""));
  };
}

type Guids = "familyGuid" | "databaseGuid";

/** A finding as it stands for one migration. */
export interface SourceFinding extends Finding {
  /** Of what was found. */
  readonly fingerprint: string;
  /** Known of a database of this name only. */
  readonly isByName: boolean;
  readonly acknowledged?: Pick<Acknowledgement, "by" | "at" | "reason">;
}

export interface AssessedSource {
  readonly server: string;
  /** When the newest look at the database was taken, UTC; "" where that is not known. */
  readonly takenAt: string;
  /**
   * Of what would block and is known, when the oldest was so, UTC; "" where that is not known of one, absent where
   * none is known.
   */
  readonly knownSince?: string;
  readonly isByName: boolean;
  readonly dependsOn?: readonly string[];
  /** Of its mode, what blocks first. */
  readonly findings: readonly SourceFinding[];
}

export interface SourceLooks {
  readonly migration: Pick<Migration, "mode" | "target" | "acknowledgements">;
  readonly identity: SourceIdentity;
  readonly looks: readonly { readonly database: SourceDatabase; readonly server: AssessedServer }[];
  /** The migration's own files: what a newer one of them shows to be mended no longer counts. */
  readonly records: readonly BackupRecord[];
}

/** Undefined: no assessment of this database was published. */
export function assessedSource({ migration, identity, looks, records }: SourceLooks): AssessedSource | undefined {
  const matched = looks.flatMap(({ database, server }) => {
    const match = matchOf(identity, { server: server.server, database });
    return match ? [{ database, server, match }] : [];
  });
  const exact = matched.filter(({ match }) => match === "guid");
  const [first] = exact.length > 0 ? exact : matched;
  if (first === undefined) return undefined;
  const exactly = together(exact.map(({ database }) => database));
  const named = together(matched.flatMap(({ database, match }) => (match === "name" ? database : [])));
  const findings = added(exactly?.findings ?? [], named?.findings ?? []);
  const dependsOn = exactly?.dependsOn ?? named?.dependsOn;
  const ofInstances = matched.flatMap(({ server }) => server.instance);
  const certain = new Set([...(exactly?.findings ?? []), ...exact.flatMap(({ server }) => server.instance)]);
  const all = whole(first.database.name, findings, worstOfEach(ofInstances));
  const own = mendedIn(records, identity);
  const target = migration.target?.sqlVmResourceId.toLowerCase();
  const judged = all
    .filter(({ finding: { mode } }) => mode === undefined || mode === migration.mode)
    .map(({ finding, of }): SourceFinding => {
      const isByName = of !== undefined && !certain.has(of);
      const now = forThis(target, mended(finding, own));
      const fingerprint = fingerprintOf(now);
      const acknowledged = migration.acknowledgements?.find(
        (one) =>
          one.check === now.check && one.fingerprint === fingerprint && one.sqlVmResourceId.toLowerCase() === target,
      );
      return {
        ...now,
        fingerprint,
        isByName,
        ...(acknowledged && {
          acknowledged: { by: acknowledged.by, at: acknowledged.at, reason: acknowledged.reason },
        }),
      };
    })
    .sort(bySeverity);
  return {
    server: first.server.server,
    takenAt: newestOf(matched.flatMap(({ database }) => database.findings)),
    ...knownSince(judged),
    isByName: exact.length === 0,
    ...(dependsOn && { dependsOn }),
    findings: judged,
  };
}

const together = (databases: readonly SourceDatabase[]): SourceDatabase | undefined =>
  databases.reduce<SourceDatabase | undefined>((known, one) => (known ? mergedDatabase(known, one) : one), undefined);

/**
 * A database of the same name may be another one: what is known of it may be found besides, and takes nothing back
 * that is certain.
 */
function added(certain: readonly Finding[], named: readonly Finding[]): readonly Finding[] {
  const findings = new Map(certain.map((one) => [one.check, one]));
  for (const one of named) {
    const known = findings.get(one.check);
    const isNews = known?.outcome === "fine" && one.outcome === "found" && (one.at > known.at || isInferred(known));
    const isKnown = known !== undefined && (known.outcome !== "unknown" || isInferred(one));
    if (!isKnown || isNews) findings.set(one.check, one);
  }
  return [...findings.values()];
}

/**
 * What is fine on another VM, or on one that was only described, says nothing of this one; what was found there is
 * found until it is judged anew.
 */
function forThis(target: string | undefined, finding: Finding): Finding {
  const { outcome, observed, forTarget } = finding;
  if (outcome !== "fine" || forTarget === undefined || forTarget.toLowerCase() === target) return finding;
  const where = forTarget === "" ? "a target that was not named" : "another VM";
  return { ...finding, outcome: "unknown", observed: `${observed}, of ${where}` };
}

/** What is unknown has no age; a look that learned nothing makes nothing newer. */
function knownSince(findings: readonly SourceFinding[]): Pick<AssessedSource, "knownSince"> {
  const [oldest] = findings
    .filter(({ severity, outcome }) => severity === "blocks" && outcome !== "unknown")
    .map(({ at }) => at)
    .sort();
  return oldest === undefined ? {} : { knownSince: oldest };
}

const newestOf = (findings: readonly Finding[]): string =>
  findings.reduce((newest, { at }) => (at > newest ? at : newest), "");

const WEIGHTS: readonly Finding["outcome"][] = ["found", "unknown", "fine"];

/** A database that was seen on two servers is held up by what was found of either. */
function worstOfEach(findings: readonly Finding[]): readonly Finding[] {
  const worst = new Map<string, Finding>();
  for (const one of findings) {
    const known = worst.get(one.check);
    if (!known || WEIGHTS.indexOf(one.outcome) < WEIGHTS.indexOf(known.outcome)) worst.set(one.check, one);
  }
  return [...worst.values()];
}

/** What is different in any of this needs another acknowledgement. 16 hex digits. */
export function fingerprintOf({ check, severity, outcome, observed, objects = [] }: Finding): string {
  // the same certificate is described in several ways
  const what = objects.length > 0 ? objects.toSorted() : [observed];
  return createHash("sha256")
    .update(JSON.stringify([check, severity, outcome, what]))
    .digest("hex")
    .slice(0, 16);
}

/**
 * Whether files are as they should be is judged by the preflight's own checks; here they only show what has changed
 * since.
 */
const mended = (finding: Finding, own: ReadonlyMap<string, Finding>): Finding => {
  const now = own.get(finding.check);
  return finding.outcome === "found" && now !== undefined && now.at > finding.at ? now : finding;
};

/** By check, what the migration's own backups show to be fine. */
function mendedIn(records: readonly BackupRecord[], identity: SourceIdentity): ReadonlyMap<string, Finding> {
  const files = records.flatMap(({ name, sizeBytes, content }) =>
    content.kind === "header" ? [{ file: name, header: { size: sizeBytes, ...content } }] : [],
  );
  const findings = factsOfBackups(files)
    .map((facts) => assess(facts))
    .flatMap(({ server, databases }) => databases.filter((database) => matchOf(identity, { server, database })))
    .flatMap((database) => database.findings);
  return new Map(
    findings
      .filter((finding) => finding.outcome === "fine" && !isInferred(finding))
      .map((finding) => [finding.check, finding]),
  );
}

/** Refuses a start. */
export const holdsUp = ({ outcome, severity, acknowledged }: SourceFinding): boolean =>
  outcome === "found" && severity === "blocks" && acknowledged === undefined;

export function countsOfSource({ server, takenAt, isByName, findings }: AssessedSource): AssessedCounts {
  const found = findings.filter(({ outcome }) => outcome === "found");
  return {
    server,
    takenAt,
    isByName,
    blocks: found.filter(holdsUp).length,
    acknowledged: found.filter(({ acknowledged }) => acknowledged !== undefined).length,
    act: found.filter(({ severity, acknowledged }) => severity === "act" && acknowledged === undefined).length,
    unknown: findings.filter(({ outcome }) => outcome === "unknown").length,
  };
}
