// Runs step 7 as activity LookAtCutover, one turn of FollowCutover: checks whether DMS has finished the cutover.
import * as application from "../../shared/application/cutover/lookAtCutover.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtCutover =
  (services: Services): StepHandler<typeof steps.lookAtCutover> =>
  (run, log) =>
    application.lookAtCutover(services, log, run);
