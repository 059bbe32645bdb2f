// Judges whether the database's backups make a chain, are sound, and whether anybody else takes its logs.
import { wallClock } from "../../chain/files/sourceTime.ts";
import { SQL_SERVER_2014 } from "../../migration/sqlServerRelease.ts";
import type { BackupHistory, BackupSetFacts, DatabaseFacts } from "../facts.ts";
import { counted, type DatabaseRule, fine, found, ifSeen, type Judgement, notLookedAt, unknown } from "../finding.ts";
import { gigabytes } from "./targetRules.ts";

/** Virtual log files from which on restores get slow. */
const MANY_LOG_FILES = 1000;
/** Without a log backup for longer, the last one before a cutover is a large one. */
const HOUR = 3_600_000;
/** A full backup that is older needs more logs than most keep. */
const WEEK = 7 * 24 * HOUR;
/** A page blob, from which SQL Server 2014 and older restore: 1 TB. */
const PAGE_BLOB_MB = 1024 * 1024;
/** 50,000 blocks of 4 MB, which BACKUP TO URL writes at most. */
const BLOCK_BLOB_MB = 200_000;

export const BACKUP_RULES: readonly DatabaseRule[] = [
  {
    id: "S30",
    title: "Recovery model",
    severity: "blocks",
    mode: "online",
    why: "Without log backups there are full and differential backups only: the downtime is the last differential's.",
    remedy: "ALTER DATABASE {name} SET RECOVERY FULL; then take a full backup. Or choose offline.",
    sources: ["recoveryModels"],
    judge: ({ recoveryModel }) =>
      ifSeen(recoveryModel, (model) => (model === "SIMPLE" ? found("SIMPLE") : fine(model))),
  },
  {
    id: "S31",
    title: "Log chain has not begun",
    severity: "blocks",
    mode: "online",
    why: "No full backup was taken since the recovery model became FULL: until then the log is cut off as in SIMPLE.",
    remedy: "BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sqlErrors: [4214],
    sources: ["recoveryModels"],
    judge: ({ recoveryModel, logChainHasBegun }) => {
      if (recoveryModel === "SIMPLE") return fine("SIMPLE has none, see S30");
      if (recoveryModel === undefined || logChainHasBegun === undefined) return notLookedAt;
      return logChainHasBegun ? fine("it has begun") : found(`${recoveryModel}, and no log backup is possible`);
    },
  },
  {
    id: "S32",
    title: "Full backup",
    severity: "act",
    why: "A restore begins with a full backup, and needs every log since it.",
    remedy: "BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sources: ["recoveryModels"],
    judge: fullBackup,
  },
  {
    id: "S33",
    title: "Log backups",
    severity: "act",
    why: "The cutover waits for the last log: where they are seldom, it is a large one.",
    remedy: "While migrating, every 5 to 15 minutes: BACKUP LOG {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sources: ["recoveryModels"],
    judge: logBackups,
  },
  {
    id: "S34",
    title: "Who takes the log backups",
    severity: "blocks",
    mode: "online",
    why: "What a second taker backs up is missing in the chain that sqlferry sees.",
    remedy: "Let one take the logs until the cutover; pause the other, or let it take COPY_ONLY.",
    sources: ["recoveryModels"],
    judge: takers,
  },
  {
    id: "S35",
    title: "One backup per file",
    severity: "blocks",
    why: "DMS takes one backup from each file, and refuses media that were appended to.",
    remedy: "Back up into a new file each time: BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM.",
    sources: ["dmsOnline"],
    judge: ({ backups }) =>
      amongSets(
        backups,
        ({ position }) => position !== undefined,
        ({ position = 1 }) => position > 1,
      ),
  },
  {
    id: "S36",
    title: "Checksums",
    severity: "act",
    why: "Without them damage goes unnoticed into the restore.",
    remedy: "ALTER DATABASE {name} SET PAGE_VERIFY CHECKSUM; and back up WITH CHECKSUM.",
    sources: ["mediaErrors"],
    judge: checksums,
  },
  {
    id: "S37",
    title: "Suspect pages",
    severity: "blocks",
    why: "The damage moves along, or the restore stops at it.",
    remedy: "DBCC CHECKDB ({text}) WITH NO_INFOMSGS; repair before the full backup.",
    sqlErrors: [3183, 823, 824],
    sources: ["mediaErrors"],
    judge: ({ suspectPages }) =>
      ifSeen(suspectPages, (pages) => (pages > 0 ? found(counted(pages, "page")) : fine("none"))),
  },
  {
    id: "S38",
    title: "CHECKDB",
    severity: "act",
    why: "Nobody knows whether the database is sound that is about to move.",
    remedy: "DBCC CHECKDB ({text}) WITH NO_INFOMSGS, before the full backup.",
    sources: ["mediaErrors"],
    judge: ({ lastGoodCheckDb }) =>
      ifSeen(lastGoodCheckDb, (last) =>
        last === null ? found("never without errors") : fine(`last without errors ${last}`),
      ),
  },
  {
    id: "S39",
    title: "Damaged backups",
    severity: "act",
    why: "They were written in spite of errors, or after a tail whose metadata were lost.",
    remedy: "Take them anew: BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sources: ["restore"],
    judge: ({ backups }) =>
      amongSets(
        backups,
        ({ isDamaged, hasIncompleteMetadata }) => isDamaged !== undefined && hasIncompleteMetadata !== undefined,
        ({ isDamaged, hasIncompleteMetadata }) => isDamaged === true || hasIncompleteMetadata === true,
      ),
  },
  {
    id: "S40",
    title: "Log rate",
    severity: "act",
    why: "If an hour writes more log than the line carries in an hour, online never catches up.",
    remedy: "Widen the line, compress the backups, and cut over outside of the peak: the quiet hours are listed.",
    sources: ["own"],
    judge: ({ logByHour }, _instance, { uploadBytesPerSecond }) => {
      if (logByHour === undefined) return notLookedAt;
      const peak = Math.max(0, ...logByHour.map(({ bytes }) => bytes));
      if (peak === 0) return fine("no log backups, so nothing to upload");
      const seen = `${gigabytes(peak / 2 ** 20)} in the peak hour`;
      if (uploadBytesPerSecond === undefined) return unknown(`${seen}; the pace of the line is not known`);
      return peak > uploadBytesPerSecond * 3600 ? found(seen) : fine(seen);
    },
  },
  {
    id: "S41",
    title: "Virtual log files",
    severity: "act",
    why: "Each restore of a log and the last recovery get slow.",
    remedy: "Before the full backup, USE {name}; DBCC SHRINKFILE the log, and grow it in few large steps.",
    sources: ["mediaErrors"],
    judge: ({ virtualLogFiles }) =>
      ifSeen(virtualLogFiles, (files) => (files > MANY_LOG_FILES ? found(`${files}`) : fine(`${files}`))),
  },
  {
    id: "S42",
    title: "Backup size and stripes",
    severity: "act",
    why: "A blob holds 1 TB where SQL Server 2014 or older restores (page blobs), and BACKUP TO URL writes 200,000 MB into each of 64 stripes.",
    remedy:
      "Stripe and compress: BACKUP DATABASE {name} TO DISK = '..._1.bak', DISK = '..._2.bak' WITH COMPRESSION, CHECKSUM, into new files.",
    sources: ["restore"],
    judge: ({ backups }, _instance, { versionMajor }) => {
      if (backups === undefined || backups.sets.length === 0) return notLookedAt;
      const perFile = backups.sets.map(({ sizeMb, families = 1 }) =>
        sizeMb === undefined ? undefined : sizeMb / families,
      );
      const largest = Math.max(0, ...perFile.map((size) => size ?? 0));
      const limit = versionMajor !== undefined && versionMajor <= SQL_SERVER_2014 ? PAGE_BLOB_MB : BLOCK_BLOB_MB;
      if (largest > limit) return found(`${gigabytes(largest)} a file`);
      return perFile.includes(undefined) ? notLookedAt : fine(`${gigabytes(largest)} a file at most`);
    },
  },
];

