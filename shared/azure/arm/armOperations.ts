// Lists every operation of Azure Resource Manager that sqlferry sends, with the permission that its identity needs for
// it, on one page.

export interface ArmOperation {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Literal segments and {names}. */
  readonly path: string;
  /** Actions that a role has to allow; the second of a create is what DMS checks on the resource that it extends. */
  readonly actions: readonly string[];
  /**
   * What cannot be done without it. migrate: start, follow, cut over, cancel. check: the preflight knows less (P08
   * and P24 fail). services: ferry service, and file shares. person: ferry recommend, as whoever signed in. tests:
   * nothing in the product.
   */
  readonly use: "migrate" | "check" | "services" | "person" | "tests";
}

const SUBSCRIPTION = "/subscriptions/{subscriptionId}";
const GROUP = `${SUBSCRIPTION}/resourceGroups/{resourceGroupName}/providers`;
const SQL_VM = `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{sqlVirtualMachineName}`;
const MIGRATION = `${SQL_VM}/providers/Microsoft.DataMigration/databaseMigrations/{targetDbName}`;
const SERVICES = `${GROUP}/Microsoft.DataMigration/sqlMigrationServices`;
const SERVICE = `${SERVICES}/{sqlMigrationServiceName}`;
const ACCOUNT = `${GROUP}/Microsoft.Storage/storageAccounts/{accountName}`;

/**
 * By operationId of the specifications. Nothing else can be sent: `sendArm` takes its addresses from here.
 * Microsoft.DataMigration: 2025-06-30, kind SqlVm. Actions: the custom-role pages of Azure DMS (2022-2026).
 */
export const ARM_OPERATIONS = {
  DatabaseMigrationsSqlVm_Get: {
    method: "GET",
    path: MIGRATION,
    actions: ["Microsoft.DataMigration/databaseMigrations/read"],
    use: "migrate",
  },
  DatabaseMigrationsSqlVm_CreateOrUpdate: {
    method: "PUT",
    path: MIGRATION,
    actions: [
      "Microsoft.DataMigration/databaseMigrations/write",
      "Microsoft.SqlVirtualMachine/sqlVirtualMachines/write",
    ],
    use: "migrate",
  },
  DatabaseMigrationsSqlVm_Cancel: {
    method: "POST",
    path: `${MIGRATION}/cancel`,
    actions: ["Microsoft.DataMigration/databaseMigrations/cancel/action"],
    use: "migrate",
  },
  DatabaseMigrationsSqlVm_Cutover: {
    method: "POST",
    path: `${MIGRATION}/cutover`,
    actions: ["Microsoft.DataMigration/databaseMigrations/cutover/action"],
    use: "migrate",
  },
  DatabaseMigrationsSqlVm_Delete: {
    method: "DELETE",
    path: MIGRATION,
    actions: ["Microsoft.DataMigration/databaseMigrations/delete"],
    use: "tests",
  },
  SqlMigrationServices_Get: {
    method: "GET",
    path: SERVICE,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/read"],
    use: "check",
  },
  SqlMigrationServices_CreateOrUpdate: {
    method: "PUT",
    path: SERVICE,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/write"],
    use: "services",
  },
  SqlMigrationServices_Delete: {
    method: "DELETE",
    path: SERVICE,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/delete"],
    use: "tests",
  },
  SqlMigrationServices_ListAuthKeys: {
    method: "POST",
    path: `${SERVICE}/listAuthKeys`,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/listAuthKeys/action"],
    use: "services",
  },
  SqlMigrationServices_RegenerateAuthKeys: {
    method: "POST",
    path: `${SERVICE}/regenerateAuthKeys`,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/regenerateAuthKeys/action"],
    use: "services",
  },
  SqlMigrationServices_DeleteNode: {
    method: "POST",
    path: `${SERVICE}/deleteNode`,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/deleteNode/action"],
    use: "services",
  },
  SqlMigrationServices_ListMonitoringData: {
    method: "POST",
    path: `${SERVICE}/listMonitoringData`,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/listMonitoringData/action"],
    use: "services",
  },
  SqlMigrationServices_ListMigrations: {
    method: "GET",
    path: `${SERVICE}/listMigrations`,
    actions: ["Microsoft.DataMigration/sqlMigrationServices/listMigrations/read"],
    use: "check",
  },
  SqlVirtualMachines_Get: {
    method: "GET",
    path: SQL_VM,
    actions: ["Microsoft.SqlVirtualMachine/sqlVirtualMachines/read"],
    use: "migrate",
  },
  VirtualMachines_Get: {
    method: "GET",
    path: `${GROUP}/Microsoft.Compute/virtualMachines/{vmName}`,
    actions: ["Microsoft.Compute/virtualMachines/read"],
    use: "check",
  },
  VirtualMachines_InstanceView: {
    method: "GET",
    path: `${GROUP}/Microsoft.Compute/virtualMachines/{vmName}/instanceView`,
    actions: ["Microsoft.Compute/virtualMachines/instanceView/read"],
    use: "migrate",
  },
  NetworkInterfaces_Get: {
    method: "GET",
    path: `${GROUP}/Microsoft.Network/networkInterfaces/{networkInterfaceName}`,
    actions: ["Microsoft.Network/networkInterfaces/read"],
    use: "check",
  },
  StorageAccounts_GetProperties: {
    method: "GET",
    path: ACCOUNT,
    actions: ["Microsoft.Storage/storageAccounts/read"],
    use: "check",
  },
  StorageAccounts_ListKeys: {
    method: "POST",
    path: `${ACCOUNT}/listKeys`,
    actions: ["Microsoft.Storage/storageAccounts/listKeys/action"],
    use: "migrate",
  },
  Providers_Get: {
    method: "GET",
    path: `${SUBSCRIPTION}/providers/{resourceProviderNamespace}`,
    actions: ["Microsoft.Resources/subscriptions/providers/read"],
    use: "check",
  },
  ResourceSkus_List: {
    method: "GET",
    path: `${SUBSCRIPTION}/providers/Microsoft.Compute/skus`,
    actions: ["Microsoft.Compute/skus/read"],
    use: "person",
  },
  Usage_List: {
    method: "GET",
    path: `${SUBSCRIPTION}/providers/Microsoft.Compute/locations/{location}/usages`,
    actions: ["Microsoft.Compute/locations/usages/read"],
    use: "person",
  },
} as const satisfies Record<string, ArmOperation>;

export type ArmOperationId = keyof typeof ARM_OPERATIONS;
