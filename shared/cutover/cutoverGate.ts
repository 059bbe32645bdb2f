// Decides by eight conditions on fresh facts whether the database may be cut over; DMS itself would accept a cutover
// that loses data.
import type { Lsn } from "../backup/lsn.ts";
import type { ChainReport, FileVerdict } from "../chain/chainReport.ts";
import { unusableText } from "../chain/plan/unusableNewer.ts";
import type { CutoverRequest, GateLine } from "../migration/migration.ts";
import type { EngineOperation } from "../migration/observed.ts";
import { type FileVersion, notPassedOver, unusableVersions } from "../migration/passedOver.ts";
import type { Loss, Refusal } from "../migration/refusals.ts";
import { chainRefusal, planChanged } from "../start/planRefusals.ts";

export interface GateFacts {
  readonly report: ChainReport;
  readonly operation: EngineOperation;
  /** Absent: unknown. */
  readonly powerState?: string;
  /** Blobs of the folder whose current version was not read yet. */
  readonly unreadFiles: readonly FileVersion[];
  readonly loss: Loss;
}

export interface CutoverAsked {
  /** The plan version that the caller has seen. */
  readonly ifMatch: string;
  readonly lastBackupName?: string | undefined;
  readonly sourceClosed: boolean;
  /** With a reason: skips G4 to G7, never the others. */
  readonly force: boolean;
  readonly reason?: string | undefined;
  /**
   * What the caller has seen of the files outside the plan (passedOver.ts): force skips G6 for these alone. Absent:
   * the caller sees them now.
   */
  readonly passedOver?: readonly string[];
}

export type GateDecision =
  | { readonly allowed: true; readonly lines: readonly GateLine[]; readonly loss: Loss }
  | { readonly allowed: false; readonly lines: readonly GateLine[]; readonly refusals: readonly Refusal[] };

/** What a request asks for when its turn has come; a forced one goes past nothing that nobody had seen then. */
export const askedBy = (request: CutoverRequest): CutoverAsked => ({
  ...request,
  ifMatch: request.planVersion,
  passedOver: request.passedOver ?? [],
});

const FORCEABLE: readonly GateLine["id"][] = ["G4", "G5", "G6", "G7"];
/** G2 and G7 exist only with a request. */
const READINESS: readonly GateLine["id"][] = ["G1", "G3", "G4", "G5", "G6", "G8"];

/** The eight lines, in order. Without a request G2 and G7 say what a request would have to bring. */
export const gateLines = (facts: GateFacts, asked?: CutoverAsked): GateLine[] =>
  judge(facts, asked).map(({ refuse: _, ...line }) => line);

/** Everything that needs no request is met: the migration is ready for cutover. */
export const isReady = (lines: readonly GateLine[]): boolean =>
  lines.every((line) => line.ok || !READINESS.includes(line.id));

/**
 * What a run's readiness is told for: the first time, again when a gap is healed that has opened since, and on a tail
 * log; not at every log. It is news when the run is ready and this is another word than `before`, the one that was
 * kept.
 */
export function readyFor(report: ChainReport, ready: boolean, before: string | undefined): string | undefined {
  const [gap] = report.gaps;
  if (gap) return before === undefined ? undefined : `${GAP}${gap.fromLsn}`;
  if (!ready) return before;
  if (report.closed) return `tail-${report.restoredTo?.lsn}`;
  if (before === undefined) return "first";
  return before.startsWith(GAP) ? `healed-${before}` : before;
}

const GAP = "gap-";

/** Yes, or every reason why not. */
export function mayCutOver(facts: GateFacts, asked: CutoverAsked): GateDecision {
  const judged = judge(facts, asked);
  const lines = judged.map(({ refuse: _, ...line }) => line);
  const forced = asked.force && asked.reason !== undefined;
  const refusals = judged
    .filter((line) => !line.ok && !(forced && FORCEABLE.includes(line.id)))
    .map((line) => line.refuse());
  const unseen = forced && asked.passedOver ? notPassedOver(leftOutsideThePlan(facts), asked.passedOver) : [];
  if (unseen.length > 0) refusals.push(cameSince(facts, unseen));
  return refusals.length === 0 ? { allowed: true, lines, loss: facts.loss } : { allowed: false, lines, refusals };
}

/** `refuse` tells why a line that does not hold stands in the way. */
type Judged = GateLine & { readonly refuse: () => Refusal };

function judge(facts: GateFacts, asked: CutoverAsked | undefined): Judged[] {
  return [
    cutOverAble(facts),
    planSeen(facts, asked),
    restorable(facts),
    inSync(facts),
    lastBackupRestored(facts, asked),
    nothingUnrestored(facts),
    sourceClosed(facts, asked),
    vmRunning(facts),
  ];
}

