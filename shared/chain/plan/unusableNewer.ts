// Finds unusable files that may hold what the plan lacks: without proof that they are older than its end, they count
// (rule R15).
import type { ProvedSpan } from "../../backup/backupFormatError.ts";
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import type { BackupRecord } from "../backupRecord.ts";
import type { ChainReport, UnusableFile, WaitingFor } from "../chainReport.ts";
import { reachesStop } from "../files/fitness.ts";
import { databaseKey, fileNameOf, guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import type { Facts, Judgement } from "../verdicts.ts";
import type { Finding, ReasonCode } from "../words/problems.ts";

/**
 * Tells of each judged file whether it counts; undefined: it can be used, or is another's, or is proved to be older.
 * Stripes that the whole chain waits for are told there.
 */
export function unusableNewerFinder(
  facts: Facts,
  waitingFor: readonly WaitingFor[],
): (judgement: Judgement) => UnusableFile | undefined {
  const { plan, databases, context } = facts;
  const { endLsn, path, members } = plan;
  const last = members.at(-1);
  const isStopReached = context.stopAt !== undefined && last !== undefined && reachesStop(last, context.stopAt);
  if (endLsn === undefined || isStopReached || context.progress.ended !== undefined) return () => undefined;
  const isOwn = isOfDatabase(databases.own?.sets[0]);
  const awaited = new Set(waitingFor.map((wait) => (wait.what === "stripes" ? wait.setGuid : undefined)));
  return (judgement) => {
    const { record, finding, set } = judgement;
    const isOfNoUse = set ? isUnusable(set, finding.reason, facts) : isUnusableFile(record, finding, isOwn);
    if (!isOfNoUse || (set && awaited.has(set.id))) return undefined;
    const span = spanOf(judgement);
    const isOlder = span && span.lastLsn <= endLsn && (span.forkId === undefined || path.passes(span.forkId));
    return isOlder ? undefined : { file: record.name, reason: finding.reason, ...(span && { provedSpan: span }) };
  };
}

/** A full backup after the start is redundant, whatever is wrong with it. */
const isUnusable = (set: BackupSet, reason: ReasonCode, facts: Facts): boolean =>
  !(set.kind === "full" && facts.plan.anchorIsFixed) &&
  (UNUSABLE.has(reason) ||
    (reason === "NO_FILE" && isNowhereElse(set)) ||
    (reason === "OFF_FORK" && isCutOff(set, facts)));

/**
 * No later log backup holds what it held. What a full or copy-only backup holds, the next log backup will; in SIMPLE
 * there is none.
 */
const isNowhereElse = (set: BackupSet): boolean =>
  set.recoveryModel === "SIMPLE" || (set.kind === "log" && !set.isCopyOnly && set.firstLsn < set.lastLsn);

/** The set goes on behind the plan on a fork that nothing leads to, and nobody has said which fork is meant. */
function isCutOff(set: BackupSet, { plan: { path, endLsn = 0n }, context }: Facts): boolean {
  const isAbandoned = path.passes(set.fork ?? set.firstFork ?? "") && !path.admits(set);
  const isChosen = path.ends.length > 1 || context.expected?.forkId !== undefined;
  return !isAbandoned && !isChosen && set.lastLsn > endLsn;
}

/** What was refused before it became a set: the database's own, by any header in it, or nobody can tell. */
function isUnusableFile(record: BackupRecord, finding: Finding, isOwn: (set: Named) => boolean): boolean {
  const { reason } = finding;
  if (reason === "NO_FOLDER" || reason === "OTHER_DATABASE" || reason === "RECREATED_DATABASE") return false;
  const isElsewhere =
    reason === "NESTED_FOLDER" && !(finding.folder !== "" && finding.lies.startsWith(`${finding.folder}/`));
  if (record.content.kind === "header") {
    const { backupSets, omittedSets } = record.content;
    return !isElsewhere && (omittedSets !== undefined || backupSets.some(isOwn)); // of those left out nobody knows
  }
  if (isElsewhere) return false;
  if (record.content.kind === "unreadable" && record.content.databaseName !== undefined) return isOwn(record.content);
  return mayBeABackup(record);
}

/** Reasons for which a set of the folder's own database is of no use to the plan, wherever it lies. */
const UNUSABLE: ReadonlySet<ReasonCode> = new Set([
  "STRIPES_MISSING",
  "INCONSISTENT_STRIPE",
  "DAMAGED",
  "NEWER_THAN_TARGET",
  "MULTI_BASE_DIFF",
  "SIMPLE_MODEL",
  "BASE_MISSING",
  "BASE_NOT_FOUND",
  "BASE_AFTER_START",
]);

const A_NOTE =
  /\.(txt|md|json|csv|tsv|xml|html?|pdf|docx?|xlsx?|ya?ml|ini|jpe?g|png|gif|svg|sql|ps1|sh|cmd|py|md5|sha\d*|sig|ds_store)$|(^|[\\/])thumbs\.db$/i;

/** Is this the name of a note, list, picture, script or checksum, or of what a desktop leaves behind? */
export const isCalledANote = (name: string): boolean => A_NOTE.test(name);

/**
 * What is no backup in SQL Server's format may be one of another tool, packed or encrypted, whatever its name; except
 * what is called a note.
 */
const mayBeABackup = ({ name, content }: BackupRecord): boolean =>
  !(content.kind === "unreadable" && content.code === "NOT_A_BACKUP") || !isCalledANote(name);

type Named = Partial<Pick<BackupSetHeader, "familyGuid" | "databaseName">>;

/** By FamilyGUID where both know it, else by name. Odd headers are anybody's. */
function isOfDatabase(own: BackupSet | undefined): (header: Named) => boolean {
  return ({ familyGuid, databaseName }) => {
    const family = guidOf(familyGuid);
    if (own?.family !== undefined && family !== undefined) return own.family === family;
    return typeof databaseName !== "string" || own?.database === databaseKey(databaseName);
  };
}

/** Everything that the file holds lies in it; undefined where that is not known. */
function spanOf({ record: { content }, set }: Judgement): ProvedSpan | undefined {
  if (set) return { firstLsn: set.firstLsn, lastLsn: set.lastLsn, ...(set.fork !== undefined && { forkId: set.fork }) };
  if (content.kind === "unreadable") return content.provedSpan?.isOnlySet ? content.provedSpan : undefined;
  if (content.kind === "unread" || content.omittedSets !== undefined) return undefined;
  let span: ProvedSpan | undefined;
  for (const { firstLsn, lastLsn, recoveryForkId } of content.backupSets) {
    if (typeof firstLsn !== "bigint" || typeof lastLsn !== "bigint" || lastLsn < firstLsn) return undefined;
    const forkId = guidOf(recoveryForkId);
    if (span && span.lastLsn >= lastLsn) continue;
    span = {
      firstLsn: span && span.firstLsn < firstLsn ? span.firstLsn : firstLsn,
      lastLsn,
      ...(forkId && { forkId }),
    };
  }
  return span;
}

const MOST_NAMES = 3;

/** "tail.trn (TRUNCATED): Upload the file again." for the first ones, and how many more there are. */
export function unusableText({ unusableNewer, files }: Pick<ChainReport, "unusableNewer" | "files">): string {
  const shown = unusableNewer.slice(0, MOST_NAMES).map(({ file, reason }) => {
    const remedy = files.find(({ name }) => name === file)?.remedy || "Wait until it is whole, or remove it.";
    return `${fileNameOf(file)} (${reason}): ${remedy}`;
  });
  const more = unusableNewer.length - shown.length;
  return [...shown, ...(more > 0 ? [`And ${more} more.`] : [])].join(" ");
}
