// Carries out step 3, one turn of AwaitPreflight: checks whether everything is ready for the database, and records
// every check.

import type { Look, MigrationRun, Watched } from "../../migration/looks.ts";
import { isBeforeStart, isOver, type RunEnd } from "../../migration/migration.ts";
import { preflightOutage } from "../../migration/waiting.ts";
import type { Log, Services } from "../../ports.ts";
import { outcomes, passed, preflightFailure } from "../../preflight/preflight.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { filesOfFolder } from "../files/catalogueBlob.ts";
import { decideInRun, factsOfTurn } from "../run/decide.ts";
import { isOpen } from "../run/requests.ts";
import { waited, waitFor } from "../run/waits.ts";
import { withCounts } from "../source/noteAssessed.ts";
import { claimTarget } from "./claimTarget.ts";
import { hasTarget, runChecks } from "./runChecks.ts";

type Found = Look<{ readonly end: "passed" } | RunEnd>;

export async function runPreflight(
  services: Services,
  log: Log,
  { migrationId, run, watch }: Watched<MigrationRun>,
): Promise<Look<{ readonly end: "passed" } | RunEnd>> {
  const { migration, requests } = await factsOfTurn(services, migrationId, watch);
  if (isOver(migration, run) || isOpen(requests.cancel, run)) return { end: { end: "canceled" } };
  // an earlier try came further
  if (migration.state !== "preflighting" && !isBeforeStart(migration)) return { end: { end: "passed" } };
  if (!hasTarget(migration)) throw new Error(`Migration "${migrationId}" was started without a target.`);
  await claimTarget(services, migrationId, migration.target); // otherwise P20 says whose it is
  const { checks, seen, isPassing } = await runChecks(services, migration, requests.start);
  const ok = passed(checks);
  if (!ok && isPassing) {
    const entries = await filesOfFolder(services, migrationId);
    await announceVerdicts(services, log, migrationId, entries);
    return waitFor(services, log, migration, preflightOutage(preflightFailure(checks).message));
  }
  const noted = await decideInRun<Found>(services, log, migrationId, run, ({ migration: current }) => ({
    change: {
      migration: {
        ...withCounts(waited(services, current, undefined).migration, seen),
        checks,
        checksAt: services.clock.now().toISOString(),
        updatedAt: services.clock.now().toISOString(),
      },
      audit: [
        {
          id: `preflight-${run}`,
          at: services.clock.now().toISOString(),
          by: "sqlferry",
          action: "decision",
          result: ok ? "accepted" : "refused",
          detail: ok ? "The preflight passed." : "The preflight failed.",
          facts: outcomes(checks),
        },
      ],
    },
    answer: { end: ok ? { end: "passed" } : { end: "preflightFailed", failure: preflightFailure(checks) } },
  }));
  return noted ?? { end: { end: "canceled" } };
}
