// Models a small SQL Server and its backups: it writes, is backed up in every way, is restored to earlier times, and
// switches its recovery model. It keeps what each backup holds, so that tests know the truth.
import type { BackupSetHeader } from "../../shared/backup/backupHeader.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { differential, full, guid, log } from "./backupRecords.ts";

export type Act =
  | { readonly do: "write"; readonly records: number }
  | { readonly do: "full"; readonly copyOnly?: boolean; readonly stripes?: number; readonly logDuring?: boolean }
  | { readonly do: "differential"; readonly stripes?: number }
  | { readonly do: "log"; readonly copyOnly?: boolean; readonly stripes?: number }
  /** BACKUP LOG WITH NORECOVERY: closes the database; a later act opens it again, on a new recovery fork. */
  | { readonly do: "tail" }
  /** RESTORE of the source to a moment shortly after one of its backups: a new recovery fork begins there. */
  | { readonly do: "restore"; readonly backup: number }
  /** To SIMPLE and back to FULL: the log chain is cut until the next full or differential backup. */
  | { readonly do: "switchModel" }
  /** The availability group fails over: another replica takes the backups. */
  | { readonly do: "failOver" };

/** A log record; its id tells it apart from others with the same LSN. */
export interface LogRecord {
  readonly lsn: bigint;
  readonly id: number;
}

export interface TakenBackup {
  readonly setGuid: string;
  readonly kind: "full" | "differential" | "log";
  readonly files: readonly BackupRecord[];
  readonly header: BackupSetHeader;
  /** Full, differential: the database as it is restored. Log: the records it holds. */
  readonly holds: readonly LogRecord[];
}

export interface SourceServer {
  /** In the order in which they were taken. */
  readonly backups: readonly TakenBackup[];
  /**
   * Every record of the database as it is now, in the order of LSNs: exactly what a restore of its newest fork may
   * hold.
   */
  readonly history: readonly LogRecord[];
  readonly fork: string;
}

interface State {
  readonly history: readonly LogRecord[];
  readonly nextLsn: bigint;
  readonly fork: string;
  readonly base: BackupRecord | undefined;
  /** Where the next log backup begins; undefined without a log chain. */
  readonly nextLog: { readonly lsn: bigint; readonly fork: string; readonly begins: boolean } | undefined;
  /** LSN at which a restore made this fork, until a log backup has spanned it. */
  readonly forkPoint: bigint | undefined;
  readonly isClosed: boolean;
}

const FIRST_LSN = 34_000_000_000_000_100n;

