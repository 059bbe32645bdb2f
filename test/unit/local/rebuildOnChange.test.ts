// Tests that a change of a source is built and the host restarted, and that after a mistake the last good build goes on
// running.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { rebuildOnChange } from "../../../local/rebuildOnChange.ts";

let root = "";
let stop: () => Promise<void>;
let exitCode = 0;
const happened: string[] = [];
let heard: () => void = () => undefined;

const note = (what: string) => {
  happened.push(what);
  heard();
};

/** Resolves when `what` has happened `times` times. */
const until = async (what: string, times = 1): Promise<void> => {
  while (happened.filter((one) => one.startsWith(what)).length < times)
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sqlferry-dev-"));
  mkdirSync(join(root, "functions", "http"), { recursive: true });
  happened.length = 0;
  exitCode = 0;
  stop = rebuildOnChange({
    root,
    sources: ["functions", "absent"],
    build: async () => {
      note("build");
      return { exitCode, output: exitCode === 0 ? "" : "functions/index.ts(1,1): error TS1005\n" };
    },
    restart: async () => note("restart"),
    print: note,
  });
});
afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
});

test("a changed source is built, and the host restarted on it", async () => {
  writeFileSync(join(root, "functions", "http", "index.ts"), "export {};");
  await until("The host serves the new build");
  assert.deepEqual(happened.slice(0, 3), ["build", "Rebuilt. Restarting the host ...", "restart"]);
});

test("a source that does not compile restarts nothing, and the compiler's words are shown; mended, it is built", async () => {
  exitCode = 2;
  writeFileSync(join(root, "functions", "index.ts"), "export");
  await until("The build failed");
  assert.match(happened.at(-1) ?? "", /TS1005/);
  assert.ok(!happened.includes("restart"));
  exitCode = 0;
  writeFileSync(join(root, "functions", "index.ts"), "export {};");
  await until("restart");
});
