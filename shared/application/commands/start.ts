// Decides about a request to start. In offline mode it means "all files are here", bound to a plan version.
import type { StartBody } from "../../api/bodies.ts";
import { isRefused, sourceCheck } from "../../assessed/sourceChecks.ts";
import type { ChainReport } from "../../chain/chainReport.ts";
import { databaseKey } from "../../chain/files/identity.ts";
import { nextRequestId } from "../../migration/ids.ts";
import { hasEnded, isBeforeStart, type Migration, type StartRequest } from "../../migration/migration.ts";
import { MOST_PASSED_OVER, passedOverOf, unusableVersions } from "../../migration/passedOver.ts";
import type { Refusal } from "../../migration/refusals.ts";
import { nameToConfirm } from "../../migration/waiting.ts";
import type { Services } from "../../ports.ts";
import { beyondThePlan, chainRefusal, forceRefusal, planChanged } from "../../start/planRefusals.ts";
import { lossAtStart, type StartLoss } from "../../start/startLoss.ts";
import { canStart, isOfAnotherName } from "../../start/startPolicy.ts";
import { assessFolder } from "../files/assessFolder.ts";
import { seeSource } from "../source/assessedSource.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";
import { operation } from "./operation.ts";

export const start: Command<StartBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, async ({ migration, requests }) => {
    const { caller, body } = asked;
    const { run, state } = migration;
    const earlier = requests.start?.run === run ? requests.start : undefined;
    if (!isBeforeStart(migration)) {
      if (!earlier || hasEnded(migration))
        return { refused: { problem: "not-startable", detail: nothingToStart(migration), state } };
      const repeated = `The start was asked for by ${earlier.by}; the migration is ${state}.`;
      return { outcome: operation(services, earlier, repeated) };
    }

    const named = await withSourceName(services, migration, body.sourceDatabaseName);
    if ("problem" in named) return { refused: named };
    const folder = await assessFolder(services, named);
    const { report } = folder;
    const unbound = boundTo(report, asked.planVersion);
    if (unbound) return { refused: unbound };
    if (named.target && isOfAnotherName(report)) return { refused: otherName(named, report) };
    if (body.force && report.unusableNewer.length > MOST_PASSED_OVER) return { refused: tooMany(report, state) };
    const passedOver = body.force ? passedOverOf(unusableVersions(report)) : [];
    const isWhole = migration.source.fileShare !== undefined || canStart(report, passedOver);
    if (body.ifReady && !isWhole) return { refused: chainRefusal(report) };
    if (body.ifReady && !migration.target)
      return { refused: { problem: "not-startable", detail: "The migration has no target yet.", state } };

    if (body.force && !isWhole) return { refused: forceRefusal(report) }; // only what cannot be used may be passed over

    const { reason } = body;
    const forced = body.force && reason !== undefined ? { reason, passedOver } : undefined;
    const isRepeated =
      earlier &&
      earlier.outcome === undefined &&
      named === migration &&
      earlier.planVersion === report.planVersion &&
      earlier.chainWasComplete === isWhole &&
      earlier.forced?.passedOver.join() === forced?.passedOver.join();
    const loss = isWhole && migration.target ? lossAtStart(report, forced !== undefined) : undefined;
    const more = loss && { loss };
    const detail = noted(migration, report, isWhole, loss);
    if (isRepeated) {
      const next = isWhole ? "It is carried out at the next look." : detail;
      const repeated = `The start was asked for by ${earlier.by} at ${earlier.at}. ${next}`;
      return { outcome: operation(services, earlier, repeated, more) };
    }
    const check = named.target && sourceCheck(named, await seeSource(services, named, folder), services.clock.now());
    if (check && isRefused(check))
      return {
        refused: { problem: "preflight-failed", detail: `${check.message} ${check.remedy}`, checks: [check] },
      };
    const request: StartRequest = {
      kind: "start",
      requestId: nextRequestId(migration, "start", earlier),
      run,
      by: caller.name,
      at: services.clock.now().toISOString(),
      planVersion: report.planVersion,
      chainWasComplete: isWhole,
      ...(forced && { forced }),
    };
    const audit = [
      auditOf(services, caller, "start", "accepted", detail, {
        planVersion: report.planVersion,
        ...(forced && { forced: true, reason: forced.reason }),
        ...(loss && { lossSince: loss.since }),
        ...(named !== migration && { sourceDatabaseName: named.source.databaseName ?? "" }),
      }),
    ];
    return { change: { migration: named, request, audit }, outcome: operation(services, request, detail, more) };
  });

