// Finds what is new in a chain report since it was last announced: events of the files and of the chain.
import type { EventDetails } from "../../api/events.ts";
import { formatLsn } from "../../backup/lsn.ts";
import type { ChainReport, FileVerdict, Gap } from "../../chain/chainReport.ts";
import { type ChainSummary, hasEnded, type Migration } from "../migration.ts";
import type { CatalogueEntry } from "../observed.ts";
import { type EventContext, fileEvent, migrationEvent } from "./eventBuilders.ts";
import type { FerryEvent } from "./events.ts";

export interface News {
  /** Files whose word differs from the one that was last announced. */
  readonly files: readonly {
    readonly name: string;
    readonly announced: string;
    readonly events: readonly FerryEvent[];
  }[];
  readonly chain: readonly FerryEvent[];
}

/** Compares with what was announced of each file and with the summary that was last kept. */
export function news(
  context: EventContext,
  entries: readonly CatalogueEntry[],
  report: ChainReport,
  before: ChainSummary | undefined,
): News {
  const known = new Map(entries.map(({ record, announced, isNewer }) => [record.name, { record, announced, isNewer }]));
  const files = report.files
    .filter(({ name }) => !known.get(name)?.isNewer)
    .map((file) => {
      const isOverdue = isUnreachableForLong(file, known.get(file.name)?.record.arrivedAt, context.now);
      return { file, isOverdue, announced: wordOf(file, isOverdue), earlier: known.get(file.name)?.announced };
    })
    .filter(({ announced, earlier }) => announced !== earlier)
    .map(({ file, isOverdue, announced, earlier }) => ({
      name: file.name,
      announced,
      events: [...eventsOf(context, file, earlier), ...(isOverdue ? [stillUnreachable(context, file)] : [])],
    }));
  return { files, chain: chainEvents(context, report, before) };
}

/** "<etag>|<verdict>|<reason>", "|overdue" once people were told that nobody gets at it, and "|Restored" once it is. */
const wordOf = ({ etag, verdict, reason, state }: FileVerdict, isOverdue: boolean): string =>
  [etag, verdict, reason, ...(isOverdue ? ["overdue"] : []), ...(state === "Restored" ? [state] : [])].join("|");

/** Storage that does not answer is nobody's news, unless it stays so. */
const UNREACHABLE_FOR_LONG_MS = 15 * 60_000;

const isUnreachableForLong = ({ reason }: FileVerdict, arrivedAt: string | undefined, now: Date): boolean =>
  reason === "UNREACHABLE" && now.getTime() - Date.parse(arrivedAt ?? "") >= UNREACHABLE_FOR_LONG_MS;

/** Under the id of the alarm about a file whose event the host gave up: whichever comes second says nothing new. */
const stillUnreachable = (context: EventContext, { name, etag, detail, remedy }: FileVerdict): FerryEvent =>
  migrationEvent(context, "alarm.unreadable", etag, { file: name, detail, remedy });

/** A file is accepted once per version, however its place changes; rejected once per reason; restored once. */
function eventsOf(context: EventContext, file: FileVerdict, earlier: string | undefined): FerryEvent[] {
  const { name, etag, verdict, reason, detail, remedy, state } = file;
  const [earlierEtag, earlierVerdict] = earlier?.split("|") ?? [];
  const told = (...verdicts: string[]) => earlierEtag === etag && verdicts.includes(earlierVerdict ?? "");
  const events: FerryEvent[] = [];
  if ((verdict === "selected" || verdict === "waiting") && !told("selected", "waiting"))
    events.push(fileEvent(context, "backup.accepted", name, etag, { reason, detail }));
  if (verdict === "rejected" || verdict === "notABackup") {
    events.push(fileEvent(context, "backup.rejected", name, `${etag}|${reason}`, { reason, detail, remedy }));
    if (reason === "TOO_LATE") events.push(fileEvent(context, "alarm.late-file", name, etag, { detail, remedy }));
  }
  const wasRestored = earlier?.endsWith("|Restored") === true;
  if (wasRestored && earlierEtag !== etag && isUnderWay(context.migration))
    events.push(
      fileEvent(context, "alarm.overwritten", name, etag, {
        detail: `${name} was overwritten after its backup had been restored. The restore goes on from what it holds already; the new content is judged like any other file.`,
        remedy: "Find out who wrote it. Nothing has to be done when the new file holds the same backup.",
      }),
    );
  if (state === "Restored" && !wasRestored)
    events.push(
      fileEvent(context, "backup.restored", name, `run-${context.migration.run}|${file.setGuid ?? etag}`, { reason }),
    );
  return events;
}

