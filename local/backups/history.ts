// Generates the backups of a living database: full, differential and log backups whose LSNs, bases, forks and times fit
// together.
import { type Lsn, lsnOf } from "../../shared/backup/lsn.ts";
import { type BackupSpec, type BaseBackup, headerFlags } from "./backupSpec.ts";
import { guidFor } from "./guidFor.ts";
import { writeBackup } from "./writeBackup.ts";

/** One file as it would lie in a folder. */
export interface BackupFile {
  /** As Ola Hallengren's scripts name them: Orders_FULL_20251124_210000.bak, stripes with _1, _2 before the ending. */
  readonly fileName: string;
  /** Written anew at each access. */
  readonly bytes: Uint8Array;
  readonly spec: BackupSpec;
}

/** A backup, which is its (first) file. */
export interface SourceBackup extends BackupFile {
  /** All files of the media set: more than one when it is striped. */
  readonly files: readonly BackupFile[];
}

interface BackupOptions {
  /** Files to stripe the backup over; default 1. */
  readonly stripes?: number;
  /** Bytes of data or log records in each file. */
  readonly payloadBytes?: number;
}

interface LogOptions extends BackupOptions {
  /** WITH NORECOVERY: the last log, after which the source is closed. */
  readonly tail?: boolean;
  /** Nothing was written since the last log backup. */
  readonly empty?: boolean;
}

/** A database whose clock runs on by one interval after each backup. */
export interface SourceDatabase {
  full(options?: BackupOptions): SourceBackup;
  differential(options?: BackupOptions): SourceBackup;
  /** The log since the last log backup; the first one since the first full backup. */
  log(options?: LogOptions): SourceBackup;
  /** A full backup that never becomes the base of a differential. */
  copyOnlyFull(options?: BackupOptions): SourceBackup;
  /** Lets time pass without a backup. */
  pass(minutes: number): void;
  /**
   * RESTORE of the source to a moment shortly after an earlier backup: a new recovery fork begins there, which the
   * next log spans.
   */
  restoreTo(backup: BackupFile): void;
}

export interface SourceOptions {
  readonly name: string;
  readonly server?: string;
  /** Wall clock of the source, "2025-11-24T21:00:00": when the first backup starts. */
  readonly startedAt: string;
  /** Between the starts of two backups; default 15. */
  readonly intervalMinutes?: number;
  /** BACKUP … WITH CHECKSUM; default false. */
  readonly withChecksum?: boolean;
  /** What all its backups have in common, such as the recovery model, the time zone, the block size or compression. */
  readonly common?: Partial<
    Pick<
      BackupSpec,
      | "utcOffsetMinutes"
      | "recoveryModel"
      | "softwareVersion"
      | "blockSize"
      | "dataFileCount"
      | "fileGroups"
      | "isCompressed"
      | "isEncrypted"
    >
  >;
}

/** What the database knows between two backups; a restore puts an earlier state back. */
interface State {
  /** 512-byte log blocks used so far. */
  readonly logBlocks: number;
  readonly checkpointLsn: Lsn;
  readonly base: BaseBackup | null;
  /** Where the next log backup begins: NULL until the first full backup. */
  readonly nextLogLsn: Lsn | null;
  readonly logChainStartLsn: Lsn | null;
  /** What a restore of the database changes. */
  readonly incarnation: Pick<BackupSpec, "fork"> & { readonly recoveryForkId: string; readonly bindingId: string };
}

const virtualLogFile = 37;
/** Bits of HEADERONLY's Flags: tail log, and taken WITH NORECOVERY. */
const tailLogWithNoRecovery = headerFlags.isTailLog | headerFlags.isForceOffline;

