// Implements `ferry collect`: measures the load of a source server until it is stopped, so that a VM can be sized for
// it.
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "../../shared/sqlserver/connection.ts";
import { SourceFailure, StatementRefused } from "../../shared/sqlserver/sourceFailure.ts";
import { connectOptions, SERVER_OPTIONS, SERVER_USAGE } from "../assessing/sourceServer.ts";
import { type Command, type Given, usageError } from "../command.ts";
import { EXIT, type ExitCode, FerryError } from "../exit.ts";
import { print, printable, sizeText } from "../print/print.ts";
import { type Clock, type Cost, collecting, type Seen } from "../sizing/collecting.ts";
import { perfWriter } from "../sizing/perfWriter.ts";

export const collect: Command = {
  usage: `collect --save FOLDER [--every 30s] [--for 7d] ${SERVER_USAGE}`,
  summary:
    "measure what a source does, sample by sample, for ferry recommend; Ctrl-C ends it, and the same command goes on",
  options: {
    ...SERVER_OPTIONS,
    save: { type: "string" },
    every: { type: "string" },
    for: { type: "string" },
  },
  run: (given) => collectBy(CLOCK, given),
};

/** `ferry collect` by a clock, which a test can let run. */
export async function collectBy(clock: Clock, given: Given): Promise<ExitCode> {
  const server = given.text("server");
  const folder = given.text("save");
  if (server === undefined || folder === undefined)
    throw usageError(collect, "Which --server, and into which folder (--save)?");
  const everySeconds = duration(given, "every") ?? 30;
  if (everySeconds < 5 || everySeconds > 3_600) throw usageError(collect, "--every is from 5s to 1h.");
  const forSeconds = duration(given, "for");
  const options = await connectOptions(collect, given, server);
  const stop = new AbortController();
  const stopped = (): void => stop.abort();
  process.once("SIGINT", stopped).once("SIGTERM", stopped);
  try {
    const cost = await collecting({
      server,
      connect: () => connect(options),
      writer: await perfWriter(folder),
      everySeconds,
      ...(forSeconds !== undefined && { forSeconds }),
      signal: stop.signal,
      clock,
      tell: teller(server),
    });
    print(endText(cost, folder));
    return EXIT.done;
  } catch (error) {
    if (error instanceof SourceFailure) throw new FerryError(EXIT.failed, error.message);
    if (error instanceof StatementRefused)
      throw new FerryError(
        EXIT.failed,
        `${server} refuses to be measured: ${error.message} It takes VIEW SERVER STATE and VIEW ANY DEFINITION.`,
      );
    throw error;
  } finally {
    process.off("SIGINT", stopped).off("SIGTERM", stopped);
  }
}

const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await wait(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** "30s", "5m", "12h", "7d" -> seconds. */
function duration(given: Given, option: string): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const [, amount, unit = "s"] = /^(\d+)([smhd])?$/.exec(text) ?? [];
  if (amount === undefined || Number(amount) === 0)
    throw usageError(collect, `--${option} is a time such as 30s, 10m, 12h or 7d, not "${text}".`);
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** On a terminal one line that changes; elsewhere, as under systemd, a line an hour. Events always have a line. */
function teller(server: string): (seen: Seen) => void {
  const isTerminal = process.stdout.isTTY === true;
  let lastHour = -1;
  let isOpen = false;
  const line = (text: string): void => {
    if (isOpen) process.stdout.write("\r\u001b[K");
    isOpen = false;
    print(printable(text));
  };
  return (seen) => {
    if (seen.kind === "event")
      return line(`${clockText(seen.event.at)}  ${EVENT_WORDS[seen.event.kind]}: ${seen.event.detail}`);
    if (seen.kind === "history") {
      line(
        `${server} remembers ${countOf(seen.minutes, "minute")} of its processor and ${countOf(seen.hours, "hour")} of its databases: ferry recommend answers from now on.`,
      );
      for (const one of seen.withheld) line(`  not seen: ${one}`);
      return;
    }
    const hour = Math.floor(seen.sample.at / 3_600_000);
    if (isTerminal) {
      process.stdout.write(`\r\u001b[K${printable(sampleText(seen))}`);
      isOpen = true;
    } else if (hour !== lastHour) line(sampleText(seen));
    lastHour = hour;
  };
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const EVENT_WORDS = {
  began: "measuring",
  ended: "ended",
  lost: "no sample",
  connectionLost: "connection lost",
  reconnected: "connected again",
  refused: "refused",
} as const;

const clockText = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

/**
 * "2026-01-05 10:00:30  cores 3.2 of 16, memory 40.1 GiB, data 1200 IOPS 35 MB/s 4.1 ms, log 300 IOPS 8 MB/s 0.9 ms".
 */
export function sampleText({ sample, cost, processors }: Extract<Seen, { kind: "sample" }>): string {
  const { cores, memoryGib, data, log } = sample;
  const io = (one: typeof data, ms: number | null): string =>
    `${Math.round(one.reads + one.writes)} IOPS ${(one.readMbps + one.writeMbps).toFixed(1)} MB/s${ms === null ? "" : ` ${ms.toFixed(1)} ms`}`;
  return `${clockText(sample.at)}  cores ${cores.toFixed(1)} of ${processors}, memory ${memoryGib.toFixed(1)} GiB, data ${io(data, data.readMs)}, log ${io(log, log.writeMs)}; ${cost.samples} samples`;
}

export function endText({ samples, statements, milliseconds, sourceCpuMs, bytes }: Cost, folder: string): string {
  const each = (amount: number): string => (samples === 0 ? "-" : (amount / samples).toFixed(1));
  return [
    `${samples} samples in ${folder}.`,
    `Cost at the source: ${statements} statements, ${each(milliseconds)} ms for each sample, of them ${each(sourceCpuMs)} ms of processor time; ${sizeText(samples === 0 ? 0 : bytes / samples)} written for each.`,
  ].join("\n");
}
