// Still step 4: has DMS begun? Asks it first and adopts what is there, else creates; a lost answer is found at the next look.
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { earlierPlan } from "../../shared/chain/planVersion.ts";
import { migrationEvent } from "../../shared/migration/eventBuilders.ts";
import type { Failure, Migration, StartWish } from "../../shared/migration/migration.ts";
import { beyondThePlan } from "../../shared/migration/planRefusals.ts";
import type { EngineOperation } from "../../shared/migration/ports.ts";
import { canStart, heldBy } from "../../shared/migration/startPolicy.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { assessFolder } from "../assessFolder.ts";
import { filesNotRead } from "../cutoverFacts.ts";
import { decide, factsOf, type Log } from "../decide.ts";
import { eventContext } from "../eventContext.ts";
import { nextLook } from "../nextLook.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { fingerprintOf, ownershipOf } from "./ownOperation.ts";
import { giveSlotBack } from "./slots.ts";
import { answered, isOpen } from "./wishes.ts";

type Seen = Look<{ readonly end: "started" } | steps.EarlyEnd>;

/** A fault of the service earns one automatic new attempt. */
const MOST_ATTEMPTS = 2;
/** Where waiting heals (single-user mode during an upgrade, a runtime that is down), this is how long: a minute, by default. */
const PAUSE_IN_POLLS = 2;

export const lookAtStart =
  (services: Services): StepHandler<typeof steps.lookAtStart> =>
  async ({ migrationId, run, watch }, log) => {
    const { migrations, engine } = services;
    await migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    if (isOpen(wishes.cancel, run)) return { end: { end: "canceled" } };
    if (!migration.target) throw new Error(`Migration "${migrationId}" starts without a target.`);

    const seen = await engine.observe(migration.target);
    if (seen.kind === "unavailable")
      return nextLook(services, { migration, retryAfterSeconds: seen.failure.retryAfterSeconds });
    const fingerprint = fingerprintOf(seen);
    const whose = ownershipOf(migration.request, seen, services.clock.now());
    if (whose === "notShownYet") return nextLook(services, { migration });
    if (seen.kind === "present" && whose === "ours") return followOurs(services, log, migration, seen.operation);
    if (seen.kind === "present" && isUnderWay(seen.operation))
      return { end: { end: "failed", failure: targetBusy(migration.target.databaseName) } };
    return create(services, log, migration, wishes.start, fingerprint);
  };

const isUnderWay = ({ phase }: EngineOperation): boolean =>
  phase === "creating" || phase === "running" || phase === "completing" || phase === "canceling";

/** Our operation is there: started, still creating, or failed. */
async function followOurs(
  services: Services,
  log: Log,
  migration: Migration,
  operation: EngineOperation,
): Promise<Seen> {
  if (operation.phase === "canceled") return { end: { end: "canceled" } };
  if (operation.phase === "failed") return afterFailure(services, log, migration, operation);
  const { operationId } = operation;
  if (operationId === undefined) return nextLook(services, { migration });

  await decide(services, log, migration.migrationId, ({ migration: current, wishes }) => {
    if (current.state === "restoring") return { answer: undefined }; // an earlier try of this step came this far
    const now = services.clock.now().toISOString();
    const started: Migration = {
      ...moveTo(current, "restoring", now),
      operationId,
      startedAt: operation.startedOn ?? now,
      progress: { ...current.progress, started: true },
    };
    const event = migrationEvent(eventContext(services, started), "migration.started", `run-${current.run}`, {
      operationId,
    });
    return {
      change: {
        migration: started,
        events: [event],
        ...(isOpen(wishes.start, current.run) && {
          wish: answered(wishes.start, "done", now, "The restore has begun."),
        }),
      },
      answer: undefined,
    };
  });
  await giveSlotBack(services, migration, { stillRestoring: true });
  return { end: { end: "started" } };
}

/** Waiting heals some failures, one new attempt others; the rest is for a person. */
async function afterFailure(
  services: Services,
  log: Log,
  migration: Migration,
  operation: EngineOperation,
): Promise<Seen> {
  const failure = operation.failure ?? unknownFailure(operation);
  const attempts = migration.request?.attempts ?? 1;
  const again = failure.kind === "wait" || (failure.kind === "fault" && attempts < MOST_ATTEMPTS);
  if (!again) return { end: { end: "failed", failure } };
  const next = failure.kind === "fault" ? attempts + 1 : attempts;
  const seconds = failure.retryAfterSeconds ?? PAUSE_IN_POLLS * services.config.dms.pollSeconds;
  return decide(services, log, migration.migrationId, ({ migration: current }) => ({
    ...(current.request && {
      change: {
        migration: {
          ...current,
          request: { ...current.request, before: operation.fingerprint, accepted: false, attempts: next },
        },
      },
    }),
    answer: { nextLookSeconds: seconds }, // the next look sees what it saw before, and creates anew
  }));
}

