// Makes the API's answers to the page: lines, details and files of migrations, with the functions of the API itself.

import type { FileRow } from "../../../shared/api/answers/chain.ts";
import type { MigrationDetails } from "../../../shared/api/answers/migrations.ts";
import { fileRows, migrationDetails } from "../../../shared/api/views.ts";
import { type AssessedSource, assessedSource } from "../../../shared/assessed/assessedSource.ts";
import { assessChain } from "../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import { summaryOf } from "../../../shared/migration/events/verdictNews.ts";
import { type ListLine, listed } from "../../../shared/migration/lists/listLine.ts";
import type { GateLine, Migration } from "../../../shared/migration/migration.ts";
import type { StoredSizing } from "../../../shared/sizing/sizingShapes.ts";
import { anAssessment, DATABASE, databaseOf, FAMILY, serverOf, withTde } from "../../support/assessments.ts";
import { context, full, log } from "../../support/backupRecords.ts";
import { aMigration } from "../../support/facts.ts";

const asAnswered = <Answer>(answer: Answer): Answer => JSON.parse(JSON.stringify(answer)) as Answer;
const target = { sqlVmResourceId: "/subscriptions/s/…/sqlVirtualMachines/SQLVM-07", databaseName: "Sales" };
const aChain = [full(100, 160, { file: "full.bak" }), log(150, 200, { file: "log.trn" })];

export const aLine = (changes: Partial<Migration> = {}, records: readonly BackupRecord[] = aChain): ListLine =>
  asAnswered(listed(aMigration("sales-1", { target, summary: summaryOf(reportOf(records)), ...changes })).line);

export const someDetails = (
  changes: Partial<Migration> = {},
  records: readonly BackupRecord[] = aChain,
  assessment?: AssessedSource,
  sizing?: StoredSizing,
): MigrationDetails =>
  asAnswered(
    migrationDetails({
      migration: aMigration("sales-1", { target, ...changes }),
      report: reportOf(records),
      figures: {
        lagSeconds: 60,
        pending: { files: 1, bytes: 1_000_000, logs: 1 },
        loss: {
          since: "2025-11-24T00:00:00",
          knownFiles: 1,
          knownBytes: 1_000_000,
          certain: false,
          text: "Sold after noon.",
        },
      },
      requests: {},
      ...(assessment && { assessment }),
      ...(sizing && { sizing }),
      now: new Date("2025-11-24T00:30:00.000Z"),
    }),
  );

export const someFiles = (records: readonly BackupRecord[] = aChain): FileRow[] =>
  asAnswered(fileRows(records, reportOf(records)));

const reportOf = (records: readonly BackupRecord[]) => assessChain(records, context());

/** An assessment of a database with TDE and many virtual log files. */
export const aSource = (changes: Partial<AssessedSource> = {}): AssessedSource => {
  const migration = { mode: "online", target } as const;
  const identity = { familyGuid: FAMILY, databaseGuid: DATABASE };
  const assessment = anAssessment({ ...withTde, virtualLogFiles: 5_000, files: [] });
  const looks = [{ database: databaseOf(assessment), server: serverOf(assessment) }];
  const source = assessedSource({ migration, identity, looks, records: [] });
  if (!source) throw new Error("The assessment is of another database.");
  return { ...source, ...changes };
};

/** The cutover gate with all conditions met but these. */
export const aGate = (...open: readonly GateLine["id"][]): GateLine[] =>
  (["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"] as const).map((id) => ({
    id,
    condition: `condition ${id}`,
    ok: !open.includes(id),
    observed: `observed for ${id}`,
  }));
