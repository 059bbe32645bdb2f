// Builds the body of the PUT that creates a migration to SQL Server on an Azure VM, strictly of the documented shape.
import type { RestoreOrder } from "../../ports.ts";

/** How the service gets at the storage account. */
export type BlobAccess =
  | { readonly accountKey: string }
  | { readonly authType: "ManagedIdentity"; readonly identity: { readonly type: "SystemAssigned" } };

/** The values of the secrets that the order names. */
export interface ShareSecrets {
  readonly sharePassword: string;
  readonly sqlPassword: string;
}

export interface ServiceAndStorage {
  readonly serviceResourceId: string;
  readonly storageAccountResourceId: string;
  readonly access: BlobAccess;
}

/**
 * DatabaseMigrationsSqlVm_CreateOrUpdate. The container's name carries the folder, lastBackupName is bare, online has
 * no offlineConfiguration. For blobs, `authentication: "None"` is assumed to be accepted: the service has no use for
 * the source.
 */
export const createBody = (order: RestoreOrder, around: ServiceAndStorage, secrets?: ShareSecrets): object => ({
  properties: {
    kind: "SqlVm",
    scope: order.target.sqlVmResourceId,
    migrationService: around.serviceResourceId,
    sourceDatabaseName: order.sourceDatabaseName,
    ...(order.fileShare && secrets ? fromShare(order.fileShare, around, secrets) : fromBlobs(order, around)),
    ...(order.mode === "offline" && {
      offlineConfiguration: {
        offline: true,
        ...(order.lastBackupName !== undefined && { lastBackupName: bareName(order.lastBackupName) }),
      },
    }),
  },
});

const fromBlobs = (order: RestoreOrder, { storageAccountResourceId, access }: ServiceAndStorage) => ({
  sourceSqlConnection: { dataSource: order.sourceServerName, authentication: "None" },
  backupConfiguration: {
    sourceLocation: {
      azureBlob: {
        storageAccountResourceId,
        blobContainerName: order.folder === "" ? order.container : `${order.container}/${order.folder}`,
        ...access,
      },
    },
  },
});

/** The integration runtime copies from the share into the storage account, and asks the source about its backups. */
const fromShare = (
  { path, username, sql }: NonNullable<RestoreOrder["fileShare"]>,
  { storageAccountResourceId, access }: ServiceAndStorage,
  { sharePassword, sqlPassword }: ShareSecrets,
) => ({
  sourceSqlConnection: {
    dataSource: sql.server,
    authentication: sql.authentication,
    userName: sql.userName,
    password: sqlPassword,
    encryptConnection: true,
    trustServerCertificate: sql.trustServerCertificate,
  },
  backupConfiguration: {
    sourceLocation: { fileShare: { path, username, password: sharePassword } },
    // The specification knows no authType here.
    targetLocation: { storageAccountResourceId, ...("accountKey" in access && access) },
  },
});

const bareName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
