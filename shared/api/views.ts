// Builds what the API answers about a migration: its record in short, everything about it, its files, its plan.
import type { AssessedSource, SourceFinding } from "../assessed/assessedSource.ts";
import type { BackupType } from "../backup/backupHeader.ts";
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport, FileVerdict, PlanMember } from "../chain/chainReport.ts";
import { utcOf } from "../chain/files/sourceTime.ts";
import { statesOf } from "../migration/events/verdictNews.ts";
import { registrationVersionOf } from "../migration/ids.ts";
import type { DmsView, Migration, MigrationFacts, MigrationRequest } from "../migration/migration.ts";
import { passedOverIn } from "../migration/passedOver.ts";
import { placeOf } from "../migration/placement.ts";
import type { Figures } from "../migration/progress.ts";
import { known } from "../sizing/measured/load.ts";
import type { StoredSizing } from "../sizing/sizingShapes.ts";
import type { SizingView, SourceView } from "./answers/assessments.ts";
import type { BackupTypeWord, FileRow, PlanView } from "./answers/chain.ts";
import type { ChangedMigration, MigrationDetails, MigrationLine } from "./answers/migrations.ts";
import { asJson } from "./asJson.ts";

const NOTHING_SEEN = { files: 0, states: {}, gaps: 0, openGaps: [], closed: false } as const;

/** A migration in short. */
export function migrationLine(migration: Migration): MigrationLine {
  const { migrationId, run, state, mode, start, source, target, failure, waitingOn, stalled, summary } = migration;
  const { createdAt, updatedAt, startedAt, endedAt, assessed, priority, wave } = migration;
  const { planLength: _, ...seen } = summary ?? { ...NOTHING_SEEN, planLength: 0 };
  return asJson({
    migrationId,
    run,
    state,
    mode,
    start,
    source: { container: source.container, folder: source.folder },
    ...(target && { target }),
    ...(source.databaseName !== undefined && { databaseName: source.databaseName }),
    ...seen,
    ...(failure && { failure }),
    ...(waitingOn && { waitingOn }),
    ...(stalled && { stalled }),
    ...(priority !== undefined && { priority }),
    ...(wave !== undefined && { wave }),
    ...(assessed && { assessed }),
    createdAt,
    updatedAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
  });
}

/** With the names of the files that a forced request passes over, as far as they still exist. */
type ShownRequest = MigrationRequest & { readonly passedOverFiles?: readonly string[] };

function shownRequest(request: MigrationRequest, files: readonly FileVerdict[]): ShownRequest {
  const keys =
    request.kind === "start" ? request.forced?.passedOver : request.kind === "cutover" ? request.passedOver : undefined;
  return keys === undefined ? request : { ...request, passedOverFiles: passedOverIn(files, keys) };
}

export interface DetailFacts {
  readonly migration: Migration;
  readonly report: ChainReport;
  readonly figures: Figures;
  readonly requests: MigrationFacts["requests"];
  readonly assessment?: AssessedSource;
  readonly sizing?: StoredSizing;
  readonly now: Date;
}

/** A migration after a change of its registration. */
export const changedMigration = (migration: Migration): ChangedMigration => ({
  ...migrationLine(migration),
  registrationVersion: registrationVersionOf(migration),
});

/** Everything about one migration. */
export function migrationDetails({
  migration,
  report,
  figures,
  requests,
  assessment,
  sizing,
  now,
}: DetailFacts): MigrationDetails {
  const { checks, checksAt, service, gate = [], run } = migration;
  const { mode: _, plan, database, files, ...chain } = report;
  // The chain at the last look is replaced by the chain now, even where the latter contains less.
  const { openGaps, unusable, gaps, lastBackupName, restorableTo, restoredTo, familyGuid, databaseGuid, ...line } =
    migrationLine(migration);
  return {
    ...line,
    ...asJson({
      ...chain,
      ...(database && { databaseName: database.databaseName, serverName: database.serverName }),
      registrationVersion: registrationVersionOf(migration),
      planLength: plan.length,
      files: files.length,
      states: statesOf(files),
      ...figures,
      ...(checks && { checks }),
      ...(checks && checksAt !== undefined && { checksAt }),
      ...(service && { service }),
      ...(assessment && { assessment: sourceView(assessment) }),
      gate,
      requests: Object.values(requests)
        .filter((request) => request.run === run)
        .sort((a, b) => (a.at < b.at ? -1 : 1))
        .map((request) => shownRequest(request, files)),
      asOf: now.toISOString(),
    }),
    ...(sizing && { sizing: sizingView(sizing) }),
  };
}

