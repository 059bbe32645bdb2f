// Builds a world in which many migrations run at once: tables, blobs and DMS as plain data, so that a moment can be
// kept and restored; time is virtual.
//
// Every call of a port is one step: each worker has services of its own, whose `gate` is passed before each call.
import type { InvocationContext } from "@azure/functions";
import { BackupChangedError, type ByteSource } from "../../shared/backup/byteSource.ts";
import { FIRST_BYTES } from "../../shared/backup/readBackupHeader.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import { migrationIdOf, runInstanceId } from "../../shared/migration/ids.ts";
import { listed } from "../../shared/migration/lists/listLine.ts";
import type {
  AuditEntry,
  IdempotencyNote,
  Migration,
  MigrationFacts,
  MigrationRequest,
  MigrationTarget,
} from "../../shared/migration/migration.ts";
import type {
  BackupFile,
  CatalogueEntry,
  EngineAnswer,
  EngineFailure,
  EngineOperation,
  Observation,
} from "../../shared/migration/observed.ts";
import { placeOf } from "../../shared/migration/placement.ts";
import { mayMove } from "../../shared/migration/transitions.ts";
import type { RestoreOrder, Services } from "../../shared/ports.ts";
import { EMPTY_QUEUE, type VmQueue } from "../../shared/queue/vmQueue.ts";
import { type TargetClaim, targetKeyOf } from "../../shared/start/targetClaim.ts";
import { assertAsDocumented, listedFolders, type MemorySweeps, memorySweeps, topLevel } from "./memoryTables.ts";
import { aWorld } from "./world.ts";

/** The whole world, as plain data. */
export interface Estate {
  /** In milliseconds. */
  now: number;
  /** In milliseconds: the age of what DMS shows. It knows what it was asked for since then, and does not show it. */
  readonly lag: number;
  readonly pace: Pace;
  /** The last version given to a row. */
  versions: number;
  readonly migrations: Record<string, MigrationFacts>;
  /** Table MigrationList: the lines, written after the records, if at all. */
  readonly lines: Record<string, Pick<MigrationFacts, "migration" | "version">>;
  /** By migration and key. */
  readonly notes: Record<string, IdempotencyNote>;
  readonly watches: Record<string, string>;
  /** By migration without a registered watch: when a caller was told to look itself. */
  readonly looking: Record<string, number>;
  readonly queues: Record<string, { readonly queue: VmQueue; readonly version: string }>;
  /** By targetKeyOf(). */
  readonly claims: Record<string, { readonly claim: TargetClaim; readonly version: string }>;
  /** The blobs of the container, by name. */
  readonly blobs: Record<string, Blob>;
  /** The rows of the files, by name. */
  readonly rows: Record<string, BackupRecord>;
  readonly announced: Record<string, string>;
  readonly operations: Record<string, Operation>;
  /** Orchestrations of runs by instance id, as the durable client reports them. */
  readonly instances: Record<string, string>;
  /** Watches that were signalled since this list was last read. */
  woken: string[];
  outbox: FerryEvent[];
  /** The claims of those who publish a migration's outbox, with their times. */
  readonly publishing: Record<string, { readonly claim: string; readonly at: number }>;
  readonly published: FerryEvent[];
  readonly audit: AuditEntry[];
  /** What DMS was asked for, in order, and whether it accepted. */
  readonly journal: Asked[];
  /** Moves between states that no migration may make; a test has to check that there are none. */
  readonly illegal: string[];
}

/** How long DMS takes for each operation, in milliseconds. */
export interface Pace {
  readonly creates: number;
  readonly restores: number;
  readonly completes: number;
  readonly cancels: number;
}

const BRISK: Pace = { creates: 60_000, restores: 120_000, completes: 60_000, cancels: 30_000 };

