// Takes a host through crashes inside a test's process: its time is virtual, and after each crash it starts again on
// the same data.
import type { VirtualClock } from "../../../local/host/clock.ts";
import type { FaultPlan } from "../../../local/host/faults.ts";
import type { Log } from "../../../local/host/log.ts";
import { type Host, startHost } from "../../../local/host/start.ts";
import { type OrchestrationClient, orchestrationClient } from "./orchestrations.ts";
import { passUntil } from "./time.ts";

export interface Lives {
  /** The port of the present life: each life has another. */
  port(): number;
  client(): OrchestrationClient;
  /** How often the host has started. */
  count(): number;
  /**
   * Lets time pass, starting the host again as needed, until `isSo` holds; `most` is in milliseconds of virtual time.
   */
  until(what: string, isSo: () => boolean | Promise<boolean>, most: number): Promise<void>;
  /** Stopping twice does nothing more. */
  stop(): Promise<void>;
}

export interface LivesOptions {
  readonly appDir: string;
  readonly dataDir: string;
  readonly clock: VirtualClock;
  /** The faults of each life; the first life has number 1. */
  faultsOf?(life: number): FaultPlan | undefined;
  readonly strict: boolean;
  readonly log: Log;
}

/** A host that needs more lives than this makes no progress. */
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
