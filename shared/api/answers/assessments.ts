// Describes how published assessments and sizings are answered, whole or in a migration's details.
import { z } from "zod";
import { PublishedSizing, StoredSizing } from "../../sizing/sizingShapes.ts";
import { EVIDENCES } from "../../source/facts.ts";
import { OUTCOMES, SEVERITIES } from "../../source/finding.ts";
import { amount, component, count, flag, list, maybe, moment, NEXT, text } from "../shapes.ts";
import { AuditLine, StateWord } from "./words.ts";

const CheckId = z.templateLiteral(["S", z.number()]);

const FINDING = {
  check: CheckId,
  title: text(),
  severity: z.enum(SEVERITIES),
  mode: z.literal("online").describe("Of that mode only").exactOptional(),
  outcome: z.enum(OUTCOMES),
  observed: text("What was seen, in few words"),
  objects: list(z.string(), "Names of what is meant").exactOptional(),
  message: text("Why it matters"),
  remedy: text("What to do; empty when there is nothing to do"),
  sqlErrors: list(z.number(), "What SQL Server would say").exactOptional(),
  evidence: z.enum(EVIDENCES),
  forTarget: maybe("It was judged for this VM; absent: so it is on every target"),
  at: moment("When that was so, UTC"),
  source: text("Where it can be read up"),
};

const Finding = component("Finding", z.object(FINDING));

const SourceFinding = component(
  "SourceFinding",
  z
    .object({
      ...FINDING,
      fingerprint: text("Of what was found"),
      isByName: flag("Known of a database of this name only"),
      acknowledged: z.object({ by: text(), at: moment(), reason: text() }).exactOptional(),
    })
    .describe("A finding as it stands for one migration"),
);

/** What published assessments contain about the migration's database, for its mode. */
export const SourceView = component(
  "SourceSummary",
  z.object({
    server: text(),
    takenAt: moment('UTC; "" where that is not known'),
    isByName: flag(),
    findings: list(SourceFinding, "What was found, and what may be; what blocks first"),
    unknown: list(z.string(), "Checks of which nothing is known: never fine"),
  }),
);
export type SourceView = z.infer<typeof SourceView>;

/** GET /migrations/{id}/assessment. */
export const SourceOfMigration = component(
  "SourceOfMigration",
  z.object({
    migrationId: text(),
    server: text(),
    takenAt: moment('UTC; "" where that is not known'),
    knownSince: maybe("Of what would block and is known, when the oldest was so, UTC"),
    isByName: flag(),
    dependsOn: list(z.string()).exactOptional(),
    findings: list(SourceFinding),
    group: list(
      z.object({
        name: text(),
        migrationId: maybe("Absent: nobody has registered it"),
        sqlVmResourceId: maybe(),
        isUnknown: flag("Named by another one, and in no assessment"),
      }),
      "Who has to move together with this database",
    ).exactOptional(),
  }),
);
export type SourceOfMigration = z.infer<typeof SourceOfMigration>;

const Counts = component("FindingCounts", z.object({ blocks: count(), act: count(), info: count(), unknown: count() }));

const SERVER = {
  assessmentId: text(),
  server: text(),
  productVersion: maybe(),
  edition: maybe(),
  takenAt: moment('UTC; "" where that is not known'),
  publishedAt: moment(),
  publishedBy: text(),
};

const AssessmentLine = component(
  "AssessmentLine",
  z.object({ ...SERVER, databases: count(), blocked: count("Databases with a finding that blocks"), counts: Counts }),
);

const UnreadableAssessment = component(
  "UnreadableAssessment",
  z.object({ assessmentId: text(), unreadable: text("Why") }).describe("One of its rows cannot be read"),
);

export const Assessments = component(
  "Assessments",
  z.object({ items: list(z.union([AssessmentLine, UnreadableAssessment])), ...NEXT }),
);

const DatabaseLine = component(
  "AssessedDatabase",
  z.object({
    name: text(),
    databaseGuid: maybe(),
    familyGuid: maybe(),
    sizeMb: amount().exactOptional(),
    dependsOn: list(z.string()).exactOptional(),
    dependsOnAll: flag("Modules and synonyms were both looked at").exactOptional(),
    counts: Counts,
  }),
);
export type Assessments = z.infer<typeof Assessments>;

/** GET /assessments/{id}. */
export const AssessmentView = component(
  "AssessedServer",
  z.object({
    ...SERVER,
    instance: list(Finding),
    databases: list(DatabaseLine, "Ordered by name"),
    ...NEXT,
    groups: list(
      z.object({ databases: list(z.string()), missing: list(z.string()) }),
      "Whole on every page: databases that have to move together, with those that nobody has looked at",
    ),
    audit: list(AuditLine, "Oldest first; whole on every page"),
  }),
);
export type AssessmentView = z.infer<typeof AssessmentView>;

/** POST /assessments. */
export const AssessmentPublished = component(
  "AssessmentPublished",
  z.object({
    assessmentId: text(),
    server: text(),
    isNew: flag(),
    joined: list(
      z.object({
        database: text(),
        migrationId: text(),
        by: z.enum(["guid", "name"]),
        state: StateWord,
        blocks: count(),
        act: count(),
        acknowledged: count(),
        unknown: count(),
      }),
    ),
    notJoined: list(z.string()),
    shortened: list(
      z.object({
        database: text('"" is the server itself'),
        check: text(),
        kept: count(),
        of: count(),
      }),
      "Findings that name more than a row holds",
    ),
  }),
);
export type AssessmentPublished = z.infer<typeof AssessmentPublished>;

export const SizingPublished = component(
  "SizingPublished",
  z.object({ assessmentId: text(), server: text(), isNew: flag() }),
);
export type SizingPublished = z.infer<typeof SizingPublished>;

/** GET /assessments/{id}/sizing. */
export const Sizing = component("Sizing", StoredSizing);

const { server, from, takenAt, options, refused, prices, confidence, need } = PublishedSizing.shape;
const dimensions = { cores: true, memoryGib: true, iops: true, mbps: true } as const;

/** What the server of the database needs: the need over time, and the sizes that carry it. */
export const SizingView = component(
  "SizingSummary",
  z.object({
    server,
    from,
    takenAt,
    options,
    refused,
    prices,
    confidence,
    need: need.pick(dimensions),
    course: z
      .object({ cores: list(z.number()), memoryGib: list(z.number()), iops: list(z.number()), mbps: list(z.number()) })
      .describe("One number for each part of the time that was measured; the highest in it"),
  }),
);
export type SizingView = z.infer<typeof SizingView>;
