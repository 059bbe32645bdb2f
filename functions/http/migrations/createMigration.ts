// POST /migrations: registers a folder's migration, or completes the draft that the folder's first file made.
import type { HttpHandler } from "@azure/functions";
import { CreateRequest } from "../../../shared/api/requests.ts";
import { migrationLine } from "../../../shared/api/views.ts";
import { draftOf, MADE_BY_A_FILE } from "../../../shared/application/files/ensureMigration.ts";
import { signalRun } from "../../../shared/application/run/signalWatch.ts";
import { claimNewTarget } from "../../../shared/application/start/claimTarget.ts";
import { readStored, StoredMigration, storedJson } from "../../../shared/migration/contracts.ts";
import { beyondOperators, shareRefusal } from "../../../shared/migration/fileShare/shareLimits.ts";
import { hasEnded, type Migration } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { overtaken } from "../../../shared/start/startPolicy.ts";
import { auditOf } from "../audit.ts";
import { holds } from "../caller.ts";
import { bodyOf, endpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

export const createMigration = (services: Services): HttpHandler =>
  endpoint(services, "Ferry.Operator", async ({ request, invocation, caller }) => {
    const { migrations, files, config } = services;
    const parsed = await bodyOf(request, CreateRequest);
    if (isRefusal(parsed)) return parsed;
    const { body } = parsed;
    if (body.source.container !== undefined && body.source.container !== files.container)
      return {
        problem: "validation",
        detail: `This sqlferry watches the container "${files.container}".`,
        errors: [{ pointer: "/source/container", message: `must be "${files.container}" or left out` }],
      };
    const { fileShare } = body.source;
    const asks = { name: caller.name, isAdmin: holds(caller, "Ferry.Admin") };
    const refused = fileShare && shareRefusal(fileShare, config.fileShare, asks);
    if (refused) return refused;
    const beyond = fileShare ? beyondOperators(fileShare, config.fileShare) : [];

    const draft = draftOf(services, body.source.folder);
    const { migrationId } = draft;
    for (;;) {
      const known = await migrations.facts(migrationId);
      if (known && !isDraft(known.migration)) {
        // whoever made it may have died before its line and its run were there
        await migrations.repairLine(known);
        if (!hasEnded(known.migration)) await signalRun(services, invocation, known.migration);
        if (isTheSame(known.migration, completed(services, draft, body, caller.name)))
          return json(200, migrationLine(known.migration), { location: `/api/v1/migrations/${migrationId}` });
        return {
          problem: "already-exists",
          detail: `The folder "${body.source.folder}" has the migration ${migrationId} since ${known.migration.createdAt}. ${whatItTakes(known.migration)}`,
          migrationId,
        };
      }
      const migration = completed(services, known?.migration ?? draft, body, caller.name);
      const rival = migration.target && (await claimNewTarget(services, migrationId, migration.target));
      if (rival)
        return {
          problem: "duplicate-target",
          detail: `The migration ${rival} already has the target "${migration.target?.databaseName}" on this VM. Choose another target database name.`,
          migrationId: rival,
        };
      const over = known && overtaken(known.wishes.start, known.migration, migration);
      const said = [`Registered by ${caller.name}.`, over?.outcome?.detail].filter(Boolean).join(" ");
      const committed = await migrations.commit({
        migrationId,
        ...(known && { version: known.version }),
        migration,
        ...(over && { wish: over }),
        audit: [
          auditOf(services, caller, "create", "accepted", said, {
            mode: migration.mode,
            ...(beyond.length > 0 && { asAdmin: beyond.map(({ message }) => message).join("; ") }),
          }),
        ],
      });
      if (committed === "conflict") continue; // the folder's first file, or another caller: look again
      await signalRun(services, invocation, migration);
      return json(201, migrationLine(migration), { location: `/api/v1/migrations/${migrationId}` });
    }
  });

/** Nobody has said yet where it goes: it has no target, or the one of the settings because a file made it. */
const isDraft = ({ createdBy, state }: Migration): boolean =>
  state === "draft" || (createdBy === MADE_BY_A_FILE && state === "waitingForChain");

/** What can be done with the folder's migration instead of registering it anew. */
function whatItTakes({ migrationId, state }: Migration): string {
  if (state === "succeeded")
    return "Its database is online on the target. To restore these backups once more, put them into another folder.";
  if (hasEnded({ state }))
    return `It is ${state}: begin another run, with another target where that was wrong: ferry restart ${migrationId} [--vm RESOURCE_ID] [--target-database NAME], or POST …/restart.`;
  return `It is ${state}: start, cut over or cancel that one; once it is canceled, a restart takes another target.`;
}

/** Said before, by the same caller and in the same words, and under way: only the answer was lost. */
const isTheSame = (known: Migration, said: Migration): boolean =>
  !hasEnded(known) && storedJson(wantedOf(known)) === storedJson(wantedOf(said));

/** Of a migration what a registration says; read back from the table, members come in the schema's order. */
const wantedOf = (migration: Migration) => {
  const { mode, start, source, target, createdBy } = readStored(StoredMigration, storedJson(migration));
  return { mode, start, source, target, createdBy };
};

function completed(services: Services, draft: Migration, body: CreateRequest, by: string): Migration {
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
