// Step 3: is everything ready to receive the database? Every check is recorded, whatever it says. One turn of AwaitPreflight.
import * as application from "../../shared/application/start/runPreflight.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  (run, log) =>
    application.runPreflight(services, log, run);