function sizingView(sizing: StoredSizing): SizingView {
  const { server, from, takenAt, options, refused, prices, confidence, need, course } = sizing;
  const { cores, memoryGib, iops, mbps } = need;
  const of = (name: "cores" | "memoryGib" | "iops" | "mbps") => course.map((part) => Math.round(part[name] * 10) / 10);
  return {
    server,
    from,
    takenAt,
    options,
    refused,
    prices,
    confidence,
    need: known({ cores, memoryGib, iops, mbps }),
    course: { cores: of("cores"), memoryGib: of("memoryGib"), iops: of("iops"), mbps: of("mbps") },
  };
}

function sourceView({ server, takenAt, isByName, findings }: AssessedSource): SourceView {
  const isTold = ({ outcome, objects }: SourceFinding): boolean =>
    outcome === "found" || (outcome === "unknown" && objects !== undefined);
  const unknown = findings.filter((finding) => finding.outcome === "unknown" && !isTold(finding));
  const ids = unknown.map(({ check }) => check).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return { server, takenAt, isByName, findings: findings.filter(isTold), unknown: ids };
}

/** RESTORE HEADERONLY BackupType in words. */
export const TYPE_WORDS = {
  1: "full",
  2: "log",
  4: "file",
  5: "differential",
  6: "differentialFile",
  7: "partial",
  8: "differentialPartial",
} as const satisfies Record<BackupType, BackupTypeWord>;

/**
 * One row per file, in the report's order. `report` must be made from `records`: a file without its record is an error.
 */
export function fileRows(
  records: readonly BackupRecord[],
  report: ChainReport,
  service?: Pick<DmsView, "sets">,
): FileRow[] {
  const uploads = new Map(service?.sets?.flatMap(({ files }) => files.map(({ name, status }) => [name, status])));
  const byName = new Map(records.map((record) => [record.name, record]));
  return report.files.map(({ setGuid: _, lastLsn: __, ...verdict }) => {
    const record = byName.get(verdict.name);
    if (!record) throw new Error(`The chain report names ${verdict.name}, of which there is no record.`);
    const { sizeBytes, blobType, arrivedAt } = record;
    const word = uploads.get(placeOf(record.name).fileName);
    const state = word === "Uploading" || word === "Uploaded" ? word : verdict.state;
    return asJson({ ...verdict, state, ...headerMembers(record), sizeBytes, blobType, arrivedAt });
  });
}

/** Of the first backup set in the file: a file with several is rejected anyway. */
function headerMembers({ content }: BackupRecord) {
  const [set] = content.kind === "header" ? content.backupSets : [];
  if (content.kind !== "header" || !set) return {};
  const { familySequenceNumber, familyCount } = content.media;
  const { backupType, firstLsn, lastLsn, backupStartDate, backupFinishDate, utcOffsetMinutes } = set;
  const { databaseName, serverName, isCopyOnly, hasBackupChecksums } = set;
  return {
    type: TYPE_WORDS[backupType],
    familySequenceNumber,
    familyCount,
    firstLsn,
    lastLsn,
    backupStartDate,
    backupFinishDate,
    ...(utcOffsetMinutes !== undefined && { utcOffsetMinutes }),
    databaseName,
    serverName,
    isCopyOnly,
    hasBackupChecksums,
  };
}

/** What is restored, in order, and how far it goes. */
export function planView(report: ChainReport): PlanView {
  const { mode, verdict, planVersion, lastBackupName, restorableTo, restoredTo, closed, plan } = report;
  return asJson({
    mode,
    verdict,
    planVersion,
    ...(lastBackupName !== undefined && { lastBackupName }),
    ...(restorableTo && { restorableTo }),
    ...(restoredTo && { restoredTo }),
    closed,
    plan: plan.map(planLine),
  });
}

function planLine({ utcOffsetMinutes, ...member }: PlanMember) {
  const finishedUtc = utcOf(member.finished, utcOffsetMinutes);
  return { ...member, ...(finishedUtc !== undefined && { finishedUtc }) };
}
