// Applies the chosen faults to this process, and ends it at a crash point.
import type { Clock } from "./clock.ts";
import type { Database } from "./database.ts";
import type { Lateness } from "./durable/store.ts";
import {
  type CrashPoint,
  createFaults,
  type FaultPlan,
  type Faults,
  NO_FAULTS,
  printFaults,
  whatHappens,
} from "./faults.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Log } from "./log.ts";

/** What the host's parts are handed: the faults, and a step after which the process may end. */
export interface FaultInjection extends Faults {
  crashPoint(point: CrashPoint, subject: string): void;
}

export const NO_FAULT_INJECTION: FaultInjection = { ...NO_FAULTS, crashPoint: () => undefined };

export interface FaultInjectionParts {
  /** Undefined: nothing happens. */
  readonly plan: FaultPlan | undefined;
  /** Instead of ending the process. */
  readonly onCrash: (() => void) | undefined;
  readonly db: Database;
  readonly clock: Clock;
  readonly life: Lifecycle;
  readonly log: Log;
}

/** The exit code of a process that ended at a crash point. */
export const CRASHED = 86;

/** A crash ends a life of the data. The next one meets other faults: else it would crash at the same step for ever. */
export function prepareFaultInjection({ plan, onCrash, db, clock, life, log }: FaultInjectionParts): FaultInjection {
  db.run("INSERT INTO lives (began) VALUES (?)", clock.now());
  const { lives } = db.get<{ lives: number }>("SELECT MAX(life) AS lives FROM lives") ?? { lives: 1 };
  if (!plan) return NO_FAULT_INJECTION;
  log("warning", "faults", `Fault mode, life ${lives} of the data. The same again: --faults ${printFaults(plan)}`);
  const faults = createFaults(plan, lives, (fault, subject) => log("information", "faults", `${fault}: ${subject}`));
  return {
    ...faults,
    crashPoint(point, subject) {
      if (!life.isOpen || !faults.happens(point, subject)) return;
      life.takesWork = false;
      life.isOpen = false;
      if (!onCrash) process.exit(CRASHED);
      onCrash();
      throw new Error(`The host has crashed: ${whatHappens(point)}.`);
    },
  };
}

const SECOND = 1_000;

/**
 * Without faults everything happens when it is due. `polling` is how long an idle queue is not looked at, in
 * milliseconds.
 */
export const latenessOf =
  (faults: Faults, polling: number): Lateness =>
  (what, subject, time) => {
    if (what !== "timer") return time + faults.amount("messageLate", subject, polling);
    const early = faults.amount("timerEarly", subject, SECOND);
    return early > 0 ? time - early : time + faults.amount("timerLate", subject, polling);
  };
