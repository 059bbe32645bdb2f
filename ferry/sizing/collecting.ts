// Takes samples of a source one after the other, whatever happens to it meanwhile: a loop over a connection, a folder
// and a clock.
import { between, type Reading, type Sample, type SourceFile } from "../../shared/sizing/measured/reading.ts";
import {
  type Asked,
  DATABASE_CACHE,
  DATABASE_CPU,
  LARGEST_CACHE_KB,
  readByDatabase,
  readFiles,
  readHistory,
  readSample,
} from "../../shared/sqlserver/sampling.ts";
import { SourceFailure, StatementRefused } from "../../shared/sqlserver/sourceFailure.ts";
import type { CollectEvent } from "./perfFormat.ts";
import type { PerfWriter } from "./perfWriter.ts";

export interface SourceLink extends Asked {
  readonly product: { readonly productVersion: string; readonly major: number; readonly edition: string };
  close(): void;
}

export interface Collecting {
  /** As somebody called it, for messages. */
  readonly server: string;
  readonly connect: () => Promise<SourceLink>;
  readonly writer: PerfWriter;
  readonly everySeconds: number;
  /** Absent: until `signal`. */
  readonly forSeconds?: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What is seen, for people. */
  readonly tell: (seen: Seen) => void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without an error, when the signal is given. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export type Seen =
  | { readonly kind: "sample"; readonly sample: Sample; readonly cost: Cost; readonly processors: number }
  | { readonly kind: "event"; readonly event: CollectEvent }
  | {
      readonly kind: "history";
      readonly withheld: readonly string[];
      readonly minutes: number;
      readonly hours: number;
    };

/** What the measuring has cost so far. */
export interface Cost {
  readonly samples: number;
  readonly statements: number;
  /** Of round trips, all of them together. */
  readonly milliseconds: number;
  /** Processor time of our sessions at the source. */
  readonly sourceCpuMs: number;
  /** Written to the folder. */
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;
/** Between two tries to connect again. */
const RETRY_MS = { first: 1_000, longest: 60_000 };

/**
 * Ends when the time is over or the signal is given; then everything that was seen is written. Throws what the first
 * connection or the first sample is refused with; later refusals and lost connections are events, and cost one sample
 * each.
 */
export async function collecting(options: Collecting): Promise<Cost> {
  const { writer, clock, signal, tell, everySeconds } = options;
  const began = clock.now();
  const end = options.forSeconds === undefined ? Number.POSITIVE_INFINITY : began + options.forSeconds * 1000;
  const cost = { samples: 0, statements: 0, milliseconds: 0, sourceCpuMs: 0, bytes: 0 };
  const note = async (kind: CollectEvent["kind"], detail: string): Promise<void> => {
    const event = { at: clock.now(), kind, detail };
    await writer.event(event);
    tell({ kind: "event", event });
  };
  /** Each statement counts, also those that are refused. */
  const counted = ({ product, query, close }: SourceLink): SourceLink => ({
    product,
    close,
    query: async (batch) => {
      const sent = clock.now();
      try {
        return await query(batch);
      } finally {
        cost.statements += 1;
        cost.milliseconds += clock.now() - sent;
      }
    },
  });

  let link = counted(await options.connect());
  let before: Reading | undefined;
  let files: readonly SourceFile[] = [];
  /** Files that were there at the last slow look; some have no name, as those of the resource database. */
  let looked: ReadonlySet<string> = new Set();
  let slowAt = Number.NEGATIVE_INFINITY;
  let compressedIn = Number.NEGATIVE_INFINITY;

  /** What changes slowly: hourly, and when a file is unknown. */
  const lookSlowly = async (reading: Reading): Promise<void> => {
    slowAt = reading.at;
    looked = new Set(reading.files.map(({ databaseId, fileId }) => `${databaseId}.${fileId}`));
    const { files: found, inMemoryGib } = await readFiles(link, link.product.major);
    files = found;
    await writer.manifest({
      format: 1,
      server: reading.server,
      productVersion: link.product.productVersion,
      edition: link.product.edition,
      processors: reading.processors,
      everySeconds,
      startedAt: new Date(began).toISOString(),
      writtenAt: new Date(clock.now()).toISOString(),
      ...(inMemoryGib > 0 && { inMemoryGib }),
      files: [...found],
    });
  };
  const lookByDatabase = async (reading: Reading): Promise<void> => {
    const looks = [
      ["cpu", DATABASE_CPU],
      ...(reading.cachedKb < LARGEST_CACHE_KB ? [["cache", DATABASE_CACHE] as const] : []),
    ] as const;
    for (const [kind, batch] of looks) await writer.byDatabase(kind, reading.at, await readByDatabase(link, batch));
  };

  const take = async (): Promise<void> => {
    const reading = await readSample(link);
    if (slowAt === Number.NEGATIVE_INFINITY) await writer.claim(reading.server);
    if (before !== undefined && reading.sessionCpuMs > before.sessionCpuMs)
      cost.sourceCpuMs += reading.sessionCpuMs - before.sessionCpuMs;
    const isNew = reading.files.some(({ databaseId, fileId }) => !looked.has(`${databaseId}.${fileId}`));
    const isHour = reading.at - slowAt >= HOUR_MS;
    if (isHour || isNew) await lookSlowly(reading);
    const earlier = before;
    before = reading;
    if (earlier !== undefined) {
      const seen = between(earlier, reading, files, everySeconds);
      if (seen.lost !== undefined) await note("lost", seen.lost);
      else {
        cost.samples += 1;
        cost.bytes += await writer.sample(seen.sample, seen.databases);
        tell({ kind: "sample", sample: seen.sample, cost: { ...cost }, processors: reading.processors });
      }
    }
    if (isHour) await lookByDatabase(reading);
    const hour = Math.floor(clock.now() / HOUR_MS);
    if (hour !== compressedIn) await writer.compress(clock.now());
    compressedIn = hour;
  };

  /** Undefined when collecting ended meanwhile. */
  const reconnected = async (): Promise<SourceLink | undefined> => {
    for (
      let pause = RETRY_MS.first;
      !signal.aborted && clock.now() < end;
      pause = Math.min(pause * 2, RETRY_MS.longest)
    ) {
      await clock.sleep(Math.min(pause, Math.max(0, end - clock.now())), signal);
      try {
        if (!signal.aborted && clock.now() < end) return counted(await options.connect());
      } catch (error) {
        if (!(error instanceof SourceFailure)) throw error;
      }
    }
    return undefined;
  };

  try {
    await take();
    await note("began", `every ${everySeconds} s`);
    const { history, withheld } = await readHistory(link, link.product.major);
    await writer.history(history);
    tell({
      kind: "history",
      withheld,
      minutes: history.processor?.length ?? 0,
      hours: Math.max(history.hours?.length ?? 0, history.log?.length ?? 0),
    });
    let next = began + everySeconds * 1000;
    while (!signal.aborted && clock.now() < end) {
      await clock.sleep(Math.max(0, Math.min(next, end) - clock.now()), signal);
      if (signal.aborted || clock.now() < next) break;
      // A look that took longer than the interval puts the next one off; nothing is made up for.
      next = Math.max(next, clock.now() - everySeconds * 1000) + everySeconds * 1000;
      try {
        await take();
      } catch (error) {
        if (error instanceof StatementRefused) await note("refused", error.message);
        else if (error instanceof SourceFailure) {
          await note("connectionLost", error.message);
          link.close();
          const again = await reconnected();
          if (!again) break;
          link = again;
          await note("reconnected", options.server);
          next = clock.now();
        } else throw error;
      }
    }
    await note("ended", signal.aborted ? "it was stopped" : "the time is over");
    return cost;
  } finally {
    link.close();
  }
}
