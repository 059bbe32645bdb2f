// Runs activity LookForSlot, in step 4 and before step 6: asks for the migration's turn on its VM, since DMS takes one
// start and one cutover at a time.
import * as application from "../../shared/application/queue/lookForSlot.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookForSlot =
  (services: Services): StepHandler<typeof steps.lookForSlot> =>
  (run, log) =>
    application.lookForSlot(services, log, run);
