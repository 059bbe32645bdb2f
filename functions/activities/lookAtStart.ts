// Still step 4: has DMS begun? Asks it first and adopts what is there, else has it asked for a start; a lost answer is found at the next look.
import * as application from "../../shared/application/start/lookAtStart.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtStart =
  (services: Services): StepHandler<typeof steps.lookAtStart> =>
  (run, log) =>
    application.lookAtStart(services, log, run);
