// Defines what a handler of the emulator gets and gives back, and builds refusals.

import { ASSUMED_REFUSALS } from "./assumed.ts";
import type { LookIntoFolder } from "./containers.ts";
import { type DocumentedErrorName, documented, type Place } from "./documentedErrors.ts";
import { documentedAt, type FaultKind, type FaultPlace, take } from "./faults.ts";
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

/** ARM's own words for a resource that is not there. */
export const notFound = ({ seed }: Pick<Emulator, "seed">, resource: string): Reply =>
  refusal(
    404,
    "ResourceNotFound",
    `The Resource '${resource}' under resource group '${seed.resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );

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
  /** Where its refusals are documented. */
  readonly at?: Place;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** "http://127.0.0.1:7073", for absolute URLs. */
  readonly origin: string;
}

export type Handler = (emulator: Emulator, call: ArmCall) => Reply | Promise<Reply>;

/** How runs fail at their start. */
export const START_FAULTS = documentedAt("start", "run");
/** How they fail under way. */
export const RUN_FAULTS = documentedAt("run");

/** A refusal as it is published; without a code there is no body. */
export function documentedRefusal(name: DocumentedErrorName, db = ""): Reply {
  const { status = 400, code, message } = documented(name, db);
  return code === undefined ? { status } : refusal(status, code, message);
}

/** The documented refusal that was asked for here, if any. */
export function refusalOnDemand(emulator: Emulator, at: Place, place: FaultPlace): Reply | undefined {
  const name = strikes(emulator, documentedAt(at), place);
  return name && documentedRefusal(name, place.targetDb);
}

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
