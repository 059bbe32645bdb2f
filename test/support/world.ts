// Builds the world of handlers in unit tests: services over a few variables, which a test sets and reads.
import type { HttpHandler, HttpRequestInit, InvocationContext } from "@azure/functions";
import { HttpRequest } from "@azure/functions";
import type { RouteName } from "../../shared/api/routes.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { parseConfig } from "../../shared/config.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import { createFaultBook } from "../../shared/migration/faults.ts";
import { vmKeyOf } from "../../shared/migration/ids.ts";
import type { AuditEntry, Migration, MigrationFacts, MigrationTarget } from "../../shared/migration/migration.ts";
import type {
  BackupFile,
  EngineAnswer,
  EngineOperation,
  Observation,
  Sighting,
  TargetVmFacts,
} from "../../shared/migration/observed.ts";
import type { SweepReport } from "../../shared/migration/sweep/sweepReport.ts";
import type { Change, RestoreOrder, Services } from "../../shared/ports.ts";
import type { VmQueue } from "../../shared/queue/vmQueue.ts";
import type { StoredSizing } from "../../shared/sizing/sizingShapes.ts";
import type { TargetVm as TargetSizeFacts } from "../../shared/sizing/targetFit.ts";
import { type TargetClaim, targetKeyOf } from "../../shared/start/targetClaim.ts";
import { judge, type Told } from "./documented.ts";
import {
  type MemoryAssessments,
  type MemorySweeps,
  memoryAssessments,
  memoryMigrations,
  memoryQueues,
  memorySweeps,
  topLevel,
} from "./memoryTables.ts";

export const VM =
  "/subscriptions/0000/resourceGroups/rg1/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/SQLVM-07";
const provider = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1/providers";

/** The target of the migration sales-1. */
export const target: MigrationTarget = { sqlVmResourceId: VM, databaseName: "Sales" };

/** The input of a watch of its first run. */
export const watched = { migrationId: "sales-1", run: 1, watch: "watch" };

export const SETTINGS_OF_A_TEST = {
  Backups: "UseDevelopmentStorage=true",
  State: "UseDevelopmentStorage=true",
  BACKUPS_CONTAINER: "backups",
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: `${provider}/Microsoft.Storage/storageAccounts/backups1`,
  DMS_SERVICE_RESOURCE_ID: `${provider}/Microsoft.DataMigration/sqlMigrationServices/dms1`,
  EVENTS_TOPIC_ENDPOINT: "https://topic1.westeurope-1.eventgrid.azure.net/api/events",
  AUTH: "none",
  WEBSITE_AUTH_ENABLED: "True",
};

export interface World {
  readonly services: Services;
  /** By id; replaced by commits. */
  readonly migrations: Map<string, MigrationFacts>;
  /** The folder's files. Storage and rows agree, unless `files` says otherwise. */
  records: readonly BackupRecord[];
  files: readonly BackupFile[] | undefined;
  readonly announced: Map<string, string>;
  /** By targetKeyOf(). */
  readonly claims: Map<string, TargetClaim>;
  seen: Observation;
  vm: TargetVmFacts;
  queue: VmQueue;
  sweep: SweepReport | undefined;
  readonly sweeps: MemorySweeps;
  now: Date;
  answer: EngineAnswer;
  /** Runs once just before the next commit, as a change by another process. */
  meanwhile: (() => void) | undefined;
  /** Runs once just before the next save of a queue. */
  meanwhileInQueue: (() => void) | undefined;
  readonly assessments: MemoryAssessments;
  /** By assessmentIdOf(); a test may set them. */
  readonly sizings: Map<string, StoredSizing>;
  /** The audit of published sizings. */
  readonly sizingAudit: AuditEntry[];
  /** The VM's size and disks. */
  targetVm: Sighting<TargetSizeFacts>;
  readonly published: FerryEvent[];
  readonly audit: AuditEntry[];
  /** Requests to DMS. */
  readonly orders: (RestoreOrder | "cutOver" | "cancel")[];
  /** The Durable host of handlers that start orchestrations. */
  durableUrl: string;
  /** Lines of the log that report faults of sqlferry itself. */
  readonly faults: string[];
  /** Ids of migrations whose watch was signalled. */
  readonly signalled: string[];
  readonly log: InvocationContext;
  migration(migrationId?: string): Migration;
  requests(): MigrationFacts["requests"];
  change(changes: Partial<Migration>, requests?: MigrationFacts["requests"]): void;
}

