// Installs and builds what is missing. Runs before `npm start` and `npm test`, on any Node from 20 on: hence plain
// JavaScript.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const installedFor = join(root, "node_modules", ".sqlferry-installed");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
// npm's own `prepare`: the packages have just been installed
const afterInstall = process.argv.includes("--after-install");

if (!afterInstall && (!existsSync(installedFor) || readFileSync(installedFor, "utf8") !== wanted)) {
  console.log("Installing packages (once; a minute or two) ...");
  run(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
} else {
  build();
}

function build() {
  const node = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (!existsSync(node) && (major < 22 || (major === 22 && minor < 18)))
    fail(
      `sqlferry needs Node 22.18 or newer, this is ${process.versions.node}. The npm package "node" normally brings it, ` +
        "but its install script did not run (--ignore-scripts?). Install Node 24, or run: npm rebuild node",
    );
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  cpSync(join(root, "shared", "page", "assets"), join(root, "dist", "shared", "page", "assets"), { recursive: true });
  writeFileSync(installedFor, wanted);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) fail(`"${command} ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
