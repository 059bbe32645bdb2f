// What does the body of a create ask for, and is it allowed?
import type { MigrationOrder } from "./databaseMigration.ts";
import { type Reply, refusal } from "./replies.ts";
import { findMigrationService, findStorageAccount, type Seed, same, sqlVmId } from "./resources.ts";

/** The order without its secrets, or ARM's refusal. The key is compared here and then forgotten. */
export function orderOf(seed: Seed, vmName: string, body: unknown): MigrationOrder | Reply {
  const scope = text(body, "properties", "scope");
  const migrationService = text(body, "properties", "migrationService");
  const sourceDatabaseName = text(body, "properties", "sourceDatabaseName");
  if (text(body, "properties", "kind") !== "SqlVm") return invalid("Kind");
  if (scope === undefined || !same(scope, sqlVmId(seed, vmName))) return invalid("Scope");
  if (migrationService === undefined || findMigrationService(seed, migrationService) === undefined)
    return invalid("MigrationService");
  if (sourceDatabaseName === undefined) return invalid("SourceDatabaseName");
  const source = member(body, "properties", "backupConfiguration", "sourceLocation");
  const blobs = blobsOf(seed, member(source, "azureBlob"));
  if (blobs === undefined && member(source, "fileShare") === undefined) return invalid("BackupConfiguration");
  const offline = member(body, "properties", "offlineConfiguration");
  const lastBackupName = text(offline, "lastBackupName");
  if (blobs !== undefined && member(offline, "offline") === true && lastBackupName === undefined)
    return invalid("LastBackupName");
  return {
    scope,
    migrationService,
    sourceDatabaseName,
    ...(blobs === undefined ? {} : { blobs }),
    ...(lastBackupName === undefined ? {} : { lastBackupName }),
  };
}

// "<container>/<folder>", or the container alone.
function blobsOf(seed: Seed, azureBlob: unknown): MigrationOrder["blobs"] {
  const storageAccountResourceId = text(azureBlob, "storageAccountResourceId");
  const [container, folder = "", ...deeper] = text(azureBlob, "blobContainerName")?.split("/") ?? [];
  const account = findStorageAccount(seed, storageAccountResourceId);
  if (!container || deeper.length > 0 || storageAccountResourceId === undefined || account === undefined)
    return undefined;
  const keyFits =
    text(azureBlob, "authType") === "ManagedIdentity" || text(azureBlob, "accountKey") === account.accountKey;
  return { storageAccountResourceId, container, folder, keyFits };
}

const invalid = (parameter: string): Reply =>
  refusal(
    400,
    "InvalidParameterValue",
    `Invalid value provided for parameter '${parameter}'. Specify a valid parameter value.`,
  );

function member(value: unknown, ...path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  return typeof value === "object" && value !== null
    ? member((value as Record<string, unknown>)[first], ...rest)
    : undefined;
}

function text(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}
