// Given the files of a folder, what can be restored, and what is each file to that? List in, report out.
import type { BackupRecord, ChainContext } from "./backupRecord.ts";
import { NOTHING_RESTORED } from "./backupRecord.ts";
import type { ChainPosition, ChainReport, ChainVerdict, FileVerdict, PlanMember, WaitingFor } from "./chainReport.ts";
import { databasesInFolder } from "./database.ts";
import { displayStateOf } from "./displayState.ts";
import { closesSource, isDamaged, unusable } from "./fitness.ts";
import { findProblems, lostFile } from "./folderProblems.ts";
import { findGaps } from "./gaps.ts";
import { fileNameOf, guidOf } from "./identity.ts";
import { takeIn } from "./intake.ts";
import { type BackupSet, groupBackupSets } from "./mediaSets.ts";
import { planRestore, type RestorePlan, restoredIds } from "./plan.ts";
import { planVersionOf } from "./planVersion.ts";
import { verdictOf } from "./problems.ts";
import { describe } from "./sentences.ts";
import { type SourceClock, sourceClock } from "./sourceTime.ts";
import { proposeSplit } from "./splitProposal.ts";
import { endOfPlan } from "./tail.ts";
import { type Facts, type Judgement, judgeFiles } from "./verdicts.ts";
import { whatIsMissing } from "./waitingFor.ts";

/**
 * The chain's verdict over the current files of one folder. Total: no input throws. A function of the set of records: order and
 * repetition change nothing, and the same input gives the same report to the byte. `now` is used for deadlines of gaps only.
 */
export function assessChain(records: readonly BackupRecord[], given: ChainContext): ChainReport {
  const context = given.progress.started ? given : { ...given, progress: NOTHING_RESTORED };
  const intake = takeIn(records, context);
  const databases = databasesInFolder(groupBackupSets(intake.readable), context);
  const sets = databases.own?.sets ?? [];
  const sound = sets.filter((set) => unusable(set, context) === undefined);
  const incomplete = sets.filter((set) => set.state === "incomplete");
  const plan = planRestore(sound, incomplete, context);
  const gaps = findGaps(plan, incomplete, context);
  const end = endOfPlan(plan, sound, sets, context);
  const facts = { intake, databases, plan, gaps, context };
  const judgements = judgeFiles(facts);
  const waitingFor = whatIsMissing(sets, plan, gaps, context);
  const verdict = verdictOfChain(facts, waitingFor);
  const clock = sourceClock(intake.readable, context);
  const newest = newestOf(sets)?.header;
  const forkAmbiguous = plan.path.ends.length > 1;
  const { positionLsn } = context.progress;
  const restored = restoredIds(context.progress);

  return {
    mode: context.mode,
    verdict,
    planVersion: planVersionOf(plan.members, verdict, plan.path.target),
    ...(plan.path.target !== undefined && { targetFork: plan.path.target }),
    plan: plan.members.map((set, index) => planMember(set, index + 1, context, clock)),
    ...(end.last?.files[0] && { lastBackupName: fileNameOf(end.last.files[0].name) }),
    ...(plan.endLsn !== undefined && { restorableTo: positionAt(plan.endLsn, plan, sets, clock) }),
    ...(positionLsn !== undefined && { restoredTo: positionAt(positionLsn, plan, sets, clock) }),
    ...(newest && {
      database: {
        databaseName: newest.databaseName,
        ...(guidOf(newest.familyGuid) && { familyGuid: guidOf(newest.familyGuid) as string }),
        serverName: newest.serverName,
      },
    }),
    files: intake.records.map((record) => fileVerdict(record, judgements.get(record) as Judgement, context, restored)),
    gaps,
    waitingFor,
    problems: findProblems(facts, end, judgements),
    ...(databases.mixed && { databases: proposeSplit(databases, context.folder) }),
    closed: end.closed,
    forkAmbiguous,
    estimatedTime: plan.members.some(({ header }) => clock.estimates(header)),
    canStartOffline: verdict === "restorable" && !forkAmbiguous,
    canStartOnline: plan.anchor !== undefined && verdict !== "mixed" && verdict !== "broken" && !forkAmbiguous,
  };
}

/** Precedence: mixed, broken, waiting, restorable, empty. */
function verdictOfChain(facts: Facts, waitingFor: readonly WaitingFor[]): ChainVerdict {
  const { databases, plan, gaps, intake } = facts;
  if (databases.mixed) return "mixed";
  const onlyDamaged =
    plan.endLsn === undefined &&
    (databases.own?.sets.some((set) => set.kind === "full" && isDamaged(set.header)) ?? false);
  if (onlyDamaged || gaps.some(({ overdue }) => overdue) || lostFile(facts) !== undefined) return "broken";
  const isReadable = intake.records.some(({ content }) => content.kind === "header");
  if (!isReadable) return "empty";
  return waitingFor.length > 0 ? "waiting" : "restorable";
}

function planMember(set: BackupSet, position: number, { progress }: ChainContext, clock: SourceClock): PlanMember {
  const finishedUtc = clock.finishedUtc(set.header);
  return {
    position,
    type: set.kind,
    setGuid: set.id,
    files: set.files.map(({ name }) => name),
    firstLsn: set.firstLsn,
    lastLsn: set.lastLsn,
    finished: set.header.backupFinishDate,
    ...(finishedUtc !== undefined && { finishedUtc }),
    bytes: set.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    isTail: closesSource(set),
    restored: progress.positionLsn !== undefined && set.lastLsn <= progress.positionLsn,
  };
}

/** With the time of the set that ends there; "" when its file is gone. */
function positionAt(lsn: bigint, plan: RestorePlan, sets: readonly BackupSet[], clock: SourceClock): ChainPosition {
  const set = plan.members.findLast(({ lastLsn }) => lastLsn === lsn) ?? sets.find(({ lastLsn }) => lastLsn === lsn);
  const utc = set && clock.finishedUtc(set.header);
  return { lsn, time: set?.header.backupFinishDate ?? "", ...(utc !== undefined && { utc }) };
}

function fileVerdict(
  record: BackupRecord,
  { finding, set }: Judgement,
  { progress }: ChainContext,
  restored: ReadonlySet<string>,
): FileVerdict {
  const header = record.content.kind === "header" ? record.content.backupSets[0] : undefined;
  const setGuid = set?.id ?? guidOf(header?.backupSetGuid);
  return {
    name: record.name,
    etag: record.etag,
    verdict: verdictOf(finding.reason),
    reason: finding.reason,
    ...describe(finding),
    state: displayStateOf(finding, set, progress, restored),
    ...("position" in finding && { position: finding.position, of: finding.of }),
    ...(setGuid !== undefined && { setGuid }),
    ...(header && { lastLsn: header.lastLsn }),
  };
}

const newestOf = (sets: readonly BackupSet[]): BackupSet | undefined =>
  sets.reduce<BackupSet | undefined>(
    (newest, set) => (newest && newest.lastLsn >= set.lastLsn ? newest : set),
    undefined,
  );
