// Decides about a change of the registration: rank at any time, everything else until the start is fixed.
import type { ChangeBody } from "../../api/bodies.ts";
import { changedMigration } from "../../api/views.ts";
import { canonicalJson } from "../../migration/canonicalJson.ts";
import { registrationVersionOf } from "../../migration/ids.ts";
import { hasEnded, isBeforeStart, type Migration, type MigrationSource } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";
import { overtaken } from "../../start/startPolicy.ts";
import { isSameTarget } from "../../start/targetClaim.ts";
import { claimNewTarget, duplicateTarget } from "../start/claimTarget.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";

/** By JSON Merge Patch (RFC 7396): what is left out stays, null removes a value. */
export const change: Command<ChangeBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, async ({ migration, requests }) => {
    const { caller, body, planVersion: seen } = asked;
    const { migrationId, state } = migration;
    const registrationVersion = registrationVersionOf(migration);
    if (seen !== undefined && seen !== registrationVersion)
      return {
        refused: {
          problem: "registration-changed",
          detail: `The registration is "${registrationVersion}", not "${seen.slice(0, 64)}" (registrationVersion of GET …/migrations/${migrationId}; its ETag is the plan's). Look at it, then change it.`,
          registrationVersion,
        },
      };
    const after = changed(services, migration, body);
    const what = differing(migration, after);
    if (what.length === 0) return { outcome: { did: "done", body: changedMigration(migration) } };
    if (what.some((one) => !RANK.has(one)) && !isBeforeStart(migration))
      return { refused: { problem: "not-changeable", detail: notChangeable(migration), state } };
    const { target } = after;
    const isMoved = target !== undefined && !(migration.target && isSameTarget(migration.target, target));
    const rival = isMoved ? await claimNewTarget(services, migrationId, target) : undefined;
    if (rival) return { refused: duplicateTarget(rival, target) };
    const over = overtaken(requests.start, migration, after);
    const said = [`Changed by ${caller.name}: ${what.join(", ")}.`, over?.outcome?.detail].filter(Boolean).join(" ");
    return {
      change: {
        migration: after,
        ...(over && { request: over }),
        audit: [auditOf(services, caller, "change", "accepted", said, factsOf(after, what))],
      },
      outcome: { did: "done", body: changedMigration(after) },
    };
  });

/** What a request may change, by the names that the audit shows. */
type Word = "priority" | "wave" | "mode" | "start" | "source" | "target";

/** The order among those that wait for a VM, and so of use until the cutover. */
const RANK: ReadonlySet<Word> = new Set(["priority", "wave"]);

const differing = (before: Migration, after: Migration): readonly Word[] =>
  (["priority", "wave", "mode", "start", "source", "target"] as const).filter(
    (word) => canonicalJson({ is: before[word] }) !== canonicalJson({ is: after[word] }),
  );

function changed(services: Services, migration: Migration, body: ChangeBody): Migration {
  const { priority = migration.priority, wave = migration.wave, mode = migration.mode, start = migration.start } = body;
  const source = changedSource(migration.source, body.source);
  const target = changedTarget(services, migration, body.target);
  const { priority: _, wave: __, target: before, waitingOn, ...rest } = migration;
  const isElsewhere = target !== undefined && !(before && isSameTarget(before, target));
  const after: Migration = {
    ...rest,
    ...{ mode, start, source },
    ...(typeof priority === "number" && { priority }),
    ...(typeof wave === "number" && { wave }),
    ...(target && { target }),
    ...(waitingOn && !isElsewhere && { waitingOn }),
    ...(migration.state === "draft" && target && { state: "waitingForChain" as const }),
  };
  return differing(migration, after).length === 0
    ? migration
    : { ...after, updatedAt: services.clock.now().toISOString() };
}

function changedSource(source: MigrationSource, said: ChangeBody["source"] = {}): MigrationSource {
  const { databaseName, familyGuid, forkId, ...rest } = { ...source, ...said };
  return {
    ...rest,
    ...(databaseName && { databaseName }),
    ...(familyGuid && { familyGuid }),
    ...(forkId && { forkId }),
  };
}

/** A part of the target that is left out stays; without a target the defaults of a registration apply. */
function changedTarget(
  { config }: Services,
  { target, source }: Migration,
  said: ChangeBody["target"],
): Migration["target"] {
  if (said === undefined) return target;
  const sqlVmResourceId = said.sqlVmResourceId ?? target?.sqlVmResourceId ?? config.target.sqlVmResourceId;
  const databaseName = said.databaseName ?? target?.databaseName ?? (source.folder || source.databaseName);
  return sqlVmResourceId && databaseName ? { sqlVmResourceId, databaseName } : undefined;
}

const factsOf = ({ priority, wave, mode, start, target }: Migration, what: readonly Word[]) => ({
  what: what.join(", "),
  ...{ mode, start },
  ...(priority !== undefined && { priority }),
  ...(wave !== undefined && { wave }),
  ...(target && { target: `${target.databaseName} on ${target.sqlVmResourceId}` }),
});

function notChangeable(migration: Migration): string {
  const { migrationId, state } = migration;
  if (state === "succeeded") return "The migration has succeeded: only its priority and wave can still be changed.";
  if (hasEnded(migration))
    return `The migration is ${state}: a restart takes another target (ferry restart ${migrationId}, or POST …/restart). Only priority and wave change now.`;
  return `The migration is ${state}: its start is fixed, and mode, target and source stay as they are. Cancel it first to change them: ferry cancel ${migrationId} --reason TEXT, or POST …/cancel. Only priority and wave change now.`;
}
