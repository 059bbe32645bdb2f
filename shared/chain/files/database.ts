// Decides which database the folder holds, and which files are another's (rule R3).
import type { ChainContext } from "../backupRecord.ts";
import { compareText, databaseKey, guidOf } from "./identity.ts";
import type { BackupSet } from "./mediaSets.ts";

/** The sets of one database: one FamilyGUID, under all names it had. */
export interface DatabaseSets {
  readonly key: string;
  readonly family: string | undefined;
  /** As databaseKey gives them. */
  readonly names: ReadonlySet<string>;
  readonly sets: readonly BackupSet[];
}

export interface FolderDatabases {
  /** Undefined when the folder is empty, or holds nothing of what the migration expects. */
  readonly own: DatabaseSets | undefined;
  readonly others: readonly { readonly database: DatabaseSets; readonly recreated: boolean }[];
  readonly mixed: boolean;
}

/**
 * The own database is the expected one, else that of the restore under way, else the one with most sets (tie:
 * smallest key).
 */
export function databasesInFolder(sets: readonly BackupSet[], context: ChainContext): FolderDatabases {
  const databases = databasesOf(sets);
  const own = ownDatabase(databases, context);
  const others = databases
    .filter((database) => database !== own)
    .map((database) => ({ database, recreated: own !== undefined && isRecreated(database, own) }));
  const familyIsNamed = guidOf(context.expected?.familyGuid) !== undefined;
  return { own, others, mixed: others.some(({ recreated }) => !(recreated && familyIsNamed)) };
}

/** Same name, another FamilyGUID: dropped and created anew. */
const isRecreated = (database: DatabaseSets, own: DatabaseSets): boolean =>
  database.family !== own.family && [...database.names].some((name) => own.names.has(name));

function ownDatabase(databases: readonly DatabaseSets[], context: ChainContext): DatabaseSets | undefined {
  const family = guidOf(context.expected?.familyGuid);
  const name = context.expected?.databaseName === undefined ? undefined : databaseKey(context.expected.databaseName);
  const expected = databases.filter(
    (database) =>
      (family === undefined || database.family === undefined || database.family === family) &&
      (name === undefined || database.names.has(name)),
  );
  const anchor = context.progress.started ? guidOf(context.progress.anchorSetGuid) : undefined;
  return (
    expected.find(({ sets }) => anchor !== undefined && sets.some(({ id }) => id === anchor)) ??
    expected.toSorted((a, b) => b.sets.length - a.sets.length || compareText(a.key, b.key))[0]
  );
}

/**
 * FamilyGUID survives RESTORE, so that all databases restored from one template share it: different names of one
 * family are one database only where they share a recovery fork (a rename). Sets without FamilyGUID go by name.
 */
function databasesOf(sets: readonly BackupSet[]): readonly DatabaseSets[] {
  const [first] = sets;
  if (first && sets.every(({ family, database }) => family === first.family && database === first.database)) {
    return [databaseFrom(keyOf(first), sets)];
  }
  const named = [...Map.groupBy(sets, keyOf)].map(([key, members]) => databaseFrom(key, members));
  const joins = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let next = joins.get(root); next !== undefined; next = joins.get(root)) root = next;
    return root;
  };
  const join = (a: string, b: string): void => {
    const [low, high] = [rootOf(a), rootOf(b)].sort(compareText) as [string, string];
    if (low !== high) joins.set(high, low);
  };
  const nameOfFork = new Map<string, string>();
  for (const { key, family, sets: members } of named) {
    if (family === undefined) continue;
    for (const fork of new Set(members.map((set) => set.fork))) {
      if (fork === undefined) continue;
      const other = nameOfFork.get(`${family} ${fork}`);
      if (other === undefined) nameOfFork.set(`${family} ${fork}`, key);
      else join(other, key);
    }
  }
  const families = Map.groupBy(
    named.filter(({ family }) => family !== undefined),
    ({ names }) => [...names].join(),
  );
  for (const { key, family, names } of named) {
    const roots = new Set((families.get([...names].join()) ?? []).map((database) => rootOf(database.key)));
    const [only] = roots;
    if (family === undefined && roots.size === 1 && only !== undefined) join(key, only);
  }
  return [...Map.groupBy(named, ({ key }) => rootOf(key))].map(([key, parts]) =>
    databaseFrom(
      key,
      parts.flatMap((part) => part.sets),
    ),
  );
}

const keyOf = ({ family = "", database }: BackupSet): string => `${family} ${database}`;

const databaseFrom = (key: string, sets: readonly BackupSet[]): DatabaseSets => ({
  key,
  family: sets.find(({ family }) => family !== undefined)?.family,
  names: new Set(sets.map(({ database }) => database)),
  sets,
});