/** Carries out the acts; those that a server would refuse (a log backup without a log chain) are left out. */
export function liveThrough(acts: readonly Act[]): SourceServer {
  const backups: TakenBackup[] = [];
  const statesAfter: State[] = [];
  let ids = 0;
  let forks = 0;
  let server = 1;
  let state: State = {
    history: [],
    nextLsn: FIRST_LSN,
    fork: guid("fork 0"),
    base: undefined,
    nextLog: undefined,
    forkPoint: undefined,
    isClosed: false,
  };

  const write = (records: number): void => {
    const written = Array.from({ length: records }, (_, index) => ({ lsn: state.nextLsn + BigInt(index), id: ids++ }));
    state = {
      ...state,
      history: [...state.history, ...written],
      nextLsn: state.nextLsn + BigInt(records),
    };
  };
  /** Discards everything after `point`. Recovery itself writes to the log, so a fork never begins empty. */
  const branchAt = (then: State, point: bigint): void => {
    forks++;
    state = { ...then, fork: guid(`fork ${forks}`), forkPoint: then.forkPoint ?? point, isClosed: false };
    write(1);
  };
  const keep = (
    make: typeof full,
    range: readonly [bigint, bigint],
    holds: readonly LogRecord[],
    stripes: number,
    from: readonly [string, bigint] | undefined,
    header: Partial<BackupSetHeader>,
  ): BackupRecord => {
    const name = `backup ${backups.length}`;
    const files = Array.from({ length: stripes }, (_, index) =>
      make(range[0], range[1], {
        set: name,
        file: `${name.replace(" ", "_")}${stripes > 1 ? `_${index + 1}` : ""}.bak`,
        fork: state.fork,
        ...(from && { from }),
        stripe: [index + 1, stripes],
        header: { serverName: `SQL0${server}`, ...header, ...timesOf(backups.length) },
      }),
    );
    const [first] = files as [BackupRecord];
    const set = first.content.kind === "header" ? first.content.backupSets[0] : undefined;
    if (!set) throw new Error("A backup is written with one header.");
    const kind = ({ 1: "full", 2: "log", 5: "differential" } as const)[set.backupType as 1 | 2 | 5];
    backups.push({ setGuid: set.backupSetGuid, kind, files, header: set, holds });
    return first;
  };

  const takeLog = (options: { copyOnly?: boolean; stripes?: number; tail?: boolean }): void => {
    const { nextLog } = state;
    if (!nextLog) return;
    const end = state.nextLsn;
    const spans = nextLog.fork !== state.fork;
    const header: Partial<BackupSetHeader> = {
      isCopyOnly: options.copyOnly ?? false,
      beginsLogChain: nextLog.begins,
      ...(options.tail && { isTailLog: true, isForceOffline: true, flags: 16 + 64 + 256 }),
    };
    const held = state.history.filter(({ lsn }) => lsn >= nextLog.lsn && lsn < end);
    keep(
      log,
      [nextLog.lsn, end],
      held,
      options.stripes ?? 1,
      spans ? [nextLog.fork, state.forkPoint ?? end] : undefined,
      header,
    );
    if (!options.copyOnly)
      state = { ...state, nextLog: { lsn: end, fork: state.fork, begins: false }, forkPoint: undefined };
    if (options.tail) state = { ...state, isClosed: true };
    statesAfter.push(state);
  };

  /** Full and differential: a checkpoint, pages, and the log written meanwhile. */
  const takePages = (act: Extract<Act, { do: "full" | "differential" }>): void => {
    const base = state.base;
    if (act.do === "differential" && !base) return;
    const copyOnly = act.do === "full" && act.copyOnly === true;
    const first = state.nextLsn;
    const checkpoint = first + 1n;
    write(4);
    if (act.do === "full" && act.logDuring) takeLog({});
    write(2);
    const header = { isCopyOnly: copyOnly, recoveryModel: "FULL" as const };
    const make =
      act.do === "full" ? full : (a: bigint | number, b: bigint | number, o = {}) => differential(a, b, base, o);
    const record = keep(
      (a, b, options = {}) => make(a, b, { ...options, checkpoint }),
      [first, state.nextLsn],
      state.history,
      act.stripes ?? 1,
      undefined,
      header,
    );
    if (act.do === "full" && !copyOnly) state = { ...state, base: record };
    if (!copyOnly && !state.nextLog)
      state = { ...state, nextLog: { lsn: first, fork: state.fork, begins: true }, forkPoint: undefined };
    statesAfter.push(state);
  };

  for (const act of acts) {
    if (state.isClosed && act.do !== "restore") branchAt(state, state.nextLsn); // RESTORE DATABASE … WITH RECOVERY
    switch (act.do) {
      case "write":
        write(act.records);
        break;
      case "full":
      case "differential":
        takePages(act);
        break;
      case "log":
        takeLog(act);
        break;
      case "tail":
        takeLog({ tail: true });
        break;
      case "restore": {
        const then = statesAfter[act.backup % Math.max(1, statesAfter.length)];
        if (!then) break;
        // STOPAT: a few records after that backup are replayed from the log.
        const replayed = isPartOf(then, state) ? state.history.slice(then.history.length, then.history.length + 2) : [];
        const nextLsn = then.nextLsn + BigInt(replayed.length);
        branchAt({ ...then, history: [...then.history, ...replayed], nextLsn }, nextLsn);
        break;
      }
      case "switchModel":
        state = { ...state, nextLog: undefined };
        break;
      case "failOver":
        server = 3 - server;
        break;
      default:
        act satisfies never;
    }
  }
  return { backups, history: state.history, fork: state.fork };
}

/** The records of the database after these backups are restored, in order. */
export function contentOf(sequence: readonly TakenBackup[]): readonly LogRecord[] {
  let content: readonly LogRecord[] = [];
  for (const { kind, holds } of sequence) {
    const end = content.at(-1)?.lsn;
    content = kind === "log" ? [...content, ...holds.filter(({ lsn }) => end === undefined || lsn > end)] : holds;
  }
  return content;
}

const isPartOf = (then: State, now: State): boolean =>
  then.fork === now.fork && now.history[then.history.length - 1]?.id === then.history.at(-1)?.id;

/** A backup every quarter of an hour. */
function timesOf(ordinal: number): Pick<BackupSetHeader, "backupStartDate" | "backupFinishDate"> {
  const at = (seconds: number): string =>
    new Date(Date.UTC(2025, 10, 24, 12) + seconds * 1000).toISOString().slice(0, 19);
  return { backupStartDate: at(ordinal * 900), backupFinishDate: at(ordinal * 900 + 20) };
}
