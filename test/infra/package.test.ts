// Does what is deployed hold everything that the app needs, and nothing else? Built by the script that azd runs, started from that folder alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { startChild, statusOf } from "../../local/childProcess.ts";
import { freePorts } from "../../local/ports.ts";
import { startAzurite } from "../support/azurite.ts";

const folder = mkdtempSync(join(tmpdir(), "sqlferry-package-"));
const app = join(folder, "app");

describe("the deployed package", () => {
  let printed = "";
  before(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["infra/package.mjs", app], { encoding: "utf8" });
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

  it("has the host.json of this checkout", () => {
    const packed = JSON.parse(readFileSync(join(app, "host.json"), "utf8"));
    assert.deepEqual(packed, JSON.parse(readFileSync("host.json", "utf8")));
  });

  it("says how large it is", (context) => {
    const [line = ""] = /\d+ files, [\d.]+ MiB/.exec(printed) ?? [];
    assert.notEqual(line, "");
    context.diagnostic(line);
  });

  it("starts by itself, serves the page and its assets, and reaches its storages", async () => {
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