const P30 = { kind: "Premium SSD", gib: 1_024 } as const;
const A_VM: TargetSizeFacts = {
  sizeName: "Standard_E8ds_v5",
  controller: "SCSI",
  disks: [
    { lun: 0, ...P30, caching: "ReadOnly", use: "data" },
    { lun: 1, ...P30, caching: "None", use: "log" },
  ],
};

/** The migration in the world, if there is one. */
export function aWorld(migration?: Migration, settings: Readonly<Record<string, string>> = {}): World {
  const { store, migrations, published, audit, put } = memoryMigrations();
  const queues = memoryQueues();
  const sweeps = memorySweeps();
  const assessments = memoryAssessments();
  const sizings = new Map<string, StoredSizing>();
  const sizingAudit: AuditEntry[] = [];
  const vmKey = vmKeyOf(VM);
  if (migration) put(migration);
  const only = (id = [...migrations.keys()][0] ?? ""): MigrationFacts => {
    const facts = migrations.get(id);
    if (!facts) throw new Error(`There is no migration "${id}" in this world.`);
    return facts;
  };
  const announced = new Map<string, string>();
  const signalled: string[] = [];
  const faults: string[] = [];
  const claims = new Map<string, TargetClaim>();

  const commit = async (change: Change): Promise<"committed" | "conflict"> => {
    const before = world.meanwhile;
    world.meanwhile = undefined;
    before?.();
    return store.commit(change);
  };
  const fileOf = ({ name, etag, sizeBytes, blobType, arrivedAt }: BackupRecord): BackupFile => ({
    name,
    etag,
    sizeBytes,
    blobType,
    arrivedAt,
  });
  const entries = () =>
    world.records.map((record) => {
      const word = announced.get(record.name);
      return { record, ...(word !== undefined && { announced: word }) };
    });
  const files = () => world.files ?? world.records.map(fileOf);
  const order = async (what: World["orders"][number]): Promise<EngineAnswer> => {
    world.orders.push(what);
    return world.answer;
  };

  const world: World = {
    migrations,
    records: [],
    files: undefined,
    announced,
    claims,
    seen: { kind: "absent" },
    vm: { exists: true, sqlManagement: "Full", powerState: "running", location: "westeurope", versionMajor: 16 },
    get queue() {
      return queues.queueOf(vmKey);
    },
    set queue(queue) {
      queues.put(vmKey, queue);
    },
    get sweep() {
      return sweeps.report;
    },
    set sweep(report) {
      sweeps.report = report;
    },
    sweeps,
    now: new Date("2025-11-24T00:30:00.000Z"),
    answer: { ok: true },
    meanwhile: undefined,
    meanwhileInQueue: undefined,
    assessments,
    sizings,
    sizingAudit,
    targetVm: { kind: "seen", facts: A_VM },
    published,
    audit,
    orders: [],
    durableUrl: "http://127.0.0.1:1/",
    faults,
    signalled,
    log: contextOf(() => world.durableUrl),
    migration: (id) => only(id).migration,
    requests: () => only().requests,
    change: (changes, requests) => put({ ...only().migration, ...changes }, requests ?? only().requests),
    services: {
      config: parseConfig({ ...SETTINGS_OF_A_TEST, ...settings }),
      clock: { now: () => world.now },
      files: {
        container: "backups",
        find: async (name) => files().find((file) => file.name === name),
        open: () => ({ size: 0, read: async () => new Uint8Array() }),
        async openCurrent(name) {
          const file = await this.find(name);
          const unread = { size: file?.sizeBytes ?? 0, read: unasked };
          return file && { file, source: file.isArchived ? unread : this.open(file) };
        },
        list: async function* (prefix) {
          yield* files().filter(({ name }) => name.startsWith(prefix));
        },
        topLevel: async (page) => topLevel(files(), page),
      },
      catalogue: {
        list: async () => entries(),
        find: async (_, name) => {
          const entry = entries().find(({ record }) => record.name === name);
          return entry && { ...entry, version: "of the row" };
        },
        put: async () => {},
        async save(folderId, record) {
          await this.put(folderId, record);
          return "saved";
        },
        withdraw: async () => false,
        announce: async (_, words) => {
          for (const { name, announced: word } of words) announced.set(name, word);
        },
      },
      migrations: {
        ...store,
        commit,
        /** The wake-up itself is the host's affair; here it is only noted. */
        watchToSignal: async (id) => {
          signalled.push(id);
          return { kind: "nobody" };
        },
      },
      queues: {
        load: queues.store.load,
        list: queues.store.list,
        save: (key, queue, version) => {
          const before = world.meanwhileInQueue;
          world.meanwhileInQueue = undefined;
          before?.();
          return queues.store.save(key, queue, version);
        },
      },
      sweeps: sweeps.store,
      claims: {
        load: async (target) => {
          const claim = claims.get(targetKeyOf(target));
          return { claim, version: claim && JSON.stringify(claim) };
        },
        save: async (target, claim, version) => {
          const known = claims.get(targetKeyOf(target));
          if ((known && JSON.stringify(known)) !== version) return "conflict";
          claims.set(targetKeyOf(target), claim);
          return "saved";
        },
      },
      assessments: assessments.store,
      sizings: {
        load: async (id) => sizings.get(id),
        save: async (id, sizing, entry) => {
          sizings.set(id, sizing);
          sizingAudit.push(entry);
        },
      },
      targetSize: async () => world.targetVm,
      engine: {
        observe: async () => world.seen,
        start: (asked) => order(asked),
        cutOver: () => order("cutOver"),
        cancel: () => order("cancel"),
      },
      vm: { observe: async () => world.vm, subnets: unasked },
      migrationServices: {
        configuredName: "sqlferry-dms",
        find: seen({ name: "sqlferry-dms", location: "westeurope", provisioningState: "Succeeded" }),
        create: unasked,
        authKeys: unasked,
        regenerateAuthKey: unasked,
        nodes: unasked,
        deleteNode: unasked,
        migrations: seen([]),
        registration: seen("Registered"),
      },
      backupAccount: {
        observe: seen({ defaultAction: "Allow", allowedSubnetIds: [], privateEndpoints: 0 }),
        mayReadKey: seen(true),
      },
      publisher: { publish: async () => {} },
      teams: { post: async () => false },
      faults: createFaultBook((line) => faults.push(line)),
    },
  };
  return world;
}