/** One version of a file. Without bytes it is never read, because its row was added with it. */
export interface Blob extends BackupFile {
  readonly bytes?: Uint8Array;
  /** What DMS reads in it; absent: nothing. */
  readonly set?: { readonly isFull: boolean; readonly firstLsn: bigint; readonly lastLsn: bigint };
}

/** What DMS knows of one target. */
export interface Operation {
  readonly operationId: string;
  readonly order: RestoreOrder;
  readonly acceptedAt: number;
  readonly cutOverAt?: number;
  readonly canceledAt?: number;
  /** The time at which it fails or has failed. */
  readonly fails?: { readonly at: number; readonly failure: EngineFailure };
  /** The operation that it replaced. */
  readonly before?: Operation;
}

export interface Asked {
  readonly what: "create" | "cutOver" | "cancel";
  readonly target: string;
  readonly accepted: boolean;
  readonly order?: RestoreOrder;
}

export const newEstate = (now: string, lag = 0, pace = BRISK): Estate => ({
  now: Date.parse(now),
  lag,
  pace,
  versions: 0,
  migrations: {},
  lines: {},
  notes: {},
  watches: {},
  looking: {},
  queues: {},
  claims: {},
  blobs: {},
  rows: {},
  announced: {},
  operations: {},
  instances: {},
  woken: [],
  outbox: [],
  publishing: {},
  published: [],
  audit: [],
  journal: [],
  illegal: [],
});

/** A copy of the moment: rows are never changed, only replaced. */
export const copyOf = (estate: Estate): Estate => ({
  ...estate,
  migrations: { ...estate.migrations },
  lines: { ...estate.lines },
  notes: { ...estate.notes },
  watches: { ...estate.watches },
  looking: { ...estate.looking },
  queues: { ...estate.queues },
  claims: { ...estate.claims },
  blobs: { ...estate.blobs },
  rows: { ...estate.rows },
  announced: { ...estate.announced },
  operations: { ...estate.operations },
  instances: { ...estate.instances },
  woken: [...estate.woken],
  outbox: [...estate.outbox],
  publishing: { ...estate.publishing },
  published: [...estate.published],
  audit: [...estate.audit],
  journal: [...estate.journal],
  illegal: [...estate.illegal],
});

export const targetKey = ({ sqlVmResourceId, databaseName }: MigrationTarget): string =>
  `${sqlVmResourceId.split("/").at(-1)}/${databaseName}`.toLowerCase();

export function phaseOf({ now, pace }: Pick<Estate, "now" | "pace">, operation: Operation): EngineOperation["phase"] {
  const { acceptedAt, cutOverAt, canceledAt, fails, order } = operation;
  if (fails && now >= fails.at) return "failed";
  if (canceledAt !== undefined && now >= canceledAt) return now >= canceledAt + pace.cancels ? "canceled" : "canceling";
  if (cutOverAt !== undefined && now >= cutOverAt)
    return now >= cutOverAt + pace.completes ? "succeeded" : "completing";
  if (now < acceptedAt + pace.creates) return "creating";
  return order.mode === "offline" && now >= acceptedAt + pace.creates + pace.restores ? "succeeded" : "running";
}

/** What a caller who works on the estate is given. A gate that never opens stands for the death of its process. */
export interface Worker {
  readonly services: Services;
  readonly context: InvocationContext;
  readonly warnings: string[];
}

const OPEN = async (): Promise<void> => undefined;
const refusal = (kind: EngineFailure["kind"], code: string): EngineAnswer => ({
  ok: false,
  failure: { code, message: `${code}.`, cause: "c", remedy: "r", kind },
});

