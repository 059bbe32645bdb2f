// Translates official assessments into our checks: reports of `az datamigration get-assessment`, and of a server known
// to Azure Arc.
//
// Both look at Azure SQL Database and Managed Instance only: what they found is found, what they did not name is
// unknown here.
import type { CheckId, DatabaseFacts, InstanceFacts, Reported, SourceFacts } from "./facts.ts";

export interface ReportFacts {
  readonly facts: readonly SourceFacts[];
  /** What was found and is none of our checks: it matters for other targets. */
  readonly otherFeatures: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** Features by their ids, which are the same in every language. */
const OF_DATABASE: readonly (readonly [feature: RegExp, check: CheckId])[] = [
  [/^FileStream$/i, "S16"],
  [/^(ClrAssemblies|ClrStrictSecurity|AssemblyFromFile)$/i, "S63"],
  [/^ServiceBroker$/i, "S56"],
  [/^LinkedServer/i, "S73"],
  [/^CrossDatabaseReferences$/i, "S74"],
  [/^DbCompatLevelLowerThan100$/i, "S03"],
];
const OF_INSTANCE: readonly (readonly [feature: RegExp, check: CheckId])[] = [
  [/^(TraceFlags|XpCmdshell|DatabaseMail)$/i, "S76"],
  [/^(AgentJobs|\w+Job|ServerAudits|ServerCredentials|ServerScopedTriggers|LinkedServer\w*)$/i, "S75"],
];

const ENGINE_EDITIONS: Readonly<Record<string, number>> = {
  standard: 2,
  web: 2,
  enterprise: 3,
  developer: 3,
  express: 4,
};

/** From parsed JSON; undefined when it is neither of the two shapes. */
export function factsOfReport(json: unknown): ReportFacts | undefined {
  const root = membersOf(json);
  const servers = root && rowsOf(root["servers"]);
  if (servers && servers.length > 0) return official(root, servers);
  const assessment = arcAssessmentOf(root);
  return root && assessment && arc(root, assessment);
}

function official(root: Row, servers: readonly Row[]): ReportFacts {
  const other: string[] = [];
  const facts = servers.map((server): SourceFacts => {
    const properties = membersOf(server["properties"]) ?? {};
    const instance = rowsOf(server["serverassessments"]) ?? [];
    const databases = rowsOf(server["databases"]) ?? [];
    const names = databases.flatMap((database) => textOf(membersOf(database["properties"])?.["name"]) ?? []);
    return {
      server: textOf(properties["servername"]) ?? "",
      evidence: "import",
      takenAt: timeOf(root["endedon"]) ?? timeOf(root["startedon"]) ?? "",
      instance: instanceOf(properties, server, reportedBy(instance, OF_INSTANCE, other)),
      databases: databases.map((database) => databaseOf(database, names, other)),
    };
  });
  return { facts, otherFeatures: sortedOnce(other) };
}

function instanceOf(properties: Row, server: Row, reported: Reported | undefined): InstanceFacts {
  const productVersion = textOf(properties["serverversion"]);
  const edition = textOf(properties["serveredition"]);
  const engineEdition = ENGINE_EDITIONS[(textOf(properties["serverengineedition"]) ?? "").toLowerCase()];
  const withheld = errorsOf(server);
  return {
    ...(productVersion !== undefined && { productVersion }),
    ...(edition !== undefined && { edition }),
    ...(engineEdition !== undefined && { engineEdition }),
    ...(withheld.length > 0 && { withheld }),
    ...(reported && { reported }),
  };
}

/** `names`: of all databases of the server. */
function databaseOf(database: Row, names: readonly string[], other: string[]): DatabaseFacts {
  const properties = membersOf(database["properties"]) ?? {};
  const level = /(\d+)$/.exec(String(properties["compatibilitylevel"] ?? ""))?.[1];
  const sizeMb = properties["sizemb"];
  const isReplicated = properties["isreplicationenabled"];
  const assessments = rowsOf(database["databaseassessments"]) ?? [];
  const reported = reportedBy(assessments, OF_DATABASE, other);
  const named = databasesNamedIn(assessments, names);
  return {
    name: textOf(properties["name"]) ?? "",
    ...(level !== undefined && { compatibilityLevel: Number(level) }),
    ...(typeof sizeMb === "number" && { sizeMb }),
    ...(typeof isReplicated === "boolean" && { replication: isReplicated ? ["enabled"] : [] }),
    ...(named.length > 0 && { references: named.map((one) => ({ database: one })), hasPartialReferences: true }),
    ...(reported && { reported }),
  };
}

/**
 * Cross-database references are told in sentences of some language. What is certain in them are names of three parts
 * whose first one is a database of the same server.
 */
function databasesNamedIn(assessments: readonly Row[], names: readonly string[]): readonly string[] {
  const text = assessments
    .filter((row) => textOf(row["featureid"]) === "CrossDatabaseReferences")
    .flatMap((row) => rowsOf(row["impactedobjects"]) ?? [])
    .map((one) => `${textOf(one["name"]) ?? ""} ${textOf(one["impactdetail"]) ?? ""}`)
    .join("\n");
  const parts = /(?:\[([^\]]+)\]|([\w$#@]+))\.(?:\[[^\]]*\]|[\w$#@]*)\.(?:\[[^\]]+\]|[\w$#@]+)/g;
  const first = new Set([...text.matchAll(parts)].map(([, quoted, plain]) => (quoted ?? plain ?? "").toLowerCase()));
  return names.filter((name) => first.has(name.toLowerCase()));
}

/** The resource itself, its `properties.migration.assessment`, or what stands there. */
function arcAssessmentOf(root: Row | undefined): Row | undefined {
  const migration = membersOf(membersOf(root?.["properties"])?.["migration"]);
  const assessment = membersOf(migration?.["assessment"]) ?? root;
  return assessment && (rowsOf(assessment["serverassessments"]) || rowsOf(assessment["databaseassessments"]))
    ? assessment
    : undefined;
}

function arc(root: Row, assessment: Row): ReportFacts {
  const other: string[] = [];
  const properties = membersOf(root["properties"]) ?? {};
  const [, server, database] =
    /\/sqlServerInstances\/([^/]+)(?:\/databases\/([^/]+))?/i.exec(textOf(root["id"]) ?? "") ?? [];
  const ofInstance = reportedBy(rowsOf(assessment["serverassessments"]) ?? [], OF_INSTANCE, other);
  const ofDatabase = reportedBy(rowsOf(assessment["databaseassessments"]) ?? [], OF_DATABASE, other);
  const edition = textOf(properties["edition"]);
  const facts: SourceFacts = {
    server: server ?? textOf(root["name"]) ?? "",
    evidence: "import",
    takenAt: timeOf(assessment["assessmentuploadtime"]) ?? "",
    instance: { ...(edition !== undefined && { edition }), ...(ofInstance && { reported: ofInstance }) },
    databases: database === undefined ? [] : [{ name: database, ...(ofDatabase && { reported: ofDatabase }) }],
  };
  return { facts: [facts], otherFeatures: sortedOnce(other) };
}

/** What is none of our checks goes into `other`. */
function reportedBy(rows: readonly Row[], map: typeof OF_DATABASE, other: string[]): Reported | undefined {
  const reported: Partial<Record<CheckId, string[]>> = {};
  for (const row of rows) {
    const feature = textOf(row["featureid"]) ?? "";
    const check = map.find(([pattern]) => pattern.test(feature))?.[1];
    if (check === undefined) other.push(feature);
    else reported[check] = [...(reported[check] ?? []), ...namesOf(row, feature)];
  }
  return Object.keys(reported).length > 0 ? reported : undefined;
}

function namesOf(row: Row, feature: string): readonly string[] {
  const names = (rowsOf(row["impactedobjects"]) ?? []).flatMap((one) => textOf(one["name"]) ?? []);
  return names.length > 0 ? names.map((name) => `${feature} ${name}`) : [feature];
}

const errorsOf = (row: Row): readonly string[] =>
  (Array.isArray(row["errors"]) ? row["errors"] : []).map((error: unknown): string => {
    const members = membersOf(error);
    return textOf(members?.["message"]) ?? textOf(members?.["errorsummary"]) ?? String(error);
  });

/** An object with its names in lower case: the tools differ in PascalCase and camelCase. */
function membersOf(value: unknown): Row | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]));
}

const rowsOf = (value: unknown): readonly Row[] | undefined =>
  Array.isArray(value) ? value.map(membersOf).filter((row) => row !== undefined) : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function timeOf(value: unknown): string | undefined {
  const time = Date.parse(textOf(value) ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

const sortedOnce = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].filter((name) => name !== "").sort();
