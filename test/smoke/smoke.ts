// Is the app that was just deployed in order? `npm run smoke -- --base URL`, after azd up; what it found, and which step of the documents mends it.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { blobContainer } from "../../shared/azure/clients.ts";
import { type SmokeOptions, smoke } from "./steps.ts";

const HELP = `npm run smoke -- --base URL [--backups URL|CONNECTION_STRING] [--container NAME] [--app RESOURCE_ID] [--patience SECONDS]

  --base       page and API: azd env get-value SQLFERRY_URL
  --backups    the account's blob service, with the identity of whoever is signed in (az login), or a connection string
  --app        the function app, whose webhook keys az lists: azd env get-value FUNCTION_APP_RESOURCE_ID
  --patience   longest wait for a verdict (720: longer than a sweep is away)
  SQLFERRY_TOKEN is the caller's token, as for ferry.`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      base: { type: "string" },
      backups: { type: "string" },
      container: { type: "string", default: "backups" },
      app: { type: "string" },
      patience: { type: "string", default: "720" },
      help: { type: "boolean" },
    },
  });
  if (values.help || values.base === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const options: SmokeOptions = {
    baseUrl: values.base.replace(/\/+$/, ""),
    token: process.env["SQLFERRY_TOKEN"],
    backups: values.backups === undefined ? undefined : containerAt(values.backups, values.container),
    keys: values.app === undefined ? undefined : keysOf(values.app),
    patienceSeconds: Number(values.patience),
    tell: (step, { isWell, found, mend }) =>
      console.log(`${isWell ? "ok  " : "BAD "} ${step}: ${found}${mend === undefined ? "" : `\n     ${mend}`}`),
  };
  const isWell = await smoke(options);
  console.log(
    isWell ? "Everything that was looked at is in order." : "Something is not in order: see BAD above, from the top.",
  );
  return isWell ? 0 : 1;
}

const containerAt = (place: string, name: string) =>
  /^https:/i.test(place)
    ? blobContainer({ kind: "identity", serviceUri: place, clientId: undefined }, name)
    : blobContainer({ kind: "connectionString", connectionString: place }, name);

/** Of whoever may list them; without them the handshakes are left out. */
function keysOf(app: string): SmokeOptions["keys"] {
  const { status, stdout, stderr } = spawnSync(
    "az",
    ["rest", "--method", "post", "--url", `${app}/host/default/listKeys?api-version=2024-11-01`, "--output", "json"],
    { encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status !== 0) {
    console.log(`     The keys could not be listed: ${stderr?.split("\n")[0] ?? "az did not start"}`);
    return undefined;
  }
  const { systemKeys } = JSON.parse(stdout) as { readonly systemKeys?: Readonly<Record<string, string>> };
  return { blobs: systemKeys?.["blobs_extension"] ?? "", eventgrid: systemKeys?.["eventgrid_extension"] ?? "" };
}
