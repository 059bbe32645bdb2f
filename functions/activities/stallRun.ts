// Something failed that nobody expected, and trying again did not help: where does the run stand still, and who must know? Nothing is canceled.
import * as application from "../../shared/application/run/stallRun.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const stallRun =
  (services: Services): StepHandler<typeof steps.stallRun> =>
  (run, log) =>
    application.stallRun(services, log, run);
