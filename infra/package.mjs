// What is deployed? Builds the package that azd sends, and nothing that the app does not need: .package/, or the folder that is named.
//
//   node infra/package.mjs [FOLDER]
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = resolve(process.argv[2] ?? join(root, ".package"));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

run(process.execPath, [join(root, "local", "ensureReady.mjs")]);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const part of ["functions", "shared"]) cpSync(join(root, "dist", part), join(folder, "dist", part), { recursive: true });
for (const file of ["host.json", "package.json", "package-lock.json"]) cpSync(join(root, file), join(folder, file));
run(npm, ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);

// What npm needed, the app does not.
rmSync(join(folder, "package-lock.json"));
const { name, version, license, type, main, engines, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, version, license, private: true, type, main, engines, dependencies }, null, 2)}\n`);
for (const file of files(folder)) if (/\.(d\.[cm]?ts|map|md|tsbuildinfo)$/i.test(file)) rmSync(file);

const all = files(folder);
const bytes = all.reduce((sum, file) => sum + statSync(file).size, 0);
console.log(`${folder}: ${all.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB.`);

function files(of) {
  return readdirSync(of, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: folder && command === npm ? folder : root, stdio: "inherit", shell: command === npm && process.platform === "win32" });
  if (status !== 0) {
    console.error(`"${command} ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}.`);
    process.exit(1);
  }
}
