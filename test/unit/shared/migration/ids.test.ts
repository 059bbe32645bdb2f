// Tests that ids are stable, safe in URLs and keys, and distinct.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  migrationIdOf,
  nextRequestId,
  parseRequestId,
  runInstanceId,
  vmKeyOf,
} from "../../../../shared/migration/ids.ts";
import { placeOf } from "../../../../shared/migration/placement.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";

const anyFolder = fc.string({ unit: anyCharacter, maxLength: 130 });
const kinds = fc.constantFrom("start" as const, "cutover" as const, "cancel" as const);
const runs = fc.integer({ min: 1, max: 999_999 });

test("a folder's id is its slug and eight digits over account, container and folder", () => {
  assert.equal(migrationIdOf("backupsacct", "backups", "Sales"), "sales-882c6c26");
  assert.match(migrationIdOf("backupsacct", "backups", ""), /^root-[0-9a-f]{8}$/);
  assert.match(migrationIdOf("backupsacct", "backups", "Größe & Söhne 2024"), /^gr-e-s-hne-2024-[0-9a-f]{8}$/);
});

test("equal slugs are told apart by what they are made of", () => {
  const ids = [
    migrationIdOf("acct", "backups", "Sales"),
    migrationIdOf("acct", "backups", "sales"),
    migrationIdOf("acct", "backups", "Sales!"),
    migrationIdOf("acct", "other", "Sales"),
    migrationIdOf("other", "backups", "Sales"),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

test("whatever a folder is called, its id is safe in a URL and in a table key", () => {
  fc.assert(
    fc.property(anyFolder, (folder) => {
      const id = migrationIdOf("acct", "backups", folder);
      assert.match(id, /^[a-z0-9-]{10,49}$/);
      assert.equal(id, migrationIdOf("acct", "backups", folder));
    }),
  );
});

test("the requests of a run are counted by kind, and their ids come apart again, however a folder is called", () => {
  fc.assert(
    fc.property(anyFolder, runs, kinds, fc.integer({ min: 1, max: 5 }), (folder, run, kind, times) => {
      const migration = { migrationId: migrationIdOf("acct", "backups", folder), run };
      let earlier: { requestId: string } | undefined;
      for (let ordinal = 1; ordinal <= times; ordinal++) {
        earlier = { requestId: nextRequestId(migration, kind, earlier) };
        assert.deepEqual(parseRequestId(earlier.requestId), { ...migration, kind, ordinal });
      }
    }),
  );
});

test("a folder that is named like a request does not confuse", () => {
  const migration = { migrationId: "sales-run-1-cutover-1-1a2b3c4d", run: 2 };
  const requestId = nextRequestId(migration, "cancel", undefined);
  assert.equal(requestId, "sales-run-1-cutover-1-1a2b3c4d-run-2-cancel-1");
  assert.deepEqual(parseRequestId(requestId), { ...migration, kind: "cancel", ordinal: 1 });
});

test("anything else is no request", () => {
  for (const id of [
    "",
    "sales-1",
    "sales-run-1-fly-1",
    "sales-run-x-start-1",
    "Sales-run-1-start-1",
    "a/b-run-1-start-1",
  ])
    assert.equal(parseRequestId(id), undefined, id);
  assert.equal(parseRequestId(`${"s".repeat(65)}-run-1-start-1`), undefined);
});

test("a run's orchestration has one name", () => {
  assert.equal(runInstanceId("sales-1a2b3c4d", 2), "mig-sales-1a2b3c4d-run-2");
});

test("a VM's key is its name and eight digits of its id, compared without case", () => {
  const id = "/subscriptions/S/resourceGroups/G/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/SQLVM-07";
  assert.match(vmKeyOf(id), /^sqlvm-07-[0-9a-f]{8}$/);
  assert.equal(vmKeyOf(id), vmKeyOf(id.toUpperCase()));
  assert.notEqual(vmKeyOf(id), vmKeyOf(id.replace("/G/", "/other/")));
});

test("a blob belongs to its first folder, however deep it lies; without one to the container's root", () => {
  const places = {
    "Sales/x.bak": { folder: "Sales", fileName: "x.bak", isNested: false },
    "Sales/2024/x.bak": { folder: "Sales", fileName: "x.bak", isNested: true },
    "x.bak": { folder: "", fileName: "x.bak", isNested: false },
    "/x.bak": { folder: "", fileName: "x.bak", isNested: false },
    "Sales/": { folder: "Sales", fileName: "", isNested: false },
    "": { folder: "", fileName: "", isNested: false },
  };
  for (const [path, place] of Object.entries(places)) assert.deepEqual(placeOf(path), place, path);
});
