// Runs step 6 as activity CutOver: checks the gate again on fresh facts and cuts over, or writes the refusal down.
import * as application from "../../shared/application/cutover/cutOver.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const cutOver =
  (services: Services): StepHandler<typeof steps.cutOver> =>
  (run, log) =>
    application.cutOver(services, log, run);
