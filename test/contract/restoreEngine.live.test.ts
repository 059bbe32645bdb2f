// Tests that the adapters keep their contracts against Azure itself; runs only where a subscription is configured.
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { DefaultAzureCredential } from "@azure/identity";
import { createArmBackupAccount } from "../../shared/azure/arm/armBackupAccount.ts";
import { createSqlVmTarget } from "../../shared/azure/arm/sqlVmTarget.ts";
import { createDmsMigrationServices } from "../../shared/azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "../../shared/azure/dms/dmsRestoreEngine.ts";
import { createKeyVaultSecrets } from "../../shared/azure/keyVault/keyVaultSecrets.ts";
import type { RestoreOrder } from "../../shared/ports.ts";
import { migrationServicesContract } from "./migrationServices.contract.ts";
import { forgetting, restoreEngineContract } from "./restoreEngine.contract.ts";
import { targetVmContract } from "./targetVm.contract.ts";

/**
 * The JSON file that SQLFERRY_LIVE names. Its folder holds a full backup and logs, which are not changed; the restored
 * databases are left behind.
 */
interface LiveSettings {
  readonly apiVersion: string;
  readonly serviceResourceId: string;
  readonly storageAccountResourceId: string;
  readonly sqlVmResourceId: string;
  readonly source: Pick<RestoreOrder, "sourceDatabaseName" | "sourceServerName" | "container" | "folder">;
  readonly lastFile: string;
}

const path = process.env["SQLFERRY_LIVE"];
const skip = path === undefined ? "no Azure subscription is configured (SQLFERRY_LIVE names no settings)" : false;

describe("restore engine and target VM on Azure", { skip }, () => {
  if (path === undefined) return;
  const live = JSON.parse(readFileSync(path, "utf8")) as LiveSettings;
  const azure = { credential: new DefaultAzureCredential(), endpoint: "https://management.azure.com" };
  // Blobs need no secret.
  const secrets = createKeyVaultSecrets({ ...azure, vaultUri: undefined, scope: "", withheld: undefined });
  const engine = createDmsRestoreEngine({ ...azure, ...live, secrets });
  let databases = 0;
  restoreEngineContract(() => ({
    engine,
    forget: forgetting({ ...azure, ...live }),
    lastFile: live.lastFile,
    pollMs: 30_000,
    patienceMs: 60 * 60_000,
    async order(mode) {
      const target = { sqlVmResourceId: live.sqlVmResourceId, databaseName: `Ferry${Date.now()}${++databases}` };
      return { ...live.source, target, mode, ...(mode === "offline" ? { lastBackupName: live.lastFile } : {}) };
    },
  }));
  migrationServicesContract(() => ({
    services: createDmsMigrationServices({ ...azure, ...live }),
    account: createArmBackupAccount({ ...azure, ...live }),
    subscriptionId: live.serviceResourceId.split("/")[2] ?? "",
  }));
  targetVmContract(() => ({ targetVm: createSqlVmTarget(azure), runningVmId: live.sqlVmResourceId }));
});
