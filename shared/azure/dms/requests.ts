// Which requests does a migration to SQL Server on an Azure VM need? Microsoft.DataMigration databaseMigrations, kind SqlVm.
import type { RestoreOrder } from "../../migration/ports.ts";
import type { ArmRequest } from "../armRequests.ts";
import type { ResourceId } from "./resourceId.ts";

const PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{sqlVirtualMachineName}/providers/Microsoft.DataMigration/databaseMigrations/{targetDbName}";

/** Where the migration of one database lies. */
export interface MigrationPlace {
  readonly sqlVm: ResourceId;
  readonly databaseName: string;
  readonly apiVersion: string;
}

/** DatabaseMigrationsSqlVm_Get. Without $expand there would be no details. */
export const getMigration = (place: MigrationPlace): ArmRequest => ({
  method: "GET",
  path: PATH,
  ...addressOf(place),
  query: { $expand: "MigrationStatusDetails" },
});

/** DatabaseMigrationsSqlVm_CreateOrUpdate. */
export const createMigration = (place: MigrationPlace, order: RestoreOrder, source: BlobSource): ArmRequest => ({
  method: "PUT",
  path: PATH,
  ...addressOf(place),
  body: createBody(order, source),
  ...("accountKey" in source.access ? { secret: source.access.accountKey } : {}),
});

/** DatabaseMigrationsSqlVm_Cutover. */
export const cutOverMigration = (place: MigrationPlace, migrationOperationId: string): ArmRequest => ({
  method: "POST",
  path: `${PATH}/cutover`,
  ...addressOf(place),
  body: { migrationOperationId },
});

/** DatabaseMigrationsSqlVm_Cancel. */
export const cancelMigration = (place: MigrationPlace, migrationOperationId: string): ArmRequest => ({
  method: "POST",
  path: `${PATH}/cancel`,
  ...addressOf(place),
  body: { migrationOperationId },
});

/** StorageAccounts_ListKeys. */
export const listStorageKeys = (account: ResourceId): ArmRequest => ({
  method: "POST",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/{accountName}/listKeys",
  values: {
    subscriptionId: account.subscriptionId,
    resourceGroupName: account.resourceGroup,
    accountName: account.name,
  },
  apiVersion: "2023-05-01",
});

/** How the service gets at the blobs. */
export type BlobAccess = { readonly accountKey: string } | { readonly authType: "ManagedIdentity" };

export interface BlobSource {
  readonly serviceResourceId: string;
  readonly storageAccountResourceId: string;
  readonly access: BlobAccess;
}

// The container's name carries the folder, lastBackupName is bare, online has no offlineConfiguration.
const createBody = (order: RestoreOrder, service: BlobSource): object => ({
  properties: {
    kind: "SqlVm",
    scope: order.target.sqlVmResourceId,
    migrationService: service.serviceResourceId,
    sourceDatabaseName: order.sourceDatabaseName,
    sourceSqlConnection: { dataSource: order.sourceServerName, authentication: "None" },
    backupConfiguration: {
      sourceLocation: {
        azureBlob: {
          storageAccountResourceId: service.storageAccountResourceId,
          blobContainerName: order.folder === "" ? order.container : `${order.container}/${order.folder}`,
          ...service.access,
        },
      },
    },
    ...(order.lastBackupName === undefined
      ? {}
      : { offlineConfiguration: { offline: true, lastBackupName: bareName(order.lastBackupName) } }),
  },
});

const bareName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

const addressOf = ({ sqlVm, databaseName, apiVersion }: MigrationPlace) => ({
  values: {
    subscriptionId: sqlVm.subscriptionId,
    resourceGroupName: sqlVm.resourceGroup,
    sqlVirtualMachineName: sqlVm.name,
    targetDbName: databaseName,
  },
  apiVersion,
});
