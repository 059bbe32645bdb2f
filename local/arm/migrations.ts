// Carries out what is asked of databaseMigrations, with one handler per REST operation.
import { randomUUID } from "node:crypto";
import { DELETE_LASTS_MS } from "./assumed.ts";
import {
  cancel,
  created,
  cutOver,
  type DatabaseMigration,
  elapsed,
  type Folder,
  hasEnded,
  type Phase,
  type Slot,
} from "./databaseMigration.ts";
import type { DocumentedErrorName } from "./documentedErrors.ts";
import { isActive } from "./faults.ts";
import { orderOf } from "./migrationOrder.ts";
import { asOperation, isGenuine } from "./operations.ts";
import {
  type ArmCall,
  assumedRefusal,
  documentedRefusal,
  type Emulator,
  type Handler,
  type Reply,
  RUN_FAULTS,
  refusal,
  START_FAULTS,
  strikes,
} from "./replies.ts";
import { engineVersion, findSqlVm, findStorageAccount, same } from "./resources.ts";
import { findService } from "./serviceState.ts";
import type { AsyncOperation, JournalEntry } from "./state.ts";
import {
  cancelView,
  type MigrationView,
  migrationView,
  type OperationEnd,
  operationView,
  type Showing,
} from "./views.ts";
import { isFull } from "./vmCapacity.ts";

/** DatabaseMigrationsSqlVm_Get. */
export const getMigration: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const asked = call.query.get("migrationOperationId");
  if (asked !== null && asked !== "" && !same(asked, migration.operationId))
    return refusal(400, "OperationIdNotFound", `Operation ID '${asked}' not found.`);
  const details = same(call.query.get("$expand") ?? "", "MigrationStatusDetails");
  const place = { vm: migration.vmName, targetDb: migration.targetDbName };
  const fault =
    migration.startedAt && strikes(emulator, ["statusRegression", "unknownStatus", "lastSetOmitted"], place);
  const shown = fault === "statusRegression" ? asBefore(migration) : migration;
  const view = migrationView(shown, { ...showing(emulator, call), details, omitsLastSet: fault === "lastSetOmitted" });
  return { status: 200, body: fault === "unknownStatus" ? withStatus(view, "Rehydrating") : view };
};

/** How this api-version and these settings show a migration. */
export const showing = ({ state: { settings } }: Emulator, { query }: ArmCall): Showing => ({
  apiVersion: query.get("api-version") ?? "",
  blobDetails: settings.blobDetails,
  failedAs: settings.failedAs,
  uploadMBps: settings.uploadMBps,
});

/** What was the case before the last backup was restored. */
const asBefore = (migration: DatabaseMigration): DatabaseMigration => ({
  ...migration,
  phase: { at: "restoring" },
  restored: migration.restored.slice(0, -1),
});

const withStatus = (view: MigrationView, migrationStatus: string): MigrationView => ({
  ...view,
  properties: { ...view.properties, migrationStatus },
});

/** DatabaseMigrationsSqlVm_CreateOrUpdate. */
export const putMigration: Handler = async (emulator, call) => {
  const vmName = call.values["vm"] ?? "";
  const targetDbName = call.values["targetDb"] ?? "";
  const order = orderOf(emulator, vmName, call.body);
  if ("status" in order) return order;
  await advanceAll(emulator);
  const previous = lastRun(emulator, call);
  if (previous !== undefined && !hasEnded(previous))
    return documentedRefusal(isSettled(previous) ? "ResourceAlreadyExists" : "OperationInProgressAtCreate");
  const { state } = emulator;
  const { validationSeconds, startSlotSeconds, maxDatabasesPerVm, cooldownMinutes } = state.settings;
  const onVm = state.migrations.filter((one) => same(one.vmName, vmName));
  if (isFull(onVm, { maxDatabases: maxDatabasesPerVm, cooldownMs: cooldownMinutes * 60_000 }, emulator.now()))
    return assumedRefusal(
      "vmIsFull",
      `The VM '${vmName}' takes ${maxDatabasesPerVm} databases; wait until all have ended and ${cooldownMinutes} minutes have passed.`,
    );
  const isSlow = strikes(emulator, ["slowValidation"], { vm: vmName, targetDb: targetDbName }) !== undefined;
  const seconds = Math.max(validationSeconds, startSlotSeconds) * (isSlow ? 10 : 1);
  const turn = slot(emulator, vmName, "creating", seconds);
  const migration = created({ vmName, targetDbName, order, operationId: randomUUID() }, emulator.now(), turn);
  state.migrations = [...state.migrations, migration];
  return mutated(emulator, call, migration, "PUT", {
    status: 201,
    body: migrationView(migration, showing(emulator, call)),
  });
};

