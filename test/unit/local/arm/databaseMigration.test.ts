// Tests that an emulated migration moves through its states as the service's do, by the passing of time alone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  cancel,
  created,
  cutOver,
  type DatabaseMigration,
  elapsed,
  hasEnded,
  type MigrationOrder,
  type Surroundings,
} from "../../../../local/arm/databaseMigration.ts";
import { migrationView, type Showing } from "../../../../local/arm/views.ts";
import { fileOf, type Sketch } from "./sketches.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const LOG_1: Sketch = { kind: "log", from: 100, to: 150, set: "log1" };
const LOG_2: Sketch = { kind: "log", from: 150, to: 200, set: "log2" };

const ORDER: MigrationOrder = {
  scope: "/vm",
  migrationService: "/SqlMigrationServices/dms1",
  sourceDatabaseName: "Sales",
  blobs: { storageAccountResourceId: "/account", container: "backups", folder: "Sales", keyFits: true },
};

/** At 1 byte per millisecond each file of 1,000 bytes takes a second, the shortest time possible. */
const around = (files: Readonly<Record<string, Sketch>>, more: Partial<Surroundings> = {}): Surroundings => ({
  folder: { kind: "files", files: Object.entries(files).map(([name, sketch]) => fileOf(name, sketch)) },
  vmIsRunning: true,
  databaseExists: false,
  bytesPerMs: 1,
  uploadBytesPerMs: 1,
  cutoverMs: 5_000,
  ...more,
});

const fresh = (order: MigrationOrder = ORDER): DatabaseMigration =>
  created({ vmName: "vm1", targetDbName: "Sales", order, operationId: "op-1" }, 0, { from: 0, lastsMs: 10_000 });

const SHOWN: Showing = {
  apiVersion: "2025-06-30",
  details: true,
  blobDetails: "names",
  failedAs: "Failed",
  uploadMBps: 50,
};

const properties = (migration: DatabaseMigration) =>
  JSON.parse(JSON.stringify(migrationView(migration, SHOWN))).properties as Record<string, unknown>;

const ALL = around({ "f.bak": FULL, "l1.trn": LOG_1, "l2.trn": LOG_2 });

