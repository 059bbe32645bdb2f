// How are databases restored through Azure Database Migration Service? The RestoreEngine port over its REST operations.
import { DataMigrationServiceClient } from "@azure/arm-datamigration";
import type { TokenCredential } from "@azure/identity";
import type { MigrationTarget } from "../migration/migration.ts";
import type { EngineAnswer, EngineFailure, Observation, RestoreEngine } from "../migration/ports.ts";
import { type ArmAnswer, type ArmRefusal, type ArmRequest, sendArm } from "./armRequests.ts";
import { explain } from "./dms/errors.ts";
import { failureOf } from "./dms/failures.ts";
import { DatabaseMigrationSqlVm, StorageAccountKeys } from "./dms/models.ts";
import { operationOf } from "./dms/operation.ts";
import {
  type BlobAccess,
  cancelMigration,
  createMigration,
  cutOverMigration,
  getMigration,
  listStorageKeys,
  type MigrationPlace,
} from "./dms/requests.ts";
import { notAnId, parseResourceId, type ResourceType } from "./dms/resourceId.ts";

export interface DmsOptions {
  readonly credential: TokenCredential;
  /** Of Azure Resource Manager: "https://management.azure.com". */
  readonly endpoint: string;
  /** 2025-06-30 is the first stable version with kind SqlVm. */
  readonly apiVersion: string;
  /** Microsoft.DataMigration/sqlMigrationServices. */
  readonly serviceResourceId: string;
  /** The account that holds the backups. */
  readonly storageAccountResourceId: string;
  /** ManagedIdentity is in the model of 2025-06-30; it is not proven for SqlVm. */
  readonly blobAuth?: "AccountKey" | "ManagedIdentity";
}

/**
 * Nothing is sent while building it. Calls return as soon as the service has answered; nothing polls, nothing is sent twice:
 * after a failure of kind "wait" the caller observes first, since the request may have been carried out.
 */
export function createDmsRestoreEngine(options: DmsOptions): RestoreEngine {
  const { credential, endpoint, apiVersion } = options;
  // Every path names its own subscription. Retries belong to the orchestrator, which waits on durable timers.
  const client = new DataMigrationServiceClient(credential, "", { baseUri: endpoint, noRetryPolicy: true });
  const send = (request: ArmRequest) => sendArm(client, request);

  const placeOf = (target: MigrationTarget): MigrationPlace | undefined => {
    const sqlVm = parseResourceId(target.sqlVmResourceId, SQL_VM);
    return sqlVm && { sqlVm, databaseName: target.databaseName, apiVersion };
  };

  const post = async (
    target: MigrationTarget,
    request: (place: MigrationPlace) => ArmRequest,
  ): Promise<EngineAnswer> => {
    const place = placeOf(target);
    if (place === undefined) return refused(invalidId(target.sqlVmResourceId, SQL_VM));
    return engineAnswer(await send(request(place)));
  };

  return {
    async observe(target) {
      const place = placeOf(target);
      if (place === undefined) return { kind: "unavailable", failure: invalidId(target.sqlVmResourceId, SQL_VM) };
      return observationOf(await send(getMigration(place)));
    },

    async start(order) {
      const place = placeOf(order.target);
      if (place === undefined) return refused(invalidId(order.target.sqlVmResourceId, SQL_VM));
      if (parseResourceId(options.serviceResourceId, SERVICE) === undefined)
        return refused(invalidId(options.serviceResourceId, SERVICE));
      const access = await blobAccess(options, send);
      if ("failure" in access) return refused(access.failure);
      return engineAnswer(await send(createMigration(place, order, { ...options, access })));
    },

    cutOver: (target, operationId) => post(target, (place) => cutOverMigration(place, operationId)),
    cancel: (target, operationId) => post(target, (place) => cancelMigration(place, operationId)),
  };
}

const SQL_VM = "Microsoft.SqlVirtualMachine/sqlVirtualMachines";
const SERVICE = "Microsoft.DataMigration/sqlMigrationServices";
const STORAGE = "Microsoft.Storage/storageAccounts";

const refused = (failure: EngineFailure): EngineAnswer => ({ ok: false, failure });

const invalidId = (text: string, type: ResourceType): EngineFailure =>
  explain("InvalidResourceId", notAnId(text, type));

const engineAnswer = (answer: ArmAnswer): EngineAnswer =>
  answer.kind === "ok" ? { ok: true } : refused(failureOf(answer));

// These say that the address is wrong, not that there is no migration.
const NOT_A_MISSING_MIGRATION = ["InvalidResourceType", "SubscriptionNotFound", "ResourceGroupNotFound"];

const isMissingMigration = (answer: ArmRefusal): boolean =>
  answer.status === 404 && !NOT_A_MISSING_MIGRATION.includes(answer.code);

function observationOf(answer: ArmAnswer): Observation {
  if (answer.kind === "silent") return { kind: "unavailable", failure: failureOf(answer) };
  if (answer.kind === "refused")
    return isMissingMigration(answer) ? { kind: "absent" } : { kind: "unavailable", failure: failureOf(answer) };
  const migration = DatabaseMigrationSqlVm.safeParse(answer.body);
  if (!migration.success)
    return { kind: "unavailable", failure: failureOf({ kind: "silent", message: "The answer is not a migration." }) };
  return { kind: "present", operation: operationOf(migration.data.properties) };
}

// The key is read when it is needed and lives in local variables only.
async function blobAccess(
  options: DmsOptions,
  send: (request: ArmRequest) => Promise<ArmAnswer>,
): Promise<BlobAccess | { readonly failure: EngineFailure }> {
  if (options.blobAuth === "ManagedIdentity") return { authType: "ManagedIdentity" };
  const account = parseResourceId(options.storageAccountResourceId, STORAGE);
  if (account === undefined) return { failure: invalidId(options.storageAccountResourceId, STORAGE) };
  const answer = await send(listStorageKeys(account));
  if (answer.kind !== "ok") return { failure: failureOf(answer) };
  const keys = StorageAccountKeys.safeParse(answer.body);
  const accountKey = keys.data?.keys[0]?.value;
  if (accountKey === undefined) return { failure: explain("NoAccountKey", "The storage account has no keys.") };
  return { accountKey };
}
