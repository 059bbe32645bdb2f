// Selects the files that hold a single backup set of a usable kind: what R1 and the rejected kinds leave over.
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import type { BackupRecord, ChainContext } from "../backupRecord.ts";
import type { Finding } from "../words/problems.ts";
import { isSnapshot } from "./headerFlags.ts";
import { compareText, folderOf } from "./identity.ts";
import { type SetOfFile, type SetReader, setReader } from "./mediaSets.ts";

export interface Intake {
  /** Is there any header in the folder, usable or not? */
  readonly hasHeaders: boolean;
  /** What each readable file holds, ordered by the file's name. */
  readonly readable: readonly SetOfFile[];
  readonly refused: ReadonlyMap<BackupRecord, Finding>;
}

/**
 * Sorts the folder's files into readable backup sets and refusals with their reason. Total: odd input is refused, not
 * thrown at.
 */
export function takeIn(records: readonly BackupRecord[], context: ChainContext): Intake {
  const folder = context.folder.replace(/^\/+|\/+$/g, "");
  const setOf = setReader();
  const readable: SetOfFile[] = [];
  const refused = new Map<BackupRecord, Finding>();
  let hasHeaders = false;
  for (const record of currentVersions(records)) {
    const outside = misplaced(record, folder, context.rootIsADatabase);
    hasHeaders ||= !outside && record.content.kind === "header";
    const judged = outside ?? read(record, setOf);
    if ("reason" in judged) refused.set(record, judged);
    else readable.push(judged);
  }
  return { hasHeaders, readable, refused };
}

/**
 * A blob has one current version: of several records of one name the latest arrival counts. Ordered by name, code
 * unit by code unit.
 */
function currentVersions(records: readonly BackupRecord[]): readonly BackupRecord[] {
  const sorted = records.toSorted(byNameNewestFirst);
  return sorted.filter(({ name }, index) => name !== sorted[index - 1]?.name);
}

function byNameNewestFirst(a: BackupRecord, b: BackupRecord): number {
  if (a.name === b.name) return compareText(b.arrivedAt, a.arrivedAt) || compareText(b.etag, a.etag);
  return a.name < b.name ? -1 : 1;
}

function misplaced(record: BackupRecord, folder: string, rootIsADatabase: boolean): Finding | undefined {
  const lies = folderOf(record.name);
  if (lies !== folder) return { reason: "NESTED_FOLDER", lies, folder };
  return lies === "" && !rootIsADatabase ? { reason: "NO_FOLDER" } : undefined;
}

function read(record: BackupRecord, setOf: SetReader): Finding | SetOfFile {
  const { content } = record;
  switch (content.kind) {
    case "unread":
      return { reason: "UNREAD" };
    case "unreadable":
      return { reason: content.code, message: content.message };
    case "header": {
      const [header, second] = content.backupSets;
      if (!header) return { reason: "NOT_A_BACKUP", message: "The medium holds no backup set." };
      const omitted = content.omittedSets ?? 0;
      if (second || omitted > 0) {
        if (content.noFile === undefined) return { reason: "APPENDED_SETS", headers: content.backupSets, omitted };
      }
      return refusedHeader(header, content.noFile !== undefined) ?? setOf(record, content.media, header);
    }
    default:
      return content satisfies never;
  }
}

function refusedHeader(header: BackupSetHeader, isNoFile: boolean): Finding | undefined {
  const missing = missingColumn(header);
  if (missing) return { reason: "NOT_A_BACKUP", message: `The header knows no ${missing}.` };
  if (header.lastLsn < header.firstLsn) {
    const message = `LSNs reversed: FirstLSN ${header.firstLsn} lies behind LastLSN ${header.lastLsn}.`;
    return { reason: "NOT_A_BACKUP", message };
  }
  const usable = header.backupType === 1 || header.backupType === 2 || header.backupType === 5;
  return usable && (isNoFile || !isSnapshot(header)) ? undefined : { reason: "UNSUPPORTED_TYPE", header };
}

/** What the rules cannot do without; whatever else is missing only makes a set harder to place. */
function missingColumn({ databaseName, firstLsn, lastLsn }: BackupSetHeader): string | undefined {
  if (typeof databaseName !== "string") return "DatabaseName";
  if (typeof firstLsn !== "bigint") return "FirstLSN";
  return typeof lastLsn === "bigint" ? undefined : "LastLSN";
}
