// Step 5: how far is the restore, is it ready for the cutover, and has somebody asked for it? One turn of FollowRestore.
import * as application from "../../shared/application/restore/lookAtRestore.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtRestore =
  (services: Services): StepHandler<typeof steps.lookAtRestore> =>
  (run, log) =>
    application.lookAtRestore(services, log, run);