/** G1: DMS would take it: an operation id, online, running, the full backup restored. */
function cutOverAble({ operation }: GateFacts): Judged {
  const status = operation.migrationStatus ?? operation.provisioningState ?? operation.phase;
  return {
    id: "G1",
    condition: "DMS can cut over: the migration is online, running, and its full backup is restored",
    ok: operation.canCutOver,
    observed: operation.isOffline ? `${status}, offline` : status,
    refuse: () => ({
      problem: "not-cutover-able",
      detail: operation.isOffline
        ? "An offline migration cuts over by itself after its last file."
        : `DMS shows ${status}; it takes a cutover once the full backup is restored.`,
      migrationStatus: status,
    }),
  };
}

/** G2: the caller means the plan as it is now. */
function planSeen({ report, loss }: GateFacts, asked: CutoverAsked | undefined): Judged {
  const { planVersion } = report;
  return {
    id: "G2",
    condition: "the request names the current plan version",
    ok: asked === undefined || asked.ifMatch === planVersion,
    observed: asked === undefined ? planVersion : `${asked.ifMatch}; current is ${planVersion}`,
    refuse: () => planChanged(report, asked?.ifMatch ?? planVersion, loss),
  };
}

/** G3: no gap, no waiting stripe, not broken, not mixed. */
function restorable({ report }: GateFacts): Judged {
  return {
    id: "G3",
    condition: "the backup chain is restorable without a gap",
    ok: report.verdict === "restorable",
    observed: report.verdict,
    refuse: () => chainRefusal(report),
  };
}

/** G4: what is being restored is what was restored last, and nothing is pending. Absent names are not evidence. */
function inSync({ operation: { details }, report }: GateFacts): Judged {
  const { currentFile, lastRestoredFile, pendingLogBackups, restoreBlockingReason } = details ?? {};
  const differs = currentFile !== undefined && lastRestoredFile !== undefined && currentFile !== lastRestoredFile;
  const pending = (pendingLogBackups ?? 0) > 0;
  const observed = differs
    ? `restoring ${currentFile}, last restored ${lastRestoredFile}`
    : pending
      ? `${pendingLogBackups} log backups pending`
      : restoreBlockingReason
        ? `DMS says: ${restoreBlockingReason}`
        : "in sync";
  const [gap] = report.gaps;
  const whatHelps =
    !restoreBlockingReason || differs || pending
      ? "Wait until it has."
      : `Waiting alone does not help. ${gap?.healedBy[0] ?? "Look at what DMS says, and at the files' verdicts."}`;
  return {
    id: "G4",
    condition: "DMS has caught up",
    ok: !differs && !pending && !restoreBlockingReason,
    observed,
    refuse: () => ({
      problem: "not-in-sync",
      detail: `DMS has not caught up (${observed}). ${whatHelps}`,
      ...(currentFile !== undefined && { currentFile }),
      ...(lastRestoredFile !== undefined && { lastRestoredFile }),
      ...(pendingLogBackups !== undefined && { pending: pendingLogBackups }),
    }),
  };
}

/** G5: the last restored set reaches the plan's end, and it is the file that the caller means. */
function lastBackupRestored({ report }: GateFacts, asked: CutoverAsked | undefined): Judged {
  const { restorableTo, restoredTo, lastBackupName = "no file" } = report;
  const isReached = restorableTo !== undefined && restoredTo !== undefined && restoredTo.lsn >= restorableTo.lsn;
  const meant = asked?.lastBackupName ?? lastBackupName;
  const isMeant = meant === lastBackupName;
  const restored = restoredTo ? `LSN ${restoredTo.lsn}` : "nothing";
  return {
    id: "G5",
    condition: "the last backup of the plan is restored",
    ok: isReached && isMeant,
    observed: !isMeant
      ? `the request names ${meant}; the plan ends with ${lastBackupName}`
      : isReached
        ? `restored to ${restored}`
        : `restored to ${restored} of ${restorableTo ? `LSN ${restorableTo.lsn}` : "nothing"}`,
    refuse: () => ({
      problem: "last-backup-mismatch",
      detail: isMeant
        ? `The plan ends with ${lastBackupName}, which is not restored yet. Wait until it is.`
        : `The plan ends with ${lastBackupName}, not with ${meant}.`,
      expected: lastBackupName,
      given: isMeant ? restored : meant,
    }),
  };
}

