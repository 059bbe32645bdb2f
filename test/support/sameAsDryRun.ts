// Compares a report of the service with one of `ferry plan` over the same files, in what both must have in common.
import assert from "node:assert/strict";
import { assessChain } from "../../shared/chain/assessChain.ts";
import type { BackupRecord, ChainContext } from "../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { fileNameOf, folderOf } from "../../shared/chain/files/identity.ts";
import type { Asked } from "../../shared/dryRun/asked.ts";
import type { DryRun } from "../../shared/dryRun/dryRun.ts";
import { dryRunOf } from "../../shared/dryRun/dryRun.ts";
import type { KnownFile } from "../../shared/dryRun/headerRows.ts";
import type { Check } from "../../shared/migration/migration.ts";
import { DRY_RUN_CHECKS, fileChecks } from "../../shared/preflight/fileChecks.ts";
import { readExport } from "./readExport.ts";

/** Problems that only exports can have. */
const OF_EXPORTS: ReadonlySet<string> = new Set(["NOT_KNOWN", "NOT_UNDERSTOOD", "EQUAL_NAMES", "ROW_LEFT_OUT"]);

/**
 * The whole report and its checks as JSON, without what cannot be the same: ETags, times of arrival, the plan version,
 * which is made of ETags, and OTHER_NAME and the folders to split into, which need the name of a folder. P26 fails only
 * for online mode.
 */
export function comparable(
  { report, checks }: Pick<DryRun, "checks"> & { readonly report: DryRun["report"] | ChainReport },
  folder = "",
): unknown {
  const { planVersion: _, ...told } = report;
  const text = JSON.stringify(
    {
      ...told,
      plan: report.plan.map(({ arrivedAt: __, ...member }) => member),
      files: report.files.map(({ etag: __, ...file }) => file),
      gaps: report.gaps.map((gap) => ({ ...gap, deadline: "", overdue: false })),
      problems: report.problems.filter(({ code }) => code !== "OTHER_NAME" && !OF_EXPORTS.has(code)),
      databases: report.databases?.map(({ suggestedFolder: __, ...database }) => database),
      checks: checks.map((check) =>
        check.id === "P26" && check.outcome === "fail" ? { ...check, outcome: "warn" } : check,
      ),
    },
    (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
  );
  return JSON.parse(folder === "" ? text : text.replaceAll(`${folder}/`, ""));
}

/** The checks as in the preflight of an online migration, of whose target only the version is known. */
export const checksOfFiles = (report: ChainReport, records: readonly BackupRecord[], versionMajor?: number): Check[] =>
  fileChecks({
    mode: report.mode,
    source: { container: "backups", folder: "", rootIsADatabase: false },
    vm: {},
    ...(versionMajor !== undefined && { versionMajor }),
    report,
    records,
    requireChecksum: false,
    passedOver: [],
  }).filter(({ id }) => DRY_RUN_CHECKS.includes(id));

/**
 * Whether a dry run can judge these files: it knows one folder of files that were read, without requests and without a
 * restore.
 */
const isForDryRun = (records: readonly BackupRecord[], given: ChainContext): boolean =>
  !given.progress.started &&
  given.mode === "online" &&
  given.expected === undefined &&
  !given.settings.allowDamaged &&
  given.settings.sourceUtcOffsetMinutes === undefined &&
  (given.folder !== "" || given.rootIsADatabase) &&
  new Set(records.map(({ name }) => name.toLowerCase())).size === records.length &&
  records.every(
    ({ name, content }) =>
      folderOf(name) === given.folder &&
      content.kind !== "unread" &&
      !(content.kind === "header" && (content.omittedSets !== undefined || content.backupSets.length === 0)),
  );

/** The file as `ferry inspect --json` describes it. */
function asInspected({ name, sizeBytes: size, content }: BackupRecord): KnownFile {
  const file = fileNameOf(name);
  if (content.kind === "unread") throw new Error(`${name} was not read.`);
  if (content.kind === "header") {
    const { media, backupSets, noFile } = content;
    return { file, size, media, backupSets, ...(noFile && { noFile }) };
  }
  const { kind: _, ...error } = content;
  return { file, size, error };
}

/**
 * Fails unless a dry run of the same files, and one of their exported headers, agree with the service. False when these
 * files cannot be given to one.
 */
export function assertSameAsDryRun(records: readonly BackupRecord[], given: ChainContext): boolean {
  if (!isForDryRun(records, given)) return false;
  const { targetDatabaseName: _, targetVersionMajor, stopAt, ...context } = given;
  const asked: Asked = {
    ...(stopAt !== undefined && { stopAt }),
    ...(targetVersionMajor !== undefined && { targetVersionMajor }),
  };
  const report = assessChain(records, { ...context, ...asked, now: new Date(0).toISOString() });
  const service = comparable({ report, checks: checksOfFiles(report, records, targetVersionMajor) }, given.folder);
  const files = records.map(asInspected);
  assert.deepEqual(comparable(dryRunOf(files, asked)), service, "the dry run says the same");
  const exported = JSON.stringify(files, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  assert.deepEqual(comparable(dryRunOf(readExport(exported), asked)), service, "so does one of exported headers");
  return true;
}