export function workerIn(
  estate: Estate,
  gate: (call: string) => Promise<void> = OPEN,
  settings: Readonly<Record<string, string>> = {},
): Worker {
  const base = servicesWith(settings);
  const sweeps = sweepsOf(estate);
  const idOf = (name: string) => migrationIdOf(base.config.backups.accountName, "backups", placeOf(name).folder);
  const entryOf = (record: BackupRecord): CatalogueEntry => {
    const announced = estate.announced[record.name];
    return { record, ...(announced !== undefined && { announced }) };
  };
  const byName = <Named extends { readonly name: string }>(all: Record<string, Named>): readonly Named[] =>
    Object.values(all).sort((a, b) => (a.name < b.name ? -1 : 1));
  const asked = (
    what: Asked["what"],
    target: MigrationTarget,
    refused: EngineAnswer | undefined,
    order?: RestoreOrder,
  ) => {
    estate.journal.push({ what, target: targetKey(target), accepted: !refused, ...(order && { order }) });
    return refused;
  };
  /** A caller that dies here, or finds the table away, leaves a record with an older line or none. */
  const writeLine = async (facts: MigrationFacts | undefined): Promise<void> => {
    await gate("migrations.line");
    if (facts) putLine(estate, facts);
  };
  const ofTarget = (target: MigrationTarget): Operation | undefined => estate.operations[targetKey(target)];

  const services: Services = {
    ...base,
    clock: { now: () => new Date(estate.now) },
    files: {
      container: "backups",
      async find(name) {
        await gate("files.find");
        return fileOf(estate.blobs[name]);
      },
      open: (file) => ({
        size: file.sizeBytes,
        async read(offset, length) {
          await gate("files.read");
          const { etag, bytes = new Uint8Array() } = estate.blobs[file.name] ?? {};
          if (etag !== file.etag) throw new BackupChangedError();
          return bytes.subarray(offset, offset + length);
        },
      }),
      async openCurrent(name) {
        await gate("files.open");
        const { bytes = new Uint8Array() } = estate.blobs[name] ?? {};
        const file = fileOf(estate.blobs[name]);
        if (!file) return undefined;
        const rest = this.open(file);
        const source: ByteSource = {
          size: file.sizeBytes,
          read: async (offset, length) =>
            offset + length <= FIRST_BYTES ? bytes.subarray(offset, offset + length) : rest.read(offset, length),
        };
        return { file, source };
      },
      async *list(prefix) {
        await gate("files.list");
        for (const blob of byName(estate.blobs)) {
          const file = fileOf(blob);
          if (file?.name.startsWith(prefix)) yield file;
        }
      },
      async topLevel(page) {
        await gate("files.topLevel");
        return topLevel(
          byName(estate.blobs).flatMap((blob) => fileOf(blob) ?? []),
          page,
        );
      },
    },
    catalogue: {
      async list(folderId) {
        await gate("catalogue.list");
        return byName(estate.rows)
          .filter(({ name }) => idOf(name) === folderId)
          .map(entryOf);
      },
      async find(_, name) {
        await gate("catalogue.find");
        const record = estate.rows[name];
        return record && { ...entryOf(record), version: versionOfRow(estate, name) };
      },
      async save(_, record, version) {
        await gate("catalogue.save");
        const known = record.name in estate.rows ? versionOfRow(estate, record.name) : undefined;
        if (known !== version) return "conflict";
        estate.rows[record.name] = record;
        return "saved";
      },
      async put(_, record) {
        await gate("catalogue.put");
        estate.rows[record.name] = record;
      },
      async withdraw(_, name) {
        await gate("catalogue.withdraw");
        const isKnown = name in estate.rows;
        delete estate.rows[name];
        delete estate.announced[name];
        return isKnown;
      },
      async announce(_, words) {
        await gate("catalogue.announce");
        for (const { name, announced } of words) estate.announced[name] = announced;
      },
    },
    migrations: {
      async facts(id) {
        await gate("migrations.facts");
        return estate.migrations[id];
      },
      async list() {
        await gate("migrations.list");
        return Object.values(estate.lines).map(({ migration }) => listed(migration));
      },
      lines: () => Promise.reject(new Error("Nothing in an estate asks for a page of the list.")),
      auditPage: () => Promise.reject(new Error("Nothing in an estate asks for a page of the audit.")),
      async ids(after = "", most) {
        await gate("migrations.ids");
        return Object.keys(estate.migrations)
          .sort()
          .filter((id) => id > after)
          .slice(0, most);
      },
      async listedFolders(after) {
        await gate("migrations.listedFolders");
        return listedFolders(Object.values(estate.lines), after);
      },
      async listedIds() {
        await gate("migrations.listedIds");
        return new Set(Object.keys(estate.lines));
      },
      async standing(id) {
        await gate("migrations.standing");
        const facts = estate.migrations[id];
        return facts && { ...facts, hasWaitingEvents: estate.outbox.some(({ data }) => data.migrationId === id) };
      },
      async commit({ migrationId, version, migration, request = [], events = [], audit = [], note }) {
        assertAsDocumented(events);
        await gate("migrations.commit");
        const known = estate.migrations[migrationId];
        if (known?.version !== version) return "conflict";
        noteMove(estate, known?.migration, migration);
        const requests = [request].flat().map((one): [MigrationRequest["kind"], MigrationRequest] => [one.kind, one]);
        put(estate, migration, { ...known?.requests, ...Object.fromEntries(requests) });
        estate.outbox.push(...events);
        estate.audit.push(...audit);
        if (note) estate.notes[`${migrationId} ${note.key}`] = note;
        // The commit holds; the sweep writes the line.
        await writeLine(estate.migrations[migrationId]).catch(() => undefined);
        return "committed";
      },
      async note(id, key) {
        await gate("migrations.note");
        return estate.notes[`${id} ${key}`];
      },
      async outbox(id) {
        await gate("migrations.outbox");
        return estate.outbox.filter(({ data }) => data.migrationId === id);
      },
      /** No step of its own: a caller that dies at one of the calls around it dies with the claim. */
      async claimOutbox(id) {
        const known = estate.publishing[id];
        if (known && estate.now - known.at <= 60_000) return undefined;
        const claim = nextVersion(estate);
        estate.publishing[id] = { claim, at: estate.now };
        return claim;
      },
      /** A step: a dead process gives nothing back when the time limit of its publishing is reached. */
      async dropOutboxClaim(id, claim) {
        await gate("migrations.dropOutboxClaim");
        if (estate.publishing[id]?.claim === claim) delete estate.publishing[id];
      },
      async published(_, events) {
        await gate("migrations.published");
        for (const event of events) {
          estate.outbox = estate.outbox.filter(({ id }) => id !== event.id);
          if (!estate.published.some(({ id }) => id === event.id)) estate.published.push(event);
        }
      },
      events: async () => estate.published,
      audit: async () => estate.audit,
      async beginTurn(id, watch) {
        await gate("migrations.registerWatch");
        if (estate.watches[id] !== watch || estate.looking[id] !== undefined) {
          estate.watches[id] = watch;
          delete estate.looking[id];
          await gate("migrations.facts");
        }
        return estate.migrations[id];
      },
      async dropWatch({ migrationId, run }) {
        await gate("migrations.dropWatch");
        if (estate.watches[migrationId]?.startsWith(`${runInstanceId(migrationId, run)}-`))
          delete estate.watches[migrationId];
      },
      async watchToSignal(id) {
        await gate("migrations.watchToSignal");
        const watch = estate.watches[id];
        if (watch !== undefined) return { kind: "watch", watch };
        const since = estate.looking[id];
        if (since !== undefined && estate.now - since <= 10_000) return { kind: "underWay" };
        estate.looking[id] = estate.now;
        return { kind: "nobody" };
      },
      async signalAnswered(id) {
        await gate("migrations.answered");
        delete estate.looking[id];
      },
      claimCard: async () => "claimed",
      dropCardClaim: async () => {},
      noteCardPosted: async () => {},
      repairLine: writeLine,
    },
    sweeps: {
      ...sweeps.store,
      async keep(progress) {
        await gate("sweeps.keep");
        sweeps.progress = progress;
      },
      async mark(migrationId, mark) {
        await gate("sweeps.mark");
        sweeps.marks.set(migrationId, mark);
      },
    },
    queues: {
      async load(vmKey) {
        await gate("queues.load");
        return estate.queues[vmKey] ?? { queue: EMPTY_QUEUE, version: undefined };
      },
      async list() {
        await gate("queues.list");
        return Object.entries(estate.queues).map(([vmKey, { queue }]) => ({ vmKey, queue }));
      },
      async save(vmKey, queue, version) {
        await gate("queues.save");
        if (estate.queues[vmKey]?.version !== version) return "conflict";
        estate.queues[vmKey] = { queue, version: nextVersion(estate) };
        return "saved";
      },
    },
    claims: {
      async load(target) {
        await gate("claims.load");
        return estate.claims[targetKeyOf(target)] ?? { claim: undefined, version: undefined };
      },
      async save(target, claim, version) {
        await gate("claims.save");
        if (estate.claims[targetKeyOf(target)]?.version !== version) return "conflict";
        estate.claims[targetKeyOf(target)] = { claim, version: nextVersion(estate) };
        return "saved";
      },
    },
    engine: {
      async observe(target) {
        await gate("engine.observe");
        return observed(estate, ofTarget(target));
      },
      async start(order) {
        await gate("engine.start");
        const known = ofTarget(order.target);
        const isUnderWay = known && !["succeeded", "failed", "canceled"].includes(phaseOf(estate, known));
        const refused = asked("create", order.target, isUnderWay ? refusal("race", "InProgress") : undefined, order);
        if (refused) return refused;
        const operationId = `op-${estate.journal.filter(({ accepted }) => accepted).length}`;
        const operation: Operation = { operationId, order, acceptedAt: estate.now, ...(known && { before: known }) };
        estate.operations[targetKey(order.target)] = operation;
        return { ok: true };
      },
      async cutOver(target, operationId) {
        await gate("engine.cutOver");
        const known = ofTarget(target);
        const fits = known?.operationId === operationId && phaseOf(estate, known) === "running";
        const refused = asked("cutOver", target, fits ? undefined : refusal("user", "NotReadyForCutover"));
        if (refused || !known) return refused ?? refusal("user", "Absent");
        estate.operations[targetKey(target)] = { ...known, cutOverAt: estate.now };
        return { ok: true };
      },
      async cancel(target, operationId) {
        await gate("engine.cancel");
        const known = ofTarget(target);
        const fits = known?.operationId === operationId && phaseOf(estate, known) === "running";
        const refused = asked("cancel", target, fits ? undefined : refusal("race", "NotCancelable"));
        if (refused || !known) return refused ?? refusal("user", "Absent");
        estate.operations[targetKey(target)] = { ...known, canceledAt: estate.now };
        return { ok: true };
      },
    },
    publisher: { publish: () => gate("publisher.publish") },
  };
  const warnings: string[] = [];
  const warn = (line: unknown) => void warnings.push(String(line));
  return { services, context: { log: () => undefined, warn } as unknown as InvocationContext, warnings };
}

