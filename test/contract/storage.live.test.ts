// Tests that the table adapters keep their contracts against Table Storage itself; runs only where an account is
// configured.
import { describe } from "node:test";
import { stateTable } from "../../shared/azure/clients.ts";
import { createTableBackupCatalogue } from "../../shared/azure/tables/tableBackupCatalogue.ts";
import { createTableMigrationStore } from "../../shared/azure/tables/tableMigrationStore.ts";
import { createTableVmQueues } from "../../shared/azure/tables/tableVmQueues.ts";
import { backupCatalogueContract } from "./backupCatalogue.contract.ts";
import { migrationStoreContract } from "./migrationStore.contract.ts";
import { vmQueuesContract } from "./vmQueues.contract.ts";

/** Its rows stay behind in the tables named below: use an account for tests. */
const connectionString = process.env["SQLFERRY_LIVE_STORAGE"];
const skip =
  connectionString === undefined
    ? "no storage account is configured (SQLFERRY_LIVE_STORAGE holds no connection string)"
    : false;

const refuse = (fault: Error): never => {
  throw fault;
};

describe("tables on Azure", { skip }, () => {
  if (connectionString === undefined) return;
  const table = (name: string) => stateTable({ kind: "connectionString", connectionString }, name);
  const first = Date.now();
  let numbers = 0;
  const fresh = (): string => `it's-fresh-${first}-${++numbers}`;
  describe("catalogue", () =>
    backupCatalogueContract(() => createTableBackupCatalogue(table("LiveBackups"), refuse), fresh));
  describe("VM queues", () => vmQueuesContract(() => createTableVmQueues(table("LiveVmQueues")), fresh));
  describe("migrations", () =>
    migrationStoreContract(
      () =>
        createTableMigrationStore({
          migrations: table("LiveMigrations"),
          list: table("LiveMigrationList"),
          onRepairNeeded: (migrationId, error) => {
            throw new Error(`The line of ${migrationId} was not written.`, { cause: error });
          },
          onUnreadable: refuse,
        }),
      fresh,
    ));
});
