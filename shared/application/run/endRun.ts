// Ends a run: writes its last state, answers open requests, releases what it held, and notifies people.

import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import type { FerryEvent } from "../../migration/events/events.ts";
import type { EndingRun } from "../../migration/looks.ts";
import { type Failure, isOver, type Migration, type MigrationRequest, type RunEnd } from "../../migration/migration.ts";
import { missingOnTarget } from "../../migration/progress.ts";
import { moveTo } from "../../migration/transitions.ts";
import type { Change, Log, Services } from "../../ports.ts";
import { announceVerdicts } from "../files/announceVerdicts.ts";
import { assessEntries } from "../files/assessFolder.ts";
import { giveSlotBack } from "../queue/slots.ts";
import { decide, factsOf } from "./decide.ts";
import { eventContext } from "./eventContext.ts";
import { note } from "./note.ts";
import { answered, isOpen } from "./requests.ts";

export async function endRun(
  services: Services,
  log: Log,
  { migrationId, run, end }: EndingRun,
): Promise<{ end: RunEnd["end"] }> {
  const known = (await factsOf(services, migrationId)).migration;
  const { target } = known;
  if (hasFailed(end) && !isOver(known, run)) note(log, "RunFailed", { migrationId, run, ...failureOf(end) });
  const atTheEnd = end.end === "succeeded" ? await services.catalogue.list(migrationId) : undefined;
  await decide(services, log, migrationId, ({ migration, requests }) => {
    if (isOver(migration, run)) return { answer: undefined }; // an earlier try completed it
    const now = services.clock.now().toISOString();
    const ended = lastState(migration, end, now);
    // the sweep wakes a run whose request is open
    const open = Object.values<MigrationRequest>(requests).filter((one) => isOpen(one, run));
    const report = atTheEnd && assessEntries(services, ended, atTheEnd);
    const loss = report && missingOnTarget(report, ended, requests, services.clock.now());
    const change: Omit<Change, "migrationId" | "version"> = {
      migration: ended,
      events: [eventOf(services, ended, end, loss)],
      request: open.map((one) =>
        answered(
          one,
          one.kind === "cancel" && end.end === "canceled" ? "done" : "superseded",
          now,
          `The run has ended: ${ended.state}.`,
        ),
      ),
      audit: [
        {
          id: `run-${run}-${end.end}`,
          at: now,
          by: "sqlferry",
          action: "decision",
          result: end.end === "succeeded" ? "done" : "failed",
          detail: end.failure?.message ?? [`The run has ended: ${ended.state}.`, loss].filter(Boolean).join(" "),
          facts: { run, state: ended.state },
        },
      ],
    };
    return { change, answer: undefined };
  });
  // after it, so that a fault of the queue does not hide the end; the step is retried when it fails, and the sweep
  // frees what is left
  await giveSlotBack(services, { migrationId, run, ...(target && { target }) }, { stillRestoring: false });
  // before the rows are read: from here on a file's own event announces it
  await services.migrations.dropWatch({ migrationId, run });
  const entries = await services.catalogue.list(migrationId);
  await announceVerdicts(services, log, migrationId, entries);
  return { end: end.end };
}

const hasFailed = ({ end }: RunEnd): boolean => end === "failed" || end === "preflightFailed";

function eventOf(services: Services, ended: Migration, { end }: RunEnd, loss: string | undefined): FerryEvent {
  const [context, transition] = [eventContext(services, ended), `run-${ended.run}`];
  if (end === "succeeded") return migrationEvent(context, "migration.succeeded", transition, { loss });
  if (end === "canceled") return migrationEvent(context, "migration.canceled", transition, {});
  return migrationEvent(context, "migration.failed", transition, { ...ended.failure });
}

function lastState(migration: Migration, { end, failure }: RunEnd, now: string): Migration {
  const { readyFor: _, gate: __, stalled: ___, ...rest } = moveTo(migration, end, now);
  const ended = end === "preflightFailed" ? undefined : end;
  return {
    ...rest,
    endedAt: now,
    ...(failure && { failure: recorded(failure) }),
    progress: { ...rest.progress, ...(ended && { ended }) },
  };
}

/** What the adapter adds for its callers is not recorded. */
const recorded = ({ code, message, cause, remedy, sqlError, requestId }: Failure): Failure => ({
  code,
  message,
  cause,
  remedy,
  ...(sqlError !== undefined && { sqlError }),
  ...(requestId !== undefined && { requestId }),
});

const failureOf = ({ end, failure }: RunEnd) => ({
  code: failure?.code,
  message: failure?.message ?? end,
  requestId: failure?.requestId,
});
