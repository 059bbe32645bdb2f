// Decides about a resume: a stalled run continues from the recorded facts after its cause was fixed, and adopts what
// is under way at DMS.
import type { ResumeBody } from "../../api/bodies.ts";
import { migrationLine } from "../../api/views.ts";
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import { hasEnded, type Migration, type Outcome } from "../../migration/migration.ts";
import { eventContext } from "../run/eventContext.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";

export const resume: Command<ResumeBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, ({ migration: known }) => {
    const { caller, body } = asked;
    const { run, state } = known;
    if (hasEnded(known)) {
      const detail = `The migration is ${state}: there is no run to go on with.`;
      return { refused: { problem: "not-resumable", detail, state } };
    }
    const { stalled, ...resumed } = known;
    if (!stalled) return { outcome: underWay(resumed) }; // asking twice is harmless
    const migration = { ...resumed, updatedAt: services.clock.now().toISOString() };
    const reason = body.reason ?? `Resumed by ${caller.name}.`;
    const told = { by: caller.name, what: stalled.what };
    const transition = `run-${run}|${stalled.since}`;
    return {
      change: {
        migration,
        events: [migrationEvent(eventContext(services, migration), "migration.resumed", transition, told)],
        audit: [auditOf(services, caller, "resume", "accepted", reason, { run, stalledSince: stalled.since })],
      },
      outcome: underWay(resumed),
    };
  });

/** The outcome: the run is under way. */
export const underWay = (migration: Migration): Outcome => ({
  did: "noted",
  about: `migrations/${migration.migrationId}`,
  body: migrationLine(migration),
});