const sweepsOfEstates = new WeakMap<Estate, MemorySweeps>();
function sweepsOf(estate: Estate): MemorySweeps {
  const sweeps = sweepsOfEstates.get(estate) ?? memorySweeps();
  sweepsOfEstates.set(estate, sweeps);
  return sweeps;
}

const worlds = new Map<string, Services>();
/** Services with these settings, made once: no test of an estate changes them. */
function servicesWith(settings: Readonly<Record<string, string>>): Services {
  const key = JSON.stringify(settings);
  const services = worlds.get(key) ?? aWorld(undefined, settings).services;
  worlds.set(key, services);
  return services;
}

/** Changes with everything that is in the row: records are never changed, only replaced. */
function versionOfRow({ rows, announced }: Estate, name: string): string {
  const record = rows[name];
  if (record && !recordNumbers.has(record)) recordNumbers.set(record, ++lastRecord);
  return `${record && recordNumbers.get(record)} ${announced[name]}`;
}
const recordNumbers = new WeakMap<BackupRecord, number>();
let lastRecord = 0;

const nextVersion = (estate: Estate): string => String(++estate.versions);

/** Writes a row without checking the rules, as the beginning of a test. */
export function put(estate: Estate, migration: Migration, requests: MigrationFacts["requests"] = {}): void {
  estate.migrations[migration.migrationId] = { migration, version: nextVersion(estate), requests };
}

