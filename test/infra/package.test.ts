// Tests that the package holds all that the app needs, and nothing else: it is built by azd's script and started from
// that folder alone; .funcignore is read as other tools read it; host.json is tested by backend.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { pathToFileURL } from "node:url";
import { hostFor } from "../../infra/hostFor.ts";
import { statusOf } from "../../local/childProcess.ts";
import { startStack } from "../../local/stack.ts";
import { clientOf } from "../e2e/support/client.ts";
import { journey } from "../e2e/support/journey.ts";
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

  it("holds the app in a few files, at most 5 MiB, host.json and package.json", () => {
    assert.deepEqual(readdirSync(app).toSorted(), ["dist", "host.json", "package.json"]);
    const files = globSync("dist/**/*.*", { cwd: app });
    const code = files.filter((file) => file.startsWith("dist/functions/"));
    for (const file of ["dist/functions/main.js", "dist/functions/http/app/main.js"])
      assert.ok(code.includes(file), file);
    assert.ok(code.length <= 12, code.join(", "));
    const bytes = files.reduce((sum, file) => sum + statSync(join(app, file)).size, 0);
    assert.ok(bytes <= 5 * 2 ** 20, `${bytes} bytes`);
  });

  it("has the page's assets as they are, and nothing else beside the code", () => {
    const assets = globSync("shared/page/assets/*");
    assert.deepEqual(globSync("shared/**/*.*", { cwd: join(app, "dist") }).toSorted(), assets.toSorted());
    for (const asset of assets) assert.ok(readFileSync(asset).equals(readFileSync(join(app, "dist", asset))), asset);
  });

  it("bundles packages that the lock file has for production, and no other", () => {
    const [, names = ""] = / MiB, with (.+)/.exec(printed) ?? [];
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const needed = new Set(
      Object.entries<{ dev?: boolean }>(lock.packages)
        .filter(([, { dev }]) => !dev)
        .map(([path]) => path.split("node_modules/").at(-1)),
    );
    const bundled = names.split(", ");
    for (const name of bundled) assert.ok(needed.has(name), name);
    for (const name of ["@azure/functions", "@azure/storage-blob", "durable-functions", "zod"])
      assert.ok(bundled.includes(name), name);
  });

  it("maps every source of ours that has code, and no other: not what asks a source server, and no package", () => {
    const maps = globSync("dist/**/*.map", { cwd: app }).map((map) => JSON.parse(readFileSync(join(app, map), "utf8")));
    const sources = maps.flatMap(({ sources }) => sources as string[]);
    for (const source of sources) {
      assert.match(source, /^(\.\.\/){4}(functions|shared)\//);
      assert.doesNotMatch(source, /shared\/sqlserver/);
      assert.ok(existsSync(source.replaceAll("../", "")), source);
    }
    for (const source of [
      "functions/index.ts",
      "functions/http/status/statusPage.ts",
      "shared/backup/readBackupHeader.ts",
    ])
      assert.ok(sources.includes(`../../../../${source}`), source);
  });

  it("names lines of our sources in stack traces", () => {
    const load = `await import(${JSON.stringify(pathToFileURL(join(app, "dist", "functions", "main.js")).href)})`;
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", load], {
      env: { PATH: process.env["PATH"] }, // without app settings the app names the missing ones and stops
      encoding: "utf8",
    });
    const [, line = ""] = /at parseConfig \(.*shared[\\/]config\.ts:(\d+):/.exec(stderr) ?? [];
    assert.match(
      readFileSync("shared/config.ts", "utf8").split("\n")[Number(line) - 1] ?? "",
      /throw new Error/,
      stderr,
    );
  });

  it("names no dependency and no script, and begins at the same file as a checkout", () => {
    const packed = JSON.parse(readFileSync(join(app, "package.json"), "utf8"));
    for (const member of ["dependencies", "devDependencies", "scripts"])
      assert.equal(packed[member], undefined, member);
    assert.equal(packed.main, JSON.parse(readFileSync("package.json", "utf8")).main);
    assert.ok(existsSync(join(app, packed.main)));
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

  it("lives through the day of the end-to-end suite, with page, events and cards", async () => {
    cpSync("host.json", join(app, "host.json"));
    const stack = await startStack({ appFolder: app, emulator: { validationSeconds: 1, cutoverSeconds: 1 } });
    try {
      const page = await (await fetch(`${stack.baseUrl}/`)).text();
      const assets = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg))"/g)].map(([, address = ""]) => address);
      assert.ok(assets.length >= 3, page);
      for (const address of assets)
        assert.equal(await statusOf(new URL(address, `${stack.baseUrl}/`).href), 200, address);
      const client = clientOf(stack);
      const { states, restored } = await journey(client);
      assert.deepEqual(states, { orders: "succeeded", customers: "succeeded", stock: "canceled" });
      assert.deepEqual(
        Object.values(restored)
          .map((sets) => sets.length)
          .toSorted(),
        [2, 4, 4],
      );
      await client.until("its cards are posted", async () => stack.teamsMessages().length >= 8);
    } finally {
      await stack.stop();
    }
  });
});

const skip = spawnSync("git", ["--version"]).status === 0 ? false : "no git, whose rules .funcignore follows";

/** The paths that .funcignore leaves out, by git's own reading of its rules. */
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
