// Takes a host through crashes inside a test's process: its time is played, and after each crash it comes up again on
// the same data.
import type { VirtualClock } from "../../../local/host/clock.ts";
import type { FaultPlan } from "../../../local/host/faults.ts";
import type { Log } from "../../../local/host/log.ts";
import { type Host, startHost } from "../../../local/host/start.ts";
import { type OrchestrationClient, orchestrationClient } from "./orchestrations.ts";
import { passUntil } from "./time.ts";

export interface Lives {
  /** Of the present life: another after each crash. */
  port(): number;
  client(): OrchestrationClient;
  /** How often the host has come up. */
  count(): number;
  /** Lets time pass, and the host come up again, until something has come about; `most` is in milliseconds of its time. */
  until(what: string, isSo: () => boolean | Promise<boolean>, most: number): Promise<void>;
  /** Stopping twice does nothing more. */
  stop(): Promise<void>;
}

export interface LivesOptions {
  readonly appDir: string;
  readonly dataDir: string;
  readonly clock: VirtualClock;
  /** Of each life, the first of which is number 1. */
  faultsOf?(life: number): FaultPlan | undefined;
  readonly strict: boolean;
  readonly log: Log;
}

/** More lives than this are a host that does not get on. */
const MOST_LIVES = 1_000;

export async function liveThrough(options: LivesOptions): Promise<Lives> {
  let crashed = false;
  let stopped = false;
  let lives = 0;
  const begin = (): Promise<Host> => {
    crashed = false;
    if (++lives > MOST_LIVES) throw new Error(`The host has crashed ${MOST_LIVES} times.`);
    const onCrash = (): void => {
      crashed = true;
    };
    const faults = options.faultsOf?.(lives);
    return startHost({ port: 0, systemKey: "key", ...options, ...(faults && { faults }), onCrash });
  };
  let host = await begin();
  const idle = async (): Promise<void> => {
    await host.idle();
    while (crashed) {
      await host.stop();
      host = await begin();
      await host.idle();
    }
  };
  return {
    port: () => host.port,
    client: () => orchestrationClient(host.port),
    count: () => lives,
    until: (what, isSo, most) => passUntil(options.clock, { idle }, what, isSo, most),
    async stop() {
      if (!stopped) await host.stop();
      stopped = true;
    },
  };
}
