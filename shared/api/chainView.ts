// Builds the data from which a timeline of a backup chain is drawn: backup sets by recovery fork, gaps, positions, and
// files that have no place in it.
import type { BackupSetHeader } from "../backup/backupHeader.ts";
import { compareLsn } from "../backup/lsn.ts";
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport, FileVerdict, PlanMember } from "../chain/chainReport.ts";
import { isForceOffline } from "../chain/files/headerFlags.ts";
import { compareText, guidOf } from "../chain/files/identity.ts";
import { setIdOf } from "../chain/files/mediaSets.ts";
import { utcOf } from "../chain/files/sourceTime.ts";
import type { BackupTypeWord } from "./answers/chain.ts";
import type { ChainView } from "./answers/timeline.ts";
import { asJson } from "./asJson.ts";
import { TYPE_WORDS } from "./views.ts";

interface Fork {
  readonly forkId?: string;
  readonly isTarget: boolean;
  /** The fork from which it branched off, and where, as far as a backup spans that point. */
  readonly from?: { readonly forkId: string; readonly lsn: bigint };
  /** Ordered by their first LSN. */
  readonly segments: readonly Segment[];
}

/** One backup set, with all files that hold it. */
interface Segment {
  readonly setGuid: string;
  readonly type: BackupTypeWord;
  readonly firstLsn: bigint;
  readonly lastLsn: bigint;
  /** Wall clock of the source. */
  readonly started: string;
  readonly finished: string;
  /** Absent where the source's offset is not known. */
  readonly finishedUtc?: string;
  /** Sum over all files that hold it. */
  readonly bytes: number;
  readonly isCopyOnly: boolean;
  readonly isTail: boolean;
  /** Place in the plan; absent outside it. */
  readonly position?: number;
  readonly isRestored: boolean;
  /** Base of a differential backup, as far as its header contains it. */
  readonly base?: { readonly setGuid?: string; readonly lsn?: bigint };
  readonly files: readonly (Pick<FileVerdict, "verdict" | "reason"> & { readonly file: string })[];
}

type Unplaced = Pick<FileVerdict, "verdict" | "reason" | "detail"> & { readonly file: string } & Pick<
    ChainReport["unusableNewer"][number],
    "provedSpan"
  >;

/** `report` must be made from `records`: a file without its record is an error. */
export function chainView(records: readonly BackupRecord[], report: ChainReport): ChainView {
  const { mode, verdict, planVersion, targetFork, forkAmbiguous, restorableTo, restoredTo } = report;
  const { closed, closedAt, gaps, waitingFor } = report;
  const held = heldSets(records, report);
  const members = new Map(report.plan.map((member) => [member.setGuid, member]));
  const segments = [...Map.groupBy(held, ({ id }) => id)].map(([id, same]) => segmentOf(same, members.get(id)));
  const tail = closed ? segments.find(({ segment }) => segment.isTail && isLast(segment, report)) : undefined;
  const placed = new Set(held.map(({ file }) => file.name));
  const spans = new Map(report.unusableNewer.map(({ file, provedSpan }) => [file, provedSpan]));
  return asJson({
    ...{ mode, verdict, planVersion, forkAmbiguous, closed, gaps, waitingFor },
    ...(targetFork !== undefined && { targetFork }),
    ...(restorableTo && { restorableTo }),
    ...(restoredTo && { restoredTo }),
    ...(closedAt !== undefined && { closedAt }),
    ...(tail && { tail: endOf(tail.segment) }),
    forks: forksOf(segments, targetFork),
    unplaced: report.files
      .filter(({ name }) => !placed.has(name))
      .map((file) => unplacedOf(file, spans.get(file.name))),
  });
}

/** One backup set as one file holds it. */
interface HeldSet {
  readonly id: string;
  readonly header: BackupSetHeader;
  readonly file: FileVerdict;
  readonly bytes: number;
}

