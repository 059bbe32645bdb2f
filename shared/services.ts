// Builds every port with its adapter from the settings, without any I/O.

import { createArmBackupAccount } from "./azure/arm/armBackupAccount.ts";
import { noteOnce } from "./azure/arm/notes.ts";
import { createSqlVmTarget } from "./azure/arm/sqlVmTarget.ts";
import { createBlobBackupFiles } from "./azure/blobs/blobBackupFiles.ts";
import { blobContainer, credentialFor, eventTopic, stateTable, WORK_PATIENCE_MS } from "./azure/clients.ts";
import { cloudAt, PUBLIC_CLOUD } from "./azure/clouds.ts";
import { createTargetSize } from "./azure/compute/targetSize.ts";
import { createDmsMigrationServices } from "./azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "./azure/dms/dmsRestoreEngine.ts";
import { createEventGridPublisher } from "./azure/events/eventGridPublisher.ts";
import { createKeyVaultSecrets } from "./azure/keyVault/keyVaultSecrets.ts";
import { createTableAssessments } from "./azure/tables/tableAssessments.ts";
import { createTableBackupCatalogue } from "./azure/tables/tableBackupCatalogue.ts";
import { createTableMigrationStore } from "./azure/tables/tableMigrationStore.ts";
import { createTableSizings } from "./azure/tables/tableSizings.ts";
import { createTableSweeps } from "./azure/tables/tableSweeps.ts";
import { createTableTargetClaims } from "./azure/tables/tableTargetClaims.ts";
import { createTableVmQueues } from "./azure/tables/tableVmQueues.ts";
import { createTeamsWebhook } from "./azure/teams/teamsWebhook.ts";
import type { Config } from "./config.ts";
import { createFaultBook } from "./migration/faults.ts";
import type { Services } from "./ports.ts";

/**
 * The adapters of production. Sends nothing: a function app whose module throws while it loads has no functions at
 * all. A call to the storage is given up after `patienceMs`.
 */
export function createServices(config: Config, patienceMs = WORK_PATIENCE_MS): Services {
  const credential = credentialFor(config.clientId);
  const arm = { credential, endpoint: config.arm.endpoint, note: noteOnce((line) => console.warn(line)) };
  const { storageAccountResourceId } = config.backups;
  const table = (name: string) => stateTable(config.state.connection, name, patienceMs);
  const faults = createFaultBook((line) => console.error(line));
  const onUnreadable = ({ message }: Error) => faults.note(message);
  return {
    config,
    files: createBlobBackupFiles(blobContainer(config.backups.connection, config.backups.container), patienceMs),
    catalogue: createTableBackupCatalogue(table("Backups"), onUnreadable),
    migrations: createTableMigrationStore({
      migrations: table("Migrations"),
      list: table("MigrationList"),
      // The change is committed; the sweep rewrites the line.
      onRepairNeeded: (migrationId, error) =>
        console.warn(
          `The line of ${migrationId} in MigrationList is out of date until the next sweep: ${String(error)}`,
        ),
      onUnreadable,
    }),
    queues: createTableVmQueues(table("VmQueues")),
    sweeps: createTableSweeps(table("Sweeps"), onUnreadable),
    claims: createTableTargetClaims(table("VmQueues")),
    assessments: createTableAssessments(table("Assessments")),
    sizings: createTableSizings(table("Assessments")),
    engine: createDmsRestoreEngine({
      ...arm,
      ...config.dms,
      storageAccountResourceId,
      secrets: createKeyVaultSecrets({
        credential,
        vaultUri: config.keyVault.uri,
        scope: (cloudAt(config.arm.endpoint) ?? PUBLIC_CLOUD).keyVaultScope,
        withheld: config.teams.webhookUrl,
      }),
    }),
    migrationServices: createDmsMigrationServices({ ...arm, ...config.dms }),
    backupAccount: createArmBackupAccount({ ...arm, storageAccountResourceId }),
    vm: createSqlVmTarget(arm),
    targetSize: createTargetSize(arm),
    publisher: createEventGridPublisher(eventTopic(config.events, credential)),
    teams: createTeamsWebhook(config.teams.webhookUrl),
    faults,
    clock: { now: () => new Date() },
  };
}
