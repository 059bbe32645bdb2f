// Runs activity EndRun: publishes the end of a run, releases what it held, and writes the last state.
import * as application from "../../shared/application/run/endRun.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const endRun =
  (services: Services): StepHandler<typeof steps.endRun> =>
  (run, log) =>
    application.endRun(services, log, run);
