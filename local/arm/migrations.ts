// How does the emulator carry out what is asked of Microsoft.DataMigration? One handler per REST operation.
import { randomUUID } from "node:crypto";
import {
  cancel,
  created,
  cutOver,
  type DatabaseMigration,
  elapsed,
  type Folder,
  hasEnded,
  type Slot,
} from "./databaseMigration.ts";
import { isActive, take } from "./faults.ts";
import { orderOf } from "./migrationOrder.ts";
import { type ArmCall, type Emulator, type Handler, type Reply, refusal, START_FAULTS } from "./replies.ts";
import { engineVersion, findSqlVm, findStorageAccount, same } from "./resources.ts";
import { isOperationQuery, operationQuery } from "./signatures.ts";
import type { AsyncOperation, JournalEntry } from "./state.ts";
import { cancelView, migrationView, type OperationEnd, operationView } from "./views.ts";

/** DatabaseMigrationsSqlVm_Get. */
export const getMigration: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const asked = call.query.get("migrationOperationId");
  if (asked !== null && asked !== "" && !same(asked, migration.operationId))
    return refusal(404, "ResourceNotFound", `The migration operation id ${asked} was not found.`);
  const expand = call.query.get("$expand");
  return { status: 200, body: migrationView(migration, same(expand ?? "", "MigrationStatusDetails")) };
};

/** DatabaseMigrationsSqlVm_CreateOrUpdate. */
export const putMigration: Handler = async (emulator, call) => {
  const vmName = call.values["vm"] ?? "";
  const targetDbName = call.values["targetDb"] ?? "";
  const order = orderOf(emulator.seed, vmName, call.body);
  if ("status" in order) return order;
  await lookAt(emulator, call);
  const previous = lastRun(emulator, call);
  // How DMS refuses this is not known (ASSUMED).
  if (previous !== undefined && !hasEnded(previous))
    return refusal(
      400,
      "DuplicateTargetDatabaseName",
      `A migration to the target database '${targetDbName}' is in progress.`,
    );
  const { state } = emulator;
  const turn = slot(emulator, vmName, "creating", state.settings.validationSeconds);
  const migration = created({ vmName, targetDbName, order, operationId: randomUUID() }, emulator.now(), turn);
  state.migrations = [...state.migrations, migration];
  return mutated(emulator, call, migration, "PUT", { status: 201, body: migrationView(migration, false) });
};

/** DatabaseMigrationsSqlVm_Cutover: accepted with logs pending; the answer shows the resource as it was. */
export const postCutover: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const wrong = wrongOperationId(call, migration);
  if (wrong !== undefined) return wrong;
  if (migration.order.lastBackupName !== undefined)
    return refusal(
      400,
      "RestoreJobSetToAutoCutover",
      "The restore job is set to auto cutover and only cancel is accepted.",
    );
  if (migration.phase.at !== "restoring" || migration.position === undefined) return notNow(migration, "cut over");
  const turn = slot(emulator, migration.vmName, "completing", emulator.state.settings.cutoverSeconds);
  replace(emulator, cutOver(migration, emulator.now(), turn));
  return mutated(emulator, call, migration, "POST cutover", { status: 200, body: migrationView(migration, false) });
};

/** DatabaseMigrationsSqlVm_Cancel. */
export const postCancel: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const wrong = wrongOperationId(call, migration);
  if (wrong !== undefined) return wrong;
  if (migration.phase.at !== "restoring") return notNow(migration, "canceled");
  replace(emulator, cancel(migration, emulator.now(), emulator.state.settings.cancelSeconds * 1000));
  return mutated(emulator, call, migration, "POST cancel", { status: 200, body: cancelView(migration) });
};

/** The Azure-AsyncOperation URL: opaque, and since 2025 signed. */
export const getOperation: Handler = async (emulator, call) => {
  const { state } = emulator;
  const operation = state.operations.find(({ id }) => same(id, call.values["operation"]));
  const isOurs =
    operation !== undefined && (!isSigned(call) || isOperationQuery(state.secret, operation.id, call.query));
  const migration = operation && state.migrations.find(({ operationId }) => operationId === operation.operationId);
  if (!isOurs || migration === undefined)
    return refusal(404, "ResourceNotFound", "The asynchronous operation was not found.");
  return {
    status: 200,
    headers: { "Retry-After": String(state.settings.retryAfterSeconds) },
    body: operationView(operation.id, operation.startedAt, endOf(operation, await advance(emulator, migration))),
  };
};

/** Brings every migration up to the present. */
export async function advanceAll(emulator: Emulator): Promise<void> {
  for (const migration of emulator.state.migrations) await advance(emulator, migration);
}

// Handlers do everything after this look in one go, on `lastRun`: requests at the same time do not overtake each other.
async function lookAt(emulator: Emulator, call: ArmCall): Promise<void> {
  const last = lastRun(emulator, call);
  if (last !== undefined) await advance(emulator, last);
}

const lastRun = ({ state }: Emulator, { values }: ArmCall): DatabaseMigration | undefined =>
  state.migrations.findLast((one) => same(one.vmName, values["vm"]) && same(one.targetDbName, values["targetDb"]));

