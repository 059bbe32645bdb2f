// How are databases restored through Azure Database Migration Service? The RestoreEngine port over its REST operations.
import type { MigrationTarget } from "../migration/migration.ts";
import type {
  EngineAnswer,
  EngineFailure,
  Observation,
  RestoreEngine,
  RestoreOrder,
  SecretReader,
} from "../migration/ports.ts";
import { accountKey } from "./accountKey.ts";
import type { ArmAnswer, ArmRefusal, SendArm } from "./armRequests.ts";
import { type BlobAccess, createBody, type ShareSecrets } from "./dms/createBody.ts";
import { dataMigrationClient } from "./dms/dataMigrationClient.ts";
import { failureOf } from "./dms/failures.ts";
import { DatabaseMigrationSqlVm } from "./dms/models.ts";
import { operationOf } from "./dms/operation.ts";
import { type ArmAccess, dmsPipeline, engineAnswer, invalidId } from "./dms/pipeline.ts";
import { parseResourceId } from "./dms/resourceId.ts";

export interface DmsOptions extends ArmAccess {
  /** 2025-06-30 is the first stable version with kind SqlVm. */
  readonly apiVersion: string;
  /** Microsoft.DataMigration/sqlMigrationServices. */
  readonly serviceResourceId: string;
  /** The account that holds the backups. */
  readonly storageAccountResourceId: string;
  /** ManagedIdentity is in the model of 2025-06-30; it is not proven for SqlVm. */
  readonly blobAuth?: "AccountKey" | "ManagedIdentity";
  /** Of the passwords that a file share needs. */
  readonly secrets: SecretReader;
}

/**
 * Nothing is sent while building it. Calls return as soon as the service has answered; nothing polls, nothing is sent twice:
 * after a failure of kind "wait" the caller observes first, since the request may have been carried out.
 */
export function createDmsRestoreEngine(options: DmsOptions): RestoreEngine {
  const send = dmsPipeline(options);

  const at = (target: MigrationTarget) => {
    const sqlVm = parseResourceId(target.sqlVmResourceId, SQL_VM);
    if (sqlVm === undefined) return { failure: invalidId(target.sqlVmResourceId, SQL_VM) };
    const { databaseMigrationsSqlVm } = dataMigrationClient(send, sqlVm.subscriptionId, options.apiVersion);
    return {
      migrations: databaseMigrationsSqlVm,
      place: [sqlVm.resourceGroup, sqlVm.name, target.databaseName],
    } as const;
  };

  return {
    async observe(target) {
      const found = at(target);
      if ("failure" in found) return { kind: "unavailable", failure: found.failure };
      return observationOf(await found.migrations.get(...found.place, { expand: "MigrationStatusDetails" }));
    },

    async start(order) {
      const found = at(order.target);
      if ("failure" in found) return refused(found.failure);
      if (parseResourceId(options.serviceResourceId, SERVICE) === undefined)
        return refused(invalidId(options.serviceResourceId, SERVICE));
      const access = await blobAccess(options, send);
      if ("failure" in access) return refused(access.failure);
      const secrets = await shareSecrets(options.secrets, order);
      if (secrets && "failure" in secrets) return refused(secrets.failure);
      const body = createBody(order, { ...options, access }, secrets);
      const confidential = [...Object.values(access), ...Object.values(secrets ?? {})];
      return engineAnswer(await found.migrations.createOrUpdate(...found.place, body, confidential));
    },

    async cutOver(target, migrationOperationId) {
      const found = at(target);
      if ("failure" in found) return refused(found.failure);
      return engineAnswer(await found.migrations.cutover(...found.place, { migrationOperationId }));
    },

    async cancel(target, migrationOperationId) {
      const found = at(target);
      if ("failure" in found) return refused(found.failure);
      return engineAnswer(await found.migrations.cancel(...found.place, { migrationOperationId }));
    },
  };
}

const SQL_VM = "Microsoft.SqlVirtualMachine/sqlVirtualMachines";
const SERVICE = "Microsoft.DataMigration/sqlMigrationServices";

const refused = (failure: EngineFailure): EngineAnswer => ({ ok: false, failure });

// These say that the address is wrong, not that there is no migration. A 404 without Azure's own words may be anybody's on the way.
const NOT_A_MISSING_MIGRATION = ["InvalidResourceType", "SubscriptionNotFound", "ResourceGroupNotFound"];

const isMissingMigration = (answer: ArmRefusal): boolean =>
  answer.status === 404 && answer.code.endsWith("NotFound") && !NOT_A_MISSING_MIGRATION.includes(answer.code);

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
  options: Pick<DmsOptions, "blobAuth" | "storageAccountResourceId">,
  send: SendArm,
): Promise<BlobAccess | { readonly failure: EngineFailure }> {
  if (options.blobAuth === "ManagedIdentity") return { authType: "ManagedIdentity" };
  return accountKey(options.storageAccountResourceId, send);
}

// Read when they are needed, like the key.
async function shareSecrets(
  secrets: SecretReader,
  { fileShare }: RestoreOrder,
): Promise<ShareSecrets | { readonly failure: EngineFailure } | undefined> {
  if (fileShare === undefined) return undefined;
  const [share, sql] = await Promise.all([
    secrets.read(fileShare.passwordSecret),
    secrets.read(fileShare.sql.passwordSecret),
  ]);
  if (!share.ok) return { failure: share.failure };
  if (!sql.ok) return { failure: sql.failure };
  return { sharePassword: share.value, sqlPassword: sql.value };
}
