// Runs the emulator alone (`npm run arm-emulator`), for other tools that speak to Azure Resource Manager.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DISTURBANCES } from "./faults.ts";
import { migrationServiceId, type Seed, sqlVmId, storageAccountId } from "./resources.ts";
import { type ArmEmulator, startArmEmulator } from "./server.ts";

const HELP = `npm run arm-emulator -- [options]

  --port NUMBER    where it listens on loopback (7073)
  --seed FILE      JSON: which resources exist, see local/arm/resources.ts; absent: one VM of each SQL Server release
                   and Azurite's storage account at http://127.0.0.1:10000/devstoreaccount1
  --data FOLDER    keeps everything for the next start; absent: memory only
  --header TEXT    what the managed identity endpoint wants as X-IDENTITY-HEADER; absent: a new one`;

/** Azurite, started with its defaults; the account's key is the well-known one of the storage emulator. */
const USUAL_SEED: Seed = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroup: "sqlferry-local",
  location: "westeurope",
  sqlVms: ["2014", "2016", "2019", "2022"].map((year) => ({
    name: `sqlvm-${year}`,
    sqlImageOffer: `SQL${year}-WS2022`,
    sqlManagement: "Full",
  })),
  storageAccounts: [
    {
      name: "devstoreaccount1",
      blobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
      accountName: "devstoreaccount1",
      accountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    },
  ],
  migrationServices: ["sqlferry-dms"],
};

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { port: text, seed: text, data: text, header: text, help: { type: "boolean" } },
  });
  if (values.help) return console.log(HELP);
  const seed = values.seed === undefined ? USUAL_SEED : (JSON.parse(readFileSync(values.seed, "utf8")) as Seed);
  const identityHeader = values.header ?? randomUUID();
  const emulator = await startArmEmulator({
    seed,
    port: Number(values.port ?? 7073),
    identityHeader,
    ...(values.data !== undefined && { dataFolder: values.data }),
  });
  console.log(account(emulator, seed, identityHeader));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.stop());
}

const account = ({ url }: ArmEmulator, seed: Seed, header: string): string => `
Azure Resource Manager and DMS are emulated at ${url}

${[
  ...seed.sqlVms.map(({ name }) => sqlVmId(seed, name)),
  ...seed.storageAccounts.map(({ name }) => storageAccountId(seed, name)),
  ...seed.migrationServices.map((name) => migrationServiceId(seed, name)),
]
  .map((id) => `  ${id}`)
  .join("\n")}

A token, as a managed identity gets one (or set these two for DefaultAzureCredential):

  export IDENTITY_ENDPOINT="${url}/msi/token" IDENTITY_HEADER="${header}"
  curl -s -H "X-IDENTITY-HEADER: $IDENTITY_HEADER" "$IDENTITY_ENDPOINT?resource=https://management.azure.com/&api-version=2019-08-01"

What goes wrong on demand (${DISTURBANCES.join(", ")},
and every documented error by its name in local/arm/documentedErrors.ts):

  curl -s -X POST ${url}/_emulator/faults -d '{"kind":"throttle429","match":{"targetDb":"Sales"},"times":3}'
  curl -s ${url}/_emulator/settings     GET, PUT: pace and limits
  curl -s ${url}/_emulator/journal      what was accepted and restored

Ctrl-C stops it.`;

try {
  await main();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 1;
}
