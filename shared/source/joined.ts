// Joins several assessments of one source, check by check: known counts before unknown, newer before older.
import { databaseKey } from "../chain/files/identity.ts";
import type { Assessment, SourceDatabase } from "./assessment.ts";
import type { Finding } from "./finding.ts";

/**
 * One per server, in order of the first look at each. Databases are joined by their GUIDs, else by server and name.
 * Each database is looked up, not searched for: a thousand of them take as long as ten times a hundred.
 */
export function joined(assessments: readonly Assessment[]): readonly Assessment[] {
  const servers = new Map<string, Server>();
  const places = new Map<string, Place[]>();
  const enter = (place: Place): void => {
    for (const key of keysOf(place.server.key, place.database)) {
      const others = places.get(key);
      if (others === undefined) places.set(key, [place]);
      else if (!others.includes(place)) others.push(place);
    }
  };
  for (const one of assessments) {
    const key = one.server.toLowerCase();
    const known = one.databases.map((database) => [database, placeOf(key, database, places)] as const);
    const others = known.flatMap(([database, place]) => (place === undefined ? database : []));
    for (const [database, place] of known)
      if (place) {
        place.database = mergedDatabase(place.database, database);
        enter(place);
      }
    const before = servers.get(key);
    if (before === undefined && others.length === 0 && !tellsOfInstance(one)) continue;
    const server = before ?? { key, look: one, places: [] };
    if (before) before.look = withInstance(before.look, one);
    else servers.set(key, server);
    for (const database of others) {
      const place = { server, database };
      server.places.push(place);
      enter(place);
    }
  }
  return [...servers.values()].map(({ look, places: all }) => ({
    ...look,
    databases: all.map(({ database }) => database),
  }));
}

interface Server {
  /** Its name in lower case. */
  readonly key: string;
  /** Of its instance; the databases are those of the places. */
  look: Assessment;
  readonly places: Place[];
}

interface Place {
  readonly server: Server;
  database: SourceDatabase;
}

/** By what a database is found again: its GUIDs, if it has both, and its server's name with its own. */
function keysOf(server: string, { name, databaseGuid, familyGuid }: SourceDatabase): readonly string[] {
  const named = `${server}\n${databaseKey(name)}`;
  return databaseGuid === undefined || familyGuid === undefined ? [named] : [`${databaseGuid}\n${familyGuid}`, named];
}

/**
 * A place keeps the keys that it had before it was joined, so it is looked at whether it still is what is looked for.
 */
function placeOf(
  server: string,
  database: SourceDatabase,
  places: ReadonlyMap<string, readonly Place[]>,
): Place | undefined {
  const candidates = keysOf(server, database).flatMap((key) => places.get(key) ?? []);
  return (
    candidates.find((place) => hasSameGuids(place.database, database)) ??
    candidates.find(
      (place) =>
        place.server.key === server &&
        databaseKey(place.database.name) === databaseKey(database.name) &&
        !isAnother(place.database, database),
    )
  );
}

const hasSameGuids = (a: SourceDatabase, b: SourceDatabase): boolean =>
  a.databaseGuid !== undefined &&
  a.familyGuid !== undefined &&
  a.databaseGuid === b.databaseGuid &&
  a.familyGuid === b.familyGuid;

/** Of one name, and not the same: it was dropped and created anew. */
const isAnother = (a: SourceDatabase, b: SourceDatabase): boolean =>
  a.familyGuid !== undefined && b.familyGuid !== undefined && a.familyGuid !== b.familyGuid;

/** Two looks at one database; the second where they are equally new. */
export function mergedDatabase(a: SourceDatabase, b: SourceDatabase): SourceDatabase {
  const [older, newer] = latestOf(a.findings) <= latestOf(b.findings) ? [a, b] : [b, a];
  return { ...older, ...newer, findings: mergedFindings(older.findings, newer.findings) };
}

function withInstance(a: Assessment, b: Assessment): Assessment {
  const [older, newer] = a.takenAt <= b.takenAt ? [a, b] : [b, a];
  return { ...older, ...newer, instance: mergedFindings(older.instance, newer.instance) };
}

/** `newer` is newer as a whole; each of its findings need not be. What only one of them has stays. */
export function mergedFindings(older: readonly Finding[], newer: readonly Finding[]): readonly Finding[] {
  const merged = new Map(older.map((one) => [one.check, one]));
  for (const one of newer) merged.set(one.check, better(merged.get(one.check) ?? one, one));
  return [...merged.values()].sort(byCheck);
}

const byCheck = (a: Finding, b: Finding): number => Number(a.check.slice(1)) - Number(b.check.slice(1));

/** Of two of one check; the second where they are equal. */
function better(a: Finding, b: Finding): Finding {
  if (weightOf(a) !== weightOf(b)) return weightOf(a) > weightOf(b) ? a : b;
  return a.at > b.at ? a : b;
}

/** What weighs more counts, however old it is. */
function weightOf(finding: Finding): number {
  const { check, outcome, objects, evidence } = finding;
  if (isInferred(finding)) return 1;
  if (outcome !== "unknown") return 4;
  if (objects !== undefined) return 3;
  return ENCRYPTION.includes(check) && evidence === "server" ? 2 : 0;
}

/** Keys that a restore asks for. */
const ENCRYPTION: readonly string[] = ["S10", "S11", "S12", "S13"];

/**
 * That nothing is encrypted is only inferred from backups: a header without a sign of TDE is no proof, and encrypted
 * backups are not read. It takes back nothing that was found, and nothing that the server itself says or hides.
 */
export const isInferred = ({ check, outcome, evidence }: Finding): boolean =>
  outcome === "fine" && evidence === "backup" && ENCRYPTION.includes(check);

const latestOf = (findings: readonly Finding[]): string =>
  findings.map(({ at }) => at).reduce((a, b) => (a > b ? a : b), "");

/**
 * A server all of whose databases are known by another of its names, or by a replica's, still has something of its
 * own.
 */
const tellsOfInstance = ({ instance }: Assessment): boolean => instance.some(({ outcome }) => outcome !== "unknown");