describe("database migration", () => {
  test("the operation id shows when the validation is over, not before", () => {
    const creating = elapsed(fresh(), 9_999, ALL);
    const started = elapsed(creating, 10_000, ALL);
    assert.equal(properties(creating)["provisioningState"], "Creating");
    assert.ok(!("migrationOperationId" in properties(creating)) && !("migrationStatus" in properties(creating)));
    assert.deepEqual(
      [properties(started)["migrationStatus"], properties(started)["migrationOperationId"]],
      ["InProgress", "op-1"],
    );
  });

  test("one look after a long time shows the same as many looks on the way", () => {
    let stepwise = fresh();
    for (let now = 0; now <= 20_000; now += 100) stepwise = elapsed(stepwise, now, ALL);
    assert.deepEqual(elapsed(fresh(), 20_000, ALL).restored, stepwise.restored);
    assert.deepEqual(
      stepwise.restored.map(({ at }) => at),
      [11_000, 12_000, 13_000],
    );
  });

  test("offline completes by itself after the last backup", () => {
    const order = { ...ORDER, isOffline: true, lastBackupName: "l2.trn" };
    assert.equal(elapsed(fresh(order), 13_000, ALL).phase.at, "completing");
    assert.deepEqual(elapsed(fresh(order), 60_000, ALL).phase, { at: "succeeded", endedAt: 18_000 });
  });

  test("files that come after the last backup of an offline run are ignored", () => {
    const order = { ...ORDER, isOffline: true, lastBackupName: "l1.trn" };
    const started = elapsed(fresh(order), 10_500, around({ "f.bak": FULL, "l1.trn": LOG_1 }));
    assert.deepEqual(
      elapsed(started, 60_000, ALL).restored.map(({ files }) => files),
      [["f.bak"], ["l1.trn"]],
    );
  });

  test("the names of current and last restored file are equal only in step with the source", () => {
    const behind = properties(elapsed(fresh(), 11_500, ALL))["migrationStatusDetails"] as Record<string, unknown>;
    const inStep = properties(elapsed(fresh(), 13_000, ALL))["migrationStatusDetails"] as Record<string, unknown>;
    assert.deepEqual([behind["currentRestoringFilename"], behind["lastRestoredFilename"]], ["l1.trn", "f.bak"]);
    assert.deepEqual([inStep["currentRestoringFilename"], inStep["lastRestoredFilename"]], ["l2.trn", "l2.trn"]);
  });

  test("a cutover finishes the file under way and no other", () => {
    const running = elapsed(fresh(), 11_500, ALL);
    const done = elapsed(cutOver(running, 11_500, { from: 11_500, lastsMs: 5_000 }), 60_000, ALL);
    assert.deepEqual(done.phase, { at: "succeeded", endedAt: 17_000 });
    assert.deepEqual(
      done.restored.map(({ files }) => files),
      [["f.bak"], ["l1.trn"]],
    );
  });

  test("a cutover in front of a gap fails with the broken plan", () => {
    const gap = around({ "f.bak": FULL, "l2.trn": LOG_2 });
    const held = elapsed(fresh(), 12_000, gap);
    const { phase } = cutOver(held, 12_000, { from: 12_000, lastsMs: 5_000 });
    assert.ok(phase.at === "failed" && phase.error.code === "2007");
    assert.match(phase.error.message, /restore plan is broken because firstLsn 150/);
  });

  test("canceling takes its time and ends as canceled", () => {
    const canceling = cancel(elapsed(fresh(), 11_500, ALL), 11_500, 7_000);
    assert.equal(properties(elapsed(canceling, 18_499, ALL))["migrationStatus"], "Canceling");
    const { provisioningState, migrationStatus, endedOn } = properties(elapsed(canceling, 18_500, ALL));
    assert.deepEqual(
      [provisioningState, migrationStatus, endedOn],
      ["Succeeded", "Canceled", "1970-01-01T00:00:18.5Z"],
    );
  });

  test("while the VM is off, what is left to do stays as long as it was", () => {
    const off = around({ "f.bak": FULL }, { vmIsRunning: false });
    const halfway = elapsed(fresh(), 10_500, around({ "f.bak": FULL }));
    const afterAnHour = elapsed(halfway, 3_610_500, off);
    assert.equal(afterAnHour.restored.length, 0);
    assert.equal(elapsed(afterAnHour, 3_610_999, around({ "f.bak": FULL })).restored.length, 0);
    assert.equal(elapsed(afterAnHour, 3_611_000, around({ "f.bak": FULL })).restored.length, 1);
  });

  test("before the start a failure has a provisioningError, afterwards a migrationFailureError", () => {
    const before = properties(elapsed(fresh(), 10_000, around({}, { fault: "loginFailed" })));
    const after = properties(elapsed(fresh(), 10_000, around({}, { databaseExists: true })));
    assert.ok("provisioningError" in before && !("migrationStatus" in before) && !("migrationOperationId" in before));
    assert.ok(
      "migrationFailureError" in after && !("provisioningError" in after) && after["migrationStatus"] === "Failed",
    );
  });

  test("a wrong account key fails the start as a forbidden storage does", () => {
    const order = { ...ORDER, blobs: { ...(ORDER.blobs ?? assert.fail()), keyFits: false } };
    assert.match(String(properties(elapsed(fresh(order), 10_000, ALL))["provisioningError"]), /\(403\) Forbidden/);
  });

  test("storage that does not answer while restoring is waited for", () => {
    const started = elapsed(fresh(), 10_000, ALL);
    const silent = around({}, { folder: { kind: "unreadable", reason: "Unable to connect to the remote server." } });
    assert.equal(elapsed(started, 60_000, silent).phase.at, "restoring");
  });

  test("what has ended stays as it is", () => {
    const ended = elapsed(fresh({ ...ORDER, isOffline: true, lastBackupName: "l2.trn" }), 60_000, ALL);
    assert.ok(hasEnded(ended));
    assert.equal(elapsed(ended, 90_000, ALL), ended);
  });
});
