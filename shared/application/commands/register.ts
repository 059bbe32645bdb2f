// Decides about a registration: creates a folder's migration, or completes the draft that the folder's first file made.
import type { CreateBody } from "../../api/bodies.ts";
import { type Caller, holds } from "../../api/roles.ts";
import { migrationLine } from "../../api/views.ts";
import { beyondOperators, shareRefusal } from "../../migration/fileShare/shareLimits.ts";
import { hasEnded, isDraft, type Migration, type MigrationFacts, type Outcome } from "../../migration/migration.ts";
import { readStored, storedJson } from "../../migration/stored/storedJson.ts";
import { StoredMigration } from "../../migration/stored/storedMigration.ts";
import type { Services } from "../../ports.ts";
import { overtaken } from "../../start/startPolicy.ts";
import { draftOf } from "../files/ensureMigration.ts";
import { claimNewTarget, duplicateTarget } from "../start/claimTarget.ts";
import { auditOf } from "./audit.ts";
import { type Command, type Decided, onPartition } from "./command.ts";

export const register: Command<CreateBody> = async (services, invocation, { caller, body, key }) => {
  const { files, config } = services;
  const { container, folder, fileShare } = body.source;
  if (container !== undefined && container !== files.container)
    return {
      problem: "validation",
      detail: `This sqlferry watches the container "${files.container}".`,
      errors: [{ pointer: "/source/container", message: `must be "${files.container}" or left out` }],
    };
  const asks = { name: caller.name, isAdmin: holds(caller, "Ferry.Admin") };
  const refused = fileShare && shareRefusal(fileShare, config.fileShare, asks);
  if (refused) return refused;
  const draft = draftOf(services, folder);
  return onPartition(services, invocation, draft.migrationId, key, (known) => {
    if (known?.migration.forgottenAt !== undefined) {
      const run = known.migration.run + 1; // numbers of runs are never used again
      return registered(services, undefined, { ...draft, run }, body, caller);
    }
    return known && !isDraft(known.migration)
      ? again(services, known, draft, body, caller)
      : registered(services, known, draft, body, caller);
  });
};

/** The folder's migration is already registered: only the same registration is accepted again. */
function again(services: Services, known: MigrationFacts, draft: Migration, body: CreateBody, caller: Caller): Decided {
  const { migrationId, createdAt } = known.migration;
  if (isTheSame(known.migration, completed(services, draft, body, caller.name)))
    return { outcome: there("done", known.migration) };
  return {
    refused: {
      problem: "already-exists",
      detail: `The folder "${body.source.folder}" has the migration ${migrationId} since ${createdAt}. ${whatItTakes(known.migration)}`,
      migrationId,
    },
    heals: true,
  };
}

async function registered(
  services: Services,
  known: MigrationFacts | undefined,
  draft: Migration,
  body: CreateBody,
  caller: Caller,
): Promise<Decided> {
  const { migrationId } = draft;
  const { fileShare } = body.source;
  const migration = completed(services, known?.migration ?? draft, body, caller.name);
  const rival = migration.target && (await claimNewTarget(services, migrationId, migration.target));
  if (rival) return { refused: duplicateTarget(rival, migration.target) };
  const over = known && overtaken(known.requests.start, known.migration, migration);
  const said = [`Registered by ${caller.name}.`, over?.outcome?.detail].filter(Boolean).join(" ");
  const beyond = fileShare ? beyondOperators(fileShare, services.config.fileShare) : [];
  const facts = {
    mode: migration.mode,
    ...(beyond.length > 0 && { asAdmin: beyond.map(({ message }) => message).join("; ") }),
  };
  return {
    change: {
      migration,
      ...(over && { request: over }),
      audit: [auditOf(services, caller, "create", "accepted", said, facts)],
    },
    outcome: there("created", migration),
  };
}

const there = (did: Outcome["did"], migration: Migration): Outcome => ({
  did,
  about: `migrations/${migration.migrationId}`,
  body: migrationLine(migration),
});

/** What can be done with the folder's migration instead of registering it again. */
function whatItTakes({ migrationId, state }: Migration): string {
  if (state === "succeeded")
    return "Its database is online on the target. To restore these backups once more, put them into another folder.";
  if (hasEnded({ state }))
    return `It is ${state}: begin another run, with another target where that was wrong: ferry restart ${migrationId} [--vm RESOURCE_ID] [--target-database NAME], or POST …/restart.`;
  return `It is ${state}: start, cut over or cancel that one; once it is canceled, a restart takes another target.`;
}

/** Registered before by the same caller with the same values, and not ended: only the answer was lost. */
const isTheSame = (known: Migration, said: Migration): boolean =>
  !hasEnded(known) && storedJson(wantedOf(known)) === storedJson(wantedOf(said));

/** The part of a migration that a registration sets; read back from the table, members are in the schema's order. */
const wantedOf = (migration: Migration) => {
  const { mode, start, source, target, createdBy } = readStored(StoredMigration, storedJson(migration));
  return { mode, start, source, target, createdBy };
};

function completed(services: Services, draft: Migration, body: CreateBody, by: string): Migration {
  const { container: _, folder, ...expected } = body.source;
  const sqlVmResourceId =
    body.target?.sqlVmResourceId ?? draft.target?.sqlVmResourceId ?? services.config.target.sqlVmResourceId;
  const databaseName = body.target?.databaseName ?? (folder === "" ? body.source.databaseName : folder);
  const target = sqlVmResourceId && databaseName ? { sqlVmResourceId, databaseName } : undefined;
  const { target: _none, waitingOn: _nothing, ...rest } = draft;
  return {
    ...rest,
    state: target ? "waitingForChain" : "draft",
    mode: body.mode ?? draft.mode,
    start: body.start ?? draft.start,
    source: { ...draft.source, rootIsADatabase: folder === "", ...defined(expected) },
    ...(target && { target }),
    createdBy: by,
    updatedAt: services.clock.now().toISOString(),
  };
}

/** Without the members that are undefined. */
const defined = <Shape extends object>(shape: Shape): { [Key in keyof Shape]: NonNullable<Shape[Key]> } =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Shape]: NonNullable<Shape[Key]>;
  };
