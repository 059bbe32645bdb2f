// Step 6: the gate once more, on facts read this moment, and then the cutover itself; or a refusal that is written down.
import * as application from "../../shared/application/cutover/cutOver.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const cutOver =
  (services: Services): StepHandler<typeof steps.cutOver> =>
  (run, log) =>
    application.cutOver(services, log, run);
