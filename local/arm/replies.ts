// What does a handler get, and what does it give back?

import { ASSUMED_REFUSALS } from "./assumed.ts";
import type { LookIntoFolder } from "./containers.ts";
import type { StartFault } from "./databaseMigration.ts";
import { type FaultKind, type FaultPlace, take } from "./faults.ts";
import type { Seed } from "./resources.ts";
import type { EmulatorState } from "./state.ts";

export interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The mutation has happened; nobody learns of it. */
  readonly cutConnection?: boolean;
}

/** ARM's error body. */
export const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  body: { error: { code, message } },
});

/** What every handler works with. */
export interface Emulator {
  readonly seed: Seed;
  readonly state: EmulatorState;
  readonly look: LookIntoFolder;
  /** Milliseconds since 1970. */
  realNow(): number;
  /** Milliseconds of the emulator's clock, which may run faster. */
  now(): number;
  save(): void;
}

export interface ArmCall {
  /** Values of the route's {names}, decoded. */
  readonly values: Readonly<Record<string, string>>;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** "http://127.0.0.1:7073", for absolute URLs. */
  readonly origin: string;
}

export type Handler = (emulator: Emulator, call: ArmCall) => Reply | Promise<Reply>;

export const START_FAULTS: readonly StartFault[] = [
  "loginFailed",
  "storage403",
  "provisioningFailed",
  "fileExists",
  "certificateMissing",
  "internalError1010",
];

/** A refusal that is listed in assumed.ts. */
export function assumedRefusal(which: keyof typeof ASSUMED_REFUSALS, message: string): Reply {
  const [status, code] = ASSUMED_REFUSALS[which];
  return refusal(status, code, message);
}

/** Whether a fault strikes on this occasion. The faults that are left are kept. */
export function strikes<Kind extends FaultKind>(
  { state, save }: Emulator,
  kinds: readonly Kind[],
  place: FaultPlace,
): Kind | undefined {
  const { kind, left } = take(state.faults, kinds, place);
  if (left !== state.faults) {
    state.faults = left;
    save();
  }
  return kind;
}