/** Writes down what was there before, then asks DMS: so the next look knows our operation from an older one. */
async function create(
  services: Services,
  log: Log,
  migration: Migration,
  said: StartWish | undefined,
  before: string,
): Promise<Seen> {
  const { report, entries } = await assessFolder(services, migration);
  const { lastBackupName, restorableTo, plan } = report;
  const [anchor] = plan;
  const { fileShare } = migration.source;
  const database = fileShare ? onShare(migration) : report.database;
  const passedOver = said?.run === migration.run ? (said.forced?.passedOver ?? []) : [];
  const held = fileShare ? undefined : heldBy(report, passedOver);
  if (held === "reading") return nextLook(services, { migration });
  if (held) return { end: { end: "failed", failure: unusableBeyond(report) } };
  if (!database || !(fileShare || (anchor && canStart(report, passedOver))))
    return { end: { end: "failed", failure: planGone(report.verdict) } };
  if (migration.mode === "offline" && !fileShare) {
    // it completes by itself, so it begins with what was found ready, or not at all
    if (!goesOnFrom(report, migration.startPlan))
      return { end: { end: "failed", failure: planGone("no longer what the start was meant for") } };
    const notRead = await filesNotRead(services, migration, entries);
    if (notRead.some((name) => !passedOver.includes(name))) return nextLook(services, { migration });
  }
  // What an earlier run saw on the share may be gone; DMS shows it anew.
  if (fileShare)
    for (const { record } of entries) await services.catalogue.withdraw(migration.migrationId, record.name);
  const offline =
    migration.mode === "offline" && !fileShare && lastBackupName && restorableTo
      ? { lastBackupName, restorableTo }
      : undefined;

  const asking = await decide(services, log, migration.migrationId, ({ migration: current }) => {
    const now = services.clock.now().toISOString();
    const starting: Migration = {
      ...(current.state === "starting" ? current : moveTo(current, "starting", now)),
      updatedAt: now,
      request: {
        at: now,
        before,
        accepted: false,
        attempts: current.request?.attempts ?? 1,
        planVersion: report.planVersion,
        ...(offline && { lastBackupName: offline.lastBackupName }),
      },
      progress: {
        ...current.progress,
        ...(anchor && !fileShare && { anchorSetGuid: anchor.setGuid }),
        ...(offline && { lastBackupLsn: offline.restorableTo.lsn }),
      },
    };
    return { change: { migration: starting }, answer: starting };
  });
  if (!asking.target) throw new Error(`Migration "${migration.migrationId}" lost its target while it was starting.`);

  const answer = await services.engine.start({
    target: asking.target,
    sourceDatabaseName: database.databaseName,
    sourceServerName: database.serverName,
    container: migration.source.container,
    folder: migration.source.folder,
    mode: migration.mode,
    ...(fileShare && { fileShare }),
    ...(offline && { lastBackupName: offline.lastBackupName }),
  });
  const isRefused = !answer.ok && answer.failure.kind === "user";
  if (answer.ok || isRefused)
    await decide(services, log, migration.migrationId, ({ migration: current }) => ({
      ...(current.request && {
        change: {
          migration: {
            ...current,
            request: { ...current.request, ...(isRefused ? { refused: true } : { accepted: true }) },
          },
        },
      }),
      answer: undefined,
    }));
  if (!answer.ok && isRefused) return { end: { end: "failed", failure: answer.failure } };
  // a refusal of another kind, or an answer that was lost: the next look sees what became of it
  const { retryAfterSeconds } = answer.ok ? answer : answer.failure;
  return nextLook(services, { migration: asking, retryAfterSeconds });
}

/** Of a share only what was registered is known before DMS has looked. */
const onShare = ({ source: { databaseName = "", fileShare } }: Migration) => ({
  databaseName,
  serverName: fileShare?.sql.server ?? "",
});

const targetBusy = (databaseName: string): Failure => ({
  code: "TARGET_BUSY",
  message: `A migration of "${databaseName}" that this run did not start is under way on the VM.`,
  cause: "Somebody started it outside sqlferry, or another folder has the same target.",
  remedy: "Let it end or cancel it, or choose another target name; then restart this migration.",
});

/** The plan that was found ready, or one that only goes on from it; a source that was opened again after its tail log closes nothing. */
const goesOnFrom = (report: ChainReport, startPlan: string | undefined): boolean =>
  startPlan !== undefined &&
  earlierPlan(report, startPlan) !== undefined &&
  !report.problems.some(({ code }) => code === "SOURCE_REOPENED");

const unusableBeyond = (report: ChainReport): Failure => ({
  code: "UNUSABLE_BACKUPS",
  message: beyondThePlan(report),
  cause: "While the migration waited for its turn, a file came that cannot be used and may reach beyond the plan.",
  remedy:
    "Replace or remove each of them, then restart this migration; or restart it and force its start with a reason.",
});

const planGone = (verdict: string): Failure => ({
  code: "PLAN_GONE",
  message: `When the turn came the folder was ${verdict}, no longer ready to start.`,
  cause: "A file was deleted or overwritten while the migration waited.",
  remedy: "Look at the files' verdicts, supply what is missing, then restart this migration.",
});

const unknownFailure = ({ migrationStatus, provisioningState }: EngineOperation) => ({
  code: migrationStatus ?? provisioningState ?? "Failed",
  message: "The service gave no reason.",
  cause: "The service reported a failure without a text.",
  remedy: "Look at the migration service in the Azure portal, then restart the migration.",
  kind: "user" as const,
  retryAfterSeconds: undefined,
});