/** Within a run only legal moves are allowed; from a run that has ended, the next run. */
function noteMove({ illegal }: Estate, from: Migration | undefined, to: Migration): void {
  if (!from || from.state === to.state) return;
  const isNextRun = to.run === from.run + 1;
  const isRegistered = from.state === "draft" && to.state === "waitingForChain";
  if (!isNextRun && !isRegistered && !mayMove(from.state, to.state)) illegal.push(`${from.state} to ${to.state}`);
}

/** Writes a line, unless there is a newer one. */
function putLine({ lines }: Estate, { migration, version }: Pick<MigrationFacts, "migration" | "version">): void {
  const known = lines[migration.migrationId];
  if (!known || Number(known.version) < Number(version)) lines[migration.migrationId] = { migration, version };
}

/** Adds a file to the container that has been read already. */
export function lay(estate: Estate, record: BackupRecord): void {
  const { name, etag, sizeBytes, blobType, arrivedAt, content } = record;
  const [set] = content.kind === "header" ? content.backupSets : [];
  const { backupType, firstLsn, lastLsn } = set ?? {};
  estate.rows[name] = record;
  estate.blobs[name] = {
    ...{ name, etag, sizeBytes, blobType, arrivedAt },
    ...(firstLsn !== undefined && lastLsn !== undefined && { set: { isFull: backupType === 1, firstLsn, lastLsn } }),
  };
}

