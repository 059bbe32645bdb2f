// What does a handler get, and what does it give back?

import type { LookIntoFolder } from "./containers.ts";
import type { StartFault } from "./databaseMigration.ts";
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
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** "http://127.0.0.1:7073", for absolute URLs. */
  readonly origin: string;
}

export type Handler = (emulator: Emulator, call: ArmCall) => Reply | Promise<Reply>;

export const START_FAULTS: readonly StartFault[] = ["loginFailed", "storage403", "fileExists", "internalError1010"];
