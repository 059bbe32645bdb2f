// Decides how long a run waits for an operation that DMS does not show, and how it fails afterwards.

import type { Look } from "../../migration/looks.ts";
import type { Failure, Migration, RunEnd } from "../../migration/migration.ts";
import type { Log, Services } from "../../ports.ts";
import { decideInRun } from "./decide.ts";
import { nextLook } from "./nextLook.ts";

const GONE_AFTER_MINUTES = 10;

/** A single 404 or a stale answer must not end a restore of days, nor a cutover. */
export async function whileGone(services: Services, log: Log, migration: Migration): Promise<Look<RunEnd>> {
  const now = services.clock.now();
  const { migrationId, run } = migration;
  const since = await decideInRun(services, log, migrationId, run, ({ migration: current }) => {
    const goneSince = current.goneSince ?? now.toISOString();
    return {
      ...(current.goneSince === undefined && { change: { migration: { ...current, goneSince } } }),
      answer: goneSince,
    };
  });
  if (since === undefined) return { end: { end: "canceled" } }; // the run is over
  if (now.getTime() - Date.parse(since) < GONE_AFTER_MINUTES * 60_000) return nextLook(services, { migration });
  return { end: { end: "failed", failure: operationGone(migration) } };
}

const operationGone = ({ operationId }: Migration): Failure => ({
  code: "OPERATION_GONE",
  message: `DMS no longer shows the operation ${operationId ?? "of this run"} as the latest of this target.`,
  cause: "The migration was deleted or started anew outside sqlferry.",
  remedy: "Look at the migration service in the Azure portal. Restart the migration when nothing else uses the target.",
});
