// Tests what a body may hold: nothing unknown, and nothing that could become another path.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { z } from "zod";
import { CancelBody, CreateBody, CutoverBody, RestartBody, StartBody } from "../../../../shared/api/bodies.ts";

const VM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1";
const takes = (schema: z.ZodType, body: unknown): boolean => schema.safeParse(body).success;

describe("a folder", () => {
  const isTaken = (folder: unknown): boolean => takes(CreateBody, { source: { folder } });
  test("is one path segment, or the root", () => {
    for (const folder of ["Sales", "", "Sales 2024", "Größe", "a.b", "x".repeat(120)])
      assert.ok(isTaken(folder), folder);
  });
  test("is nothing that leads elsewhere or that DMS does not take", () => {
    for (const folder of [
      "a/b",
      "a\\b",
      "..",
      ".",
      "a?b",
      "a#b",
      "100%",
      "$root",
      " Sales",
      "Sales ",
      "a\nb",
      "\u0000",
    ])
      assert.ok(!isTaken(folder), JSON.stringify(folder));
    for (const folder of [undefined, null, 1, {}, "x".repeat(121)]) assert.ok(!isTaken(folder));
  });
});

describe("a registration", () => {
  const source = { folder: "Sales" };
  test("may leave everything but the folder to the settings", () => {
    assert.deepEqual(CreateBody.parse({ source }), { source });
  });
  test("may say everything", () => {
    const body = {
      source: {
        ...source,
        container: "backups",
        databaseName: "Sales",
        familyGuid: "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      },
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      mode: "offline",
      start: "manual",
    };
    const parsed = CreateBody.parse(body);
    assert.equal(parsed.source.familyGuid, "3F2504E0-4F89-11D3-9A0C-0305E82C3301");
  });
  test("says nothing else", () => {
    for (const body of [
      {},
      { source, mode: "fast" },
      { source, start: "now" },
      { source, wave: 3 },
      { source: { ...source, Folder: "Sales" } },
      { source: { ...source, familyGuid: "not a guid" } },
      { source, target: { sqlVmResourceId: VM.replace("SqlVirtualMachine/sql", "Compute/") } },
      { source, target: { sqlVmResourceId: `${VM}/extensions/x` } },
      { source, target: { databaseName: "" } },
      { source, target: { databaseName: "a/b" } },
      { source, target: { databaseName: "x".repeat(129) } },
      { source, target: { vm: VM } },
    ])
      assert.ok(!takes(CreateBody, body), JSON.stringify(body));
  });
  test("takes a VM's id in any case", () => {
    assert.ok(takes(CreateBody, { source, target: { sqlVmResourceId: VM.toLowerCase() } }));
  });
});

describe("a cutover", () => {
  test("is neither forced nor of a closed source unless it says so", () => {
    assert.deepEqual(CutoverBody.parse({}), { sourceClosed: false, force: false });
  });
  test("is forced with a reason only", () => {
    assert.ok(takes(CutoverBody, { force: true, reason: "The window closes." }));
    for (const reason of [undefined, "", "   ", "x".repeat(501)])
      assert.ok(!takes(CutoverBody, { force: true, reason }));
  });
  test("says nothing else, and nothing in other types", () => {
    for (const body of [
      { force: "true" },
      { sourceClosed: 1 },
      { lastBackupName: "" },
      { ifMatch: "p" },
      [],
      null,
      "x",
    ])
      assert.ok(!takes(CutoverBody, body), JSON.stringify(body));
  });
});

test("a cancel needs a reason, a restart may have one, a start may insist on being ready", () => {
  assert.ok(takes(CancelBody, { reason: "wrong folder" }));
  for (const body of [{}, { reason: " " }, { reason: "x", force: true }]) assert.ok(!takes(CancelBody, body));
  assert.ok(takes(RestartBody, {}) && takes(RestartBody, { reason: "file replaced" }));
  assert.ok(!takes(RestartBody, { run: 2 }));
  assert.deepEqual(StartBody.parse({}), { ifReady: false, force: false });
  assert.ok(takes(StartBody, { force: true, reason: "The tail is empty." }));
  assert.ok(!takes(StartBody, { force: true }));
  assert.ok(!takes(StartBody, { ifReady: "yes" }));
});
