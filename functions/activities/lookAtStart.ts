// Still step 4: has DMS begun? Asks it first and adopts what is there, else creates; a lost answer is found at the next look.
import type { ChainReport } from "../../shared/chain/chainReport.ts";
import { migrationEvent } from "../../shared/migration/eventBuilders.ts";
import {
  type Failure,
  hasBegun,
  isOver,
  type Migration,
  type MigrationFacts,
  type RestoreRequest,
  type WaitingOn,
} from "../../shared/migration/migration.ts";
import { notPassedOver } from "../../shared/migration/passedOver.ts";
import { beyondThePlan } from "../../shared/migration/planRefusals.ts";
import type {
  CatalogueEntry,
  EngineAnswer,
  EngineFailure,
  EngineOperation,
  Observation,
  RestoreOrder,
} from "../../shared/migration/ports.ts";
import { canStart, heldBy, mayStillStart, newestArrivalOf } from "../../shared/migration/startPolicy.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import {
  isOfFiles,
  isOutage,
  outage,
  refusal,
  slowness,
  standsInTheWay,
  unreadFiles,
} from "../../shared/migration/waiting.ts";
import type { Services } from "../../shared/services.ts";
import { announceVerdicts, PORTIONS_OF_A_LOOK } from "../announceVerdicts.ts";
import { assessEntries, recordsOf } from "../assessFolder.ts";
import { filesNotRead } from "../cutoverFacts.ts";
import { type Decision, decideInRun, factsOf, type Log } from "../decide.ts";
import { eventContext } from "../eventContext.ts";
import { nextLook } from "../nextLook.ts";
import type { Look, StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { filesOfFolder } from "../takeBackup.ts";
import { fingerprintOf, mayBeUnderWay, ownershipOf } from "./ownOperation.ts";
import { askSlot, countIn, goToTheEnd, letOthersGo, orGiveBack, stepBack } from "./slots.ts";
import { answersAgain, waitFor, withoutWait } from "./waits.ts";
import { answered, isOpen } from "./wishes.ts";

type Seen = Look<{ readonly end: "started" } | steps.EarlyEnd>;
const canceled: Seen = { end: { end: "canceled" } };

/** A fault of the service earns one automatic new attempt. */
const MOST_ATTEMPTS = 2;
/** Where waiting heals (single-user mode during an upgrade, a runtime that is down), this is how long: a minute, by default. */
const PAUSE_IN_POLLS = 2;

export const lookAtStart =
  (services: Services): StepHandler<typeof steps.lookAtStart> =>
  async ({ migrationId, run, watch }, log) => {
    const { migrations, engine } = services;
    await migrations.listen(migrationId, watch);
    const facts = await factsOf(services, migrationId);
    const { migration, wishes } = facts;
    if (isOver(migration, run) || isOpen(wishes.cancel, run)) return canceled;
    if (hasBegun(migration)) return begun(services, migration); // an earlier try came further
    if (!migration.target) throw new Error(`Migration "${migrationId}" starts without a target.`);

    const { target } = migration;
    const look = async (): Promise<Seen> => {
      const [entries, seen] = await Promise.all([filesOfFolder(services, migrationId), engine.observe(target)]);
      const found = await goOn(services, log, facts, seen, entries);
      await announceVerdicts(services, log, migrationId, entries, { portions: PORTIONS_OF_A_LOOK });
      return found;
    };
    return orGiveBack(look(), log, async () => {
      await giveBackUnlessUnderWay(services, (await factsOf(services, migrationId)).migration); // it may have been asked for just now
    });
  };

async function goOn(
  services: Services,
  log: Log,
  facts: MigrationFacts,
  seen: Observation,
  entries: readonly CatalogueEntry[],
): Promise<Seen> {
  const { migration } = facts;
  if (seen.kind === "unavailable") return whileUnavailable(services, log, migration, seen.failure);
  const whose = ownershipOf(migration.request, seen, services.clock.now());
  if (whose === "notShownYet" && !migration.request?.contested) {
    await answersAgain(services, log, migration);
    return nextLook(services, { migration });
  }
  if (seen.kind === "present" && whose === "ours") return followOurs(services, log, migration, seen.operation);
  if (seen.kind === "present" && isUnderWay(seen.operation)) {
    // what is shown may have been asked for since the facts were read, by another try of this step
    if ((await factsOf(services, migration.migrationId)).version !== facts.version) return { nextLookSeconds: 1 };
    return { end: { end: "failed", failure: targetBusy(migration.target?.databaseName ?? "") } };
  }
  return create(services, log, facts, fingerprintOf(seen), entries);
}

/** Nobody knows what DMS does. What a person has to mend ends the run, as long as nothing of it can be under way there. */
async function whileUnavailable(
  services: Services,
  log: Log,
  migration: Migration,
  failure: EngineFailure,
): Promise<Seen> {
  const { request } = migration;
  if (failure.kind === "user" && (request === undefined || request.refused)) return { end: { end: "failed", failure } };
  await giveBackUnlessUnderWay(services, migration);
  return waitFor(services, log, migration, outage(failure), failure.retryAfterSeconds);
}

/** What DMS has taken it may be at all the time: it goes on counting as a database of the VM. */
async function giveBackUnlessUnderWay(services: Services, migration: Migration): Promise<void> {
  const { request } = migration;
  if (mayBeUnderWay(request, services.clock.now())) return;
  if (request?.accepted) await stepBack(services, migration);
  else await letOthersGo(services, migration);
}

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
  if (operationId === undefined) return whileCreating(services, log, migration);

  const isStarted = await decideInRun(
    services,
    log,
    migration.migrationId,
    migration.run,
    ({ migration: current, wishes }) => {
      if (hasBegun(current)) return { answer: true }; // an earlier try of this step came this far
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
        answer: true,
      };
    },
  );
  return isStarted ? begun(services, migration) : canceled; // else the run was over
}

