// Runs step 2 as activity LookAtFolder, one turn of AwaitChain: checks whether the files and the request to start are
// there.
import * as application from "../../shared/application/start/lookAtFolder.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtFolder =
  (services: Services): StepHandler<typeof steps.lookAtFolder> =>
  (run, log) =>
    application.lookAtFolder(services, log, run);