/** G6: no file that counts, or might count, lies beyond what is restored. */
function nothingUnrestored(facts: GateFacts): Judged {
  const { report } = facts;
  const planned = report.plan.filter((member) => !member.restored).flatMap((member) => member.files);
  const outside = leftOutsideThePlan(facts);
  const files = [...new Set([...planned, ...outside.map(({ name }) => name)])].sort();
  const unusable = new Set(report.unusableNewer.map(({ file }) => file));
  const waiting = report.files
    .filter((file) => file.verdict === "waiting" && mayCount(file, report.restoredTo?.lsn) && !unusable.has(file.name))
    .map(({ name }) => name);
  const stuck = new Set([...unusable, ...waiting]);
  return {
    id: "G6",
    condition: "no accepted, undecided, unread or unusable file is left",
    ok: files.length === 0,
    observed: files.length === 0 ? "none left" : `${files.length} left`,
    refuse: () => ({
      problem: "unrestored-backups",
      detail: [
        ...told(
          [...planned, ...outside.filter(({ name }) => !stuck.has(name)).map(({ name }) => name)],
          "Not restored yet",
          "Wait until it is.",
        ),
        ...told(
          waiting,
          "Cannot be restored yet",
          "The row of each says what it waits for; or move it to the folder it belongs to.",
        ),
        ...(unusable.size > 0 ? [`Cannot be used: ${unusableText(report)} Or take it out of the folder.`] : []),
      ].join(" "),
      files,
    }),
  };
}

/**
 * Of those in the plan its version tells. These it does not know: undecided, unusable or unread, and perhaps beyond
 * what is restored.
 */
export function leftOutsideThePlan({ report, unreadFiles }: GateFacts): FileVersion[] {
  const undecided = report.files.filter((file) => mayCount(file, report.restoredTo?.lsn));
  return [...undecided, ...unusableVersions(report), ...unreadFiles].map(({ name, etag }) => ({ name, etag }));
}

/** A forced cutover may wait for its turn for hours. */
function cameSince({ report }: GateFacts, unseen: readonly FileVersion[]): Refusal {
  const names = new Set(unseen.map(({ name }) => name));
  const files = [...names].sort();
  const unusableNewer = report.unusableNewer.filter(({ file }) => names.has(file));
  const what = `Since the cutover was forced there came, or changed: ${someOf(files)}.`;
  const why = unusableText({ ...report, unusableNewer });
  const detail = [what, why, "Look at the files, then ask again."].filter(Boolean).join(" ");
  return { problem: "unrestored-backups", detail, files };
}

/** "a.trn, b.trn, c.trn and 2 more". */
function someOf(files: readonly string[]): string {
  const more = files.length > MOST_NAMES ? ` and ${files.length - MOST_NAMES} more` : "";
  return `${files.slice(0, MOST_NAMES).join(", ")}${more}`;
}

const MOST_NAMES = 3;

/** "Not restored yet: a.trn, b.trn and 2 more. Wait until it is."; nothing of no file. */
const told = (names: readonly string[], what: string, whatHelps: string): readonly string[] =>
  names.length === 0 ? [] : [`${what}: ${someOf([...new Set(names)].sort())}. ${whatHelps}`];

/**
 * A file that waits or is still read counts when it reaches beyond what is restored; what cannot be used at all is
 * the chain's affair (R15).
 */
function mayCount({ verdict, lastLsn }: FileVerdict, restored: Lsn | undefined): boolean {
  if (verdict === "reading") return true;
  return verdict === "waiting" && (lastLsn === undefined || restored === undefined || lastLsn > restored);
}

/** G7: nothing can come any more: a tail log is restored, or the caller says that the source is closed. */
function sourceClosed({ report, loss }: GateFacts, asked: CutoverAsked | undefined): Judged {
  const tail = report.plan.at(-1);
  const tailRestored = report.closed && tail?.restored === true;
  return {
    id: "G7",
    condition: "the source is closed: a tail log is restored, or the request says so",
    ok: tailRestored || asked?.sourceClosed === true,
    observed: tailRestored ? "tail log restored" : asked?.sourceClosed ? "the request says so" : "open as far as known",
    refuse: () => ({
      problem: "source-not-closed",
      detail: `${loss.text} Take the last log WITH NORECOVERY and upload it, or close the source and say so: ferry cutover --source-closed, or "sourceClosed": true in the request.`,
      lossIfCutOverNow: loss,
    }),
  };
}

/** G8: DMS needs the VM. */
function vmRunning({ powerState }: GateFacts): Judged {
  return {
    id: "G8",
    condition: "the target VM is running",
    ok: powerState === "running",
    observed: powerState ?? "not looked at yet: the other conditions come first",
    refuse: () => ({
      problem: "vm-not-running",
      detail: `The target VM's power state is ${powerState ?? "unknown"}. Start it and keep it on until the cutover is done.`,
      powerState: powerState ?? "unknown",
    }),
  };
}
