// Starts the sweep as often as SWEEP_SCHEDULE says, unless one is under way: it finds what events have missed.
import type { TimerHandler } from "@azure/functions";
import { startSweep } from "../../shared/application/sweep/startSweep.ts";
import type { Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";

export const sweepFolders =
  (services: Services): TimerHandler =>
  (_timer, context) =>
    startSweep(services, invocationOf(context));
