// Several looks at one source: what holds? By check, what is known counts before what is unknown, and what is newer before what is older.
import { databaseKey } from "../chain/identity.ts";
import type { Assessment, SourceDatabase } from "./assessment.ts";
import type { Finding } from "./finding.ts";

/** One per server, in order of the first look at each. Databases are joined by their GUIDs, else by server and name. */
export function joined(assessments: readonly Assessment[]): readonly Assessment[] {
  const byServer: Assessment[] = [];
  for (const one of assessments) {
    const known = one.databases.map((database) => [database, placeOf(database, one.server, byServer)] as const);
    for (const [database, place] of known) if (place) replace(byServer, place, database);
    const others = known.filter(([, place]) => place === undefined).map(([database]) => database);
    const at = byServer.findIndex(({ server }) => isSame(server, one.server));
    const before = byServer[at];
    if (before) byServer[at] = withInstance(before, one, others);
    else if (others.length > 0 || tellsOfInstance(one)) byServer.push({ ...one, databases: others });
  }
  return byServer;
}

interface Place {
  readonly server: number;
  readonly database: number;
}

function placeOf(database: SourceDatabase, server: string, among: readonly Assessment[]): Place | undefined {
  const places = among.flatMap((one, index) =>
    one.databases.map((other, position) => ({ one, other, place: { server: index, database: position } })),
  );
  const exact = places.find(({ other }) => hasSameGuids(other, database));
  const named = places.find(
    ({ one, other }) =>
      isSame(one.server, server) &&
      databaseKey(other.name) === databaseKey(database.name) &&
      !isAnother(other, database),
  );
  return (exact ?? named)?.place;
}

function replace(among: Assessment[], { server, database }: Place, newer: SourceDatabase): void {
  const one = among[server] as Assessment;
  const merged = mergedDatabase(one.databases[database] as SourceDatabase, newer);
  among[server] = { ...one, databases: one.databases.with(database, merged) };
}

const hasSameGuids = (a: SourceDatabase, b: SourceDatabase): boolean =>
  a.databaseGuid !== undefined &&
  a.familyGuid !== undefined &&
  a.databaseGuid === b.databaseGuid &&
  a.familyGuid === b.familyGuid;

/** Of one name, and not the same: it was dropped and created anew. */
const isAnother = (a: SourceDatabase, b: SourceDatabase): boolean =>
  a.familyGuid !== undefined && b.familyGuid !== undefined && a.familyGuid !== b.familyGuid;

function mergedDatabase(a: SourceDatabase, b: SourceDatabase): SourceDatabase {
  const [older, newer] = latestOf(a.findings) <= latestOf(b.findings) ? [a, b] : [b, a];
  return { ...older, ...newer, findings: mergedFindings(older.findings, newer.findings) };
}

function withInstance(a: Assessment, b: Assessment, others: readonly SourceDatabase[]): Assessment {
  const [older, newer] = a.takenAt <= b.takenAt ? [a, b] : [b, a];
  return {
    ...older,
    ...newer,
    instance: mergedFindings(older.instance, newer.instance),
    databases: [...a.databases, ...others],
  };
}

/** `newer` is newer as a whole; each of its findings need not be. */
function mergedFindings(older: readonly Finding[], newer: readonly Finding[]): readonly Finding[] {
  const before = new Map(older.map((one) => [one.check, one]));
  return newer.map((one) => better(before.get(one.check) ?? one, one));
}

/** Of two of one check; the second where they are equal. */
function better(a: Finding, b: Finding): Finding {
  const weight = ({ outcome, objects }: Finding): number => (outcome !== "unknown" ? 2 : objects === undefined ? 0 : 1);
  if (weight(a) !== weight(b)) return weight(a) > weight(b) ? a : b;
  return a.at > b.at ? a : b;
}

const latestOf = (findings: readonly Finding[]): string =>
  findings.map(({ at }) => at).reduce((a, b) => (a > b ? a : b), "");

/** A server all of whose databases are known by another of its names, or by a replica's, still has something of its own. */
const tellsOfInstance = ({ instance }: Assessment): boolean => instance.some(({ outcome }) => outcome !== "unknown");

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
