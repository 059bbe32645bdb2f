// Tests that the files of a folder are found, at any depth.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { equalNames, filesBelow } from "../../../../ferry/files/folder.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "ferry-folder-"));
  for (const [index, path] of ["Stripe1/db_1.bak", "Stripe2/db_2.bak", "late.trn", ".hidden"].entries()) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), "x".repeat(index + 1));
    utimesSync(join(root, path), 1_000 - index, 1_000 - index);
  }
});
after(() => rmSync(root, { recursive: true }));

test("files in subfolders are found, the oldest first, hidden ones left out", async () => {
  const files = await filesBelow(root);
  assert.deepEqual(
    files.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [
      ["late.trn", 3],
      ["db_2.bak", 2],
      ["db_1.bak", 1],
    ],
  );
});

test("a single file is a folder of one", async () => {
  assert.deepEqual(
    (await filesBelow(join(root, "late.trn"))).map(({ name }) => name),
    ["late.trn"],
  );
});

test("two files of one name in different folders would be one blob", () => {
  const file = (path: string, name: string) => ({ path, name, sizeBytes: 1, modifiedAt: new Date(0) });
  const files = [file("a/Sales.bak", "Sales.bak"), file("b/sales.BAK", "sales.BAK"), file("b/log.trn", "log.trn")];
  assert.deepEqual(
    equalNames(files).map((same) => same.map(({ path }) => path)),
    [["a/Sales.bak", "b/sales.BAK"]],
  );
});
