// Runs activity StallRun after an unexpected failure beyond its retries: records where the run stands still and
// notifies people. Nothing is canceled.
import * as application from "../../shared/application/run/stallRun.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const stallRun =
  (services: Services): StepHandler<typeof steps.stallRun> =>
  (run, log) =>
    application.stallRun(services, log, run);
