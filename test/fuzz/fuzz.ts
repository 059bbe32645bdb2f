// Searches for inputs that make the header reader fail with anything but its own error, or never end: `npm run fuzz --
// --count N --seconds N --seed N --container plain|1|2`.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { fuzzBases } from "./bases.ts";
import { baseFor, outcomeOf } from "./outcome.ts";

/** Seeds that once failed, and two for each way in which reading may end; fuzz.test.ts repeats them. */
const KEPT = new URL("./seeds.json", import.meta.url);
/** The time limit for one input. */
const STUCK_SECONDS = 20;
const NOT_STARTED = -1;

interface Task {
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  readonly container: string | undefined;
  /** [seed being read, inputs done], shared by both threads. */
  readonly progress: Int32Array<SharedArrayBuffer>;
}

if (isMainThread) main();
else await work(workerData as Task);

function main(): void {
  const { values } = parseArgs({
    options: {
      count: { type: "string" },
      seconds: { type: "string" },
      seed: { type: "string" },
      container: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  const progress = new Int32Array(new SharedArrayBuffer(8)).fill(NOT_STARTED);
  const task: Task = {
    seed,
    count: Number(values.count ?? 100_000),
    seconds: Number(values.seconds ?? 600),
    container: values.container,
    progress,
  };
  console.log(`Seeds from ${seed}: ${task.count} inputs, ${task.seconds} seconds at most, ${basesOf(task)}.`);
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  let last = NOT_STARTED;
  const watch = setInterval(() => {
    const [stuck = 0, done = 0] = progress;
    if (done === last && done !== NOT_STARTED) fail(task, stuck, `still reading after ${STUCK_SECONDS} seconds`);
    if (done !== NOT_STARTED) console.log(`  ${done} inputs`);
    last = done;
  }, STUCK_SECONDS * 1000);
  worker.on("error", (error) => fail(task, progress[0] ?? 0, error.stack ?? String(error)));
  worker.on("exit", () => clearInterval(watch));
}

function basesOf({ container }: Task): string {
  return container === undefined ? "every kind of file" : `files of container ${container}`;
}

function fail({ container }: Task, seed: number, why: string): never {
  const name = baseFor(fuzzBases(container), seed).name;
  console.error(`Seed ${seed}, a damaged ${name}: ${why}`);
  const kept = JSON.parse(readFileSync(KEPT, "utf8")) as unknown[];
  writeFileSync(KEPT, `${JSON.stringify([...kept, { seed, name }], null, 2)}\n`);
  process.exit(1);
}

async function work({ seed: first, count, seconds, container, progress }: Task): Promise<void> {
  const bases = fuzzBases(container);
  const outcomes = new Map<string, number>();
  const began = performance.now();
  let done = 0;
  for (; done < count && performance.now() - began < seconds * 1000; done++) {
    const seed = (first + done) % 2 ** 31;
    progress[0] = seed;
    progress[1] = done;
    const outcome = await outcomeOf(baseFor(bases, seed), seed);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const elapsed = (performance.now() - began) / 1000;
  console.log(
    `${done} inputs in ${elapsed.toFixed(0)} s from ${bases.length} files: nothing but headers and refusals.`,
  );
  for (const [outcome, times] of [...outcomes].sort(([, a], [, b]) => b - a))
    console.log(`  ${outcome.padEnd(24)} ${times}`);
}