/** Nothing is under way on the resource itself: it is created, and not being ended. */
const isSettled = ({ phase }: DatabaseMigration): boolean => phase.at === "restoring";

/** DatabaseMigrationsSqlVm_Cutover: accepted with logs pending; the answer shows the resource as it was. */
export const postCutover: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const wrong = wrongOperationId(call, migration);
  if (wrong !== undefined) return wrong;
  if (migration.order.isOffline)
    return refusal(
      400,
      "RestoreJobSetToAutoCutover",
      "The restore job is set to auto cutover and only cancel is accepted.",
    );
  if (migration.phase.at !== "restoring" || migration.position === undefined)
    return documentedRefusal(NO_CUTOVER[migration.phase.at], migration.targetDbName);
  const { cutoverSeconds, cutoverSlotSeconds } = emulator.state.settings;
  const turn = slot(emulator, migration.vmName, "completing", Math.max(cutoverSeconds, cutoverSlotSeconds));
  replace(emulator, cutOver(migration, emulator.now(), turn));
  return mutated(emulator, call, migration, "POST cutover", {
    status: 200,
    body: migrationView(migration, showing(emulator, call)),
  });
};

/** What is answered to a cutover that cannot be. */
const NO_CUTOVER: Readonly<Record<Phase["at"], DocumentedErrorName>> = {
  creating: "MigrationStillValidating",
  restoring: "MigrationNotReadyForCutoverError",
  completing: "OperationInProgress",
  canceling: "OperationInProgress",
  succeeded: "CutoverNotAllowedMigrationCompleteError",
  notStarted: "CutoverFailedOrCancelled",
  failed: "CutoverFailedOrCancelled",
  canceled: "CutoverFailedOrCancelled",
};

/** And to a cancel. */
const NO_CANCEL: Readonly<Record<Exclude<Phase["at"], "restoring">, DocumentedErrorName>> = {
  creating: "MigrationNotReadyForCancelError",
  completing: "MigrationNotReadyForCancelError",
  canceling: "OperationInProgress",
  succeeded: "RestoreJobCompletedDuringCancel",
  notStarted: "MigrationCancelFailed",
  failed: "MigrationCancelFailed",
  canceled: "MigrationCancelFailed",
};

/** DatabaseMigrationsSqlVm_Cancel. */
export const postCancel: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return noMigration(call);
  const wrong = wrongOperationId(call, migration);
  if (wrong !== undefined) return wrong;
  if (migration.phase.at !== "restoring")
    return documentedRefusal(NO_CANCEL[migration.phase.at], migration.targetDbName);
  replace(emulator, cancel(migration, emulator.now(), emulator.state.settings.cancelSeconds * 1000));
  return mutated(emulator, call, migration, "POST cancel", { status: 200, body: cancelView(migration) });
};

/**
 * DatabaseMigrationsSqlVm_Delete: of the record; the database stays. A GET right afterwards still finds it, Dropping.
 */
export const deleteMigration: Handler = async (emulator, call) => {
  await lookAt(emulator, call);
  const migration = lastRun(emulator, call);
  if (migration === undefined) return { status: 204 };
  if (migration.goneAt !== undefined)
    return documentedRefusal("DeleteMigrationNotAllowedDeleteInProgress", migration.targetDbName);
  if (!hasEnded(migration) && !same(call.query.get("force") ?? "", "true"))
    return documentedRefusal("DeleteMigrationNotAllowedMigrationInProgress", migration.targetDbName);
  const now = emulator.now();
  const ended = hasEnded(migration) ? migration : cancel(migration, now, 0);
  replace(emulator, { ...ended, goneAt: now + DELETE_LASTS_MS });
  return mutated(emulator, call, migration, "DELETE", { status: 200 });
};

