// Runs the local stack in a process of its own, so that its processor time is not added to that of the uploader. It
// communicates by messages.

import { connectionStringOf } from "../../local/azurite.ts";
import { freePorts } from "../../local/ports.ts";
import { type StackOptions, startStack } from "../../local/stack.ts";
import { type Calls, startCountingProxy } from "./countingProxy.ts";

/** The message that it sends when the stack is up. */
export interface Ready {
  readonly baseUrl: string;
  readonly connectionString: string;
  readonly pids: { readonly host: number | undefined; readonly storage: number | undefined };
}

/** The answer to each message: the host's calls of storage until then. */
export type Counted = { readonly calls: Calls };

async function serve(options: StackOptions): Promise<() => Promise<void>> {
  const [host = 0, blob = 0, queue = 0, table = 0, arm = 0, events = 0] = await freePorts(6);
  const proxies = await Promise.all([
    startCountingProxy("blob", blob),
    startCountingProxy("queue", queue),
    startCountingProxy("table", table),
  ]);
  const [blobPort, queuePort, tablePort] = proxies.map(({ port }) => port) as [number, number, number];
  const counted = connectionStringOf({ blobPort, queuePort, tablePort });
  const stack = await startStack({
    ...options,
    ports: { host, blob, queue, table, arm, events },
    // sweeps as in Azure: one in the midst of a burst does the work of its events a second time
    settings: { AzureWebJobsStorage: counted, Backups: counted, State: counted, SWEEP_SCHEDULE: "0 */10 * * * *" },
  });
  const { baseUrl, connectionString } = stack;
  process.on("message", () => {
    const calls: Calls = Object.assign({}, ...proxies.map((proxy) => proxy.calls()));
    process.send?.({ calls } satisfies Counted);
  });
  process.send?.({ baseUrl, connectionString, pids: stack.pids() } satisfies Ready);
  return async () => {
    await stack.stop();
    for (const proxy of proxies) proxy.stop();
  };
}

if (import.meta.main) {
  // Ctrl-C in a terminal reaches this process, too; its parent decides when it ends, by disconnecting.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  process.once("disconnect", release);
  const stop = await serve(JSON.parse(process.argv[2] ?? "{}") as StackOptions);
  await released;
  await stop();
  process.exit();
}
