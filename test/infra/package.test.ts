// Does what is deployed hold everything that the app needs, and nothing else? Built by the script that azd runs, started from that folder alone;
// .funcignore as tools read it, for whoever deploys without azd; host.json by backend.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { hostFor } from "../../infra/hostFor.ts";
import { startChild, statusOf } from "../../local/childProcess.ts";
import { freePorts } from "../../local/ports.ts";
import { startAzurite } from "../support/azurite.ts";
import { appSettings, prediction } from "../support/predictions.ts";

const folder = mkdtempSync(join(tmpdir(), "sqlferry-package-"));
const app = join(folder, "app");

describe("the deployed package", () => {
  let printed = "";
  before(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["infra/package.mjs", app], {
      env: { ...process.env, DURABLE_BACKEND: "DurableTaskScheduler" },
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
    printed = stdout;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("holds the app, host.json, package.json and production dependencies", () => {
    assert.deepEqual(readdirSync(app).toSorted(), ["dist", "host.json", "node_modules", "package.json"]);
    assert.deepEqual(readdirSync(join(app, "dist")).toSorted(), ["functions", "shared"]);
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const needed = Object.entries<{ dev?: boolean; optional?: boolean }>(lock.packages)
      .filter(([path, { dev, optional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !optional)
      .map(([path]) => path.slice("node_modules/".length));
    const installed = globSync(["*", "@*/*"], { cwd: join(app, "node_modules") }).filter(
      (name) => !/^@[^/]+$/.test(name),
    );
    assert.deepEqual(installed.toSorted(), needed.toSorted());
    assert.ok(!installed.includes("tedious"), "only the command line asks source servers");
  });

  it("has every source of functions/ and shared/ as JavaScript but what asks a source server, and the page's assets as they are", () => {
    const sources = globSync("{functions,shared}/**/*.ts")
      .filter((file) => !file.startsWith("shared/sqlserver/"))
      .map((file) => file.replace(/\.ts$/, ".js"));
    const assets = globSync("shared/page/assets/*");
    const built = globSync("**/*.*", { cwd: join(app, "dist") });
    assert.deepEqual(built.toSorted(), [...sources, ...assets].toSorted());
    for (const asset of assets) assert.ok(readFileSync(asset).equals(readFileSync(join(app, "dist", asset))), asset);
  });

  it("names no development dependency and no script", () => {
    const { devDependencies, scripts, main } = JSON.parse(readFileSync(join(app, "package.json"), "utf8"));
    assert.equal(devDependencies, undefined);
    assert.equal(scripts, undefined);
    assert.ok(existsSync(join(app, main)));
  });

  it("has the host.json of the backend that it was built for", () => {
    const packed = JSON.parse(readFileSync(join(app, "host.json"), "utf8"));
    assert.deepEqual(packed, hostFor("DurableTaskScheduler"));
  });

  it("says how large it is", (context) => {
    const [line = ""] = /\d+ files, [\d.]+ MiB/.exec(printed) ?? [];
    assert.notEqual(line, "");
    context.diagnostic(line);
  });

  it("starts by itself with the usual host.json, serves the page and its assets, and reaches its storages", async () => {
    cpSync("host.json", join(app, "host.json"));
    const azurite = await startAzurite();
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    try {
      await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer("backups");
      const host = await startChild({
        name: "The Functions host",
        args: ["local/host/start.ts", "--port", `${port}`, "--data", join(folder, "data"), "--app", app],
        env: { PATH: process.env["PATH"], ...settings(azurite.connectionString) },
        logFile: join(folder, "host.log"),
        isReady: async () => (await statusOf(`${url}/admin/host/status`)) === 200,
      });
      try {
        assert.equal(await statusOf(`${url}/api/v1/health`), 200);
        assert.equal(await statusOf(`${url}/api/v1/migrations`), 200);
        const page = await (await fetch(`${url}/`)).text();
        const [, script = ""] = /src="([^"]+\.js)"/.exec(page) ?? [];
        assert.equal(await statusOf(new URL(script, `${url}/`).href), 200, script);
      } finally {
        await host.stop();
      }
    } finally {
      await azurite.stop();
    }
  });
});

const GROUP = "/subscriptions/s/resourceGroups/g/providers";

/** What is required, and nothing more. */
const settings = (connectionString: string): Record<string, string> => ({
  AzureWebJobsStorage: connectionString,
  Backups: connectionString,
  State: connectionString,
  BACKUPS_CONTAINER: "backups",
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: `${GROUP}/Microsoft.Storage/storageAccounts/devstoreaccount1`,
  DMS_SERVICE_RESOURCE_ID: `${GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms`,
  EVENTS_TOPIC_ENDPOINT: "https://topic.example/api/events",
  SWEEP_SCHEDULE: "0 */10 * * * *", // a default in config.ts, but the host reads it, too
});

const skip = spawnSync("git", ["--version"]).status === 0 ? false : "no git, whose rules .funcignore follows";

/** Which of the paths .funcignore leaves out, by git's own reading of its rules. */
function leftOut(paths: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "sqlferry-funcignore-"));
  try {
    execFileSync("git", ["init", "--quiet", folder]);
    cpSync(".funcignore", join(folder, ".gitignore"));
    const input = paths.join("\n");
    return spawnSync("git", ["check-ignore", "--no-index", "--stdin"], { cwd: folder, input, encoding: "utf8" })
      .stdout.split("\n")
      .filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("func publish and editors send the built app, and no source", { skip }, () => {
  const needed = [
    "dist/functions/main.js",
    "dist/shared/config.js",
    "dist/shared/page/assets/page.js",
    "node_modules/durable-functions/package.json",
    "node_modules/@azure/identity/dist/local/index.js",
    "node_modules/zod/infra/test/index.js",
    "host.json",
    "package.json",
  ];
  const idle = [
    "functions/main.ts",
    "shared/config.ts",
    "ferry/ferry.ts",
    "local/start.ts",
    "test/infra/package.test.ts",
    "infra/main.bicep",
    "docs/migrate.md",
    "dist/ferry/ferry.js",
    "local.settings.json",
    "tsconfig.json",
    ".azure/prod/.env",
  ];
  assert.deepEqual(leftOut([...needed, ...idle]).toSorted(), idle.toSorted());
});

test("on Azure Storage host.json is that of the checkout", () => {
  assert.deepEqual(hostFor("AzureStorage"), JSON.parse(readFileSync("host.json", "utf8")));
});

test("with Durable Task Scheduler host.json names the backend, the hub that is made, and the setting that has its address", () => {
  const { durableTask } = hostFor("DurableTaskScheduler").extensions;
  assert.equal(durableTask.storageProvider.type, "azureManaged");
  const address = appSettings(prediction("large.main"))[durableTask.storageProvider.connectionStringName ?? ""];
  assert.match(address ?? "", /Authentication=ManagedIdentity/);
  const hub = prediction("large.main").resources.find(
    ({ type }) => type === "Microsoft.DurableTask/schedulers/taskHubs",
  );
  assert.equal(hub?.name.split("/").at(-1), durableTask.hubName);
  assert.equal(durableTask.defaultVersion, hostFor("AzureStorage").extensions.durableTask.defaultVersion);
});

test("a backend that nobody knows is refused before anything is deployed", () => {
  assert.throws(() => hostFor("Netherite"), /DURABLE_BACKEND is "Netherite"/);
});
