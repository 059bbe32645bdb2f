// Reads everything that the rules ask about from one source server: first of all databases at once, then inside of
// each.
import { databaseKey } from "../chain/files/identity.ts";
import type { DatabaseFacts, SourceFacts } from "../source/facts.ts";
import type { SourceConnection } from "./connection.ts";
import { closed, type InsideFacts, readInside } from "./databaseFacts.ts";
import type { DatabaseRow } from "./queries/databases.ts";
import { type Permission, SQL_SERVER_2014 } from "./query.ts";
import { readInstance, readServer } from "./readServer.ts";
import { SourceFailure } from "./sourceFailure.ts";

export interface ReadOptions {
  /** Only these, whatever the case; absent: all. */
  readonly databases?: readonly string[];
  /** What an interrupted run has read already. */
  readonly known?: readonly InsideFacts[];
  /** After the connection was lost. */
  reconnect(): Promise<SourceConnection>;
  /** Each database as soon as it is read, those that were known not among them. */
  onRead?(inside: InsideFacts): void;
  /** Before each database. */
  onProgress?(done: number, total: number, name: string): void;
}

/** Closes the connection, whatever comes. Throws a SourceFailure when it is lost and cannot be had again. */
export async function readSource(first: SourceConnection, options: ReadOptions): Promise<SourceFacts> {
  let connection = first;
  try {
    const instance = await readInstance(connection);
    const server = await readServer(connection, instance);
    const wanted = options.databases?.map(databaseKey);
    const rows = server.rows.filter(({ name }) => wanted === undefined || wanted.includes(databaseKey(name)));
    const known = new Map((options.known ?? []).map((inside) => [databaseKey(inside.name), inside]));

    const databases: DatabaseFacts[] = [];
    const insides: InsideFacts[] = [];
    for (const [index, row] of rows.entries()) {
      options.onProgress?.(index, rows.length, row.name);
      const outside = server.factsOf(row);
      const { name, databaseGuid } = outside;
      const before = known.get(databaseKey(name));
      const isGood = before !== undefined && before.databaseGuid === databaseGuid && before.isClosed === undefined;
      let inside = isGood ? before : undefined;
      if (inside === undefined) {
        const identity = { name, ...(databaseGuid !== undefined && { databaseGuid }), takenAt: instance.takenAt };
        [inside, connection] = await entered(connection, identity, row, instance.held, options);
        options.onRead?.(inside);
      }
      insides.push(inside);
      databases.push(joinedFacts(row, outside, inside, server.filesOf(row, inside)));
    }

    const there = new Set(rows.map(({ name }) => databaseKey(name)));
    const missing = options.databases?.filter((name) => !there.has(databaseKey(name))) ?? [];
    const { productVersion, edition, engineEdition } = first.product;
    return {
      server: instance.server ?? "",
      evidence: "server",
      takenAt: instance.takenAt,
      instance: {
        productVersion,
        edition,
        engineEdition,
        ...server.instance,
        withheld: [
          ...instance.withheld,
          ...(server.instance.withheld ?? []),
          ...missing.map((name) => `${name}: there is no such database, or it is not to be seen`),
          ...inFewLines(insides),
        ],
      },
      databases,
    };
  } finally {
    connection.close();
  }
}

/** So many names of databases are told where many have the same. */
const MOST_NAMES = 3;

/** What is the same in many databases is one line. */
function inFewLines(insides: readonly InsideFacts[]): readonly string[] {
  const all = insides.flatMap(({ name, withheld }) => withheld.map(({ what, why }) => ({ name, what, why })));
  return [...Map.groupBy(all, ({ what = "", why }) => `${what}\n${why}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { what, why } = first;
    const names = same.map(({ name }) => name);
    if (names.length <= MOST_NAMES) return names.map((name) => `${[name, what ?? []].flat().join(", ")}: ${why}`);
    const some = `${names.length} databases (${names.slice(0, MOST_NAMES).join(", ")}, ...)`;
    return [`${what === undefined ? some : `${what} in ${some}`}: ${why}`];
  });
}

/** A database that costs the connection twice is left out; the next one gets a new connection. */
async function entered(
  connection: SourceConnection,
  identity: Pick<InsideFacts, "name" | "databaseGuid" | "takenAt">,
  { state_desc: state, has_access: hasAccess }: DatabaseRow,
  held: ReadonlySet<Permission>,
  options: ReadOptions,
): Promise<[InsideFacts, SourceConnection]> {
  if (state !== "ONLINE") return [closed(identity, `it is ${state}`), connection];
  if (hasAccess !== 1) {
    const grant =
      connection.product.major >= SQL_SERVER_2014 ? "GRANT CONNECT ANY DATABASE" : "CREATE USER in the database";
    return [closed(identity, `the login may not enter: ${grant}`), connection];
  }
  let current = connection;
  for (let attempt = 1; ; attempt++)
    try {
      return [await readInside(current, identity, held), current];
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      current = await again(options, error);
      if (attempt === 2) return [closed(identity, "the connection was lost twice while it was read"), current];
    }
}

async function again({ reconnect }: ReadOptions, lost: SourceFailure): Promise<SourceConnection> {
  try {
    return await reconnect();
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    throw new SourceFailure("connectionLost", `${lost.message}, and could not be made again. ${error.message}`);
  }
}

/** What is known from outside, and from inside. */
function joinedFacts(
  { is_broker_enabled: isEnabled }: DatabaseRow,
  outside: DatabaseFacts,
  { facts, takenAt }: InsideFacts,
  files: DatabaseFacts["files"],
): DatabaseFacts {
  const { broker: inside, ...withoutBroker } = facts;
  const used = inside && isEnabled !== undefined ? { ...inside, isEnabled } : undefined;
  const broker = isEnabled === false ? { isEnabled, queues: [], routes: [] } : used;
  return {
    ...outside,
    ...withoutBroker,
    takenAt,
    ...(files && { files }),
    ...(broker && { broker }),
    unseen: { ...outside.unseen, ...facts.unseen },
  };
}
