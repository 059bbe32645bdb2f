// Plays a migration and prints what it saw, as JSON: in a process of its own, because the test runner's hooks double
// the time of every promise.
import { IN_MEMORY } from "../../../local/host/database.ts";
import type { Figures } from "../../../local/host/durable/engine.ts";
import { startHost } from "../../../local/host/start.ts";
import { world } from "./month.ts";
import { orchestrationClient } from "./orchestrations.ts";
import { appDir } from "./processes.ts";
import { passUntil } from "./time.ts";

export interface Month {
  readonly logBackups: number;
  readonly turns: number;
  readonly refusedCutovers: number;
  readonly seconds: number;
  readonly output: unknown;
  readonly episodes: number;
  /** The most events that one execution had, by orchestrator. */
  readonly longestHistories: Readonly<Record<string, number>>;
  /** Warnings and errors. */
  readonly complaints: readonly string[];
}

const DAY = 86_400_000;
const MINUTE = 60_000;

async function liveThrough(days: number, minutesBetweenLogs: number): Promise<Month> {
  const complaints: string[] = [];
  const { clock } = world;
  world.minutesBetweenLogs = minutesBetweenLogs;
  const host = await startHost({
    port: 0,
    dataDir: IN_MEMORY,
    appDir: appDir("month"),
    systemKey: "key",
    strict: true,
    clock,
    log: (level, category, text) => {
      if (["warning", "error", "critical"].includes(level)) complaints.push(`${category}: ${text}`);
    },
  });
  const client = orchestrationClient(host.port);
  const figures = async () =>
    (await (await fetch(`http://127.0.0.1:${host.port}/admin/host/status`)).json()) as Figures;
  const story = "mig-sales-run-1";
  const logs = (days * DAY) / (minutesBetweenLogs * MINUTE);

  const began = performance.now();
  await client.start("MigrateDatabase", story, { migrationId: "sales", run: 1 });
  await passUntil(
    clock,
    host,
    "all logs are there",
    () => world.arrived === logs && world.restored === logs,
    2 * days * DAY,
  );
  world.cutoverAskedFor = true;
  await client.raise(world.watch ?? "", "Wake", {});
  await passUntil(clock, host, "the end", async () => (await client.statusCode(story)) === 200, DAY);
  const seconds = (performance.now() - began) / 1_000;

  const { output } = await client.status(story);
  const { episodes, longestHistories } = await figures();
  await host.stop();
  return {
    logBackups: world.arrived,
    turns: world.looks,
    refusedCutovers: world.refused,
    seconds,
    output,
    episodes,
    longestHistories,
    complaints,
  };
}

console.log(JSON.stringify(await liveThrough(Number(process.argv[2] ?? 30), Number(process.argv[3] ?? 5))));
