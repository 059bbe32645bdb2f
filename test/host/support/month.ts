// Builds the world of a migration that goes on for a month: a source that takes a log backup every few minutes, and a
// restore that keeps in step.
import { type VirtualClock, virtualClock } from "../../../local/host/clock.ts";

export interface World {
  readonly clock: VirtualClock;
  /** A divisor of 60. */
  minutesBetweenLogs: number;
  /** Log backups that have arrived; each is a fact, told by a wake-up. */
  arrived: number;
  /** Those that the restore has taken, as the last look saw it. */
  restored: number;
  /** Turns of FollowRestore. */
  looks: number;
  /** The instance that listens, as the table's `wake` row says. */
  watch: string | undefined;
  cutoverAskedFor: boolean;
  /** How many cutovers are still refused, by the gate and by DMS in turn. */
  refusalsLeft: number;
  /** How many were. */
  refused: number;
}

/** Of this process: the app's module and the test see the same one. */
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
