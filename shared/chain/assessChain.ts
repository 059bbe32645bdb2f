// Assesses the files of a folder: what can be restored, and what each file is to that. List in, report out.
import type { BackupRecord, ChainContext, RestoreProgress } from "./backupRecord.ts";
import { NOTHING_RESTORED, versionOf } from "./backupRecord.ts";
import type {
  ChainPosition,
  ChainReport,
  ChainVerdict,
  FileVerdict,
  PlanMember,
  UnusableFile,
  WaitingFor,
} from "./chainReport.ts";
import { databasesInFolder } from "./files/database.ts";
import { unusable } from "./files/fitness.ts";
import { compareText, fileNameOf, guidOf } from "./files/identity.ts";
import { takeIn } from "./files/intake.ts";
import { type BackupSet, joinBackupSets } from "./files/mediaSets.ts";
import { refusedLogs } from "./files/refusedLogs.ts";
import { type SourceClock, sourceClock, utcOf } from "./files/sourceTime.ts";
import { proposeSplit } from "./files/splitProposal.ts";
import { findProblems, isOfFolder, lostFile } from "./folderProblems.ts";
import { findGaps } from "./plan/gaps.ts";
import { planRestore, type RestorePlan, restoredIds } from "./plan/plan.ts";
import { planVersionOf } from "./plan/planVersion.ts";
import { endOfPlan, newestOfEqual } from "./plan/tail.ts";
import { unusableNewerFinder } from "./plan/unusableNewer.ts";
import { whatIsMissing } from "./plan/waitingFor.ts";
import { type Facts, type Judgement, judgeFiles } from "./verdicts.ts";
import { displayStateOf } from "./words/displayState.ts";
import { verdictOf } from "./words/problems.ts";
import { describe } from "./words/sentences.ts";

/**
 * The chain's verdict over the current files of one folder. Total: no input throws. A function of the set of records:
 * order and repetition change nothing, and the same input gives the same report to the byte. `now` is used for
 * deadlines of gaps only.
 */
export function assessChain(records: readonly BackupRecord[], given: ChainContext): ChainReport {
  const context = given.progress.started ? given : { ...given, progress: NOTHING_RESTORED };
  const intake = takeIn(records, context);
  const databases = databasesInFolder(joinBackupSets(intake.readable), context);
  const sets = databases.own?.sets ?? [];
  const sound = sets.filter((set) => unusable(set, context) === undefined);
  const incomplete = sets.filter((set) => set.state === "incomplete");
  const plan = planRestore(sound, incomplete, context);
  const gaps = findGaps(plan, sets, sound, incomplete, refusedLogs(intake, sets, context), context);
  const end = endOfPlan(plan, sound, sets, context);
  const facts = { intake, databases, plan, gaps, context };
  const waitingFor = whatIsMissing(sets, plan, gaps, context);
  const { files, unrestored, unusableNewer, ofFolder } = judgedFiles(facts, waitingFor);
  const verdict = verdictOfChain(facts, waitingFor);
  const clock = sourceClock(intake.readable, context);
  const newest = newestOf(sets)?.header;
  const familyGuid = guidOf(newest?.familyGuid);
  const databaseGuid = guidOf(newest?.bindingId);
  const forkAmbiguous = plan.path.ends.length > 1;
  const { positionLsn } = context.progress;
  const restoredTo =
    positionLsn === undefined ? undefined : positionAt(positionLsn, endingAt(positionLsn, plan, sound, sets), clock);
  const allRestored = plan.endLsn !== undefined && positionLsn !== undefined && positionLsn >= plan.endLsn;
  const closedAt = end.closedBy && utcOf(end.closedBy.backupFinishDate, clock.offsetOf(end.closedBy.header));

  return {
    mode: context.mode,
    verdict,
    planVersion: planVersionOf(plan.members, verdict, plan.path.target),
    ...(plan.path.target !== undefined && { targetFork: plan.path.target }),
    plan: plan.members.map((set, index) => planMember(set, index + 1, context, clock)),
    ...(end.last?.files[0] && { lastBackupName: fileNameOf(end.last.files[0].name) }),
    ...(plan.endLsn !== undefined && { restorableTo: positionAt(plan.endLsn, end.last, clock) }),
    ...(restoredTo && { restoredTo }),
    ...(newest && {
      database: {
        databaseName: newest.databaseName,
        ...(familyGuid !== undefined && { familyGuid }),
        ...(databaseGuid !== undefined && { databaseGuid }),
        serverName: newest.serverName,
      },
    }),
    files,
    gaps,
    waitingFor,
    problems: findProblems(facts, end, ofFolder, { unusableNewer, files }),
    unusableNewer,
    ...(databases.mixed && { databases: proposeSplit(databases, context.folder) }),
    unrestored,
    closed: end.closedBy !== undefined,
    ...(closedAt !== undefined && { closedAt }),
    forkAmbiguous,
    estimatedTime: plan.members.some(({ header }) => clock.estimates(header)),
    canStartOffline: verdict === "restorable" && !forkAmbiguous && unusableNewer.length === 0,
    canStartOnline: plan.anchor !== undefined && verdict !== "mixed" && verdict !== "broken" && !forkAmbiguous,
    canCutOver: verdict === "restorable" && allRestored && unusableNewer.length === 0 && !files.some(isUndecided),
  };
}

/** Precedence: mixed, broken, waiting, restorable, empty. */
function verdictOfChain(facts: Facts, waitingFor: readonly WaitingFor[]): ChainVerdict {
  const { databases, plan, gaps, intake } = facts;
  if (databases.mixed) return "mixed";
  const onlyDamaged =
    plan.endLsn === undefined && (databases.own?.sets.some((set) => set.kind === "full" && set.isDamaged) ?? false);
  if (onlyDamaged || gaps.some(({ overdue }) => overdue) || lostFile(facts) !== undefined) return "broken";
  if (!intake.hasHeaders) return "empty";
  return waitingFor.length > 0 ? "waiting" : "restorable";
}

