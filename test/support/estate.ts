// Which world do many migrations live in at once? Tables, blobs and DMS as plain data, so that a moment can be kept and gone back to; time is played.
//
// Every call of a port is one step: whoever works on the world is handed services of his own, whose `gate` is passed before each call.
import type { InvocationContext } from "@azure/functions";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import type { FerryEvent } from "../../shared/migration/events.ts";
import { migrationIdOf } from "../../shared/migration/ids.ts";
import type { AuditEntry, Migration, MigrationFacts, MigrationTarget, Wish } from "../../shared/migration/migration.ts";
import { placeOf } from "../../shared/migration/placement.ts";
import type {
  BackupFile,
  CatalogueEntry,
  EngineAnswer,
  EngineFailure,
  EngineOperation,
  Observation,
  RestoreOrder,
} from "../../shared/migration/ports.ts";
import { mayMove } from "../../shared/migration/transitions.ts";
import { type TargetClaim, targetKeyOf } from "../../shared/migration/targetClaim.ts";
import { EMPTY_QUEUE, type VmQueue } from "../../shared/migration/vmQueue.ts";
import type { Services } from "../../shared/services.ts";
import { aWorld } from "./world.ts";

/** All there is; nothing but data. */
export interface Estate {
  /** Milliseconds. */
  now: number;
  /** The last version that was given to a row. */
  versions: number;
  readonly migrations: Record<string, MigrationFacts>;
  readonly watches: Record<string, string>;
  readonly queues: Record<string, { readonly queue: VmQueue; readonly version: string }>;
  /** By targetKeyOf. */
  readonly claims: Record<string, { readonly claim: TargetClaim; readonly version: string }>;
  /** By name. */
  readonly blobs: Record<string, BackupRecord>;
  readonly announced: Record<string, string>;
  readonly operations: Record<string, Operation>;
  /** Orchestrations of runs, by instance id, as the durable client is told of them. */
  readonly instances: Record<string, string>;
  outbox: FerryEvent[];
  readonly published: FerryEvent[];
  readonly audit: AuditEntry[];
  /** What DMS was asked for, in order, and whether it took it. */
  readonly journal: Asked[];
  /** Moves between states that no migration may make; whoever looks for faults looks here. */
  readonly illegal: string[];
}

/** What DMS knows of one target. */
export interface Operation {
  readonly operationId: string;
  readonly order: RestoreOrder;
  readonly acceptedAt: number;
  readonly cutOverAt?: number;
  readonly canceledAt?: number;
}

export interface Asked {
  readonly what: "create" | "cutOver" | "cancel";
  readonly target: string;
  readonly accepted: boolean;
  readonly order?: RestoreOrder;
}

export const newEstate = (now: string): Estate => ({
  now: Date.parse(now),
  versions: 0,
  migrations: {},
  watches: {},
  queues: {},
  claims: {},
  blobs: {},
  announced: {},
  operations: {},
  instances: {},
  outbox: [],
  published: [],
  audit: [],
  journal: [],
  illegal: [],
});

/** The same moment once more: rows are never changed, only replaced. */
export const copyOf = (estate: Estate): Estate => ({
  ...estate,
  migrations: { ...estate.migrations },
  watches: { ...estate.watches },
  queues: { ...estate.queues },
  claims: { ...estate.claims },
  blobs: { ...estate.blobs },
  announced: { ...estate.announced },
  operations: { ...estate.operations },
  instances: { ...estate.instances },
  outbox: [...estate.outbox],
  published: [...estate.published],
  audit: [...estate.audit],
  journal: [...estate.journal],
  illegal: [...estate.illegal],
});

/** How long DMS takes for what, in milliseconds. */
const CREATES = 60_000;
const RESTORES = 120_000;
const COMPLETES = 60_000;
const CANCELS = 30_000;

export const targetKey = ({ sqlVmResourceId, databaseName }: MigrationTarget): string =>
  `${sqlVmResourceId.split("/").at(-1)}/${databaseName}`.toLowerCase();

export function phaseOf({ now }: Pick<Estate, "now">, operation: Operation): EngineOperation["phase"] {
  const { acceptedAt, cutOverAt, canceledAt, order } = operation;
  if (canceledAt !== undefined) return now >= canceledAt + CANCELS ? "canceled" : "canceling";
  if (cutOverAt !== undefined) return now >= cutOverAt + COMPLETES ? "succeeded" : "completing";
  if (now < acceptedAt + CREATES) return "creating";
  return order.mode === "offline" && now >= acceptedAt + CREATES + RESTORES ? "succeeded" : "running";
}

