// Defines the shapes of an assessment in a file, in a request and in a row: zod over the JSON of `ferry assess --json`.
import { z } from "zod";
import { guidOf } from "../chain/files/identity.ts";
import { type Fields, type JsonRowKind, maybeText, type RowKind, text } from "../migration/stored/storedJson.ts";
import { type Assessment, type SourceDatabase, weighed } from "../source/assessment.ts";
import { EVIDENCES, type LogHour } from "../source/facts.ts";
import { type Finding, OUTCOMES, SEVERITIES } from "../source/finding.ts";
import type { AssessedServer, DatabaseLine } from "./assessmentStore.ts";

/** "" where it is not known when. */
const Moment = z.union([z.literal(""), z.iso.datetime()]);

/** GUIDs are written in many ways, and joined as texts. */
const Guid = z.string().transform((text) => guidOf(text) ?? "");

/** `object`: z.object leaves out what it does not know, z.strictObject refuses it. */
function shapes(object: typeof z.object) {
  const finding: z.ZodType<Finding> = object({
    check: z.templateLiteral(["S", z.number()]),
    title: text,
    severity: z.enum(SEVERITIES),
    mode: z.literal("online").exactOptional(),
    outcome: z.enum(OUTCOMES),
    observed: text,
    objects: z.array(text).exactOptional(),
    message: text,
    remedy: text,
    sqlErrors: z.array(z.number()).exactOptional(),
    evidence: z.enum(EVIDENCES),
    forTarget: maybeText,
    at: Moment,
    source: text,
  } satisfies Fields<Finding>);

  const logHour: z.ZodType<LogHour> = object({
    hour: text,
    bytes: z.number(),
    backups: z.number(),
  } satisfies Fields<LogHour>);

  const line = {
    name: text,
    databaseGuid: Guid.exactOptional(),
    familyGuid: Guid.exactOptional(),
    sizeMb: z.number().exactOptional(),
    dependsOn: z.array(text).exactOptional(),
    dependsOnAll: z.boolean().exactOptional(),
  };
  const database: z.ZodType<SourceDatabase> = object({
    ...line,
    findings: z.array(finding),
    logByHour: z.array(logHour).exactOptional(),
  } satisfies Fields<SourceDatabase>);

  const server = {
    server: text,
    productVersion: maybeText,
    edition: maybeText,
    takenAt: Moment,
    instance: z.array(finding),
  };
  const assessment: z.ZodType<Assessment> = object({
    ...server,
    databases: z.array(database),
  } satisfies Fields<Assessment>);
  return { line, database, server, assessment };
}

const lenient = shapes(z.object);

/** What `ferry assess --json` prints, besides the notes. */
export const SavedAssessments = z.object({
  assessments: z.array(lenient.assessment.transform((assessment) => byTheRules(assessment))),
});

const StoredDatabase: z.ZodType<SourceDatabase> = lenient.database;

const StoredLine: z.ZodType<DatabaseLine> = z.object({
  ...lenient.line,
  counts: z.object({ blocks: z.number(), act: z.number(), info: z.number(), unknown: z.number() }),
} satisfies Fields<DatabaseLine>);

const StoredServer: z.ZodType<AssessedServer> = z.object({
  assessmentId: text,
  ...lenient.server,
  publishedAt: text,
  publishedBy: text,
} satisfies Fields<AssessedServer>);

// Rows of table Assessments

export const SERVER_ROW: JsonRowKind<AssessedServer> = { schema: 1, shape: StoredServer };
export const DATABASE_ROW: JsonRowKind<SourceDatabase> = { schema: 1, shape: StoredDatabase };
export const DATABASE_LINE_ROW: JsonRowKind<DatabaseLine> = { schema: 1, shape: StoredLine };
/** From a database's GUIDs to its row, and from the list to a server: `assessmentId`, `database`. */
export const POINTER_ROW: RowKind = { schema: 1 };

/** Most databases of one request; ferry sends more of them in portions. */
export const MOST_DATABASES = 100;
/** Most bytes of one request. */
export const MOST_BYTES = 2 ** 20;

/** sysname. */
const isName = (name: string): boolean => name.length > 0 && name.length <= 128 && !/\p{Cc}/u.test(name);

/** POST /assessments: one server, all of its databases or some. */
export const PublishAssessmentBody: z.ZodType<Assessment> = shapes(z.strictObject as typeof z.object)
  .assessment.superRefine(({ server, instance, databases }, { addIssue }) => {
    const refuse = (path: (string | number)[], message: string) => addIssue({ code: "custom", path, message });
    if (server.length > 256 || !/^[^\p{Cc}]+$/u.test(server))
      refuse(["server"], "the name of a server, at most 256 characters without control characters");
    if (databases.length > MOST_DATABASES)
      refuse(["databases"], `at most ${MOST_DATABASES} databases in one request: send the others in another one`);
    const refuseFindings = (findings: readonly Finding[], path: (string | number)[]) => {
      const ids = findings.map(({ check }) => check);
      if (!ids.every((id) => CHECK.test(id))) refuse(path, "checks from S01 to S99");
      if (new Set(ids).size < ids.length) refuse(path, "one finding for each check");
    };
    refuseFindings(instance, ["instance"]);
    for (const [at, { name, findings, familyGuid = "", databaseGuid = "" }] of databases.entries()) {
      if (!isName(name)) refuse(["databases", at, "name"], "the name of a database, 1 to 128 characters");
      if (!GUID.test(familyGuid)) refuse(["databases", at, "familyGuid"], "a GUID");
      if (!GUID.test(databaseGuid)) refuse(["databases", at, "databaseGuid"], "a GUID");
      refuseFindings(findings, ["databases", at, "findings"]);
    }
  })
  .transform((assessment) => byTheRules(assessment));

/** How grave a check is says its rule, and not whoever sends or saves an assessment. */
const byTheRules = (assessment: Assessment): Assessment => ({
  ...assessment,
  instance: assessment.instance.map(weighed),
  databases: assessment.databases.map((database) => ({ ...database, findings: database.findings.map(weighed) })),
});

/** "" is none. */
const GUID = /^([0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12})?$/;

const CHECK = /^S\d\d$/;
