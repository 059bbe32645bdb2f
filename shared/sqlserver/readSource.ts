// Reads everything that the rules ask about from one source server: first of all databases at once, then inside of each.
import { databaseKey } from "../chain/files/identity.ts";
import type { CheckId, DatabaseFacts, InstanceFacts, SourceFacts } from "../source/facts.ts";
import { type Asked, ask, lackOf } from "./ask.ts";
import type { SourceConnection } from "./connection.ts";
import { closed, type InsideFacts, readInside } from "./databaseFacts.ts";
import { AVAILABILITY, JOBS, LOG_SHIPPING, MIRRORING } from "./queries/companions.ts";
import { DATABASES, type DatabaseRow, ENCRYPTION, FILES, LOG_FILES, SUSPECT_PAGES } from "./queries/databases.ts";
import { BACKUPS, HISTORY_DAYS, LOG_RATE } from "./queries/history.ts";
import { CONFIGURATION, DEPRECATED, INSTANCE, INSTANCE_OBJECTS, TRACE_FLAGS } from "./queries/instance.ts";
import { type Permission, type Query, SQL_SERVER_2012, SQL_SERVER_2014, SQL_SERVER_2016 } from "./query.ts";
import {
  availabilityOf,
  backupSetOf,
  byName,
  encryptionOf,
  filesOf,
  logHoursOf,
  ofDatabase,
  propertiesOf,
} from "./serverFacts.ts";
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

interface ReadInstance {
  readonly server: string | null;
  readonly takenAt: string;
  /** The source's wall clock. */
  readonly now: string;
  readonly collation: string | null;
  readonly held: ReadonlySet<Permission>;
  readonly withheld: readonly string[];
}

async function readInstance(connection: SourceConnection): Promise<ReadInstance> {
  const asked = await ask(connection, INSTANCE, new Set());
  const row = "rows" in asked ? asked.rows[0] : undefined;
  if (row === undefined)
    throw new SourceFailure(
      "notSqlServer",
      `The server does not tell who it is: ${"withheld" in asked ? asked.withheld : "no row"}.`,
    );
  const permissions: readonly (readonly [Permission, boolean])[] = [
    ["performance", row.can_view_performance],
    ["security", row.can_view_security],
    ["definition", row.can_view_definition],
  ];
  return {
    server: row.server_name,
    takenAt: `${row.now_utc}Z`,
    now: row.now_local,
    collation: row.collation_name,
    held: new Set(permissions.flatMap(([permission, isHeld]) => (isHeld ? [permission] : []))),
    withheld: row.can_view_any_database ? [] : ["databases of others: not allowed: GRANT VIEW ANY DATABASE"],
  };
}

interface ReadServer {
  readonly instance: InstanceFacts;
  readonly rows: readonly DatabaseRow[];
  factsOf(row: DatabaseRow): DatabaseFacts;
  filesOf(row: DatabaseRow, inside: InsideFacts): DatabaseFacts["files"];
}

const LINKED_SERVER = "linked server";

