// Names what the steps of a run are given and answer. Everything is JSON-safe, because Durable Functions carries it.
import type { RunEnd } from "./migration.ts";

/** One run of one migration: the input of nearly everything. */
export interface MigrationRun {
  readonly migrationId: string;
  readonly run: number;
}

/** A look is told under which instance id its watch listens. */
export type Watched<Input> = Input & { readonly watch: string };

/** What a look at the facts says: it is over, or when to look again at the latest. */
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
