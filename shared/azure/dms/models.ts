// What does Azure Database Migration Service say of a migration? Read leniently: every field may be missing or new.
//
// DatabaseMigrationSqlVm, api-version 2025-06-30. Nulls are omitted by the service, unknown values are kept as text.
import { z } from "zod";

const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape).optional().catch(undefined);

export const DatabaseMigrationSqlVm = z.looseObject({
  properties: z.looseObject({
    provisioningState: text,
    provisioningError: text,
    migrationStatus: text,
    migrationOperationId: text,
    startedOn: text,
    endedOn: text,
    offlineConfiguration: part({ offline: flag }),
    autoCutoverConfiguration: part({ autoCutover: flag }),
    migrationFailureError: part({ code: text, message: text }),
    migrationStatusDetails: part({
      migrationState: text,
      currentRestoringFilename: text,
      lastRestoredFilename: text,
      isFullBackupRestored: flag,
      pendingLogBackupsCount: count,
      restoreBlockingReason: text,
      completeRestoreErrorMessage: text,
      invalidFiles: texts,
    }),
  }),
});

export type SqlVmProperties = z.infer<typeof DatabaseMigrationSqlVm>["properties"];

/** Microsoft.Storage storageAccounts/listKeys. */
export const StorageAccountKeys = z.object({ keys: z.array(z.object({ value: z.string() })).min(1) });