/** What somebody who works on the estate is given. A gate that never opens is the death of its process. */
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
  const idOf = (name: string) => migrationIdOf(base.config.backups.accountName, "backups", placeOf(name).folder);
  const fileOf = ({ name, etag, sizeBytes, blobType, arrivedAt }: BackupRecord): BackupFile => ({
    name,
    etag,
    sizeBytes,
    blobType,
    arrivedAt,
  });
  const entryOf = (record: BackupRecord): CatalogueEntry => {
    const announced = estate.announced[record.name];
    return { record, ...(announced !== undefined && { announced }) };
  };
  const blobs = () => Object.values(estate.blobs).sort((a, b) => (a.name < b.name ? -1 : 1));
  const asked = (
    what: Asked["what"],
    target: MigrationTarget,
    refused: EngineAnswer | undefined,
    order?: RestoreOrder,
  ) => {
    estate.journal.push({ what, target: targetKey(target), accepted: !refused, ...(order && { order }) });
    return refused;
  };
  const ofTarget = (target: MigrationTarget): Operation | undefined => estate.operations[targetKey(target)];

  const services: Services = {
    ...base,
    clock: { now: () => new Date(estate.now) },
    files: {
      container: "backups",
      async find(name) {
        await gate("files.find");
        const record = estate.blobs[name];
        return record && fileOf(record);
      },
      open: base.files.open,
      async *list(prefix) {
        await gate("files.list");
        yield* blobs()
          .filter(({ name }) => name.startsWith(prefix))
          .map(fileOf);
      },
    },
    catalogue: {
      async list(folderId) {
        await gate("catalogue.list");
        return blobs()
          .filter(({ name }) => idOf(name) === folderId)
          .map(entryOf);
      },
      async find(_, name) {
        await gate("catalogue.find");
        const record = estate.blobs[name];
        return record && entryOf(record);
      },
      put: () => gate("catalogue.put"),
      async withdraw() {
        await gate("catalogue.withdraw");
        return false;
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
        return Object.values(estate.migrations).map(({ migration }) => migration);
      },
      async commit({ migrationId, version, migration, wish = [], events = [], audit = [] }) {
        await gate("migrations.commit");
        const known = estate.migrations[migrationId];
        if (known?.version !== version) return "conflict";
        noteMove(estate, known?.migration, migration);
        const wishes = [wish].flat().map((one): [Wish["kind"], Wish] => [one.kind, one]);
        put(estate, migration, { ...known?.wishes, ...Object.fromEntries(wishes) });
        estate.outbox.push(...events);
        estate.audit.push(...audit);
        return "committed";
      },
      async outbox(id) {
        await gate("migrations.outbox");
        return estate.outbox.filter(({ data }) => data.migrationId === id);
      },
      async published(_, event) {
        await gate("migrations.published");
        estate.outbox = estate.outbox.filter(({ id }) => id !== event.id);
        if (!estate.published.some(({ id }) => id === event.id)) estate.published.push(event);
      },
      events: async () => estate.published,
      audit: async () => estate.audit,
      async listen(id, watch) {
        await gate("migrations.listen");
        estate.watches[id] = watch;
      },
      async knock(id) {
        await gate("migrations.knock");
        return estate.watches[id];
      },
      claimCard: async () => "claimed",
      dropCardClaim: async () => {},
      noteCardPosted: async () => {},
      repairLine: () => gate("migrations.repairLine"),
    },
    queues: {
      async load(vmKey) {
        await gate("queues.load");
        return estate.queues[vmKey] ?? { queue: EMPTY_QUEUE, version: undefined };
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
        const operation = ofTarget(target);
        return operation ? observed(estate, operation) : { kind: "absent" };
      },
      async start(order) {
        await gate("engine.start");
        const known = ofTarget(order.target);
        const isUnderWay = known && !["succeeded", "failed", "canceled"].includes(phaseOf(estate, known));
        const refused = asked("create", order.target, isUnderWay ? refusal("race", "InProgress") : undefined, order);
        if (refused) return refused;
        const operationId = `op-${estate.journal.filter(({ accepted }) => accepted).length}`;
        estate.operations[targetKey(order.target)] = { operationId, order, acceptedAt: estate.now };
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
        const refused = asked("cancel", target, fits ? undefined : refusal("user", "NotCancelable"));
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

const worlds = new Map<string, Services>();
/** What no test of an estate changes. */
function servicesWith(settings: Readonly<Record<string, string>>): Services {
  const key = JSON.stringify(settings);
  const services = worlds.get(key) ?? aWorld(undefined, settings).services;
  worlds.set(key, services);
  return services;
}

const nextVersion = (estate: Estate): string => String(++estate.versions);

/** Writes a row past the rules, as a test's beginning. */
export function put(estate: Estate, migration: Migration, wishes: MigrationFacts["wishes"] = {}): void {
  estate.migrations[migration.migrationId] = { migration, version: nextVersion(estate), wishes };
}

/** Within a run only the legal moves; from an ended run the next one. */
function noteMove({ illegal }: Estate, from: Migration | undefined, to: Migration): void {
  if (!from || from.state === to.state) return;
  const isNextRun = to.run === from.run + 1;
  const isRegistered = from.state === "draft" && to.state === "waitingForChain";
  if (!isNextRun && !isRegistered && !mayMove(from.state, to.state)) illegal.push(`${from.state} to ${to.state}`);
}

/** DMS has restored whatever lies in the folder. */
function observed(estate: Estate, operation: Operation): Observation {
  const phase = phaseOf(estate, operation);
  const files = Object.keys(estate.blobs)
    .filter((name) => placeOf(name).folder === operation.order.folder)
    .sort((a, b) => arrivalOf(estate, a) - arrivalOf(estate, b));
  const last = files.at(-1)?.split("/").at(-1) ?? "";
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
      details: { currentFile: last, lastRestoredFile: last, isFullRestored: true },
    },
  };
}

const arrivalOf = ({ blobs }: Estate, name: string): number => Date.parse(blobs[name]?.arrivedAt ?? "");
