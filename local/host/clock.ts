// What time is it, and who is called when? The engine and the timers ask here, so that time can be played.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once at this time, or at once when it has passed; the answer takes the call back. */
  at(time: number, call: () => void): () => void;
}

/** `setTimeout` cannot wait longer than 2^31 milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Waiting for a time does not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  at(time, call) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = time - Date.now();
      timer = left > LONGEST_WAIT ? setTimeout(wait, LONGEST_WAIT) : setTimeout(call, Math.max(0, left));
      timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  },
};
