// Builds the package that azd sends, and nothing that the app does not need: into .package, or into the folder that is
// named.
//
//   node infra/package.mjs [FOLDER]
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { hostFor } from "./hostFor.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = resolve(process.argv[2] ?? join(root, ".package"));
const host = hostFor(process.env["DURABLE_BACKEND"] || "AzureStorage");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

run(process.execPath, [
  join(root, "node_modules", "typescript", "bin", "tsc"),
  "-p",
  join(root, "tsconfig.build.json"),
  "--noEmit",
]);
const packages = await bundle(join(folder, "dist"));
cpSync(join(root, "shared", "page", "assets"), join(folder, "dist", "shared", "page", "assets"), { recursive: true });
writeFileSync(join(folder, "host.json"), `${JSON.stringify(host, null, 2)}\n`);

// Without dependencies: the bundle has what it needs of them.
const { name, version, license, type, main, engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const manifest = { name, version, private: true, license, type, main, engines };
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const sizes = files().map((file) => statSync(file).size);
const mebibytes = (sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20).toFixed(1);
console.log(`${folder}: ${sizes.length} files, ${mebibytes} MiB, with ${packages.join(", ")}`);

/** Every file of the package. */
function files() {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  console.error(`"${command} ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}.`);
  process.exit(1);
}
