// Connects to a scripted source server of this process, for tests.
import type { ScriptedInstance } from "../../../../local/sql/answer.ts";
import { type ServerOptions, startSourceServer } from "../../../../local/sql/server.ts";
import type { SourceFacts } from "../../../../shared/source/facts.ts";
import { connect, type SourceConnection } from "../../../../shared/sqlserver/connection.ts";
import { type ReadOptions, readSource } from "../../../../shared/sqlserver/readSource.ts";

/** When the scripted instances are looked at. */
export const NOW = Date.parse("2026-01-20T12:00:00Z");

export const PASSWORD = "Stand-in-1";

export interface Asking {
  readonly user?: string;
  readonly server?: ServerOptions;
  readonly reading?: Partial<ReadOptions>;
}

/** The facts that `user` can read, and every batch that the server received. */
export async function factsOf(
  instance: ScriptedInstance,
  { user = "ferry_reader", server: options = {}, reading = {} }: Asking = {},
): Promise<{ readonly facts: SourceFacts; readonly batches: readonly string[] }> {
  const batches: string[] = [];
  const server = await startSourceServer(instance, {
    ...options,
    intercept: (batch) => {
      batches.push(batch);
      return options.intercept?.(batch);
    },
  });
  const open = (): Promise<SourceConnection> =>
    connect({
      server: instance.serverName,
      address: { host: "localhost", port: server.port },
      signIn: { kind: "sql", user, password: PASSWORD },
      trustCertificate: true,
      allowOldTls: false,
    });
  try {
    return { facts: await readSource(await open(), { reconnect: open, ...reading }), batches };
  } finally {
    await server.stop();
  }
}