function heldSets(records: readonly BackupRecord[], { files }: ChainReport): readonly HeldSet[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  return files.flatMap((file) => {
    const record = byName.get(file.name);
    if (!record) throw new Error(`The chain report names ${file.name}, of which there is no record.`);
    const { content, sizeBytes } = record;
    if (content.kind !== "header") return [];
    const { media, backupSets } = content;
    return backupSets.map((header) => ({ id: setIdOf(header, media), header, file, bytes: sizeBytes }));
  });
}

interface PlacedSegment {
  readonly segment: Segment;
  readonly fork: string | undefined;
  readonly from: Fork["from"];
}

function segmentOf(same: readonly HeldSet[], member: PlanMember | undefined): PlacedSegment {
  const [first] = same;
  if (!first) throw new Error("A segment of no backup set.");
  const { id, header } = first;
  const { backupStartDate: started, backupFinishDate: finished, utcOffsetMinutes, firstLsn, lastLsn } = header;
  const finishedUtc = utcOf(finished, utcOffsetMinutes);
  const base = header.backupType === 5 ? baseOf(header) : undefined;
  const fork = guidOf(header.recoveryForkId);
  const parent = guidOf(header.firstRecoveryForkId);
  return {
    fork,
    from:
      parent !== undefined && parent !== fork ? { forkId: parent, lsn: header.forkPointLsn ?? firstLsn } : undefined,
    segment: {
      setGuid: id,
      type: TYPE_WORDS[header.backupType],
      ...{ firstLsn, lastLsn, started, finished },
      ...(finishedUtc !== undefined && { finishedUtc }),
      bytes: same.reduce((sum, { bytes }) => sum + bytes, 0),
      isCopyOnly: header.isCopyOnly,
      isTail: isForceOffline(header),
      ...placeIn(member),
      ...(base && { base }),
      files: same.map(({ file: { name, verdict, reason } }) => ({ file: name, verdict, reason })),
    },
  };
}

const placeIn = (member: PlanMember | undefined): Pick<Segment, "position" | "isRestored"> =>
  member ? { position: member.position, isRestored: member.restored } : { isRestored: false };

function baseOf({ differentialBaseGuid, differentialBaseLsn }: BackupSetHeader): Segment["base"] {
  const setGuid = guidOf(differentialBaseGuid);
  const lsn = differentialBaseLsn ?? undefined;
  if (setGuid === undefined && lsn === undefined) return undefined;
  return { ...(setGuid !== undefined && { setGuid }), ...(lsn !== undefined && { lsn }) };
}

const isLast = ({ position }: Segment, { plan }: ChainReport): boolean => position === plan.length;

function endOf({ setGuid, lastLsn, finished, finishedUtc }: Segment) {
  return { setGuid, lastLsn, finished, ...(finishedUtc !== undefined && { finishedUtc }) };
}

function forksOf(segments: readonly PlacedSegment[], targetFork: string | undefined): readonly Fork[] {
  const byFork = [...Map.groupBy(segments, ({ fork }) => fork)].map(([forkId, members]): Fork => {
    const from = members.map((member) => member.from).find((branch) => branch !== undefined);
    const inOrder = members.map(({ segment }) => segment).sort(byPlace);
    const isTarget = targetFork === undefined || forkId === targetFork;
    return { ...(forkId !== undefined && { forkId }), isTarget, ...(from && { from }), segments: inOrder };
  });
  return byFork.sort((a, b) => Number(b.isTarget) - Number(a.isTarget) || compareText(a.forkId ?? "", b.forkId ?? ""));
}

const byPlace = (a: Segment, b: Segment): number =>
  compareLsn(a.firstLsn, b.firstLsn) || compareLsn(a.lastLsn, b.lastLsn) || compareText(a.setGuid, b.setGuid);

const unplacedOf = ({ name, verdict, reason, detail }: FileVerdict, provedSpan: Unplaced["provedSpan"]): Unplaced => ({
  file: name,
  verdict,
  reason,
  detail,
  ...(provedSpan && { provedSpan }),
});