/** Before and after the restore a file may be replaced: that is how a bad one is mended. */
const isUnderWay = (migration: Migration): boolean => migration.progress.started && !hasEnded(migration);

function chainEvents(context: EventContext, report: ChainReport, before: ChainSummary | undefined): FerryEvent[] {
  const { run } = context.migration;
  const openBefore = before?.openGaps ?? [];
  const events = [
    ...toldGaps(report)
      .filter((gap) => !openBefore.includes(gapKey(gap)))
      .map((gap) => migrationEvent(context, "chain.gap.detected", gapKey(gap), told(gap))),
    ...openBefore
      .filter((key) => !report.gaps.some((gap) => overlaps(key, gap)))
      .map((key) => migrationEvent(context, "chain.gap.healed", key, { range: key })),
    ...report.problems
      .filter(({ code }) => code === "SOURCE_REOPENED")
      .filter(() => before?.closed === true)
      .map(({ message, files }) =>
        migrationEvent(context, "alarm.source-reopened", report.planVersion, { message, files: [...files] }),
      ),
  ];
  if (report.verdict === before?.verdict) return events;
  if (report.verdict === "restorable")
    events.push(
      migrationEvent(context, "chain.restorable", `run-${run}|${before?.verdict ?? "empty"}`, {
        lastBackupName: report.lastBackupName,
      }),
    );
  if (report.verdict === "broken" || report.verdict === "mixed")
    events.push(
      migrationEvent(context, report.verdict === "broken" ? "chain.broken" : "chain.mixed", report.planVersion, {
        reasons: report.problems.map(({ message }) => message),
        ...(report.databases && {
          databases: report.databases.map((one) => ({ name: one.name, files: one.files.slice(0, 20) })),
        }),
      }),
    );
  return events;
}

/** The first ones: each is told when its turn comes, and all that is new about a chain fits into one transaction. */
const toldGaps = ({ gaps }: ChainReport): readonly Gap[] => gaps.slice(0, 20);

/** A gap that has shrunk, grown or split is not healed. */
function overlaps(key: string, { fromLsn, toLsn }: Gap): boolean {
  const [from = 0n, to = 0n] = key.split("-").map(BigInt);
  return from < toLsn && fromLsn < to;
}

const gapKey = ({ fromLsn, toLsn }: Gap): string => `${fromLsn}-${toLsn}`;

const told = ({ fromLsn, toLsn, after, before, likelyCause, healedBy }: Gap): EventDetails<"chain.gap.detected"> => ({
  fromLsn: formatLsn(fromLsn),
  toLsn: formatLsn(toLsn),
  after: after.file,
  before: before.file,
  afterTime: after.time,
  beforeTime: before.time,
  likelyCause,
  healedBy: [...healedBy],
});

/** What the migration's record keeps of a report. */
export function summaryOf(report: ChainReport): ChainSummary {
  const { verdict, planVersion, plan, files, gaps, closed, lastBackupName, restorableTo, restoredTo, database } =
    report;
  return {
    verdict,
    planVersion,
    planLength: plan.length,
    files: files.length,
    states: statesOf(files),
    gaps: gaps.length,
    openGaps: toldGaps(report).map(gapKey),
    ...(report.unusableNewer.length > 0 && { unusable: report.unusableNewer.length }),
    closed,
    ...(lastBackupName !== undefined && { lastBackupName }),
    ...(restorableTo && { restorableTo }),
    ...(restoredTo && { restoredTo }),
    ...database,
  };
}

/** How many files show each of the tutorial's words. */
export function statesOf(files: readonly FileVerdict[]): ChainSummary["states"] {
  const counts: ChainSummary["states"] = {};
  for (const { state } of files) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
