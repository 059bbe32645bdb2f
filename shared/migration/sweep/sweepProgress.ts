// Says how far a sweep has come: its stages in their order, and what it has found up to there.
import type { SweepReport } from "./sweepReport.ts";

/**
 * Open migrations first, because people wait for them; `records` that no line shows, `folders` that no migration is of,
 * and `ended` migrations can wait. `rest` is what is done once: places on VMs, old histories, the report.
 */
export const STAGES = ["open", "records", "folders", "ended", "rest", "done"] as const;
type SweepStage = (typeof STAGES)[number];

/** Where the next part begins. */
export interface SweepPlace {
  readonly stage: SweepStage;
  /** Of a listing that comes in pages: which. Absent: the first. */
  readonly page?: string;
  /** Behind this id or name. Absent: at the beginning. */
  readonly after?: string;
}

/** Input of a part and, with what it has found, its output. */
export interface SweepProgress extends SweepPlace {
  /** The orchestration that goes through the parts. */
  readonly instanceId: string;
  /** UTC. */
  readonly startedAt: string;
  /** UTC; when the last part ended. */
  readonly at: string;
  readonly parts: number;
  readonly folders: number;
  readonly missed: number;
  readonly deleted: number;
  /** Folders that could not be swept; the first ones by name. */
  readonly failed: number;
  readonly named: readonly string[];
  /** Rows and files that sqlferry could not read: the first ones, each once. */
  readonly faults: readonly string[];
  /** Folders of ended migrations that this sweep has visited. */
  readonly ended: number;
  /** UTC; when all records were last looked through. */
  readonly recordsAt?: string;
}

/** What one part has found. */
export interface PartFound {
  readonly folders: number;
  readonly missed: number;
  readonly deleted: number;
  readonly failed: readonly string[];
  readonly faults: readonly string[];
}

/**
 * Looking through the records takes a request for each. A migration without a line is made up for by whoever registers
 * it again, too.
 */
const RECORDS_EVERY_MS = 3_600_000;
/** So long after its beginning a sweep that died is not worth going on with: what it has seen is old. */
const OLD_MS = 86_400_000;
/**
 * Durable Functions carries the progress in messages of 64 KiB: so many texts of so many characters fit in any script.
 */
const MOST_NAMED = 20;
const MOST_FAULTS = 20;
const MOST_CHARACTERS = 200;

/** Of an orchestration that starts at `now`: an id that has ended is not used again. */
const instanceIdAt = (now: Date): string => `sweep-${now.toISOString().replaceAll(/\W/g, "")}`;

/** A sweep from its beginning; `last` is the report of the one before. */
export const newSweep = (now: Date, last: Pick<SweepReport, "recordsAt"> | undefined): SweepProgress => ({
  instanceId: instanceIdAt(now),
  startedAt: now.toISOString(),
  at: now.toISOString(),
  stage: "open",
  parts: 0,
  folders: 0,
  missed: 0,
  deleted: 0,
  failed: 0,
  named: [],
  faults: [],
  ended: 0,
  ...(last?.recordsAt !== undefined && { recordsAt: last.recordsAt }),
});

export type UnfinishedSweep = SweepProgress & { readonly stage: Exclude<SweepStage, "done"> };

/** It has not come to its end, and is worth going on with. */
export const isUnfinished = (progress: SweepProgress | undefined, now: Date): progress is UnfinishedSweep =>
  progress !== undefined && progress.stage !== "done" && now.getTime() - Date.parse(progress.startedAt) < OLD_MS;

/** The same sweep, for an orchestration that takes the place of one that died. */
export const goneOnWith = (progress: SweepProgress, now: Date): SweepProgress => ({
  ...progress,
  instanceId: instanceIdAt(now),
});

/** The beginning of the stage that follows; records are looked through once in a while. */
export function stageBehind({ stage, recordsAt }: SweepProgress, now: Date): SweepPlace {
  const next = STAGES[STAGES.indexOf(stage) + 1] ?? "done";
  const isTooEarly = recordsAt !== undefined && now.getTime() - Date.parse(recordsAt) < RECORDS_EVERY_MS;
  return { stage: next === "records" && isTooEarly ? "folders" : next };
}

/** The progress after a part that ended at `now`, the next one beginning at `place`. */
export function afterPart(before: SweepProgress, place: SweepPlace, found: PartFound, now: Date): SweepProgress {
  const { page: _, after: __, ...rest } = before;
  const faults = [...before.faults, ...found.faults.map(short)];
  return {
    ...rest,
    ...place,
    at: now.toISOString(),
    parts: before.parts + 1,
    folders: before.folders + found.folders,
    missed: before.missed + found.missed,
    deleted: before.deleted + found.deleted,
    failed: before.failed + found.failed.length,
    named: [...before.named, ...found.failed.map(short)].slice(0, MOST_NAMED),
    faults: [...new Set(faults)].slice(0, MOST_FAULTS),
    ended: before.ended + (before.stage === "ended" ? found.folders : 0),
    ...(before.stage === "records" && place.stage !== "records" && { recordsAt: now.toISOString() }),
  };
}

/** True when this sweep has not told of it yet. */
export const isFreshFault = ({ faults }: SweepProgress, what: string): boolean => !faults.includes(short(what));

const short = (text: string): string => text.slice(0, MOST_CHARACTERS);

export const reportOf = (progress: SweepProgress, endedAt: string): SweepReport => ({
  startedAt: progress.startedAt,
  endedAt,
  folders: progress.folders,
  missed: progress.missed,
  deleted: progress.deleted,
  failed: progress.named,
  faults: progress.faults.length,
  ...(progress.recordsAt !== undefined && { recordsAt: progress.recordsAt }),
});
