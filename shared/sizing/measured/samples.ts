// Puts samples and history together to the load of an instance.
import { SizingError } from "../sizingError.ts";
import { type History, historyPoints, knownPeak, processorPoints } from "./history.ts";
import { type DatabaseFilter, isChosen, isFiltered, isSystem, type Load, type LoadPoint } from "./load.ts";
import type { Minutes } from "./minutes.ts";
import type { SourceFile } from "./reading.ts";

/** What is known of the instance besides its samples. */
interface SampledInstance {
  /** "SRC01\PROD". */
  readonly server: string;
  readonly productVersion?: string;
  readonly edition?: string;
  readonly processors: number;
  readonly files: readonly SourceFile[];
  readonly inMemoryGib?: number;
}

export interface Collected {
  readonly instance: SampledInstance;
  readonly minutes: Minutes;
  readonly filter: DatabaseFilter;
  readonly history: History;
  readonly restarts: number;
  readonly gaps: number;
  /** By database: processor time and cached MB, sums of the hourly looks; empty where nobody looked. */
  readonly cpuOf: ReadonlyMap<string, number>;
  readonly cacheOf: ReadonlyMap<string, number>;
}

const DAY_OF_MINUTES = 24 * 60;

/**
 * From samples, below a day with the processor's minutes before them; from history alone where there are none yet.
 * Throws a SizingError where there is neither.
 */
export function loadOfSamples(collected: Collected): Load {
  const { instance, minutes, filter, history, cpuOf, cacheOf, restarts, gaps } = collected;
  const { server, productVersion, edition, processors, files, inMemoryGib } = instance;
  const chosenFiles = files.filter(({ database }) => !isSystem(database) && isChosen(filter, database));
  if (isFiltered(filter) && !chosenFiles.some(({ databaseId }) => databaseId !== 2))
    throw new SizingError(
      `None of the databases that are asked for is on ${server}. There are: ${namesOf(files).join(", ")}.`,
    );
  const gib = (of: (file: SourceFile) => boolean): number =>
    chosenFiles.filter((file) => file.databaseId !== 2 && of(file)).reduce((sum, file) => sum + file.gib, 0);
  const cpuShare = shareOf(cpuOf, filter);
  const cacheShare = shareOf(cacheOf, filter);
  const measured = minutes.points(cpuShare ?? 1, cacheShare ?? 1);
  const first = measured[0]?.at;
  const remembered =
    first === undefined
      ? historyPoints(history, processors)
      : measured.length < DAY_OF_MINUTES
        ? processorPoints(history, processors).filter(({ at }) => at < first)
        : [];
  if (minutes.samples === 0 && minutes.samplesUntold > 0)
    throw new SizingError(
      `Of ${server} nothing was measured by database: the files databases-*.ndjson(.gz) of "ferry collect" are not there or have no line of the same time. Copy them beside samples-*, or leave --database and --exclude out.`,
    );
  if (measured.length + remembered.length === 0)
    throw new SizingError(
      `There is no sample of ${server} yet, and no history: a sample takes two looks. Wait for one interval of "ferry collect".`,
    );
  const peak = knownPeak(history, processors);
  return {
    server,
    ...(productVersion !== undefined && { productVersion }),
    ...(edition !== undefined && { edition }),
    processors,
    origin: measured.length > 0 ? "samples" : "history",
    points: [...remembered, ...measured],
    dataGib: gib(({ isLog }) => !isLog),
    logGib: gib(({ isLog }) => isLog),
    tempdbGib: files.filter(({ databaseId }) => databaseId === 2).reduce((sum, file) => sum + file.gib, 0),
    ...(inMemoryGib !== undefined && { inMemoryGib }),
    ...(minutes.isShortOfMemory && { isShortOfMemory: true }),
    restarts,
    gaps,
    ...(peak !== undefined && !isFiltered(filter) && { knownPeakCores: peak }),
    notes: notesOf(collected, measured, cpuShare !== undefined),
  };
}

/** What a reader has to know of these numbers. */
function notesOf(
  { filter, minutes, restarts }: Collected,
  measured: readonly LoadPoint[],
  isProcessorTold: boolean,
): string[] {
  const backups = measured.filter(({ hasBackup }) => hasBackup).length;
  return [
    ...(isFiltered(filter) && !isProcessorTold
      ? ["The processor is not told by database yet: that of the whole instance counts."]
      : []),
    ...(minutes.samplesUntold > 0
      ? [`${minutes.samplesUntold} samples are left out: nothing is told by database of their time.`]
      : []),
    ...(backups > 0
      ? [`In ${backups} of ${measured.length} minutes a backup or a restore ran: its reads and writes are in the need.`]
      : []),
    ...(minutes.isShortOfMemory
      ? ["Memory is short at the source: a larger VM may need more than what is held today."]
      : []),
    ...(measured.length === 0
      ? [
          "Only processor, log backups, and pages that Query Store noted are known of the past: memory and most of the disks' load are not in the need.",
        ]
      : []),
    ...(restarts > 0 ? [`The instance restarted or failed over ${restarts} times while it was measured.`] : []),
  ];
}

const namesOf = (files: readonly SourceFile[]): string[] =>
  [...new Set(files.map(({ database }) => database))].filter((name) => !isSystem(name)).sort();

/** Undefined where nothing is told by database. */
function shareOf(by: ReadonlyMap<string, number>, filter: DatabaseFilter): number | undefined {
  if (!isFiltered(filter)) return 1;
  let [chosen, all] = [0, 0];
  for (const [name, value] of by) {
    all += value;
    if (isChosen(filter, name)) chosen += value;
  }
  return all > 0 ? chosen / all : undefined;
}
