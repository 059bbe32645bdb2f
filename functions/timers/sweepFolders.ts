// Sweeps all folders, as often as SWEEP_SCHEDULE says, for what events have missed.
import type { TimerHandler } from "@azure/functions";
import * as application from "../../shared/application/files/sweepFolders.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";

export const sweepFolders =
  (services: Services): TimerHandler =>
  (_timer, context) =>
    application.sweepFolders(services, invocationOf(context));
