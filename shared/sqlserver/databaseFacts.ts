// Enters one database and reads what only it tells: features, users, names of others. One that cannot be entered says
// why.
import { z } from "zod";
import type { CheckId, DatabaseFacts, UserFacts } from "../source/facts.ts";
import { ask, lackOf, whyRefused } from "./ask.ts";
import type { SourceConnection } from "./connection.ts";
import {
  EDITION_FEATURES,
  FEATURES,
  IN_MEMORY,
  MODULE_REFERENCES,
  PERMISSIONS,
  SYNONYMS,
  USERS,
} from "./queries/insideDatabase.ts";
import type { Permission, Query } from "./query.ts";
import type { Filegroup } from "./serverFacts.ts";
import { StatementRefused } from "./sourceFailure.ts";
import { bracketed } from "./tsql.ts";

/** What one database told, as it can be written down and read again. */
export interface InsideFacts {
  readonly name: string;
  readonly databaseGuid?: string;
  /** UTC. */
  readonly takenAt: string;
  readonly facts: Omit<DatabaseFacts, "name">;
  readonly filegroups?: readonly Filegroup[];
  readonly withheld: readonly Withheld[];
  /** It was not entered; another time it may be. */
  readonly isClosed?: true;
}

/** What could not be looked at, with the reason. Without `what` it is the whole database. */
interface Withheld {
  readonly what?: string;
  readonly why: string;
}

const INSIDE = [EDITION_FEATURES, FEATURES, USERS, MODULE_REFERENCES, SYNONYMS] as const;

/** Checks that rest on what is inside. */
const INSIDE_CHECKS: readonly CheckId[] = [...new Set(INSIDE.flatMap(({ checks }) => checks))];

/** USE is refused: what the number says of the database. */
const CLOSED: Readonly<Record<number, string>> = {
  911: "it is gone",
  916: "the login may not enter",
  922: "it is being recovered",
  924: "it is in single-user mode, and somebody is in it",
  927: "it is being restored",
  942: "it is offline",
  945: "its files are not to be had",
  976: "it is a secondary of an availability group that takes no readers",
  978: "it is a secondary of an availability group that takes only those who say that they read",
  983: "its replica is neither primary nor secondary now",
};

/** Throws when the connection is lost. */
export async function readInside(
  connection: SourceConnection,
  database: Pick<InsideFacts, "name" | "databaseGuid" | "takenAt">,
  held: ReadonlySet<Permission>,
): Promise<InsideFacts> {
  try {
    await connection.query(`USE ${bracketed(database.name)};`);
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    const known = error.numbers.find((number) => number in CLOSED);
    return closed(database, known === undefined ? whyRefused(error) : `${CLOSED[known]} (${known})`);
  }
  const withheld: Withheld[] = [];
  const unseen: Partial<Record<CheckId, string>> = {};
  const rowsOf = async <Row>(query: Query<Row>, refusal?: string): Promise<readonly Row[] | undefined> => {
    const asked = refusal === undefined ? await ask(connection, query, held) : { withheld: refusal };
    if (!("withheld" in asked)) {
      const lack = lackOf(asked.unknown);
      if (lack !== undefined) note(query, lack);
      return asked.rows;
    }
    note(query, asked.withheld);
    return undefined;
  };
  const note = ({ name, checks }: Query<unknown>, why: string): void => {
    withheld.push({ what: name, why });
    for (const check of checks) unseen[check] ??= why;
  };

  const [permitted] = (await rowsOf(PERMISSIONS)) ?? [];
  const noState = permitted?.can_view_state ? undefined : "not allowed: GRANT VIEW DATABASE STATE";
  const noDefinition = permitted?.can_view_definition ? undefined : "not allowed: GRANT VIEW DEFINITION";

  const editionFeatures = (await rowsOf(EDITION_FEATURES, noState))?.map(({ feature_name }) => feature_name);
  const features = await featuresOf(connection, held, noDefinition, note);
  const isInMemory = features.filegroups?.some(({ type }) => type === "FX") ?? false;
  const [memory] = (isInMemory ? await rowsOf(IN_MEMORY, noState) : undefined) ?? [];
  const users = (await rowsOf(USERS))?.map(
    ({ name, type, has_login }): UserFacts => ({
      name,
      kind: type === "S" ? "sql" : type === "U" || type === "G" ? "windows" : "other",
      hasLogin: has_login,
    }),
  );
  const modules = await rowsOf(MODULE_REFERENCES, noDefinition);
  const synonyms = await rowsOf(SYNONYMS, noDefinition);
  const references = [...(modules ?? []), ...(synonyms ?? [])].map((row) => ({
    ...(row.server_name !== null && { server: row.server_name }),
    ...(row.database_name !== null && { database: row.database_name }),
    ...(row.example !== null && { example: row.example }),
  }));
  const hasReferences = references.length > 0 || (modules !== undefined && synonyms !== undefined);

  return {
    ...database,
    facts: {
      ...(editionFeatures && { editionFeatures }),
      ...features.facts,
      ...(typeof memory?.in_memory_mb === "number" && { inMemoryMb: memory.in_memory_mb }),
      ...(users && { users }),
      ...(hasReferences && { references }),
      ...(hasReferences && (modules === undefined || synonyms === undefined) && { hasPartialReferences: true }),
      ...(Object.keys(unseen).length > 0 && { unseen }),
    },
    ...(features.filegroups && { filegroups: features.filegroups }),
    withheld,
  };
}

