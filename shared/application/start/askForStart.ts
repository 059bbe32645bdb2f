// Asks DMS for the start of a restore: applies the start policy again, writes the order down, sends it, and records the
// answer.

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

/** What a look at a start comes to. */
export type Seen = Look<{ readonly end: "started" } | EarlyEnd>;
export const canceled: Seen = { end: { end: "canceled" } };

/** What was decided on and written down, and is sent as it stands; or what the look answers instead, or which files are not read, or in how many seconds it may be. */
type Asking =
  | { readonly sent: Migration; readonly order: RestoreOrder }
  | { readonly instead: Seen }
  | { readonly unread: readonly string[] }
  | { readonly notYet: number };

/** Writes down what was there before, then asks DMS: so the next look knows our operation from an older one. */
export async function askForStart(
  services: Services,
  log: Log,
  known: MigrationFacts,
  before: string,
  entries: readonly CatalogueEntry[],
): Promise<Seen> {
  const { migrationId, run } = known.migration;
  if (known.migration.request?.accepted === false) await goToTheEnd(services, known.migration); // DMS has not taken it: it is asked again
  const place = await askSlot(services, known.migration, "start", { isRetried: true }); // it has it, unless it has let others go first
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
    for (const { record, isNewer } of entries)
      if (!isNewer) await services.catalogue.withdraw(migrationId, record.name);

  const answer = await services.engine.start(asking.order);
  const told = toldBy(answer);
  if (told)
    await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) => {
      const { request } = current;
      if (request === undefined || request.at !== asking.sent.request?.at) return { answer: undefined }; // it has been asked again since
      return { change: { migration: { ...current, request: { ...request, ...told } } }, answer: undefined };
    });
  if (answer.ok)
    return nextLook(services, { migration: asking.sent, retryAfterSeconds: answer.retryAfterSeconds, isAtTurn: true });
  const { failure } = answer;
  if (failure.kind === "user") return { end: { end: "failed", failure } };
  if (!standsInTheWay(failure))
    return nextLook(services, { migration: asking.sent, retryAfterSeconds: failure.retryAfterSeconds });
  // a refusal that waiting heals, or an answer that was lost: the next look sees what became of it
  if (failure.retryAfterSeconds !== undefined) await letOthersGo(services, asking.sent); // who says when to come back has not begun
  return waitFor(services, log, asking.sent, refusal(failure, "the start"));
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
  return waitFor(services, log, migration, unreadFiles(unread));
}

/** The start policy once more, on the facts that the order is committed against: what was decided on is what is sent. */
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