export const countOf = (sets: readonly BackupSetFacts[]): number => sets.reduce((sum, { count = 1 }) => sum + count, 0);

/** Of the sets at hand, those that are meant; sets of which nothing is known leave it unknown. */
function amongSets(
  backups: DatabaseFacts["backups"],
  isKnown: (set: BackupSetFacts) => boolean,
  isMeant: (set: BackupSetFacts) => boolean,
): Judgement {
  if (backups === undefined || backups.sets.length === 0) return notLookedAt;
  const all = countOf(backups.sets);
  const meant = backups.sets.filter(isMeant);
  if (meant.length > 0)
    return found(`${countOf(meant)} of ${all} backups`, {
      objects: [...new Set(meant.flatMap(({ file }) => file ?? []))],
    });
  const blind = backups.sets.filter((set) => !isKnown(set));
  return blind.length > 0 ? unknown(`${countOf(blind)} of ${all} backups do not tell`) : fine(`none of ${all} backups`);
}

function checksums({ pageVerify, backups }: DatabaseFacts): Judgement {
  const judged = amongSets(
    backups,
    ({ hasChecksums }) => hasChecksums !== undefined,
    ({ hasChecksums }) => hasChecksums === false,
  );
  const off = pageVerify !== undefined && pageVerify !== "CHECKSUM";
  if (judged.outcome === "found")
    return { ...judged, observed: `${judged.observed} without${off ? `, PAGE_VERIFY ${pageVerify}` : ""}` };
  if (off) return found(`PAGE_VERIFY ${pageVerify}`);
  return judged.outcome === "fine" ? fine("in every backup at hand") : judged;
}