/** A database that was not entered. */
export const closed = (database: Pick<InsideFacts, "name" | "databaseGuid" | "takenAt">, why: string): InsideFacts => ({
  ...database,
  facts: { unseen: Object.fromEntries(INSIDE_CHECKS.map((check) => [check, why])) },
  withheld: [{ why }],
  isClosed: true,
});

async function featuresOf(
  connection: SourceConnection,
  held: ReadonlySet<Permission>,
  refusal: string | undefined,
  note: (query: Query<unknown>, why: string) => void,
): Promise<{ readonly facts: Omit<DatabaseFacts, "name">; readonly filegroups?: readonly Filegroup[] }> {
  const asked = refusal === undefined ? await ask(connection, FEATURES, held) : { withheld: refusal };
  if ("withheld" in asked) {
    note(FEATURES, asked.withheld);
    return { facts: {} };
  }
  const { rows, unknown } = asked;
  const lack = lackOf(unknown);
  if (lack !== undefined) note(FEATURES, lack);
  // A kind that the release lacks is not in use; one that the build did not know was not looked at.
  const named = (...kinds: string[]): readonly string[] | undefined =>
    kinds.some((kind) => unknown.has(kind))
      ? undefined
      : rows.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name ?? "");
  const columnMasterKeys = named("column master key");
  const fullTextCatalogs = named("full-text catalog");
  const externalData = named("external data source", "database scoped credential");
  const tracked = named("change tracking");
  const [queues, routes] = [named("broker queue"), named("broker route")];
  const assemblies = named("assembly") && rows.filter(({ kind }) => kind === "assembly");
  const filegroups = named("filegroup") && rows.filter(({ kind }) => kind === "filegroup");
  return {
    facts: {
      ...(columnMasterKeys && { columnMasterKeys }),
      ...(fullTextCatalogs && { fullTextCatalogs }),
      ...(externalData && { externalData }),
      ...(tracked && { hasChangeTracking: tracked.length > 0 }),
      ...(queues && routes && { broker: { isEnabled: false, queues, routes } }),
      ...(assemblies && {
        assemblies: assemblies.map(({ name, detail }) => ({ name: name ?? "", permissionSet: detail ?? "" })),
      }),
    },
    ...(filegroups && {
      filegroups: filegroups.map(({ name, detail }) => ({ type: name ?? "", dataSpaceId: Number(detail) })),
    }),
  };
}

/** Of a line that was written down by an interrupted run. The facts were ours; they are taken as they are. */
export const WrittenInside = z.object({
  name: z.string(),
  databaseGuid: z.string().exactOptional(),
  takenAt: z.string(),
  facts: z.record(z.string(), z.unknown()).transform((facts) => facts as Omit<DatabaseFacts, "name">),
  filegroups: z.array(z.object({ type: z.string(), dataSpaceId: z.number() })).exactOptional(),
  withheld: z.array(z.object({ what: z.string().exactOptional(), why: z.string() })),
  isClosed: z.literal(true).exactOptional(),
});
