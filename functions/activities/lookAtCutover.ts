// Step 7: has DMS finished the cutover? One turn of FollowCutover.
import * as application from "../../shared/application/cutover/lookAtCutover.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtCutover =
  (services: Services): StepHandler<typeof steps.lookAtCutover> =>
  (run, log) =>
    application.lookAtCutover(services, log, run);