async function begun(services: Services, migration: Migration): Promise<Seen> {
  if (migration.state !== "cuttingOver") await countIn(services, migration);
  return { end: { end: "started" } };
}

/** DMS has not given it an id yet. As long as it shows that it is at it, the turn is this one's: it takes one start at a time. */
async function whileCreating(services: Services, log: Log, migration: Migration): Promise<Seen> {
  const slow = slowness("the start", migration.request?.at, "Creating", services.clock.now());
  if (slow) return waitFor(services, log, migration, slow, undefined);
  await answersAgain(services, log, migration);
  return nextLook(services, { migration });
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
  await decideInRun<void>(services, log, migration.migrationId, migration.run, ({ migration: current }) => ({
    ...(current.request && {
      change: {
        migration: {
          ...current,
          request: {
            ...current.request,
            before: operation.fingerprint,
            accepted: false,
            refused: true,
            attempts: next,
          },
        },
      },
    }),
    answer: undefined,
  }));
  await letOthersGo(services, migration);
  const pause = failure.retryAfterSeconds ?? PAUSE_IN_POLLS * services.config.dms.pollSeconds;
  return waitFor(services, log, migration, refusal(failure, "the start"), pause); // the next look sees what it saw before, and creates anew
}

/** What was decided on and written down, and is sent as it stands; or what the look answers instead, or which files are not read, or in how many seconds it may be. */
type Asking =
  | { readonly sent: Migration; readonly order: RestoreOrder }
  | { readonly instead: Seen }
  | { readonly unread: readonly string[] }
  | { readonly notYet: number };

/** Writes down what was there before, then asks DMS: so the next look knows our operation from an older one. */
async function create(
  services: Services,
  log: Log,
  known: MigrationFacts,
  before: string,
  entries: readonly CatalogueEntry[],
): Promise<Seen> {
  const { migrationId, run } = known.migration;
  if (known.migration.request?.accepted === false) await goToTheEnd(services, known.migration); // DMS has not taken it: it is asked again
  const place = await askSlot(services, known.migration, "start"); // it has it, unless it has let others go first
  if (!place) return { nextLookSeconds: 1 };
  if (!place.granted) {
    await answersAgain(services, log, known.migration);
    return nextLook(services, { migration: known.migration });
  }
  const asking = await decideInRun<Asking>(services, log, migrationId, run, async (facts) => {
    if (facts.version === known.version) return orderOf(services, facts, before, entries);
    return { answer: { instead: { nextLookSeconds: 1 } } }; // another try of this step may have asked since DMS was observed
  });
  if (!asking) return canceled;
  if ("unread" in asking) return whileUnread(services, log, known.migration, asking.unread);
  if ("instead" in asking) return asking.instead;
  if ("notYet" in asking) {
    await letOthersGo(services, known.migration);
    return { nextLookSeconds: asking.notYet };
  }
  // What an earlier run saw on the share may be gone; DMS shows it anew.
  if (asking.order.fileShare)
    for (const { record } of entries) await services.catalogue.withdraw(migrationId, record.name);

  const answer = await services.engine.start(asking.order);
  const told = toldBy(answer);
  if (told)
    await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) => {
      const { request } = current;
      if (request === undefined || request.at !== asking.sent.request?.at) return { answer: undefined }; // it has been asked again since
      return { change: { migration: { ...current, request: { ...request, ...told } } }, answer: undefined };
    });
  if (answer.ok) return nextLook(services, { migration: asking.sent, retryAfterSeconds: answer.retryAfterSeconds });
  const { failure } = answer;
  if (failure.kind === "user") return { end: { end: "failed", failure } };
  if (!standsInTheWay(failure))
    return nextLook(services, { migration: asking.sent, retryAfterSeconds: failure.retryAfterSeconds });
  // a refusal that waiting heals, or an answer that was lost: the next look sees what became of it
  if (failure.retryAfterSeconds !== undefined) await letOthersGo(services, asking.sent); // who says when to come back has not begun
  return waitFor(services, log, asking.sent, refusal(failure, "the start"), failure.retryAfterSeconds);
}

