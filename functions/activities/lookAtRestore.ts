// Runs step 5 as activity LookAtRestore, one turn of FollowRestore: reads how far the restore is, and whether a cutover
// is possible and requested.
import * as application from "../../shared/application/restore/lookAtRestore.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtRestore =
  (services: Services): StepHandler<typeof steps.lookAtRestore> =>
  (run, log) =>
    application.lookAtRestore(services, log, run);
