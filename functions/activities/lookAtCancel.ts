// Runs activity LookAtCancel, one turn of FollowCancel: makes sure that what an ending run started at DMS is stopped.
import * as application from "../../shared/application/run/lookAtCancel.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtCancel =
  (services: Services): StepHandler<typeof steps.lookAtCancel> =>
  (run, log) =>
    application.lookAtCancel(services, log, run);
