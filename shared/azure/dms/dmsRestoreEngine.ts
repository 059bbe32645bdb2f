// Implements the RestoreEngine port over the REST operations of Azure Database Migration Service.
import type { MigrationTarget } from "../../migration/migration.ts";
import type { EngineAnswer, EngineFailure, Observation } from "../../migration/observed.ts";
import type { RestoreEngine, RestoreOrder, SecretReader } from "../../ports.ts";
import { accountKey } from "../arm/accountKey.ts";
import { type ArmAccess, type ArmAnswer, armSender, type SendArm } from "../arm/armRequests.ts";
import { parseResourceId } from "../arm/resourceId.ts";
import { getSqlVm } from "../arm/sqlVmTarget.ts";
import { engineAnswer, invalidId } from "./answers.ts";
import { type BlobAccess, createBody, type ShareSecrets } from "./createBody.ts";
import { dataMigrationClient } from "./dataMigrationClient.ts";
import { explain } from "./errors.ts";
import { failureOf, missing } from "./failures.ts";
import { DatabaseMigrationSqlVm } from "./models.ts";
import { oddities } from "./oddities.ts";
import { operationOf } from "./operation.ts";

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
 * Nothing is sent while building it. Calls return as soon as the service has answered; nothing polls, nothing is sent
 * twice: after a failure of kind "wait" the caller observes first, since the request may have been carried out.
 */
export function createDmsRestoreEngine(options: DmsOptions): RestoreEngine {
  const send = armSender(options);

  const at = (target: MigrationTarget) => {
    const sqlVm = parseResourceId(target.sqlVmResourceId, SQL_VM);
    if (sqlVm === undefined) return { failure: invalidId(target.sqlVmResourceId, SQL_VM) };
    const { databaseMigrationsSqlVm } = dataMigrationClient(send, sqlVm.subscriptionId, options.apiVersion);
    return {
      sqlVm,
      migrations: databaseMigrationsSqlVm,
      place: [sqlVm.resourceGroup, sqlVm.name, target.databaseName],
    } as const;
  };

  return {
    async observe(target) {
      const found = at(target);
      if ("failure" in found) return { kind: "unavailable", failure: found.failure };
      const answer = await found.migrations.get(...found.place, { expand: "MigrationStatusDetails" });
      if (answer.kind !== "ok") return notSeen(answer, async () => send(getSqlVm(found.sqlVm)));
      const migration = DatabaseMigrationSqlVm.safeParse(answer.body);
      if (!migration.success) return { kind: "unavailable", failure: NOT_A_MIGRATION };
      for (const text of oddities(migration.data.properties)) options.note?.(text);
      return { kind: "present", operation: operationOf(migration.data.properties) };
    },

    async start(order) {
      const found = at(order.target);
      if ("failure" in found) return refused(found.failure);
      if (parseResourceId(options.serviceResourceId, SERVICE) === undefined)
        return refused(invalidId(options.serviceResourceId, SERVICE));
      const access = await blobAccess(options, order, send);
      if ("failure" in access) return refused(access.failure);
      const secrets = await shareSecrets(options.secrets, order);
      if (secrets && "failure" in secrets) return refused(secrets.failure);
      const body = createBody(order, { ...options, access }, secrets);
      const confidential = [...("accountKey" in access ? [access.accountKey] : []), ...Object.values(secrets ?? {})];
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

/** The VM's own identity: AzureBlob.identity of 2025-06-30 is a ManagedServiceIdentity. */
const MANAGED_IDENTITY: BlobAccess = { authType: "ManagedIdentity", identity: { type: "SystemAssigned" } };
const NOT_A_MIGRATION = explain({ code: "NotAMigration", message: "The answer is not a migration." });

/** A 404 without Azure's own words may be anybody's on the way: it counts where the VM answers at the same address. */
async function notSeen(
  answer: Exclude<ArmAnswer, { readonly kind: "ok" }>,
  askForTheVm: () => Promise<ArmAnswer>,
): Promise<Observation> {
  const why = answer.kind === "refused" ? missing(answer) : undefined;
  if (why === "missing") return { kind: "absent" };
  if (why === undefined) return { kind: "unavailable", failure: failureOf(answer) };
  const vm = await askForTheVm();
  if (vm.kind === "ok") return { kind: "absent" };
  return { kind: "unavailable", failure: failureOf(vm) };
}

// The key is read when it is needed and lives in local variables only. The staging account of a share is opened with
// a key alone.
async function blobAccess(
  options: Pick<DmsOptions, "blobAuth" | "storageAccountResourceId">,
  { fileShare }: RestoreOrder,
  send: SendArm,
): Promise<BlobAccess | { readonly failure: EngineFailure }> {
  if (options.blobAuth === "ManagedIdentity" && fileShare === undefined) return MANAGED_IDENTITY;
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
