// Builds the world of a migration that goes on for a month: a source that takes a log backup every few minutes, and a
// restore that keeps up.
import { type VirtualClock, virtualClock } from "../../../local/host/clock.ts";

export interface World {
  readonly clock: VirtualClock;
  /** A divisor of 60. */
  minutesBetweenLogs: number;
  /** Log backups that have arrived; each is a fact, followed by a wake-up. */
  arrived: number;
  /** Log backups that are restored, as the last look saw it. */
  restored: number;
  /** Turns of FollowRestore. */
  looks: number;
  /** The instance that is registered for wake-ups, as in the table's `wake` row. */
  watch: string | undefined;
  cutoverAskedFor: boolean;
  /** How many cutovers will still be refused, by the gate and by DMS in turn. */
  refusalsLeft: number;
  /** How many have been refused. */
  refused: number;
}

/** One per process: the app's module and the test use the same one. */
export const world: World = {
  clock: virtualClock(Date.UTC(2026, 0, 1, 0, 0, 1)),
  minutesBetweenLogs: 5,
  arrived: 0,
  restored: 0,
  looks: 0,
  watch: undefined,
  cutoverAskedFor: false,
  refusalsLeft: 40,
  refused: 0,
};