/** Starts a history; the same options and calls give the same bytes. */
export function sourceDatabase(options: SourceOptions): SourceDatabase {
  const { name, server = "SQL01", startedAt, intervalMinutes = 15, withChecksum = false, common = {} } = options;
  const database = `${server}/${name}`;
  const statesAfter = new Map<string, State>();
  let ordinal = 0;
  let minutes = 0;
  let state: State = {
    logBlocks: 64,
    checkpointLsn: lsnOf(virtualLogFile, 64, 1),
    base: null,
    nextLogLsn: null,
    logChainStartLsn: null,
    incarnation: { recoveryForkId: guidFor(`family of ${database}`), bindingId: guidFor(`binding of ${database}`) },
  };

  /**
   * Work that was done on the database: a deterministic, uneven number of log blocks. The slot is that of the block's
   * first record.
   */
  const write = (): Lsn => {
    state = { ...state, logBlocks: state.logBlocks + 8 + ((ordinal * 7) % 24) };
    return endOfLog();
  };
  const endOfLog = (): Lsn => lsnOf(virtualLogFile, state.logBlocks, 1);

  /** What every backup of this moment says; the clock runs on. */
  const shared = () => {
    const backupStartDate = addMinutes(startedAt, minutes);
    ordinal++;
    minutes += intervalMinutes;
    return {
      ...common,
      ...state.incarnation,
      databaseName: name,
      serverName: server,
      backupSetGuid: guidFor(`set ${ordinal} of ${database}`),
      mediaSetId: guidFor(`media ${ordinal} of ${database}`),
      familyGuid: guidFor(`family of ${database}`),
      backupStartDate,
      backupFinishDate: addSeconds(backupStartDate, 2),
      databaseBackup: state.base,
      lastLogBackupLsn: state.nextLogLsn,
      logChainStartLsn: state.logChainStartLsn,
    };
  };

  const finish = (spec: BackupSpec, kind: string, { stripes = 1, payloadBytes = 512 }: BackupOptions): SourceBackup => {
    const stamp = spec.backupStartDate.replaceAll(/[-:]/g, "").replace("T", "_");
    const files = Array.from({ length: stripes }, (_, index): BackupFile => {
      const flags = (spec.flags ?? 0) | (withChecksum ? headerFlags.hasBackupChecksums : 0);
      const member = { ...spec, flags, payloadBytes, familyCount: stripes, familySequenceNumber: index + 1 };
      const suffix = stripes > 1 ? `_${index + 1}` : "";
      return {
        fileName: `${name}_${kind}_${stamp}${suffix}.${spec.backupType === 2 ? "trn" : "bak"}`,
        spec: member,
        get bytes() {
          return writeBackup(member);
        },
      };
    });
    const [first] = files;
    if (!first) throw new RangeError(`A backup has at least one file, found ${stripes}.`);
    statesAfter.set(first.fileName, state);
    return {
      fileName: first.fileName,
      spec: first.spec,
      files,
      get bytes() {
        return first.bytes;
      },
    };
  };

  /**
   * Full and differential: a checkpoint, the pages, and the log written meanwhile. The head is left behind by SQL
   * Server 2019 and later.
   */
  const pages = () => {
    const early = write();
    const checkpointLsn = write();
    const lastLsn = write();
    state = { ...state, checkpointLsn };
    return {
      provisional: { firstLsn: early, checkpointLsn: early, lastLsn: checkpointLsn },
      final: { firstLsn: checkpointLsn, checkpointLsn, lastLsn },
    };
  };

  const fullBackup = (isCopyOnly: boolean, backupOptions: BackupOptions): SourceBackup => {
    const { provisional, final } = pages();
    const chainStart = state.logChainStartLsn ?? final.firstLsn;
    if (!isCopyOnly) state = { ...state, nextLogLsn: state.nextLogLsn ?? final.firstLsn, logChainStartLsn: chainStart };
    const spec: BackupSpec = { ...shared(), ...final, provisional, backupType: 1, isCopyOnly };
    if (!isCopyOnly)
      state = { ...state, base: { checkpointLsn: final.checkpointLsn, backupSetGuid: spec.backupSetGuid ?? "" } };
    return finish(spec, isCopyOnly ? "FULL_COPY_ONLY" : "FULL", backupOptions);
  };

  return {
    full: (backupOptions = {}) => fullBackup(false, backupOptions),
    copyOnlyFull: (backupOptions = {}) => fullBackup(true, backupOptions),
    differential: (backupOptions = {}) => {
      if (!state.base) throw new RangeError(`${name} has no full backup yet for a differential to refer to.`);
      const { final } = pages();
      return finish({ ...shared(), ...final, backupType: 5 }, "DIFF", backupOptions);
    },
    log: ({ tail = false, empty = false, ...backupOptions } = {}) => {
      const firstLsn = state.nextLogLsn;
      if (firstLsn === null) throw new RangeError(`${name} has no full backup yet for its log chain to begin with.`);
      const lastLsn = empty ? firstLsn : write();
      const flags = tail ? tailLogWithNoRecovery : 0;
      const spec: BackupSpec = {
        ...shared(),
        firstLsn,
        lastLsn,
        checkpointLsn: state.checkpointLsn,
        backupType: 2,
        flags,
      };
      state = { ...state, nextLogLsn: lastLsn };
      return finish(spec, "LOG", backupOptions);
    },
    pass: (more) => {
      minutes += more;
    },
    restoreTo: (backup) => {
      const then = statesAfter.get(backup.fileName);
      if (!then) throw new RangeError(`${backup.fileName} is not the first file of a backup of ${name}.`);
      ordinal++;
      state = {
        ...then,
        incarnation: {
          recoveryForkId: guidFor(`fork ${ordinal} of ${database}`),
          bindingId: guidFor(`binding ${ordinal} of ${database}`),
          fork: {
            pointLsn: lsnOf(virtualLogFile, then.logBlocks + 4, 1),
            previousForkId: then.incarnation.recoveryForkId,
          },
        },
      };
    },
  };
}

const addMinutes = (wallClock: string, minutes: number): string => addSeconds(wallClock, minutes * 60);

/** Wall-clock arithmetic: the zone is not known, so that UTC stands for it. */
const addSeconds = (wallClock: string, seconds: number): string =>
  new Date(Date.parse(`${wallClock}Z`) + seconds * 1000).toISOString().slice(0, 19);
