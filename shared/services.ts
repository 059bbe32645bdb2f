// What can the app reach? Every port with its adapter, built from settings without any I/O.

import type { AssessmentStore } from "./assessed/assessmentStore.ts";
import { createArmBackupAccount } from "./azure/armBackupAccount.ts";
import { createBlobBackupFiles } from "./azure/blobBackupFiles.ts";
import { blobContainer, credentialFor, eventTopic, stateTable, WORK_PATIENCE_MS } from "./azure/clients.ts";
import { cloudAt, PUBLIC_CLOUD } from "./azure/clouds.ts";
import { createDmsMigrationServices } from "./azure/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "./azure/dmsRestoreEngine.ts";
import { createEventGridPublisher } from "./azure/eventGridPublisher.ts";
import { createKeyVaultSecrets } from "./azure/keyVaultSecrets.ts";
import { noteOnce } from "./azure/notes.ts";
import { createSqlVmTarget } from "./azure/sqlVmTarget.ts";
import { createTableAssessments } from "./azure/tableAssessments.ts";
import { createTableBackupCatalogue } from "./azure/tableBackupCatalogue.ts";
import { createTableMigrationStore } from "./azure/tableMigrationStore.ts";
import { createTableSizings } from "./azure/tableSizings.ts";
import { createTableSweeps } from "./azure/tableSweeps.ts";
import { createTableTargetClaims } from "./azure/tableTargetClaims.ts";
import { createTableVmQueues } from "./azure/tableVmQueues.ts";
import { createTargetSize, type TargetSize } from "./azure/targetSize.ts";
import { createTeamsWebhook } from "./azure/teamsWebhook.ts";
import type { Config } from "./config.ts";
import { createFaultBook, type FaultBook } from "./migration/faults.ts";
import type {
  BackupAccount,
  BackupCatalogue,
  BackupFiles,
  Clock,
  EventPublisher,
  MigrationServices,
  MigrationStore,
  RestoreEngine,
  Sweeps,
  TargetClaims,
  TargetVm,
  TeamsChannel,
  VmQueues,
} from "./migration/ports.ts";
import type { Sizings } from "./sizing/sizings.ts";

export interface Services {
  readonly config: Config;
  readonly files: BackupFiles;
  readonly catalogue: BackupCatalogue;
  readonly migrations: MigrationStore;
  readonly queues: VmQueues;
  readonly sweeps: Sweeps;
  readonly claims: TargetClaims;
  readonly assessments: AssessmentStore;
  readonly sizings: Sizings;
  readonly engine: RestoreEngine;
  readonly migrationServices: MigrationServices;
  readonly backupAccount: BackupAccount;
  readonly vm: TargetVm;
  readonly targetSize: TargetSize;
  readonly publisher: EventPublisher;
  readonly teams: TeamsChannel;
  readonly faults: FaultBook;
  readonly clock: Clock;
}

/**
 * The adapters of production. Sends nothing: a function app whose module throws while it loads has no functions at all. A call to the
 * storage is given up after `patienceMs`.
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
