// Tests that each room imports only what it may, and that handlers and steps are registered.
import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename, posix } from "node:path";
import { test } from "node:test";

/** In this order: each may import those before it, and none after it. */
const pure = [
  "shared/backup",
  "shared/chain",
  "shared/migration",
  "shared/start",
  "shared/queue",
  "shared/preflight",
  "shared/dryRun",
  "shared/cutover",
  "shared/source",
  "shared/sizing",
  "shared/assessed",
];
/** The types that the rooms of migrations and of cards import from the API; see the test below. */
const eventTypes = "shared/api/events.ts";
const before = (room: string): string[] => pure.slice(0, pure.indexOf(room));
const edge = [
  ...pure,
  "shared/application",
  "shared/api",
  "shared/ports.ts",
  "functions/invocation.ts",
  "functions/orchestrators/step.ts",
  "functions/orchestrators/steps.ts",
  "@azure/functions",
  "zod",
];

/** Each room and what it may import besides itself. A room missing here may not exist. */
const mayImport: Record<string, readonly string[]> = {
  "shared/backup": ["node:zlib"],
  "shared/chain": [...before("shared/chain"), "node:crypto"],
  "shared/migration": [...before("shared/migration"), eventTypes, "node:crypto"],
  "shared/start": before("shared/start"),
  "shared/queue": before("shared/queue"),
  "shared/preflight": before("shared/preflight"),
  "shared/dryRun": before("shared/dryRun"),
  "shared/cutover": before("shared/cutover"),
  "shared/source": before("shared/source"),
  "shared/sizing": before("shared/sizing"),
  "shared/assessed": [...before("shared/assessed"), "node:crypto"],
  "shared/notify": [...pure, eventTypes],
  "shared/api": [...pure, "zod"],
  "shared/application": [...pure, "shared/notify", "shared/api", "shared/ports.ts", "node:crypto"],
  "shared/azure": [...pure, "shared/ports.ts", "@azure", "node:crypto", "zod"],
  "shared/sqlserver": [...pure, "shared/ports.ts", "tedious", "zod"],
  "shared/page": ["shared/api"],
  "functions/orchestrators": [...pure, "shared/ports.ts", "durable-functions"],
  "functions/activities": edge,
  "functions/blobs": [...edge, "node:module"],
  "functions/timers": edge,
  "functions/events": edge,
  "functions/http": [
    ...edge,
    "shared/page",
    "shared/config.ts",
    "shared/packageVersion.ts",
    "node:crypto",
    "node:fs/promises",
  ],
  "local/arm": [
    "shared/backup",
    "shared/sizing/vmSizes.ts",
    "shared/azure/blobs/blobBackupFiles.ts",
    "@azure/storage-blob",
    "node:",
    "zod",
  ],
  "local/host": ["@azure/storage-blob", "@azure/storage-queue", "node:", "zod"],
  "local/eventgrid": ["shared", "functions", "local/azurite.ts", "@azure", "node:", "zod"],
  "local/backups": ["shared", "node:"],
  "local/sql": ["shared/sqlserver/tsql.ts", "local/backups/guidFor.ts", "node:"],
  ferry: ["shared", "@azure", "node:", "zod"],
  infra: ["node:", "esbuild", "shared/azure/clouds.ts"],
};
/** Where one file of a room needs what the others must not. */
const exceptions: Record<string, readonly string[]> = {
  "shared/migration/stored/storedJson.ts": ["zod"],
  "shared/migration/stored/storedBackups.ts": ["zod"],
  "shared/migration/stored/storedListLine.ts": ["zod"],
  "shared/migration/stored/storedMigration.ts": ["zod"],
  "shared/azure/tables/storedRows.ts": ["zod"],
  "shared/assessed/assessmentShapes.ts": ["zod"],
  "shared/sizing/sizingShapes.ts": ["zod"],
};

/**
 * The imports of a file: relative paths as paths from the root, packages by name. Types count, since they couple as
 * well.
 */
function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  return [...source.matchAll(/(?:from|import\()\s*"([^"\n]+)"/g)].map(([, target = ""]) =>
    target.startsWith(".") ? posix.join(posix.dirname(file), target) : target,
  );
}

const isAllowed = (target: string, allowed: readonly string[]): boolean =>
  allowed.some((prefix) => target === prefix || target.startsWith(prefix.endsWith(":") ? prefix : `${prefix}/`));

