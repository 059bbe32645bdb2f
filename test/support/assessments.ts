// Makes assessments for tests: the real rules over a few facts.
import type { AssessedServer } from "../../shared/assessed/assessmentStore.ts";
import { assessmentIdOf } from "../../shared/assessed/assessmentStore.ts";
import { type Assessment, assess, type SourceDatabase } from "../../shared/source/assessment.ts";
import type { DatabaseFacts, InstanceFacts, SourceFacts } from "../../shared/source/facts.ts";

export const FAMILY = "5B3A0F5E-0001-4000-8000-000000000001";
export const DATABASE = "5B3A0F5E-0002-4000-8000-000000000002";
export const THUMBPRINT = "4F1A5C33D0B2E7889A6C1B2D3E4F5061728394A5";

/** An assessment of one server with one database, made at this time. */
export const anAssessment = (
  facts: Partial<DatabaseFacts> = {},
  {
    takenAt = "2025-11-23T12:00:00.000Z",
    instance = {},
    ...more
  }: Partial<SourceFacts> & { instance?: InstanceFacts } = {},
): Assessment =>
  assess({
    server: "SQL01",
    evidence: "server",
    takenAt,
    instance,
    databases: [{ name: "Sales", familyGuid: FAMILY, databaseGuid: DATABASE, ...facts }],
    ...more,
  });

export const withTde: Partial<DatabaseFacts> = {
  encryption: { encryptor: "certificate", encryptorName: "TdeCert", thumbprints: [THUMBPRINT], percentComplete: null },
};

export const databaseOf = ({ databases }: Assessment): SourceDatabase => databases[0] as SourceDatabase;

export const serverOf = ({ databases: _, ...server }: Assessment): AssessedServer => ({
  ...server,
  assessmentId: assessmentIdOf(server.server),
  publishedAt: "2025-11-23T12:01:00.000Z",
  publishedBy: "dana",
});
