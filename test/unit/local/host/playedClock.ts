// How do tests play time?
import type { Clock } from "../../../../local/host/clock.ts";

export interface PlayedClock extends Clock {
  /** Moves on, calling what becomes due, in order, and lets what it started go on. */
  advance(milliseconds: number): Promise<void>;
}

export function playedClock(start: number): PlayedClock {
  let time = start;
  const calls = new Set<{ readonly time: number; readonly call: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => time,
    at(when, call) {
      const entry = { time: when, call };
      calls.add(entry);
      return () => calls.delete(entry);
    },
    async advance(milliseconds) {
      await settle();
      const end = time + milliseconds;
      for (;;) {
        const due = [...calls].filter((entry) => entry.time <= end).sort((one, other) => one.time - other.time)[0];
        if (!due) break;
        calls.delete(due);
        time = Math.max(time, due.time);
        due.call();
        await settle();
      }
      time = end;
    },
  };
}
