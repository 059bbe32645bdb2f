// Lists every activity and watch with its input and result, on one page.
import type {
  EarlyEnd,
  EndingRun,
  Look,
  MigrationRun,
  SlotRequest,
  StallingRun,
  Watched,
} from "../../shared/migration/looks.ts";
import type { RunEnd } from "../../shared/migration/migration.ts";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import { step, watch } from "./step.ts";

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
