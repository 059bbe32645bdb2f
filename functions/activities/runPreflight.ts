// Runs step 3 as activity RunPreflight, one turn of AwaitPreflight: checks whether everything is ready, and records
// every check.
import * as application from "../../shared/application/start/runPreflight.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const runPreflight =
  (services: Services): StepHandler<typeof steps.runPreflight> =>
  (run, log) =>
    application.runPreflight(services, log, run);
