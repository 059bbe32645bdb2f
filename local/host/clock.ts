// Tells the time and calls back when it is due. Every part of the host asks here, so that time can be played.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once at this time, or at once when it has passed; the answer takes the call back. */
  at(time: number, call: () => void): () => void;
}

/**
 * Node keeps a list for each duration that was ever waited for, until that time has passed, also when nobody waits any
 * more: so long waits are made of few durations. (It could not wait longer than 2^31 milliseconds at once either.)
 */
const MINUTE = 60_000;
const SECOND = 1_000;

/** Waiting for a time does not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  at(time, call) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = time - Date.now();
      const stretch = [MINUTE, SECOND].find((one) => left > one);
      timer = stretch === undefined ? setTimeout(call, Math.max(0, left)) : setTimeout(wait, stretch);
      timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/**
 * Time that stands still until somebody moves it. The app gets the same clock through its services; nothing patches
 * the global one.
 */
export interface VirtualClock extends Clock {
  /**
   * Jumps to the next moment for which somebody waits, and makes that call. When nobody waits until `end`, jumps
   * there and answers false.
   */
  jump(end: number): boolean;
}

export function virtualClock(start: number): VirtualClock {
  let time = start;
  const waiting = new Set<{ readonly time: number; readonly call: () => void }>();
  return {
    now: () => time,
    at(when, call) {
      const entry = { time: when, call };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    jump(end) {
      const [first, ...others] = [...waiting].filter((entry) => entry.time <= end);
      const next = first && others.reduce((soonest, other) => (other.time < soonest.time ? other : soonest), first);
      time = Math.max(time, next?.time ?? end);
      if (!next) return false;
      waiting.delete(next);
      next.call();
      return true;
    },
  };
}
