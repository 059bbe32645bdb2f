// Tests when timer functions run, and when one is past due.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { type VirtualClock, virtualClock } from "../../../../local/host/clock.ts";
import type { LoadedApp } from "../../../../local/host/coreModule.ts";
import { type Database, openDatabase } from "../../../../local/host/database.ts";
import { NO_FAULT_INJECTION } from "../../../../local/host/faultInjection.ts";
import { type Lifecycle, newLife } from "../../../../local/host/lifecycle.ts";
import { prepareTimers } from "../../../../local/host/timers.ts";
import { advance } from "../../../host/support/time.ts";

const dir = mkdtempSync(join(tmpdir(), "host-timers-"));
const MINUTE = 60_000;
let db: Database;
let clock: VirtualClock;
let runs: { at: string; isPastDue: boolean; last: string | undefined }[];
let life: Lifecycle;

beforeEach(() => {
  db?.close();
  rmSync(join(dir, "host.db"), { force: true });
  db = openDatabase(dir);
  clock = virtualClock(Date.UTC(2026, 0, 1, 12, 0, 30));
});
after(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

/** One more process on the same data; `takes` is the duration of the handler. */
function start(options: Record<string, unknown>, takes = 0): void {
  const trigger = { name: "timer", type: "timerTrigger", direction: "in" as const, ...options };
  const metadata = { name: "Sweep", bindings: { timer: trigger } };
  const fn = { name: "Sweep", trigger, metadata, callback: () => undefined };
  const app = { functions: new Map([["Sweep", fn]]) } as unknown as LoadedApp;
  const invoke = async (_name: string, data: unknown) => {
    const timer = JSON.parse((data as { json: string }).json) as {
      IsPastDue: boolean;
      ScheduleStatus: { Last: string } | null;
    };
    runs.push({
      at: new Date(clock.now()).toISOString().slice(11, 19),
      isPastDue: timer.IsPastDue,
      last: timer.ScheduleStatus?.Last.slice(11, 19),
    });
    if (takes > 0) await new Promise<void>((resolve) => clock.at(clock.now() + takes, resolve));
    return { result: undefined, http: undefined, hasLogged: false };
  };
  runs = [];
  life = newLife();
  const invoker = { invoke, replaceWorker: () => undefined };
  prepareTimers({ app, db, clock, life, faultInjection: NO_FAULT_INJECTION, log: () => undefined, invoker })();
}

describe("a timer", () => {
  it("fires on its schedule and tells when it fired last", async () => {
    start({ schedule: "0 */5 * * * *" });
    await advance(clock, 11 * MINUTE);
    assert.deepEqual(runs, [
      { at: "12:05:00", isPastDue: false, last: "00:00:00" },
      { at: "12:10:00", isPastDue: false, last: "12:05:00" },
    ]);
  });

  it("that should have fired while no host ran fires once, past due, then on its schedule", async () => {
    start({ schedule: "0 */5 * * * *" });
    await advance(clock, 6 * MINUTE);
    life.takesWork = false;
    await advance(clock, 20 * MINUTE);
    start({ schedule: "0 */5 * * * *" });
    await advance(clock, 5 * MINUTE);
    assert.deepEqual(
      runs.map(({ at, isPastDue }) => [at, isPastDue]),
      [
        ["12:26:30", true],
        ["12:30:00", false],
      ],
    );
  });

  it("is not past due when nothing was missed, or when it is not monitored", async () => {
    start({ schedule: "0 0 * * * *" });
    life.takesWork = false;
    await advance(clock, 10 * MINUTE);
    start({ schedule: "0 0 * * * *" });
    await advance(clock, MINUTE);
    assert.deepEqual(runs, []);
    start({ schedule: "0 */5 * * * *", useMonitor: false });
    life.takesWork = false;
    await advance(clock, 30 * MINUTE);
    start({ schedule: "0 */5 * * * *", useMonitor: false });
    await advance(clock, MINUTE);
    assert.deepEqual(runs, []);
  });

  it("runs at the start when it says so, which is not past due", async () => {
    start({ schedule: "0 0 0 1 1 *", runOnStartup: true });
    await advance(clock, MINUTE);
    assert.deepEqual(
      runs.map(({ at, isPastDue }) => [at, isPastDue]),
      [["12:00:30", false]],
    );
  });

  it("does not run a second time while it runs", async () => {
    start({ schedule: "0 * * * * *" }, 3 * MINUTE);
    await advance(clock, 8 * MINUTE);
    assert.deepEqual(
      runs.map(({ at }) => at),
      ["12:01:00", "12:05:00"],
    );
  });
});
