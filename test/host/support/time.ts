// Plays time for the tests: it stands still while anything is under way, and jumps to the next due moment when nothing
// is.
import { setImmediate } from "node:timers/promises";
import type { VirtualClock } from "../../../local/host/clock.ts";

interface Idle {
  idle(): Promise<void>;
}

/** Lets everything happen that is due within this time; `idle` is the host's, or nothing is waited for but promises. */
export async function advance(
  clock: VirtualClock,
  milliseconds: number,
  host: Idle = { idle: setImmediate },
): Promise<void> {
  const end = clock.now() + milliseconds;
  await host.idle();
  while (clock.jump(end)) await host.idle();
}

/** Lets time pass until something has come about. Fails when nobody waits for any time before it has, or when it takes longer than `most`. */
export async function passUntil(
  clock: VirtualClock,
  host: Idle,
  what: string,
  isSo: () => boolean | Promise<boolean>,
  most: number,
): Promise<void> {
  const end = clock.now() + most;
  for (;;) {
    await host.idle();
    if (await isSo()) return;
    if (!clock.jump(end))
      throw new Error(`Nothing more happens until ${new Date(end).toISOString()}, and still: ${what}.`);
  }
}