const fileOf = (blob: Blob | undefined): BackupFile | undefined => {
  if (!blob) return undefined;
  const { name, etag, sizeBytes, blobType, arrivedAt } = blob;
  return { name, etag, sizeBytes, blobType, arrivedAt };
};

/**
 * The file up to which DMS has restored: the full backup, then each log that joins. DMS knows nothing of sqlferry's
 * plan.
 */
function restoredBy(estate: Estate, { order }: Operation): string | undefined {
  const sets = Object.values(estate.blobs).flatMap(({ name, set }) =>
    set && placeOf(name).folder === order.folder ? [{ name, ...set }] : [],
  );
  const logs = sets.filter(({ isFull }) => !isFull).sort((a, b) => (a.lastLsn < b.lastLsn ? -1 : 1));
  let last = sets.find(({ isFull }) => isFull);
  for (const log of logs) if (last && log.firstLsn <= last.lastLsn && last.lastLsn < log.lastLsn) last = log;
  return last?.name.split("/").at(-1);
}

function observed(estate: Estate, latest: Operation | undefined): Observation {
  const then = { now: estate.now - estate.lag, pace: estate.pace };
  let operation = latest;
  while (operation && operation.acceptedAt > then.now) operation = operation.before;
  if (!operation) return { kind: "absent" };
  const phase = phaseOf(then, operation);
  const last = restoredBy(estate, operation);
  return {
    kind: "present",
    operation: {
      phase,
      fingerprint: operation.operationId,
      ...(phase !== "creating" && { operationId: operation.operationId }),
      startedOn: new Date(operation.acceptedAt).toISOString(),
      isOffline: operation.order.mode === "offline",
      canCutOver: phase === "running",
      canCancel: phase === "running",
      ...(phase === "failed" && operation.fails && { failure: operation.fails.failure }),
      ...(last !== undefined && { details: { currentFile: last, lastRestoredFile: last, isFullRestored: true } }),
    },
  };
}
