// Tests that the README is up to date: its table of settings is the schema's, its steps are the orchestrator's, and its
// files exist.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SETTINGS } from "../../shared/settings.ts";

const readme = readFileSync("README.md", "utf8");

test("the table of settings is the one that config.ts reads", () => {
  const table = [
    "| Setting | Default | Meaning |",
    "|---|---|---|",
    ...SETTINGS.map(
      ({ name, need, default: usual, meaning, expected, secret }) =>
        `| \`${name}\` | ${need === "required" ? "**required**" : usual === undefined ? "" : `\`${usual}\``} | ${meaning}. Expected: ${expected}${secret ? "; secret" : ""} |`,
    ),
  ].join("\n");
  assert.ok(readme.includes(table), `The README's table should read:\n\n${table}\n`);
});

test("the steps of the README are those of the orchestrator", () => {
  const story = readFileSync("functions/orchestrators/migrateDatabase.ts", "utf8");
  const told = [...readme.matchAll(/^\*\*(\d)\. /gm)].map(([, step]) => Number(step));
  const taken = [...story.matchAll(/\/\/ step (\d)/g)].map(([, step]) => Number(step));
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(taken, told.slice(1), "step 1 is the registration, before any run");
});

test("every file that the README, ARCHITECTURE and the decisions name is there", () => {
  const named = [readme, readFileSync("ARCHITECTURE.md", "utf8"), readFileSync("docs/decisions.md", "utf8")].flatMap(
    (text) =>
      [...text.matchAll(/`((?:functions|shared|local|ferry|test|infra|docs)\/[\w./-]+)`/g)].map(
        ([, path = ""]) => path,
      ),
  );
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((path) => !existsSync(path)),
    [],
  );
});