const foldersOf = (top: string): string[] =>
  readdirSync(top, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${top}/${entry.name}`);

for (const room of [...["shared", "functions", "local"].flatMap(foldersOf), "ferry", "infra"])
  test(`${room} imports only what it may`, () => {
    const allowed = mayImport[room];
    assert.ok(allowed, `declare ${room} in rooms.test.ts`);
    for (const file of globSync(`${room}/**/*.ts`))
      for (const target of importsOf(file))
        assert.ok(isAllowed(target, [room, ...allowed, ...(exceptions[file] ?? [])]), `${file} imports ${target}`);
  });

/** "@azure/identity" for "@azure/identity/x"; undefined for a relative path or a module of Node. */
const packageOf = (target: string): string | undefined =>
  /^(@[\w.-]+\/[\w.-]+|[a-z][\w.-]*)(\/|$)/.exec(
    target.startsWith("node:") || target.includes(".ts") ? "" : target,
  )?.[1];

test("what is imported is declared: by what is deployed as a dependency, by the rest as one or for development", () => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync("package.json", "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string> | undefined
  >;
  let found = 0;
  for (const file of globSync("{functions,shared,ferry,local,infra,test}/**/*.{ts,mjs}")) {
    if (file.startsWith("test/host/apps")) continue; // apps of their own
    const source = readFileSync(file, "utf8");
    for (const [, isType, target = ""] of source.matchAll(/^(?:import|export) (type )?[^;]*?from "([^"\n]+)"/gm)) {
      const name = packageOf(target);
      if (name === undefined) continue;
      found++;
      const isDeployed = /^(functions|shared)\//.test(file) && !isType;
      assert.ok(name in dependencies || (!isDeployed && name in devDependencies), `${file} imports ${name}`);
    }
  }
  assert.ok(found > 100, `${found} imports of packages`);
});

test("nothing that is deployed imports local, ferry, infra or test, or asks a source server", () => {
  for (const file of globSync("{functions,shared}/**/*.ts"))
    for (const target of importsOf(file)) {
      assert.doesNotMatch(target, /^(local|ferry|infra|test)\//, file);
      if (!file.startsWith("shared/sqlserver/")) assert.doesNotMatch(target, /^(shared\/sqlserver\/|tedious$)/, file);
    }
});

test("the application knows neither Azure nor Durable Functions, and its ports are interfaces alone", () => {
  for (const file of globSync("shared/application/**/*.ts"))
    for (const target of importsOf(file)) assert.doesNotMatch(target, /^(@azure|durable-functions|functions)\b/, file);
  assert.doesNotMatch(readFileSync("shared/ports.ts", "utf8"), /^export (?!interface|type)|^import (?!type)/m);
});

test("no room of shared/ holds more than fifteen files: one that does is divided", () => {
  for (const folder of new Set(globSync("shared/**/*.ts").map((file) => posix.dirname(file)))) {
    const files = globSync(`${folder}/*.ts`).length;
    assert.ok(files <= 15, `${folder} holds ${files} files`);
  }
});

test("the types of events are nothing but types to the pure rooms, of which their list knows lists of words alone", () => {
  for (const file of pure.filter((room) => room !== "shared/api").flatMap((room) => globSync(`${room}/**/*.ts`)))
    for (const [line] of readFileSync(file, "utf8").matchAll(/^import .*shared\/api\/.*|^import .*\.\.\/api\/.*/gm))
      assert.match(line, /^import type /, file);
  const words = ["shared/chain/backupRecord.ts", "shared/chain/chainReport.ts", "shared/migration/words.ts"];
  assert.deepEqual(importsOf(eventTypes), ["zod", ...words]);
});

test("pure rooms know no clock, no randomness and no process", () => {
  for (const file of [...pure, "shared/notify", "shared/api"].flatMap((room) => globSync(`${room}/**/*.ts`))) {
    const code = readFileSync(file, "utf8").replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
    assert.doesNotMatch(code, /Date\.now\(|new Date\(\)|Math\.random|process\./, file);
  }
});

const index = readFileSync("functions/index.ts", "utf8");
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

test("every handler file is registered in functions/index.ts", () => {
  const helpers = ["respond", "problem", "caller", "endpoint", "command", "blobReference", "resourceFactories"];
  for (const file of globSync("functions/{blobs,timers,events,http,activities}/**/*.ts"))
    if (!helpers.includes(basename(file, ".ts")))
      assert.ok(index.includes(`"./${file.slice("functions/".length)}"`), `unregistered: ${file}`);
});

test("every step has an activity of its name, and every watch an orchestrator: an unknown name would hang without an error", async () => {
  const steps = await import("../../functions/orchestrators/steps.ts");
  for (const [name, step] of Object.entries(steps)) {
    if ("activityName" in step) {
      assert.equal(step.activityName, pascal(name));
      assert.ok(existsSync(`functions/activities/${name}.ts`), `functions/activities/${name}.ts`);
      assert.ok(index.includes(`df.app.activity(steps.${name}.activityName`), `unregistered: ${name}`);
    } else {
      assert.equal(step.watchName, pascal(name));
      assert.match(index, new RegExp(`steps\\.${name},`), `unregistered: ${name}`);
    }
  }
});

test("every call of a step or a watch is delegated with yield*", () => {
  for (const file of globSync("functions/orchestrators/*.ts"))
    for (const line of readFileSync(file, "utf8").split("\n"))
      if (/\w\(context, /.test(line) && !/function/.test(line))
        assert.match(line, /yield\*/, `${file}: ${line.trim()}`);
});

test("no two routes of one method can both match: the host tries them in alphabetical order of the functions' names", () => {
  const routes = [...index.matchAll(/methods: \["(\w+)"\],\s*route: "([^"]+)"/g)].map(
    ([, method = "", route = ""]) => ({
      method,
      segments: route.split("/").filter(Boolean),
    }),
  );
  assert.ok(routes.length > 10);
  for (const [position, one] of routes.entries())
    for (const other of routes.slice(position + 1)) {
      const overlap =
        one.method === other.method &&
        one.segments.length === other.segments.length &&
        one.segments.every((segment, at) => {
          const facing = other.segments[at] ?? "";
          return segment.startsWith("{") || facing.startsWith("{") || segment.toLowerCase() === facing.toLowerCase();
        });
      assert.ok(!overlap, `${one.segments.join("/")} and ${other.segments.join("/")}`);
    }
});

test("BackupArrived has no binding besides its trigger and the durable client, or the host would download every backup", () => {
  const [registration = ""] = /app\.storageBlob\("BackupArrived", \{[\s\S]*?\n {2}\}\);/.exec(index) ?? [];
  assert.match(registration, /sdkBinding: true/);
  assert.match(registration, /source: "EventGrid"/);
  assert.match(registration, /\.\.\.durable,/);
  assert.doesNotMatch(registration, /extraInputs|extraOutputs|return:/);
  assert.match(index, /const durable = \{ extraInputs: \[df\.input\.durableClient\(\)\] \};/);
});