const seen =
  <Facts>(facts: Facts) =>
  async () =>
    ({ kind: "seen", facts }) as const;

const unasked = (): Promise<never> => Promise.reject(new Error("The handlers of these tests do not ask this."));

/** An operation of DMS: running and ready, unless a test says otherwise. */
export const shown = (changes: Partial<EngineOperation> = {}): Observation => ({
  kind: "present",
  operation: {
    phase: "running",
    fingerprint: "op",
    operationId: "op",
    migrationStatus: "ReadyForCutover",
    isOffline: false,
    canCutOver: true,
    canCancel: true,
    ...changes,
  },
});

function contextOf(durableUrl: () => string): InvocationContext {
  return {
    options: { extraInputs: [{ type: "durableClient", name: "client" }] },
    extraInputs: {
      get: () => ({ taskHubName: "test", creationUrls: {}, managementUrls: {}, rpcBaseUrl: durableUrl() }),
    },
    invocationId: "invocation-of-a-test",
    log: () => {},
    warn: () => {},
    error: () => {},
  } as unknown as InvocationContext;
}

export interface Asked extends Omit<HttpRequestInit, "url"> {
  readonly json?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** Calls a handler with HTTP's own types. Fails when the API's document does not describe the answer. */
export async function ask(handler: HttpHandler, world: World, { json, ...init }: Asked = {}): Promise<Answered> {
  const body = json === undefined ? init.body : { string: JSON.stringify(json) };
  const request = new HttpRequest({ method: "POST", url: "https://ferry.test/", ...init, ...(body && { body }) });
  const answer = (await handler(request, world.log)) as Partial<HttpAnswer>;
  judge(handler.name as RouteName, answered(answer));
  return {
    status: answer.status ?? 200,
    headers: answer.headers ?? {},
    body: typeof answer.body === "string" && answer.body.startsWith("{") ? JSON.parse(answer.body) : answer.body,
  };
}

/** The answer of a handler, as a host would send it. */
export const answered = ({ status = 200, headers = {}, body = "" }: Partial<HttpAnswer>): Told => ({
  status,
  headers,
  text: typeof body === "string" ? body : "bytes",
});

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
