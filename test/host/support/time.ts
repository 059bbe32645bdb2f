// Controls virtual time for tests: it stands still while work is in progress, and jumps to the next due moment when
// there is none.
import { setImmediate } from "node:timers/promises";
import type { VirtualClock } from "../../../local/host/clock.ts";

interface Idle {
  idle(): Promise<void>;
}

/** Lets everything run that is due within this time. `idle` is the host's; without it only promises are waited for. */
export async function advance(
  clock: VirtualClock,
  milliseconds: number,
  host: Idle = { idle: setImmediate },
): Promise<void> {
  const end = clock.now() + milliseconds;
  await host.idle();
  while (clock.jump(end)) await host.idle();
}

/** Lets time pass until `isSo` holds. Fails when nothing is due before that, or when it takes longer than `most`. */
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