/** Everything that is asked once for all databases. */
async function readServer(connection: SourceConnection, { held, now, collation }: ReadInstance): Promise<ReadServer> {
  const withheld: string[] = [];
  const unseen: Partial<Record<CheckId, string>> = {};
  const rowsOf = async <Row>(query: Query<Row>): Promise<Extract<Asked<Row>, { rows: unknown }> | undefined> => {
    const asked = await ask(connection, query, held);
    const why = "withheld" in asked ? asked.withheld : lackOf(asked.unknown);
    if (why !== undefined) {
      withheld.push(`${query.name}: ${why}`);
      for (const check of query.checks) unseen[check] ??= why;
    }
    return "withheld" in asked ? undefined : asked;
  };

  const settings = await rowsOf(CONFIGURATION);
  const traceFlags = await rowsOf(TRACE_FLAGS);
  const deprecated = await rowsOf(DEPRECATED);
  const objects = await rowsOf(INSTANCE_OBJECTS);
  const databases = await rowsOf(DATABASES);
  if (databases === undefined)
    throw new SourceFailure("unreadable", `The list of databases could not be read: ${unseen["S60"]}.`);
  const files = await rowsOf(FILES);
  const encryption = await rowsOf(ENCRYPTION);
  const suspect = await rowsOf(SUSPECT_PAGES);
  const logFiles = await rowsOf(LOG_FILES);
  const backups = await rowsOf(BACKUPS);
  const logRate = await rowsOf(LOG_RATE);
  const { major } = connection.product;
  // Before SQL Server 2012 there are none.
  const availability = major < SQL_SERVER_2012 ? { rows: [] } : await rowsOf(AVAILABILITY);
  const mirroring = await rowsOf(MIRRORING);
  const logShipping = await rowsOf(LOG_SHIPPING);
  const jobs = await rowsOf(JOBS);

  const byId = <Row extends { database_id: number }>(asked: { rows: readonly Row[] } | undefined) =>
    asked && Map.groupBy(asked.rows, ({ database_id }) => database_id);
  const [filesById, keysById, suspectById, logFilesById, replicasById, mirrorsById] = [
    byId(files),
    byId(encryption),
    byId(suspect),
    byId(logFiles),
    byId(availability),
    byId(mirroring),
  ];
  const [setsByName, hoursByName, shippedByName, jobsByName] = [
    backups && byName(backups.rows),
    logRate && byName(logRate.rows),
    logShipping && byName(logShipping.rows),
    jobs && byName(jobs.rows),
  ];
  const mayViewDefinitions = held.has("definition");
  const knowsEncryption = backups !== undefined && !backups.unknown.has("encryptor_thumbprint");

  const others = objects?.rows.filter(({ kind }) => kind !== LINKED_SERVER) ?? [];
  const factsOf = (row: DatabaseRow): DatabaseFacts => {
    const { database_id: id } = row;
    const properties = propertiesOf(row, mayViewDefinitions);
    const group = replicasById && availabilityOf(replicasById.get(id) ?? []);
    const [mirror] = mirrorsById?.get(id) ?? [];
    const key = databaseKey(row.name);
    return {
      ...properties,
      // Releases that do not know containment and Stretch have neither.
      ...(major < SQL_SERVER_2012 && { containment: "NONE" }),
      ...(major < SQL_SERVER_2016 && { isStretched: false }),
      // Who may not see the keys still sees that there is one.
      ...(keysById
        ? { encryption: encryptionOf(keysById.get(id)?.[0]) }
        : row.is_encrypted && { encryption: { thumbprints: [] } }),
      ...(suspectById && { suspectPages: suspectById.get(id)?.[0]?.pages ?? 0 }),
      ...(logFilesById?.has(id) && { virtualLogFiles: logFilesById.get(id)?.[0]?.total_vlf_count ?? 0 }),
      ...(setsByName && {
        backups: {
          history: { days: HISTORY_DAYS, readAt: now, ...(group !== null && { isPartial: true as const }) },
          sets: ofDatabase(setsByName, properties).map((set) => backupSetOf(set, knowsEncryption)),
        },
      }),
      ...(hoursByName && { logByHour: logHoursOf(hoursByName.get(key) ?? []) }),
      ...(group !== undefined && { availabilityGroup: group }),
      ...(mirrorsById && {
        mirroring: mirror
          ? { role: mirror.mirroring_role_desc, partner: mirror.mirroring_partner_instance ?? "" }
          : null,
      }),
      ...(shippedByName && { logShipping: shippedByName.get(key)?.[0]?.role ?? null }),
      ...(jobsByName && {
        jobs: (jobsByName.get(key) ?? []).map(
          ({ job_name: name, is_enabled: isEnabled, takes_backups: takesBackups }) => ({
            name,
            isEnabled,
            takesBackups,
          }),
        ),
      }),
      unseen,
    };
  };

  return {
    rows: databases.rows,
    factsOf,
    filesOf: ({ database_id: id }, inside) => filesById && filesOf(filesById.get(id) ?? [], inside.filegroups),
    instance: {
      ...(collation !== null && { collation }),
      ...(settings && { settings: Object.fromEntries(settings.rows.map((row) => [row.name, row.value_in_use])) }),
      ...(traceFlags && {
        traceFlags: traceFlags.rows.filter(({ Global }) => Global === 1).map(({ TraceFlag }) => TraceFlag),
      }),
      ...(deprecated && { deprecatedFeatures: deprecated.rows.map(({ feature }) => feature) }),
      ...(objects && {
        ...(!objects.unknown.has(LINKED_SERVER) && {
          linkedServers: objects.rows.filter(({ kind }) => kind === LINKED_SERVER).map(({ name }) => name ?? ""),
        }),
        // Some kinds that were not looked at do not hide the others, and are no reason to say that there are none.
        ...((others.length > 0 || objects.unknown.size === 0) && {
          objects: others.map(({ kind, name }) => ({ kind, name: name ?? "" })),
        }),
      }),
      withheld,
      unseen,
    },
  };
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
