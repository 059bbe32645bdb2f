// Runs the second half of step 4 as activity LookAtStart, one turn of FollowStart: adopts the operation that DMS shows,
// or requests a start.
import * as application from "../../shared/application/start/lookAtStart.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtStart =
  (services: Services): StepHandler<typeof steps.lookAtStart> =>
  (run, log) =>
    application.lookAtStart(services, log, run);
