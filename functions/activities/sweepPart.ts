// Runs activity SweepPart, one part of the sweep. It starts and wakes runs, so it takes the durable client besides its
// input.
import type { InvocationContext } from "@azure/functions";
import * as application from "../../shared/application/sweep/sweepPart.ts";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const sweepPart =
  (services: Services) =>
  (progress: SweepProgress, context: InvocationContext): ReturnType<StepHandler<typeof steps.sweepPart>> =>
    application.sweepPart(services, invocationOf(context), progress);
