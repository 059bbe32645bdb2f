// Makes the app's settings for one machine. The same names as in Azure; what would make a person wait is short.
import { migrationServiceId, type Seed, sqlVmId, storageAccountId } from "./arm/resources.ts";
import { ACCOUNT_KEY, ACCOUNT_NAME, type Azurite } from "./azurite.ts";

export const CONTAINER = "backups";
/** The share that an integration runtime reaches here, once one has registered: this container stands in for it. */
export const SHARE_PATH = "\\\\fileserver\\backups\\Payroll";
export const SHARE_CONTAINER = "fileserver";

/**
 * The Azure that the emulator shows: two SQL Server VMs, the storage account that Azurite serves, one migration
 * service.
 */
export const localSeed = (blobEndpoint: string): Seed => ({
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroup: "sqlferry-local",
  location: "westeurope",
  sqlVms: ["sqlvm-01", "sqlvm-02"].map((name) => ({
    name,
    sqlImageOffer: "SQL2022-WS2022",
    sqlManagement: "Full" as const,
  })),
  storageAccounts: [{ name: ACCOUNT_NAME, blobEndpoint, accountName: ACCOUNT_NAME, accountKey: ACCOUNT_KEY }],
  migrationServices: ["sqlferry-dms"],
  shares: [{ path: SHARE_PATH, storageAccount: ACCOUNT_NAME, container: SHARE_CONTAINER, folder: "" }],
  secrets: { "share-password": "hush, share", "sql-password": "hush, SQL" },
});

export interface Surroundings {
  readonly azurite: Azurite;
  readonly seed: Seed;
  readonly hostUrl: string;
  readonly armUrl: string;
  readonly identityHeader: string;
  readonly eventsUrl: string;
  readonly topicKey: string;
}

/** App settings of the local stack. */
export function localSettings(around: Surroundings): Record<string, string> {
  const { azurite, seed, hostUrl, armUrl, identityHeader, eventsUrl, topicKey } = around;
  const [vm, account, service] = [seed.sqlVms[0], seed.storageAccounts[0], seed.migrationServices[0]];
  if (!vm || !account || service === undefined)
    throw new Error("The seed names a VM, a storage account and a service.");
  return {
    AzureWebJobsStorage: azurite.connectionString,
    Backups: azurite.connectionString,
    State: azurite.connectionString,
    BACKUPS_CONTAINER: CONTAINER,
    BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: storageAccountId(seed, account.name),
    TARGET_SQL_VM_RESOURCE_ID: sqlVmId(seed, vm.name),
    DMS_SERVICE_RESOURCE_ID: migrationServiceId(seed, service),
    DMS_POLL_SECONDS: "2",
    ARM_ENDPOINT: armUrl,
    KEY_VAULT_URI: `${armUrl}/vault`,
    IDENTITY_ENDPOINT: `${armUrl}/msi/token`,
    IDENTITY_HEADER: identityHeader,
    EVENTS_TOPIC_ENDPOINT: `${eventsUrl}/api/events`,
    EVENTS_TOPIC_KEY: topicKey,
    TEAMS_WEBHOOK_URL: `${eventsUrl}/teams`,
    PUBLIC_BASE_URL: hostUrl,
    PAGE_BLOB_STABLE_SECONDS: "2",
    SWEEP_SCHEDULE: "0 * * * * *",
  };
}