async function advance(emulator: Emulator, stale: DatabaseMigration): Promise<DatabaseMigration> {
  const { seed, state } = emulator;
  if (hasEnded(stale)) return stale;
  const folder = await folderOf(emulator, stale);
  // While the folder was being read, another request may have moved it on.
  const before = state.migrations.find(({ operationId }) => operationId === stale.operationId) ?? stale;
  const vm = findSqlVm(seed, before.vmName);
  const engineMajor = vm && engineVersion(vm);
  const place = { vm: before.vmName, targetDb: before.targetDbName };
  const vmIsRunning = (vm?.powerState ?? "running") === "running" && !isActive(state.faults, "vmPoweredOff", place);
  const now = emulator.now();
  const starts = vmIsRunning && before.phase.at === "creating" && now >= before.phase.until;
  const fault = starts ? take(state.faults, START_FAULTS, place) : undefined;
  if (fault !== undefined) state.faults = fault.left;
  const after = elapsed(before, now, {
    folder,
    vmIsRunning,
    databaseExists: databasesOn(emulator, before.vmName).some((name) => same(name, before.targetDbName)),
    ...(engineMajor === undefined ? {} : { engineMajor }),
    bytesPerMs: (state.settings.restoreMBps * 1_000_000) / 1000,
    cutoverMs: state.settings.cutoverSeconds * 1000,
    ...(fault === undefined ? {} : { fault: fault.kind }),
  });
  replace(emulator, after);
  if (hasMoved(before, after)) emulator.save();
  return after;
}

const hasMoved = (before: DatabaseMigration, after: DatabaseMigration): boolean =>
  before.phase !== after.phase ||
  before.current !== after.current ||
  before.restored !== after.restored ||
  before.blocked !== after.blocked;

async function folderOf(emulator: Emulator, { order }: DatabaseMigration): Promise<Folder> {
  const account = findStorageAccount(emulator.seed, order.blobs?.storageAccountResourceId);
  if (order.blobs === undefined || account === undefined) return { kind: "files", files: [] };
  return emulator.look(account, order.blobs);
}

/** User databases on a VM: the seed's, and those that migrations have brought. */
export const databasesOn = ({ seed, state }: Emulator, vmName: string): readonly string[] => [
  ...(findSqlVm(seed, vmName)?.databases ?? []),
  ...state.migrations
    .filter((one) => same(one.vmName, vmName) && one.phase.at === "succeeded")
    .map((one) => one.targetDbName),
];

function replace({ state }: Emulator, migration: DatabaseMigration): void {
  state.migrations = state.migrations.map((one) => (one.operationId === migration.operationId ? migration : one));
}

// A VM starts one migration at a time, and cuts over one at a time.
function slot(emulator: Emulator, vmName: string, at: "creating" | "completing", seconds: number): Slot {
  const ends = emulator.state.migrations.flatMap(({ vmName: vm, phase }) =>
    same(vm, vmName) && phase.at === at ? [phase.until] : [],
  );
  return { from: Math.max(emulator.now(), ...ends), lastsMs: seconds * 1000 };
}

const noMigration = ({ values }: ArmCall): Reply =>
  refusal(404, "ResourceNotFound", `The database migration '${values["targetDb"]}' was not found.`);

// The codes of these two refusals are not known (ASSUMED).
const notNow = ({ phase, targetDbName }: DatabaseMigration, what: string): Reply =>
  refusal(
    400,
    "InvalidMigrationState",
    `The migration of '${targetDbName}' cannot be ${what} in its state '${phase.at}'.`,
  );

function wrongOperationId(call: ArmCall, migration: DatabaseMigration): Reply | undefined {
  const { migrationOperationId: id } = (call.body ?? {}) as { readonly migrationOperationId?: unknown };
  const isRight = typeof id === "string" && migration.startedAt !== undefined && same(id, migration.operationId);
  return isRight
    ? undefined
    : refusal(400, "RestoreJobIdsMismatch", "The migration operation id is not that of the restore job.");
}

// Notes an accepted mutation and gives its answer the headers of an asynchronous operation.
function mutated(
  emulator: Emulator,
  call: ArmCall,
  migration: DatabaseMigration,
  method: JournalEntry["method"],
  reply: Reply,
): Reply {
  const { state } = emulator;
  const now = emulator.now();
  const { vmName: vm, targetDbName: targetDb, operationId } = migration;
  const operation: AsyncOperation = { id: randomUUID(), type: OPERATION_TYPES[method], startedAt: now, operationId };
  state.operations = [...state.operations, operation];
  state.journal = [...state.journal, { method, vm, targetDb, operationId, at: new Date(now).toISOString() }];
  const lost = take(state.faults, ["lostAnswer"], { vm, targetDb });
  if (lost !== undefined) state.faults = lost.left;
  emulator.save();
  return {
    ...reply,
    headers: {
      "Retry-After": String(state.settings.retryAfterSeconds),
      "Azure-AsyncOperation": operationUrl(emulator, call, operation),
    },
    cutConnection: lost !== undefined,
  };
}

const OPERATION_TYPES = {
  PUT: "createsqlvmmigration",
  "POST cutover": "cutoversqlvmmigration",
  "POST cancel": "cancelsqlvmmigration",
} as const;

function operationUrl({ seed, state }: Emulator, call: ArmCall, { id, type, startedAt }: AsyncOperation): string {
  const path = `/subscriptions/${seed.subscriptionId}/providers/Microsoft.DataMigration/locations/${seed.location}/operationTypes/${type}/operationResults/${id}`;
  const version = call.query.get("api-version") ?? "";
  const signature = isSigned(call) ? `&${operationQuery(state.secret, id, startedAt)}` : "";
  return `${call.origin}${path}?api-version=${version}${signature}`;
}

const isSigned = ({ query }: ArmCall): boolean => (query.get("api-version") ?? "") >= "2025";

function endOf({ type }: AsyncOperation, { phase }: DatabaseMigration): OperationEnd {
  if (type !== "createsqlvmmigration") return { status: hasEnded({ phase }) ? "Succeeded" : "InProgress" };
  if (phase.at === "creating") return { status: "InProgress" };
  return phase.at === "notStarted"
    ? { status: "Failed", error: { code: "MigrationNotStarted", message: phase.error } }
    : { status: "Succeeded" };
}
