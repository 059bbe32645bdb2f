// Asks a source server, once for all databases, who it is and what it tells of them from outside.
import { databaseKey } from "../chain/files/identity.ts";
import type { CheckId, DatabaseFacts, InstanceFacts } from "../source/facts.ts";
import { type Asked, ask, lackOf } from "./ask.ts";
import type { SourceConnection } from "./connection.ts";
import type { InsideFacts } from "./databaseFacts.ts";
import { AVAILABILITY, JOBS, LOG_SHIPPING, MIRRORING } from "./queries/companions.ts";
import { DATABASES, type DatabaseRow, ENCRYPTION, FILES, LOG_FILES, SUSPECT_PAGES } from "./queries/databases.ts";
import { BACKUPS, HISTORY_DAYS, LOG_RATE } from "./queries/history.ts";
import { CONFIGURATION, DEPRECATED, INSTANCE, INSTANCE_OBJECTS, TRACE_FLAGS } from "./queries/instance.ts";
import { type Permission, type Query, SQL_SERVER_2012, SQL_SERVER_2016 } from "./query.ts";
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

interface ReadInstance {
  readonly server: string | null;
  readonly takenAt: string;
  /** The source's wall clock. */
  readonly now: string;
  readonly collation: string | null;
  readonly held: ReadonlySet<Permission>;
  readonly withheld: readonly string[];
}

export async function readInstance(connection: SourceConnection): Promise<ReadInstance> {
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
export async function readServer(connection: SourceConnection, instance: ReadInstance): Promise<ReadServer> {
  const told = await askAll(connection, instance.held);
  const filesById = byId(told.files);
  return {
    rows: told.databases.rows,
    factsOf: factsByDatabase(told, instance),
    filesOf: ({ database_id: id }, inside) => filesById && filesOf(filesById.get(id) ?? [], inside.filegroups),
    instance: instanceFacts(told, instance),
  };
}

/** What the server told, query by query; undefined: it may not, or cannot, be asked. */
async function askAll(connection: SourceConnection, held: ReadonlySet<Permission>) {
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
  return {
    ...{ major, settings, traceFlags, deprecated, objects, databases, files, encryption, suspect, logFiles },
    ...{ backups, logRate, availability, mirroring, logShipping, jobs, withheld, unseen },
  };
}

type Told = Awaited<ReturnType<typeof askAll>>;

const byId = <Row extends { database_id: number }>(asked: { rows: readonly Row[] } | undefined) =>
  asked && Map.groupBy(asked.rows, ({ database_id }) => database_id);

/** Of each database, as far as it is known from outside. */
function factsByDatabase(told: Told, { held, now }: ReadInstance): (row: DatabaseRow) => DatabaseFacts {
  const { major, backups, logRate, logShipping, jobs, unseen } = told;
  const keysById = byId(told.encryption);
  const suspectById = byId(told.suspect);
  const logFilesById = byId(told.logFiles);
  const replicasById = byId(told.availability);
  const mirrorsById = byId(told.mirroring);
  const setsByName = backups && byName(backups.rows);
  const hoursByName = logRate && byName(logRate.rows);
  const shippedByName = logShipping && byName(logShipping.rows);
  const jobsByName = jobs && byName(jobs.rows);
  const mayViewDefinitions = held.has("definition");
  const knowsEncryption = backups !== undefined && !backups.unknown.has("encryptor_thumbprint");

  return (row) => {
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
}

function instanceFacts(told: Told, { collation }: ReadInstance): InstanceFacts {
  const { settings, traceFlags, deprecated, objects, withheld, unseen } = told;
  const others = objects?.rows.filter(({ kind }) => kind !== LINKED_SERVER) ?? [];
  return {
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
  };
}
