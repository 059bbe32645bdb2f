// Does whoever deploys without azd, or on the other backend, deploy an app that runs? .funcignore as tools read it, and host.json by backend.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostFor } from "../../infra/hostFor.ts";
import { appSettings, prediction } from "../support/predictions.ts";

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
    "test/infra/layout.test.ts",
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
