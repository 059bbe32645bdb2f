// Step 2: are the files there, and the word to start? One turn of AwaitChain.
import * as application from "../../shared/application/start/lookAtFolder.ts";
import type { Services } from "../../shared/ports.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";

export const lookAtFolder =
  (services: Services): StepHandler<typeof steps.lookAtFolder> =>
  (run, log) =>
    application.lookAtFolder(services, log, run);
