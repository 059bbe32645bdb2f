// Starts an emulated Azure for contract tests: the emulator over Azurite, on free ports, with a folder per database.
import type { AccessToken } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";
import { migrationServiceId, type Seed, sqlVmId, storageAccountId } from "../../local/arm/resources.ts";
import { type ArmEmulator, type ArmEmulatorOptions, startArmEmulator } from "../../local/arm/server.ts";
import type { Settings } from "../../local/arm/state.ts";
import { createArmBackupAccount } from "../../shared/azure/arm/armBackupAccount.ts";
import { PUBLIC_CLOUD } from "../../shared/azure/clouds.ts";
import { createDmsMigrationServices } from "../../shared/azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "../../shared/azure/dms/dmsRestoreEngine.ts";
import { createKeyVaultSecrets } from "../../shared/azure/keyVault/keyVaultSecrets.ts";
import type { MigrationTarget } from "../../shared/migration/migration.ts";
import type { BackupAccount, MigrationServices, RestoreEngine, RestoreOrder } from "../../shared/ports.ts";
import { startAzurite } from "../support/azurite.ts";
import type { Sketch } from "../unit/local/arm/sketches.ts";
import { bytesOf } from "./backupBytes.ts";

const IDENTITY_HEADER = "contract-tests";
const ACCOUNT = "devstoreaccount1";
/** The well-known key of the storage emulator. */
export const ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** A second of the emulator's clock passes in ten milliseconds. */
export const FAST: Partial<Settings> = { speed: 100, validationSeconds: 4, cutoverSeconds: 4, cancelSeconds: 4 };

export interface EmulatedAzure {
  readonly emulator: ArmEmulator;
  readonly seed: Seed;
  readonly engine: RestoreEngine;
  readonly services: MigrationServices;
  readonly account: BackupAccount;
  readonly options: Parameters<typeof createDmsRestoreEngine>[0];
  target(databaseName: string): MigrationTarget;
  /** An order for the folder of this name. */
  order(folder: string, lastBackupName?: string): RestoreOrder;
  drop(folder: string, files: Readonly<Record<string, Sketch>>): Promise<void>;
  /** Sends one request as the app's identity; the path is without the host. */
  arm(method: string, path: string, body?: object): Promise<{ status: number; headers: Headers; body: unknown }>;
  /** Sends a request to the emulator's own routes; the path is below /_emulator. */
  steer(method: string, path: string, body?: object): Promise<unknown>;
  /** Stops the emulator and starts it again on the same data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const seedOver = (blobEndpoint: string): Seed => ({
  subscriptionId: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "rg1",
  location: "westeurope",
  sqlVms: [
    { name: "vm1", sqlImageOffer: "SQL2022-WS2022", sqlManagement: "Full", databases: ["AlreadyThere"] },
    { name: "vm2" },
  ],
  storageAccounts: [{ name: "backups1", blobEndpoint, accountName: ACCOUNT, accountKey: ACCOUNT_KEY }],
  migrationServices: ["dms1"],
  shares: [{ path: SHARE_PATH, storageAccount: "backups1", container: "backups", folder: "on-the-share" }],
  secrets: { "share-password": "hush", "sql-password": "hush too" },
});

/** What an integration runtime reaches; its files are those of the folder "on-the-share". */
export const SHARE_PATH = "\\\\srv01\\backups\\Sales";

/** From the managed identity endpoint, kept for this one emulator: @azure/identity keeps one for the whole process. */
function identityOf(url: () => string) {
  const tokens = new Map<string, Promise<AccessToken>>();
  const fetched = async (resource: string): Promise<AccessToken> => {
    const answer = await fetch(`${url()}/msi/token?resource=${resource}&api-version=2019-08-01`, {
      headers: { "x-identity-header": IDENTITY_HEADER },
    });
    const { access_token: token, expires_on: seconds } = (await answer.json()) as Record<string, string>;
    return { token: token ?? "", expiresOnTimestamp: Number(seconds) * 1_000 };
  };
  return {
    getToken(scopes: string | string[]): Promise<AccessToken> {
      const resource = String(scopes).replace(/\/\.default$/, "/");
      const token = tokens.get(resource) ?? fetched(resource);
      tokens.set(resource, token);
      return token;
    },
  };
}

export async function emulatedAzure(
  dataFolder?: string,
  settings = FAST,
  names: Partial<Seed> = {},
): Promise<EmulatedAzure> {
  const azurite = await startAzurite();
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = service.getContainerClient("backups");
  await container.createIfNotExists();
  const seed = { ...seedOver(service.url.replace(/\/$/, "")), ...names };
  const options: ArmEmulatorOptions = {
    seed,
    settings,
    identityHeader: IDENTITY_HEADER,
    ...(dataFolder === undefined ? {} : { dataFolder }),
  };
  let emulator = await startArmEmulator(options);
  const credential = identityOf(() => emulator.url);
  const dms = {
    credential,
    endpoint: emulator.url,
    apiVersion: "2025-06-30",
    serviceResourceId: migrationServiceId(seed, "dms1"),
    storageAccountResourceId: storageAccountId(seed, "backups1"),
    secrets: createKeyVaultSecrets({
      credential,
      vaultUri: `${emulator.url}/vault`,
      scope: PUBLIC_CLOUD.keyVaultScope,
      withheld: undefined,
    }),
  };
  const send = async (method: string, path: string, body: object | undefined, headers: Record<string, string>) =>
    fetch(`${emulator.url}${path}`, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const target = (databaseName: string): MigrationTarget => ({ sqlVmResourceId: sqlVmId(seed, "vm1"), databaseName });
  return {
    get emulator() {
      return emulator;
    },
    seed,
    engine: createDmsRestoreEngine(dms),
    services: createDmsMigrationServices(dms),
    account: createArmBackupAccount(dms),
    options: dms,
    target,
    order: (folder, lastBackupName) => ({
      target: target(folder),
      sourceDatabaseName: "Sales",
      sourceServerName: "SRV01",
      container: container.containerName,
      folder,
      mode: lastBackupName === undefined ? "online" : "offline",
      ...(lastBackupName === undefined ? {} : { lastBackupName }),
    }),
    async drop(folder, files) {
      for (const [name, sketch] of Object.entries(files)) {
        const bytes = bytesOf(sketch);
        await container.getBlockBlobClient(`${folder}/${name}`).upload(bytes, bytes.length);
      }
    },
    async arm(method, path, body) {
      const token = await credential.getToken("https://management.azure.com/.default");
      const answer = await send(method, path, body, { authorization: `Bearer ${token.token}` });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
    },
    async steer(method, path, body) {
      const answer = await send(method, `/_emulator/${path}`, body, {});
      return answer.status === 204 ? undefined : answer.json();
    },
    async restart() {
      await emulator.stop();
      emulator = await startArmEmulator({ ...options, port: emulator.port });
    },
    async stop() {
      await emulator.stop();
      await azurite.stop();
    },
  };
}