/** The Azure-AsyncOperation URL: opaque, and since 2025 signed. */
export const getOperation: Handler = async (emulator, call) => {
  const { state } = emulator;
  const operation = state.operations.find(({ id }) => same(id, call.values["operation"]));
  if (operation === undefined || !isGenuine(emulator, call, operation))
    return refusal(404, "ResourceNotFound", "The asynchronous operation was not found.");
  const migration = state.migrations.find(({ operationId }) => operationId === operation.of);
  const place = { vm: migration?.vmName ?? "", ...(migration && { targetDb: migration.targetDbName }) };
  if (strikes(emulator, ["lostPolls"], place)) return refusal(503, "ServiceUnavailable", "The service is unavailable.");
  const end = migration ? endOf(operation, await advance(emulator, migration)) : serviceEnd(emulator, operation);
  return {
    status: 200,
    headers: { "Retry-After": String(state.settings.retryAfterSeconds) },
    body: operationView(operation.id, operation.startedAt, end),
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

/** False once it is deleted. */
export const isThere = ({ now }: Emulator, { goneAt }: DatabaseMigration): boolean =>
  goneAt === undefined || now() < goneAt;

function lastRun(emulator: Emulator, { values }: ArmCall): DatabaseMigration | undefined {
  const last = emulator.state.migrations.findLast(
    (one) => same(one.vmName, values["vm"]) && same(one.targetDbName, values["targetDb"]),
  );
  return last && isThere(emulator, last) ? last : undefined;
}

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
  const isUnderWay = before.phase.at === "restoring";
  const fault = starts
    ? strikes(emulator, START_FAULTS, place)
    : isUnderWay
      ? strikes(emulator, RUN_FAULTS, { ...place, restoredSets: before.restored.length })
      : undefined;
  const { restoreMBps, uploadMBps, cutoverSeconds, cutoverSlotSeconds, logPauseSeconds } = state.settings;
  const after = elapsed(before, now, {
    folder,
    vmIsRunning,
    databaseExists: databasesOn(emulator, before.vmName).some((name) => same(name, before.targetDbName)),
    ...(engineMajor === undefined ? {} : { engineMajor }),
    bytesPerMs: restoreMBps * 1_000,
    uploadBytesPerMs: uploadMBps * 1_000,
    cutoverMs: Math.max(cutoverSeconds, cutoverSlotSeconds) * 1000,
    logPauseMs: logPauseSeconds * 1000,
    serviceIsGone: findService(seed, state, before.order.migrationService) === undefined,
    ...(fault === undefined ? {} : { fault }),
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
  assumedRefusal("missingMigration", `The database migration '${values["targetDb"]}' was not found.`);

function wrongOperationId(call: ArmCall, migration: DatabaseMigration): Reply | undefined {
  const { migrationOperationId: id } = (call.body ?? {}) as { readonly migrationOperationId?: unknown };
  const isRight = typeof id === "string" && migration.startedAt !== undefined && same(id, migration.operationId);
  return isRight
    ? undefined
    : refusal(400, "RestoreJobIdsMismatch", "The migration operation id is not that of the restore job.");
}

// Notes an accepted mutation and gives its answer the headers of an asynchronous operation; or loses the answer.
function mutated(
  emulator: Emulator,
  call: ArmCall,
  migration: DatabaseMigration,
  method: JournalEntry["method"],
  reply: Reply,
): Reply {
  const { state } = emulator;
  const { vmName: vm, targetDbName: targetDb, operationId } = migration;
  const at = new Date(emulator.now()).toISOString();
  state.journal = [...state.journal, { method, vm, targetDb, operationId, at }];
  const isLost = strikes(emulator, ["lostAnswer"], { vm, targetDb, method: call.method }) !== undefined;
  const answer = asOperation(emulator, call, { type: OPERATION_TYPES[method], of: operationId }, reply);
  return { ...answer, cutConnection: isLost };
}

const OPERATION_TYPES = {
  PUT: "createsqlvmmigration",
  "POST cutover": "cutoversqlvmmigration",
  "POST cancel": "cancelsqlvmmigration",
  DELETE: "deletesqlvmmigration",
} as const;

function endOf({ type }: AsyncOperation, { phase, goneAt }: DatabaseMigration): OperationEnd {
  if (type === "deletesqlvmmigration") return { status: goneAt === undefined ? "InProgress" : "Succeeded" };
  if (type !== "createsqlvmmigration") return { status: hasEnded({ phase }) ? "Succeeded" : "InProgress" };
  if (phase.at === "creating") return { status: "InProgress" };
  return phase.at === "notStarted"
    ? { status: "Failed", error: { code: "MigrationNotStarted", message: phase.error } }
    : { status: "Succeeded" };
}

function serviceEnd({ state, now }: Emulator, { of, type }: AsyncOperation): OperationEnd {
  const service = state.services.find(({ name }) => same(name, of));
  if (type === "deletesqlmigrationservice") return { status: service === undefined ? "Succeeded" : "InProgress" };
  return { status: service !== undefined && now() >= service.readyAt ? "Succeeded" : "InProgress" };
}