/** Why there is nothing to start: the run has begun, or is over. */
function nothingToStart(migration: Migration): string {
  const { migrationId, state } = migration;
  if (state === "succeeded") return "The migration has succeeded: the database is online on the target.";
  if (hasEnded(migration))
    return `The migration is ${state}. Begin another run: ferry restart ${migrationId}, or POST …/restart.`;
  if (state === "canceling")
    return `The migration is being canceled. Once it is: ferry restart ${migrationId}, or POST …/restart.`;
  return `The migration is ${state}: it has started by itself.`;
}

/**
 * The migration with the source's name that the request confirms; refused when the folder's backups are of another
 * database.
 */
async function withSourceName(
  services: Services,
  migration: Migration,
  sourceDatabaseName: string | undefined,
): Promise<Migration | Refusal> {
  const { source } = migration;
  if (sourceDatabaseName === undefined || isOneName(source.databaseName, sourceDatabaseName)) return migration;
  const { database } = (await assessFolder(services, migration)).report;
  if (isOneName(database?.databaseName, sourceDatabaseName))
    return { ...migration, source: { ...source, databaseName: sourceDatabaseName } };
  return {
    problem: "other-database-name",
    detail: `The request says that the backups are of "${sourceDatabaseName}"; ${database ? `those in the folder "${source.folder}" are of "${database.databaseName}"` : `no file in the folder "${source.folder}" tells a database yet`}. Look at the folder's files, then ask again.`,
    ...(database && { sourceDatabaseName: database.databaseName }),
  };
}

const isOneName = (one: string | undefined, other: string): boolean =>
  one !== undefined && databaseKey(one) === databaseKey(other);

/** The most frequent mistake: nothing starts before a person has said which of the names is meant. */
function otherName(migration: Migration, { database }: ChainReport): Refusal {
  const sourceDatabaseName = database?.databaseName ?? "";
  const { cause, remedy } = nameToConfirm(sourceDatabaseName, migration);
  return { problem: "other-database-name", detail: `${cause} ${remedy}`, sourceDatabaseName };
}

/** A request stores at most this many versions. */
const tooMany = ({ unusableNewer }: ChainReport, state: Migration["state"]): Refusal => ({
  problem: "not-startable",
  detail: `${unusableNewer.length} files cannot be used; a start may be forced past ${MOST_PASSED_OVER}. Move those that do not belong to the database out of its folder, then ask again.`,
  state,
});

/** When the start takes effect, and what is lost by it. */
function noted(migration: Migration, report: ChainReport, isWhole: boolean, loss: StartLoss | undefined): string {
  if (!migration.target) return "Remembered: it starts when the migration has a target.";
  if (isWhole) return ["The start is noted.", loss?.text].filter(Boolean).join(" ");
  const isHeld = report.mode === "offline" && report.unusableNewer.length > 0;
  if (!isHeld || report.verdict !== "restorable") return "Remembered: it starts when the chain is complete.";
  return `Remembered: it starts when the files that cannot be used are replaced or removed, or when the start is forced with a reason. ${beyondThePlan(report)}`;
}

/** In offline mode the request means "all files are here", so it has to name its plan. */
function boundTo(report: ChainReport, named: string | undefined): Refusal | undefined {
  const { mode, planVersion } = report;
  if (named !== undefined) return named === planVersion ? undefined : planChanged(report, named);
  if (mode === "online") return undefined;
  return {
    problem: "if-match-required",
    detail:
      'Starting an offline migration says "all files are here": name the plan you mean with If-Match: "<planVersion>".',
    planVersion,
  };
}
