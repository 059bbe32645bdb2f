// Lists every activity and watch with its input and result, on one page.
import type { RunEnd } from "../../shared/migration/migration.ts";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { SlotKind } from "../../shared/queue/vmQueue.ts";
import { type Look, step, watch } from "./step.ts";

/** One run of one migration: the input of nearly every step. */
export interface MigrationRun {
  readonly migrationId: string;
  readonly run: number;
}
/** A look gets the instance id at which its watch is woken. */
type Watched<Input> = Input & { readonly watch: string };
export interface SlotRequest extends MigrationRun {
  readonly kind: SlotKind;
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

export const lookAtFolder = step<Watched<MigrationRun>, Look<{ readonly end: "startable" } | EarlyEnd>>("LookAtFolder");
export const awaitChain = watch("AwaitChain", lookAtFolder);

export const runPreflight = step<Watched<MigrationRun>, Look<{ readonly end: "passed" } | RunEnd>>("RunPreflight");
export const awaitPreflight = watch("AwaitPreflight", runPreflight);

export const lookForSlot = step<Watched<SlotRequest>, Look<{ readonly end: "granted" } | EarlyEnd>>("LookForSlot");
export const awaitSlot = watch("AwaitSlot", lookForSlot);

export const lookAtStart = step<Watched<MigrationRun>, Look<{ readonly end: "started" } | EarlyEnd>>("LookAtStart");
export const followStart = watch("FollowStart", lookAtStart);

export const lookAtRestore = step<Watched<MigrationRun>, Look<{ readonly end: "cutoverRequested" } | RunEnd>>(
  "LookAtRestore",
);
export const followRestore = watch("FollowRestore", lookAtRestore);

export const cutOver = step<MigrationRun, { readonly accepted: boolean }>("CutOver");

export const lookAtCutover = step<Watched<MigrationRun>, Look<RunEnd | { readonly end: "refused" }>>("LookAtCutover");
export const followCutover = watch("FollowCutover", lookAtCutover);

export const lookAtCancel = step<Watched<EndingRun>, Look<RunEnd>>("LookAtCancel");
export const followCancel = watch("FollowCancel", lookAtCancel);

export const stallRun = step<StallingRun, { readonly stalled: boolean }>("StallRun");

export const endRun = step<EndingRun, { readonly end: RunEnd["end"] }>("EndRun");

export const sweepPart = step<SweepProgress, SweepProgress>("SweepPart");
