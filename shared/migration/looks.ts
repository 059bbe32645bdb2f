// Declares inputs and results of the steps of a run. All are JSON-safe, because Durable Functions carries them.
import type { RunEnd } from "./migration.ts";

/** One run of one migration: the input of nearly every step. */
export interface MigrationRun {
  readonly migrationId: string;
  readonly run: number;
}

/** A look gets the instance id at which its watch is woken. */
export type Watched<Input> = Input & { readonly watch: string };

/** The result of a look at the facts: it is over, or when to look again at the latest. */
export type Look<End extends object> = { readonly end: End } | { readonly nextLookSeconds: number };

/** A run that asks for its VM's slot. */
export interface SlotRequest extends MigrationRun {
  readonly kind: "start" | "cutover";
}

export interface EndingRun extends MigrationRun {
  readonly end: RunEnd;
}

export interface StallingRun extends MigrationRun {
  /** The step that failed, and its message. */
  readonly what: string;
}

/** Anything that ends a run early. */
export type EarlyEnd = RunEnd & { readonly end: "failed" | "canceled" };
