// Calls timer functions when they are due, and tells them when they are late.
import type { Clock } from "./clock.ts";
import type { LoadedApp, RegisteredFunction } from "./coreModule.ts";
import { nextAfter, parseSchedule, type Schedule } from "./cron.ts";
import type { Database } from "./database.ts";
import type { FaultInjection } from "./faultInjection.ts";
import type { Invoker } from "./invoke.ts";
import { type Lifecycle, track } from "./lifecycle.ts";
import { describe, type Log } from "./log.ts";
import { expandSettings } from "./settings.ts";

export interface TimerTriggerParts {
  readonly app: LoadedApp;
  readonly db: Database;
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly faultInjection: FaultInjection;
}

interface TimerRow {
  readonly last: number | null;
  readonly next: number;
  readonly updated: number;
}

/** Schedules that fire more often are not remembered over a restart. */
const MONITORED_FROM_MS = 60_000;

/**
 * Answers the call that starts every timer. One that should have fired while no host ran fires once, at once, as past
 * due. One run at a time per timer. Throws on a schedule that cannot be read.
 */
export function prepareTimers(parts: TimerTriggerParts): () => void {
  const timers = [...parts.app.functions.values()]
    .filter(({ trigger }) => trigger.type === "timerTrigger")
    .map((fn) => ({ fn, schedule: parseSchedule(expandSettings(String(fn.trigger["schedule"]), fn.name)) }));
  return () => {
    for (const { fn, schedule } of timers) startTimer(parts, fn, schedule);
  };
}

function startTimer(parts: TimerTriggerParts, fn: RegisteredFunction, schedule: Schedule): void {
  const { clock, db, life, faultInjection } = parts;
  const { name } = fn;
  const now = clock.now();
  const monitored = isMonitored(fn, schedule, now);
  const known = monitored ? memory(db, name) : undefined;

  const tick = (due: number, isPastDue: boolean): void =>
    void track(life, run(due, isPastDue)).catch((error: unknown) => parts.log("error", name, describe(error)));

  async function run(due: number, isPastDue: boolean): Promise<void> {
    if (!life.takesWork) return;
    await runTimer(parts, name, isPastDue, monitored ? memory(db, name) : undefined);
    faultInjection.crashPoint("crashTimerRun", name);
    if (life.isOpen) wait(due);
  }

  function wait(last: number | null): void {
    const next = nextAfter(schedule, clock.now());
    if (monitored)
      db.run(
        "INSERT OR REPLACE INTO timers (name, last, next, updated) VALUES (?, ?, ?, ?)",
        ...[name, last, next, clock.now()],
      );
    clock.at(next, () => tick(next, false));
  }

  const missed = known !== undefined && known.next <= now;
  if (missed || fn.trigger["runOnStartup"] === true) tick(now, missed);
  else wait(known?.last ?? null);
}

const memory = (db: Database, name: string) =>
  db.get<TimerRow>("SELECT last, next, updated FROM timers WHERE name = ?", name);

function isMonitored({ trigger }: RegisteredFunction, schedule: Schedule, now: number): boolean {
  const next = nextAfter(schedule, now);
  return trigger["useMonitor"] !== false && nextAfter(schedule, next) - next >= MONITORED_FROM_MS;
}

/** Calls a timer function; what it throws is logged, the next tick comes all the same. */
export async function runTimer(
  { invoker, log }: Pick<TimerTriggerParts, "invoker" | "log">,
  name: string,
  isPastDue: boolean,
  status?: TimerRow,
): Promise<void> {
  const iso = (time: number | null): string => new Date(time ?? 0).toISOString();
  const timer = {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: status
      ? { Last: iso(status.last), Next: iso(status.next), LastUpdated: iso(status.updated) }
      : null,
    IsPastDue: isPastDue,
  };
  try {
    await invoker.invoke(name, { json: JSON.stringify(timer) });
  } catch (error) {
    log("error", name, describe(error));
  }
}
