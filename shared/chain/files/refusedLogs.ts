// Lists known logs of the database that cannot be used, so that a gap which one of them covers names it (rule R17).
import type { Lsn } from "../../backup/lsn.ts";
import type { BackupRecord, ChainContext } from "../backupRecord.ts";
import type { Finding } from "../words/problems.ts";
import { unusable } from "./fitness.ts";
import { compareText, databaseKey } from "./identity.ts";
import type { Intake } from "./intake.ts";
import type { BackupSet } from "./mediaSets.ts";

export interface RefusedLog {
  readonly record: BackupRecord;
  readonly finding: Finding;
  readonly firstLsn: Lsn;
  readonly lastLsn: Lsn;
}

/**
 * `sets`: all of the database. Of files that are no backup sets the logs are told by their headers, or by what their
 * head proves.
 */
export function refusedLogs(intake: Intake, sets: readonly BackupSet[], context: ChainContext): readonly RefusedLog[] {
  const refused: RefusedLog[] = [];
  for (const set of sets) {
    const finding = set.kind === "log" && set.state !== "incomplete" ? unusable(set, context) : undefined;
    const [record] = set.files;
    if (finding && record) refused.push({ record, finding, firstLsn: set.firstLsn, lastLsn: set.lastLsn });
  }
  const names = new Set(sets.map(({ database }) => database));
  for (const [record, finding] of intake.refused)
    for (const span of spansOf(record, names)) refused.push({ record, finding, ...span });
  return refused;
}

function spansOf(
  { content }: BackupRecord,
  names: ReadonlySet<string>,
): readonly Pick<RefusedLog, "firstLsn" | "lastLsn">[] {
  if (content.kind === "unreadable") {
    const { provedSpan, databaseName } = content;
    return provedSpan && (databaseName === undefined || names.has(databaseKey(databaseName))) ? [provedSpan] : [];
  }
  if (content.kind === "unread") return [];
  return content.backupSets.filter(
    ({ backupType, databaseName, firstLsn, lastLsn }) =>
      backupType === 2 &&
      typeof firstLsn === "bigint" &&
      typeof lastLsn === "bigint" &&
      names.has(databaseKey(databaseName ?? "")),
  );
}

/** The one that covers this LSN and reaches furthest. */
export function coveringLog(logs: readonly RefusedLog[], lsn: Lsn): RefusedLog | undefined {
  let best: RefusedLog | undefined;
  for (const log of logs) {
    if (log.firstLsn > lsn || log.lastLsn <= lsn) continue;
    const isBetter =
      !best ||
      log.lastLsn > best.lastLsn ||
      (log.lastLsn === best.lastLsn && compareText(log.record.name, best.record.name) < 0);
    if (isBetter) best = log;
  }
  return best;
}
