// Does inspect print the shape that scripts hang on?
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sourceDatabase } from "../../../local/backups/history.ts";
import { ferry } from "./run.ts";

let folder = "";
const source = sourceDatabase({ name: "Sales", startedAt: "2025-11-24T21:00:00" });
const [full, log] = [source.full(), source.log()];
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ferry-inspect-"));
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, full.fileName), full.bytes);
  writeFileSync(join(folder, "logs", log.fileName), log.bytes);
});
after(() => rmSync(folder, { recursive: true }));

test("every file of a folder has an entry with its header, its cost and its LSNs as text", async () => {
  const { exitCode, out } = await ferry(["inspect", folder, "--json"]);
  assert.equal(exitCode, 0);
  const entries = JSON.parse(out) as {
    file: string;
    size: number;
    reads: number;
    bytesRead: number;
    media: { familyCount: number };
    backupSets: { databaseName: string; firstLsn: string; lastLsn: string; backupType: number }[];
  }[];
  assert.deepEqual(
    entries.map(({ file }) => file),
    [join(folder, full.fileName), join(folder, "logs", log.fileName)],
  );
  const [first, second] = entries;
  assert.equal(first?.size, full.bytes.length);
  assert.equal(first.media.familyCount, 1);
  assert.ok(first.reads >= 1 && first.bytesRead <= 48 * 1024);
  assert.equal(first.backupSets[0]?.databaseName, "Sales");
  assert.equal(first.backupSets[0]?.lastLsn, String(full.spec.lastLsn));
  assert.equal(second?.backupSets[0]?.backupType, 2);
});

test("the table names type, database and LSNs", async () => {
  const { out } = await ferry(["inspect", join(folder, full.fileName)]);
  assert.match(out, new RegExp(`full +Sales +${full.spec.firstLsn} +${full.spec.lastLsn}`));
});

test("a file that is no backup is an entry with the error, and ends with 1; a path that is not there with 5", async () => {
  const path = join(folder, "logs", "notes.txt");
  writeFileSync(path, "no backup at all");
  const { exitCode, out } = await ferry(["inspect", path, "--json"]);
  assert.equal(exitCode, 1);
  const [entry] = JSON.parse(out) as { file: string; size: number; error: Record<string, unknown> }[];
  assert.equal(entry?.size, 16);
  assert.deepEqual(Object.keys(entry.error), ["code", "offset", "expected", "found", "message"]);
  rmSync(path);
  assert.equal((await ferry(["inspect", path])).exitCode, 5);
});
