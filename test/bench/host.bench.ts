// Measures the local Functions host in its own process, as npm start runs it: every episode replayed twice, every
// commit on disk.
import { join } from "node:path";
import type { Figures } from "../../local/host/durable/engine.ts";
import { type OrchestrationClient, orchestrationClient } from "../host/support/orchestrations.ts";
import {
  appDir,
  freePorts,
  removeDir,
  spawnHost,
  temporaryDir,
  until,
  untilRunning,
} from "../host/support/processes.ts";

type Status = Figures & { readonly residentBytes: number; readonly cpuMilliseconds: number };
const SEQUENTIAL = 100;
const SIDE_BY_SIDE = 40;
const FAN_OUT = 300;
const EVENTS = 50;

export async function benchHost(): Promise<void> {
  const dir = temporaryDir();
  const [port = 0] = await freePorts(1);
  const env = { NOTES: join(dir, "notes"), FACTS: dir };
  const host = spawnHost(port, ["--data", join(dir, "data"), "--app", appDir("orchestrations")], env);
  try {
    await untilRunning(host);
    const client = orchestrationClient(port);
    const status = async () => (await (await fetch(`http://127.0.0.1:${port}/admin/host/status`)).json()) as Status;
    const idle = await status();
    await run(client, "warm-up", "Echoes", { steps: 50 });

    console.log("\nLocal Functions host (an episode: two replays, an activity, two commits on disk)");
    const measured = async (work: () => Promise<unknown>): Promise<string> => {
      const before = await status();
      const milliseconds = await timed(work);
      const after = await status();
      const episodes = after.episodes - before.episodes;
      const cpu = (after.cpuMilliseconds - before.cpuMilliseconds) / episodes;
      const rate = Math.round(episodes / (milliseconds / 1_000));
      return `${(milliseconds / episodes).toFixed(1)} ms per episode (${cpu.toFixed(1)} ms of CPU), ${rate} a second`;
    };
    const alone = await measured(() => run(client, "alone", "Echoes", { steps: SEQUENTIAL }));
    console.log(`  one orchestration of ${SEQUENTIAL} steps: ${alone}`);
    const ids = Array.from({ length: SIDE_BY_SIDE }, (_, n) => `side-${n}`);
    const together = await measured(() => Promise.all(ids.map((id) => run(client, id, "Echoes", { steps: 10 }))));
    console.log(`  ${SIDE_BY_SIDE} orchestrations of 10 steps side by side: ${together}`);

    const fan = await run(client, "fan", "FansOut", { width: FAN_OUT, ms: 0 });
    console.log(`  fan-out of ${FAN_OUT} activities: ${(fan / 1_000).toFixed(1)} s`);

    const waits: number[] = [];
    for (let n = 0; n < EVENTS; n++) waits.push(await wake(client, `woken-${n}`));
    waits.sort((a, b) => a - b);
    console.log(`  from an event to the first activity: median ${waits[EVENTS / 2]} ms, slowest ${waits.at(-1)} ms`);

    const megabytes = ({ residentBytes }: Status): number => Math.round(residentBytes / 1_048_576);
    console.log(`  resident memory: ${megabytes(idle)} MiB at the start, ${megabytes(await status())} MiB at the end`);
  } finally {
    await host.kill("SIGTERM");
    removeDir(dir);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds from the start to the end that the client sees; it asks now and then. */
const run = (client: OrchestrationClient, id: string, name: string, input: object): Promise<number> =>
  timed(async () => {
    await client.start(name, id, input);
    await until(id, async () => (await client.statusCode(id)) === 200);
  });

/** Milliseconds from the call that raises an event to the activity that runs because of it. */
async function wake(client: OrchestrationClient, id: string): Promise<number> {
  await client.start("StampsWhenWoken", id, {});
  while ((await client.status(id)).runtimeStatus === "Pending");
  const raised = Date.now();
  await client.raise(id, "Wake", {});
  const { output } = await client.end(id);
  return (output as { at: number }).at - raised;
}
