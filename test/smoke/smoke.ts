// Checks an app that was just deployed: `npm run smoke -- --base URL`, after azd up; says what it found, and which step
// of the documents fixes it.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { ContainerClient } from "@azure/storage-blob";
import { blobContainer } from "../../shared/azure/clients.ts";
import type { Finding } from "./findings.ts";
import { type SmokeOptions, smoke } from "./steps.ts";

const HELP = `npm run smoke -- --base URL [--backups URL|CONNECTION_STRING] [--container NAME] [--app RESOURCE_ID] [--patience SECONDS]

  --base       page and API: azd env get-value SQLFERRY_URL
  --backups    the container: azd env get-value BACKUPS_URL; its account takes the identity of whoever is signed in (az login).
               Or a connection string. Without it no backup is dropped
  --container  of a connection string (backups)
  --app        the function app, whose webhook keys az lists: azd env get-value FUNCTION_APP_RESOURCE_ID. Without it no hands are shaken
  --patience   longest wait for a verdict, in seconds (720: longer than a sweep is away)
  SQLFERRY_TOKEN is the caller's token, as for ferry.`;

export interface Asked {
  readonly base: string;
  readonly backups: ContainerClient | undefined;
  readonly app: string | undefined;
  readonly patienceSeconds: number;
}

/** Reads the arguments; throws a sentence about what is wrong with them. */
export function parse(words: readonly string[]): Asked | "help" {
  const { values } = parseArgs({
    args: [...words],
    options: {
      base: { type: "string" },
      backups: { type: "string" },
      container: { type: "string", default: "backups" },
      app: { type: "string" },
      patience: { type: "string", default: "720" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  const { base, backups, container, app, patience } = values;
  if (base === undefined || !/^https?:\/\/[^/]/i.test(base))
    throw new Error(`--base is ${base ?? "missing"}: the address of the page is expected, https://….`);
  if (!/^[1-9]\d{0,4}$/.test(patience))
    throw new Error(`--patience is ${patience}: a whole number of seconds from 1 to 99999 is expected.`);
  if (app !== undefined && !/^\/subscriptions\/.*\/sites\/[^/]+$/i.test(app))
    throw new Error(`--app is ${app}: the resource id of the function app is expected, /subscriptions/….`);
  return {
    base: base.replace(/\/+$/, ""),
    backups: backups === undefined ? undefined : containerAt(backups, container),
    app,
    patienceSeconds: Number(patience),
  };
}

/** The container at an address, or one of the account of a connection string. */
function containerAt(place: string, name: string): ContainerClient {
  if (!/^https?:/i.test(place)) return blobContainer({ kind: "connectionString", connectionString: place }, name);
  const { origin, pathname } = new URL(place);
  const container = /^\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (container === undefined)
    throw new Error(
      `--backups is ${place}: the container's address is expected, https://<account>.blob.…/<container>.`,
    );
  return blobContainer({ kind: "identity", serviceUri: origin, clientId: undefined }, container);
}

/** The webhooks' keys, if the caller may list them; without them the handshakes are skipped. */
function keysOf(app: string): SmokeOptions["keys"] {
  const { status, stdout, stderr } = spawnSync(
    "az",
    ["rest", "--method", "post", "--url", `${app}/host/default/listKeys?api-version=2024-11-01`, "--output", "json"],
    { encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status !== 0) {
    console.log(`     The keys could not be listed: ${stderr?.split("\n")[0] || "az did not start"}`);
    return undefined;
  }
  const { systemKeys } = JSON.parse(stdout) as { readonly systemKeys?: Readonly<Record<string, string>> };
  return { blobs: systemKeys?.["blobs_extension"] ?? "", eventgrid: systemKeys?.["eventgrid_extension"] ?? "" };
}

const SIGNS: Readonly<Record<Finding["kind"], string>> = { well: "ok  ", wrong: "BAD ", leftOut: "--  " };

async function main(): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = parse(process.argv.slice(2));
  } catch (error) {
    console.log(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (asked === "help") {
    console.log(HELP);
    return 0;
  }
  let leftOut = 0;
  const isWell = await smoke({
    baseUrl: asked.base,
    token: process.env["SQLFERRY_TOKEN"] || undefined,
    backups: asked.backups,
    keys: asked.app === undefined ? undefined : keysOf(asked.app),
    patienceSeconds: asked.patienceSeconds,
    tell: (step, { kind, found, mend }) => {
      if (kind === "leftOut") leftOut++;
      console.log(`${SIGNS[kind]} ${step}: ${found}${mend === undefined ? "" : `\n     ${mend}`}`);
    },
    say: (line) => console.log(`     ${line}`),
  });
  if (!isWell) console.log("Something is not in order: mend what is BAD above, from the top, and run this again.");
  else if (leftOut > 0) console.log("What was looked at is in order; what begins with -- was not looked at.");
  else console.log("Everything is in order.");
  return isWell ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
