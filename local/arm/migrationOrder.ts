// Reads the body of a create and decides whether what it asks for is allowed.
import type { MigrationOrder } from "./databaseMigration.ts";
import { type Emulator, type Reply, refusal } from "./replies.ts";
import { findStorageAccount, type Seed, same, sqlVmId, storageAccountId } from "./resources.ts";
import { findService, runtimeState } from "./serviceState.ts";

/** The order without its secrets, or ARM's refusal. Keys are compared here and then forgotten. */
export function orderOf({ seed, state, now }: Emulator, vmName: string, body: unknown): MigrationOrder | Reply {
  const scope = text(body, "properties", "scope");
  const migrationService = text(body, "properties", "migrationService");
  const sourceDatabaseName = text(body, "properties", "sourceDatabaseName");
  // In this order: recorded (2025).
  if (scope === undefined || !same(scope, sqlVmId(seed, vmName))) return invalid("Scope");
  if (text(body, "properties", "kind") !== "SqlVm") return invalid("Kind");
  const service = migrationService === undefined ? undefined : findService(seed, state, migrationService);
  if (migrationService === undefined || service === undefined || now() < service.readyAt)
    return invalid("MigrationService");
  if (sourceDatabaseName === undefined) return invalid("SourceDatabaseName");
  const configuration = member(body, "properties", "backupConfiguration");
  const source = member(configuration, "sourceLocation");
  const isShare = member(source, "fileShare") !== undefined;
  const blobs = isShare ? shareOf(seed, configuration) : blobsOf(seed, member(source, "azureBlob"));
  if (blobs === undefined || (isShare && !isConnection(member(body, "properties", "sourceSqlConnection"))))
    return invalid("BackupConfiguration");
  const offline = member(body, "properties", "offlineConfiguration");
  const isOffline = member(offline, "offline") === true;
  const lastBackupName = text(offline, "lastBackupName");
  if (!isShare && isOffline && lastBackupName === undefined) return invalid("LastBackupName");
  return {
    scope,
    migrationService,
    sourceDatabaseName,
    ...(blobs !== "unknown" && { blobs }),
    ...(isShare && {
      share: {
        path: text(source, "fileShare", "path") ?? "",
        runtimeIsOnline: runtimeState(service) === "Online",
      },
    }),
    ...(isOffline && { isOffline }),
    ...(isOffline && lastBackupName !== undefined && { lastBackupName }),
  };
}

// "<container>/<folder>", or the container alone.
function blobsOf(seed: Seed, azureBlob: unknown): MigrationOrder["blobs"] {
  const storageAccountResourceId = text(azureBlob, "storageAccountResourceId");
  const [container, folder = "", ...deeper] = text(azureBlob, "blobContainerName")?.split("/") ?? [];
  const access = mayReadItself(azureBlob) ? "fits" : accessTo(seed, azureBlob);
  if (!container || deeper.length > 0 || storageAccountResourceId === undefined || access === undefined)
    return undefined;
  return { storageAccountResourceId, container, folder, keyFits: access === "fits" };
}

/**
 * Where the stand-in of the share is; "unknown" when the runtime does not reach that path. undefined: the body is
 * wrong.
 */
function shareOf(seed: Seed, configuration: unknown): MigrationOrder["blobs"] | "unknown" {
  const share = member(configuration, "sourceLocation", "fileShare");
  const access = accessTo(seed, member(configuration, "targetLocation"));
  const [path, username, password] = ["path", "username", "password"].map((name) => text(share, name));
  if (!path || !username || !password || access === undefined) return undefined;
  const known = seed.shares?.find((one) => same(one.path, path));
  if (known === undefined) return "unknown";
  const { storageAccount, container, folder } = known;
  return {
    storageAccountResourceId: storageAccountId(seed, storageAccount),
    container,
    folder,
    keyFits: access === "fits",
  };
}

/** AzureBlob of 2025-06-30 alone knows it; a target location does not. */
const mayReadItself = (azureBlob: unknown): boolean =>
  text(azureBlob, "authType") === "ManagedIdentity" && text(azureBlob, "identity", "type") !== undefined;

/** Does the storage account exist, and is the key its own? */
function accessTo(seed: Seed, location: unknown): "fits" | "refused" | undefined {
  const account = findStorageAccount(seed, text(location, "storageAccountResourceId"));
  if (account === undefined) return undefined;
  return text(location, "accountKey") === account.accountKey && account.allowSharedKeyAccess !== false
    ? "fits"
    : "refused";
}

const isConnection = (connection: unknown): boolean =>
  ["dataSource", "authentication", "userName", "password"].every((name) => text(connection, name) !== undefined);

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