function fullBackup({ backups }: DatabaseFacts): Judgement {
  if (backups?.history === undefined) return notLookedAt;
  const full = newest(
    backups.sets,
    ({ type, isCopyOnly, isSnapshot }) => type === "full" && !isCopyOnly && !isSnapshot,
  );
  const { days, isPartial } = backups.history;
  if (full === undefined)
    return isPartial ? unknown(ELSEWHERE) : found(`none in ${days} days that a chain can begin with`);
  const age = ageOf(full, backups.history);
  if (age === undefined) return notLookedAt;
  if (age > WEEK && isPartial) return unknown(ELSEWHERE);
  return age > WEEK ? found(`the newest is of ${full}`) : fine(`the newest is of ${full}`);
}

function logBackups({ backups, recoveryModel }: DatabaseFacts): Judgement {
  if (recoveryModel === "SIMPLE") return fine("SIMPLE has none, see S30");
  if (backups?.history === undefined) return notLookedAt;
  const log = newest(backups.sets, ({ type }) => type === "log");
  const { days, isPartial } = backups.history;
  if (log === undefined) return isPartial ? unknown(ELSEWHERE) : found(`none in ${days} days`);
  const age = ageOf(log, backups.history);
  if (age === undefined) return notLookedAt;
  if (age > HOUR && isPartial) return unknown(ELSEWHERE);
  return age > HOUR ? found(`the newest is of ${log}`) : fine(`the newest is of ${log}`);
}

function takers({ backups, recoveryModel }: DatabaseFacts): Judgement {
  if (recoveryModel === "SIMPLE") return fine("SIMPLE has none, see S30");
  if (backups?.history === undefined) return notLookedAt;
  const logs = backups.sets.filter(({ type, isCopyOnly }) => type === "log" && !isCopyOnly);
  const names = [...new Set(logs.flatMap(({ taker }) => taker ?? []))].sort();
  if (names.length > 1) return found(`${names.length} take them`, { objects: names });
  if (logs.some(({ taker }) => taker === undefined)) return unknown("some of them by nobody knows whom", names);
  const [only] = names;
  if (only?.startsWith("VDI "))
    return found("a tool takes them, and sqlferry does not see its files", { objects: names });
  if (backups.history.isPartial) return unknown(ELSEWHERE, names);
  return fine(only ?? "nobody takes any, see S33");
}

const ELSEWHERE = "not by this history alone: each replica of an availability group has one of its own";

/** Finish of the newest such set, the source's wall clock. */
const newest = (sets: readonly BackupSetFacts[], isMeant: (set: BackupSetFacts) => boolean): string | undefined =>
  sets
    .filter(isMeant)
    .flatMap(({ finished }) => finished ?? [])
    .sort()
    .at(-1);

/** Milliseconds, both by the source's wall clock. */
function ageOf(finished: string, { readAt }: BackupHistory): number | undefined {
  const [then, now] = [wallClock(finished), wallClock(readAt)];
  return then === undefined || now === undefined ? undefined : now - then;
}
