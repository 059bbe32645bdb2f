// What is deployed? Builds the package that azd sends, and nothing that the app does not need: into .package, or into the folder that is named.
//
//   node infra/package.mjs [FOLDER]
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { hostFor } from "./hostFor.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = resolve(process.argv[2] ?? join(root, ".package"));
const isWindows = process.platform === "win32";
const host = hostFor(process.env["DURABLE_BACKEND"] || "AzureStorage");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// The app, compiled straight into the package: nothing of an earlier build slips in.
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
run(process.execPath, [
  compiler,
  "-p",
  join(root, "tsconfig.build.json"),
  "--outDir",
  join(folder, "dist"),
  "--sourceMap",
  "false",
]);
for (const room of ["ferry", join("shared", "sqlserver")]) rmSync(join(folder, "dist", room), { recursive: true });
cpSync(join(root, "shared", "page", "assets"), join(folder, "dist", "shared", "page", "assets"), { recursive: true });
writeFileSync(
  join(folder, "host.json"),
  `${JSON.stringify(host, null, 2)}
`,
);

// What it depends on, in the versions of the lock file.
for (const file of ["package.json", "package-lock.json"]) cpSync(join(root, file), join(folder, file));
run(isWindows ? "npm.cmd" : "npm", [
  "ci",
  "--omit=dev",
  "--ignore-scripts",
  "--prefer-offline",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
]);
rmSync(join(folder, "package-lock.json"));
rmSync(join(folder, "node_modules", ".package-lock.json"), { force: true });
rmSync(join(folder, "node_modules", ".bin"), { recursive: true, force: true });
const { name, version, license, type, main, engines, dependencies } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const manifest = { name, version, private: true, license, type, main, engines, dependencies };
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// Types, maps, and builds for browsers and phones: Node never loads them.
const idle = /\.([cm]?ts|map|tsbuildinfo)$|\/dist\/(browser|react-native)\//;
for (const file of files()) if (idle.test(file.split(sep).join("/"))) rmSync(file);

const sizes = files().map((file) => statSync(file).size);
console.log(
  `${folder}: ${sizes.length} files, ${(sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20).toFixed(1)} MiB`,
);

/** Every file of the package. */
function files() {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: "inherit",
    shell: isWindows && command.endsWith(".cmd"),
  });
  if (status === 0) return;
  console.error(`"${command} ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}.`);
  process.exit(1);
}