/** What DMS's answer tells of the request; undefined: nothing, so that DMS may have it. */
function toldBy(answer: EngineAnswer): Partial<RestoreRequest> | undefined {
  if (answer.ok) return { accepted: true };
  if (answer.failure.kind === "user") return { refused: true };
  if (answer.mayHaveHappened) return undefined;
  return standsInTheWay(answer.failure) ? { refused: true } : { contested: true };
}

/** What a run has waited for before DMS is asked is over once it is; what a failed attempt waits for is not. */
const isBeforeAsking = (waitingOn: WaitingOn): boolean => isOutage(waitingOn) || isOfFiles(waitingOn);

/** Offline nothing begins while a file in the folder is not read: the sweep tries it again, and others go first meanwhile. */
async function whileUnread(
  services: Services,
  log: Log,
  migration: Migration,
  unread: readonly string[],
): Promise<Seen> {
  await letOthersGo(services, migration);
  return waitFor(services, log, migration, unreadFiles(unread), undefined);
}

/** The start policy once more, on the facts that the order is committed against: what was decided on is what is sent. */
async function orderOf(
  services: Services,
  { migration, wishes }: MigrationFacts,
  before: string,
  entries: readonly CatalogueEntry[],
): Promise<Decision<Asking>> {
  const { run, mode, target, source } = migration;
  if (isOpen(wishes.cancel, run)) return { answer: { instead: canceled } };
  const report = assessEntries(services, migration, entries);
  const clock = services.clock.now();
  const start = mayStillStart({
    migration,
    report,
    wish: isOpen(wishes.start, run) ? wishes.start : undefined,
    now: clock,
    quietMinutes: services.config.offline.quietMinutes,
    newestArrival: newestArrivalOf(recordsOf(entries)),
  });
  const passedOver = isOpen(wishes.start, run) ? (wishes.start.forced?.passedOver ?? []) : [];
  const held = source.fileShare ? undefined : heldBy(report, passedOver);
  if (held === "reading") return { answer: { unread: report.unusableNewer.map(({ file }) => file) } };
  if (held) return { answer: { instead: { end: { end: "failed", failure: unusableBeyond(report) } } } };
  const database = source.fileShare ? onShare(migration) : report.database;
  if (!start || !database || !target)
    return { answer: { instead: { end: { end: "failed", failure: planGone(report) } } } };
  if (!start.start) return { answer: { notYet: start.nextLookSeconds } };
  const { lastBackupName, restorableTo, plan } = report;
  const [anchor] = source.fileShare ? [] : plan;
  const isOffline = mode === "offline" && !source.fileShare;
  // it completes by itself, so it begins with everything that is there, or not at all
  const notRead = isOffline ? await filesNotRead(services, migration, entries) : [];
  const unread = notPassedOver(notRead, passedOver).map(({ name }) => name);
  if (unread.length > 0) return { answer: { unread } };
  const last = isOffline && lastBackupName && restorableTo ? { lastBackupName, lsn: restorableTo.lsn } : undefined;

  const now = clock.toISOString();
  const sent: Migration = {
    ...(migration.state === "starting" ? withoutWait(migration, isBeforeAsking) : moveTo(migration, "starting", now)),
    updatedAt: now,
    request: {
      at: now,
      before,
      accepted: false,
      attempts: migration.request?.attempts ?? 1,
      planVersion: report.planVersion,
      ...(last && { lastBackupName: last.lastBackupName }),
    },
    progress: {
      ...migration.progress,
      ...(anchor && { anchorSetGuid: anchor.setGuid }),
      ...(last && { lastBackupLsn: last.lsn }),
    },
  };
  const order: RestoreOrder = {
    target,
    sourceDatabaseName: database.databaseName,
    sourceServerName: database.serverName,
    container: source.container,
    folder: source.folder,
    mode,
    ...(source.fileShare && { fileShare: source.fileShare }),
    ...(last && { lastBackupName: last.lastBackupName }),
  };
  return { change: { migration: sent }, answer: { sent, order } };
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

const unusableBeyond = (report: ChainReport): Failure => ({
  code: "UNUSABLE_BACKUPS",
  message: beyondThePlan(report),
  cause: "While the migration waited for its turn, a file came that cannot be used and may reach beyond the plan.",
  remedy:
    "Replace or remove each of them, then restart this migration; or restart it and force its start with a reason.",
});

const planGone = (report: ChainReport): Failure => ({
  code: "PLAN_GONE",
  message: `When the turn came the folder was ${canStart(report) ? "no longer what the start was meant for" : report.verdict}, no longer ready to start.`,
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
