// Groups the databases that have to move together: those that name each other in modules and synonyms, directly or
// through others.
import { compareText, databaseKey } from "../chain/files/identity.ts";
import type { SourceDatabase } from "./assessment.ts";

export interface Group {
  /** Names, two or more with `missing`. */
  readonly databases: readonly string[];
  /** Named by one of them, and not among the databases that were looked at. */
  readonly missing: readonly string[];
}

/** Ordered by the first name; a database alone is no group. */
export function groupsOf(databases: readonly SourceDatabase[]): readonly Group[] {
  const names = new Map(databases.map(({ name }) => [databaseKey(name), name]));
  const leader = new Map<string, string>();
  const leaderOf = (key: string): string => {
    let at = key;
    for (let next = leader.get(at); next !== undefined; next = leader.get(at)) at = next;
    return at;
  };
  const spelled = new Map(names);
  for (const { name, dependsOn = [] } of databases)
    for (const other of dependsOn) {
      if (!spelled.has(databaseKey(other))) spelled.set(databaseKey(other), other);
      const [one, two] = [leaderOf(databaseKey(name)), leaderOf(databaseKey(other))];
      if (one !== two) leader.set(two, one);
    }
  return [...Map.groupBy(spelled.keys(), leaderOf).values()]
    .filter(({ length }) => length > 1)
    .map((keys) => {
      const of = (isListed: boolean): string[] =>
        keys
          .filter((key) => names.has(key) === isListed)
          .map((key) => spelled.get(key) ?? key)
          .sort(compareText);
      return { databases: of(true), missing: of(false) };
    })
    .sort((a, b) => compareText(a.databases[0] ?? "", b.databases[0] ?? ""));
}