function planMember(set: BackupSet, position: number, { progress }: ChainContext, clock: SourceClock): PlanMember {
  const utcOffsetMinutes = clock.offsetOf(set.header);
  const member: Writable<PlanMember> = {
    position,
    type: set.kind,
    setGuid: set.id,
    files: set.files.map(({ name }) => name),
    firstLsn: set.firstLsn,
    lastLsn: set.lastLsn,
    finished: set.backupFinishDate,
    arrivedAt: set.files.reduce((latest, { arrivedAt }) => (arrivedAt > latest ? arrivedAt : latest), ""),
    bytes: set.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    isTail: set.closesSource,
    restored: progress.positionLsn !== undefined && set.lastLsn <= progress.positionLsn,
  };
  if (utcOffsetMinutes !== undefined) member.utcOffsetMinutes = utcOffsetMinutes;
  return member;
}

/** With the time of the set that ends there; "" when its file is gone. */
function positionAt(lsn: bigint, set: BackupSet | undefined, clock: SourceClock): ChainPosition {
  const utc = set && utcOf(set.backupFinishDate, clock.offsetOf(set.header));
  return { lsn, time: set?.backupFinishDate ?? "", ...(utc !== undefined && { utc }) };
}

/**
 * Which set tells since when nothing is restored: of the logs that end there the newest (R16), else whatever ends
 * there.
 */
const endingAt = (lsn: bigint, plan: RestorePlan, sound: readonly BackupSet[], sets: readonly BackupSet[]) =>
  newestOfEqual(sound.filter((set) => set.kind === "log" && set.lastLsn === lsn && plan.path.admits(set))) ??
  plan.members.findLast(({ lastLsn }) => lastLsn === lsn) ??
  sets.find(({ lastLsn }) => lastLsn === lsn);

interface JudgedFiles {
  /** Ordered by name. */
  readonly files: readonly FileVerdict[];
  readonly unrestored: ChainReport["unrestored"];
  readonly unusableNewer: readonly UnusableFile[];
  /** Those that the folder as a whole is told about. */
  readonly ofFolder: readonly Judgement[];
}

/** In one pass: of a hundred thousand judgements only the verdicts are kept. */
function judgedFiles(facts: Facts, waitingFor: readonly WaitingFor[]): JudgedFiles {
  const { progress } = facts.context;
  const restored = restoredIds(progress);
  const verdicts: FileVerdict[] = [];
  const ofFolder: Judgement[] = [];
  const unusableNewer: UnusableFile[] = [];
  const findUnusableNewer = unusableNewerFinder(facts, waitingFor);
  let [files, bytes] = [0, 0];
  for (const judgement of judgeFiles(facts)) {
    const { record, finding } = judgement;
    verdicts.push(fileVerdict(judgement, progress, restored));
    if (isOfFolder(finding)) ofFolder.push(judgement);
    const unusable = findUnusableNewer(judgement);
    if (unusable) unusableNewer.push(unusable);
    if (!isUnrestored(judgement, progress)) continue;
    files++;
    bytes += record.sizeBytes;
  }
  verdicts.sort((a, b) => compareText(a.name, b.name));
  unusableNewer.sort((a, b) => compareText(a.file, b.file));
  return { files: verdicts, unrestored: { files, bytes }, unusableNewer, ofFolder };
}

function fileVerdict(
  { record, finding, set }: Judgement,
  progress: RestoreProgress,
  restored: ReadonlySet<string>,
): FileVerdict {
  const header = set || record.content.kind !== "header" ? undefined : record.content.backupSets[0];
  const setGuid = set?.id ?? guidOf(header?.backupSetGuid);
  const lastLsn = set?.lastLsn ?? header?.lastLsn;
  const { detail, remedy } = describe(finding);
  const verdict: Writable<FileVerdict> = {
    name: record.name,
    etag: versionOf(record),
    verdict: verdictOf(finding.reason),
    reason: finding.reason,
    detail: inOnePiece(detail),
    remedy,
    state: displayStateOf(finding, set, progress, restored),
  };
  if ("position" in finding) {
    verdict.position = finding.position;
    verdict.of = finding.of;
  }
  if (setGuid !== undefined) verdict.setGuid = setGuid;
  if (lastLsn !== undefined) verdict.lastLsn = lastLsn;
  return verdict;
}

/**
 * The same text. V8 keeps a concatenation as a tree of its parts, three times as large, until somebody looks into it:
 * a pattern does.
 */
function inOnePiece(text: string): string {
  void /^/.test(text);
  return text;
}

/** Members are added one by one: spreading them would double the memory of a hundred thousand verdicts. */
type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const isUndecided = ({ verdict }: FileVerdict): boolean => verdict === "waiting" || verdict === "reading";

/** Does the file reach beyond what is restored, and is it wanted, or was it? */
function isUnrestored({ finding, set }: Judgement, { positionLsn }: RestoreProgress): boolean {
  const verdict = verdictOf(finding.reason);
  const counts = verdict === "selected" || verdict === "waiting" || finding.reason === "TOO_LATE";
  return set !== undefined && counts && (positionLsn === undefined || set.lastLsn > positionLsn);
}

const newestOf = (sets: readonly BackupSet[]): BackupSet | undefined =>
  sets.reduce<BackupSet | undefined>(
    (newest, set) => (newest && newest.lastLsn >= set.lastLsn ? newest : set),
    undefined,
  );
