// Calls the operations of Azure Database Migration Service, with the groups, names and arguments of
// @azure/arm-datamigration 3.x.
//
// Version 2.1, the newest that is published, does not know SQL VM targets; armRequests.ts sends what is asked for here.
// Mutations return as soon as the service has answered: its pollers take a cutover for done before it has begun.
import type { ArmRequest, SendArm } from "../arm/armRequests.ts";

/** The client of one subscription. Nothing is sent while building it. */
export function dataMigrationClient(send: SendArm, subscriptionId: string, apiVersion: string) {
  type Parts = Pick<ArmRequest, "query" | "body" | "secrets">;
  type Operation = ArmRequest["operation"];

  const onMigration = (operation: Operation, [group, vm, db]: readonly [string, string, string], parts: Parts = {}) =>
    send({
      operation,
      values: { subscriptionId, resourceGroupName: group, sqlVirtualMachineName: vm, targetDbName: db },
      apiVersion,
      ...parts,
    });
  const onService = (operation: Operation, [group, name]: readonly [string, string], parts: Parts = {}) =>
    send({
      operation,
      values: { subscriptionId, resourceGroupName: group, sqlMigrationServiceName: name },
      apiVersion,
      ...parts,
    });

  return {
    databaseMigrationsSqlVm: {
      /** Without $expand there are no details; without an operation id it is the latest. */
      get: (group: string, vm: string, db: string, options: GetOptions = {}) =>
        onMigration("DatabaseMigrationsSqlVm_Get", [group, vm, db], { query: queryOf(options) }),
      createOrUpdate: (group: string, vm: string, db: string, body: object, secrets: readonly string[]) =>
        onMigration("DatabaseMigrationsSqlVm_CreateOrUpdate", [group, vm, db], { body, secrets }),
      cutover: (group: string, vm: string, db: string, body: { readonly migrationOperationId: string }) =>
        onMigration("DatabaseMigrationsSqlVm_Cutover", [group, vm, db], { body }),
      cancel: (group: string, vm: string, db: string, body: { readonly migrationOperationId: string }) =>
        onMigration("DatabaseMigrationsSqlVm_Cancel", [group, vm, db], { body }),
      /** Of the record, not of the database. Forced, also while the migration runs. */
      delete: (group: string, vm: string, db: string, { force = false }: { readonly force?: boolean } = {}) =>
        onMigration("DatabaseMigrationsSqlVm_Delete", [group, vm, db], { query: { force: String(force) } }),
    },
    sqlMigrationServices: {
      get: (group: string, name: string) => onService("SqlMigrationServices_Get", [group, name]),
      createOrUpdate: (group: string, name: string, body: { readonly location: string }) =>
        onService("SqlMigrationServices_CreateOrUpdate", [group, name], { body }),
      delete: (group: string, name: string) => onService("SqlMigrationServices_Delete", [group, name]),
      listAuthKeys: (group: string, name: string) => onService("SqlMigrationServices_ListAuthKeys", [group, name]),
      regenerateAuthKeys: (group: string, name: string, body: { readonly keyName: string }) =>
        onService("SqlMigrationServices_RegenerateAuthKeys", [group, name], { body }),
      deleteNode: (group: string, name: string, body: RuntimeNode) =>
        onService("SqlMigrationServices_DeleteNode", [group, name], { body }),
      listMonitoringData: (group: string, name: string) =>
        onService("SqlMigrationServices_ListMonitoringData", [group, name]),
      /** One page; `page` is the query of the answer before's nextLink. */
      listMigrations: (group: string, name: string, page: Readonly<Record<string, string>> = {}) =>
        onService("SqlMigrationServices_ListMigrations", [group, name], { query: page }),
    },
  };
}

interface GetOptions {
  readonly expand?: "MigrationStatusDetails";
  readonly migrationOperationId?: string;
}

export interface RuntimeNode {
  readonly nodeName: string;
  readonly integrationRuntimeName: string;
}

const queryOf = ({ expand, migrationOperationId }: GetOptions): Record<string, string> => ({
  ...(expand !== undefined && { $expand: expand }),
  ...(migrationOperationId !== undefined && { migrationOperationId }),
});
