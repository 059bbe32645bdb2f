// Requests the start of a restore from DMS: applies the start policy again, writes the order down, sends it, and
// records the answer.

import type { EarlyEnd, Look } from "../../migration/looks.ts";
import type { Migration, MigrationFacts, RestoreRequest, WaitingOn } from "../../migration/migration.ts";
import type { CatalogueEntry, EngineAnswer } from "../../migration/observed.ts";
import { notPassedOver } from "../../migration/passedOver.ts";
import { moveTo } from "../../migration/transitions.ts";
import { isOfFiles, isOutage, refusal, standsInTheWay, unreadFiles } from "../../migration/waiting.ts";
import type { Log, RestoreOrder, Services } from "../../ports.ts";
import { planGone, unusableBeyond } from "../../start/startFailures.ts";
import { heldBy, mayStillStart, newestArrivalOf } from "../../start/startPolicy.ts";
import { filesNotRead } from "../cutover/cutoverFacts.ts";
import { assessEntries, recordsOf } from "../files/assessFolder.ts";
import { askSlot, goToTheEnd, letOthersGo } from "../queue/slots.ts";
import { type Decision, decideInRun } from "../run/decide.ts";
import { nextLook } from "../run/nextLook.ts";
import { mayBeUnderWay } from "../run/ownOperation.ts";
import { isOpen } from "../run/requests.ts";
import { answersAgain, waitFor, withoutWait } from "../run/waits.ts";
import { stoppedAtSource } from "../source/assessedSource.ts";

/** The result of a look at a start. */
export type Seen = Look<{ readonly end: "started" } | EarlyEnd>;
export const canceled: Seen = { end: { end: "canceled" } };

/**
 * What was decided and written down, to be sent unchanged; or instead the look's answer, the files that are not read,
 * or the seconds to wait.
 */
type Asking =
  | { readonly sent: Migration; readonly order: RestoreOrder }
  | { readonly instead: Seen }
  | { readonly unread: readonly string[] }
  | { readonly notYet: number };

/** Records what DMS showed before, then asks DMS: so the next look can distinguish our operation from an older one. */
export async function askForStart(
  services: Services,
  log: Log,
  known: MigrationFacts,
  before: string,
  entries: readonly CatalogueEntry[],
): Promise<Seen> {
  const { migrationId, run } = known.migration;
  // DMS has not accepted it: it is asked again
  if (known.migration.request?.accepted === false) await goToTheEnd(services, known.migration);
  // usually held already, unless it has let others go first
  const place = await askSlot(services, known.migration, "start", { isRetried: true });
  if (!place) return { nextLookSeconds: 1 };
  if (!place.granted) {
    await answersAgain(services, log, known.migration);
    return nextLook(services, { migration: known.migration });
  }
  const stopped = await stoppedAtSource(services, known.migration, entries); // what was published since the preflight
  if (stopped && !mayBeUnderWay(known.migration.request, services.clock.now()))
    return { end: { end: "failed", failure: stopped } };
  const asking = await decideInRun<Asking>(services, log, migrationId, run, async (facts) => {
    if (facts.version === known.version) return orderOf(services, facts, before, entries);
    // another try of this step may have asked since DMS was observed
    return { answer: { instead: { nextLookSeconds: 1 } } };
  });
  if (!asking) return canceled;
  if ("unread" in asking) return whileUnread(services, log, known.migration, asking.unread);
  if ("instead" in asking) return asking.instead;
  if ("notYet" in asking) {
    await letOthersGo(services, known.migration);
    return { nextLookSeconds: asking.notYet };
  }
  // Files that an earlier run saw on the share may be gone; DMS shows them anew.
  if (asking.order.fileShare)
    for (const { record, isNewer } of entries)
      if (!isNewer) await services.catalogue.withdraw(migrationId, record.name);

  const answer = await services.engine.start(asking.order);
  const told = toldBy(answer);
  if (told)
    await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) => {
      const { request } = current;
      // DMS was asked again since
      if (request === undefined || request.at !== asking.sent.request?.at) return { answer: undefined };
      return { change: { migration: { ...current, request: { ...request, ...told } } }, answer: undefined };
    });
  if (answer.ok)
    return nextLook(services, { migration: asking.sent, retryAfterSeconds: answer.retryAfterSeconds, isAtTurn: true });
  const { failure } = answer;
  if (failure.kind === "user") return { end: { end: "failed", failure } };
  if (!standsInTheWay(failure))
    return nextLook(services, { migration: asking.sent, retryAfterSeconds: failure.retryAfterSeconds });
  // a refusal that passes, or an answer that was lost: the next look sees the outcome; Retry-After: DMS has not begun
  if (failure.retryAfterSeconds !== undefined) await letOthersGo(services, asking.sent);
  return waitFor(services, log, asking.sent, refusal(failure, "the start"));
}

/** What DMS's answer says about the request; undefined when DMS may have it. */
function toldBy(answer: EngineAnswer): Partial<RestoreRequest> | undefined {
  if (answer.ok) return { accepted: true };
  if (answer.failure.kind === "user") return { refused: true };
  if (answer.mayHaveHappened) return undefined;
  return standsInTheWay(answer.failure) ? { refused: true } : { contested: true };
}

/** Obstacles from before DMS is asked are over once it is asked; those of a failed attempt are not. */
const isBeforeAsking = (waitingOn: WaitingOn): boolean => isOutage(waitingOn) || isOfFiles(waitingOn);

/**
 * In offline mode nothing starts while a file in the folder is not read: the sweep tries it again, and others go first
 * meanwhile.
 */
async function whileUnread(
  services: Services,
  log: Log,
  migration: Migration,
  unread: readonly string[],
): Promise<Seen> {
  await letOthersGo(services, migration);
  return waitFor(services, log, migration, unreadFiles(unread));
}

/**
 * Applies the start policy once more, to the facts against which the order is committed: so the order that is sent is
 * the one that was decided.
 */
async function orderOf(
  services: Services,
  { migration, requests }: MigrationFacts,
  before: string,
  entries: readonly CatalogueEntry[],
): Promise<Decision<Asking>> {
  const { run, mode, target, source } = migration;
  if (isOpen(requests.cancel, run)) return { answer: { instead: canceled } };
  const report = assessEntries(services, migration, entries);
  const clock = services.clock.now();
  const start = mayStillStart({
    migration,
    report,
    request: isOpen(requests.start, run) ? requests.start : undefined,
    now: clock,
    quietMinutes: services.config.offline.quietMinutes,
    newestArrival: newestArrivalOf(recordsOf(entries)),
  });
  const passedOver = isOpen(requests.start, run) ? (requests.start.forced?.passedOver ?? []) : [];
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
  // an offline restore completes by itself, so it starts with all files or not at all
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

/** Before DMS has looked, only what was registered is known of a share. */
const onShare = ({ source: { databaseName = "", fileShare } }: Migration) => ({
  databaseName,
  serverName: fileShare?.sql.server ?? "",
});
