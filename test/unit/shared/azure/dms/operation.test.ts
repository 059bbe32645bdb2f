// Tests that the service's view of a migration is understood, whatever it leaves out or adds.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { DatabaseMigrationSqlVm } from "../../../../../shared/azure/dms/models.ts";
import { operationOf } from "../../../../../shared/azure/dms/operation.ts";

const read = (properties: object) => operationOf(DatabaseMigrationSqlVm.parse({ properties }).properties);
const RUNNING = { provisioningState: "Succeeded", migrationStatus: "InProgress", migrationOperationId: "op-1" };

const PHASES: readonly (readonly [string | undefined, string | undefined, string])[] = [
  ["Creating", undefined, "creating"],
  ["Succeeded", undefined, "running"],
  ["Failed", undefined, "failed"],
  ["Succeeded", "InProgress", "running"],
  ["Succeeded", "ReadyForCutover", "running"],
  ["Succeeded", "Retriable", "running"],
  ["Succeeded", "SomethingNew", "running"],
  ["Completing", "Completing", "completing"],
  ["Canceling", "Canceling", "canceling"],
  ["Succeeded", "Canceled", "canceled"],
  ["Succeeded", "Cancelled", "canceled"],
  ["Failed", "Succeeded", "succeeded"],
  ["Succeeded", "Failed", "failed"],
  ["Failed", "Failed", "failed"],
  [undefined, undefined, "running"],
];

describe("operation", () => {
  for (const [provisioningState, migrationStatus, phase] of PHASES) {
    test(`provisioningState ${provisioningState}, migrationStatus ${migrationStatus}: ${phase}`, () => {
      assert.equal(read({ provisioningState, migrationStatus }).phase, phase);
    });
  }

  test("only a running online migration whose full is restored can be cut over", () => {
    const details = { isFullBackupRestored: true };
    assert.ok(read({ ...RUNNING, migrationStatusDetails: details }).canCutOver);
    assert.ok(read({ ...RUNNING, migrationStatusDetails: { lastRestoredFilename: "f.bak" } }).canCutOver);
    assert.ok(!read({ ...RUNNING, migrationStatusDetails: { lastRestoredFilename: "" } }).canCutOver);
    assert.ok(
      !read({ ...RUNNING, migrationStatusDetails: details, offlineConfiguration: { offline: true } }).canCutOver,
    );
    assert.ok(!read({ ...RUNNING, migrationStatusDetails: details, migrationStatus: "Completing" }).canCutOver);
    assert.ok(!read({ ...RUNNING, migrationStatusDetails: details, migrationOperationId: undefined }).canCutOver);
  });

  test("a completing migration can no longer be cancelled", () => {
    assert.ok(read(RUNNING).canCancel);
    assert.ok(!read({ ...RUNNING, migrationStatus: "Completing" }).canCancel);
  });

  test("a new operation never looks like the ended one before it", () => {
    const before = read({ ...RUNNING, migrationStatus: "Failed" }).fingerprint;
    assert.notEqual(read({ provisioningState: "Creating" }).fingerprint, before);
    assert.notEqual(read({ ...RUNNING, migrationOperationId: "op-2" }).fingerprint, before);
    const neverStarted = read({ provisioningState: "Failed", provisioningError: "Login failed" }).fingerprint;
    assert.notEqual(read({ provisioningState: "Creating" }).fingerprint, neverStarted);
  });

  test("an operation with an id keeps its fingerprint to the end", () => {
    const statuses = ["InProgress", "Completing", "Succeeded"];
    assert.equal(new Set(statuses.map((migrationStatus) => read({ ...RUNNING, migrationStatus }).fingerprint)).size, 1);
  });

  test("both shapes of a failure are explained", () => {
    const before = read({ provisioningState: "Failed", provisioningError: "(403) Forbidden" });
    const after = read({
      ...RUNNING,
      migrationStatus: "Failed",
      migrationFailureError: { code: "1010", message: "InternalServerError" },
    });
    assert.deepEqual([before.failure?.code, before.failure?.kind], ["ProvisioningError", "user"]);
    assert.deepEqual([after.failure?.code, after.failure?.kind], ["1010", "fault"]);
    assert.equal(read({ ...RUNNING, migrationStatus: "Failed" }).failure?.code, "NoReasonGiven");
  });

  test("a failure that tells of a success, or of a cancel that came too late, is a success", () => {
    const failed = { ...RUNNING, provisioningState: "Failed", migrationStatus: "Failed" };
    for (const code of ["AdfCleanupFailureAfterMigration", "MigrationCompletedDuringCancel", 2038]) {
      const operation = read({ ...failed, migrationFailureError: { code, message: "text" } });
      assert.deepEqual([operation.phase, operation.failure], ["succeeded", undefined], String(code));
    }
  });

  test("a code that is a number is read, and an empty error is no reason", () => {
    const failed = { ...RUNNING, migrationStatus: "Failed" };
    assert.equal(read({ ...failed, migrationFailureError: { code: 1010, message: "x" } }).failure?.kind, "fault");
    assert.equal(read({ ...failed, migrationFailureError: { code: "", message: "" } }).failure?.code, "NoReasonGiven");
  });

  test("what blocks the restore is read where it comes: in the details or in the warnings", () => {
    const warned = read({
      ...RUNNING,
      migrationStatusWarnings: { restoreBlockingReason: "a gap", fileUploadBlockingErrorCount: 2 },
    });
    assert.equal(warned.details?.restoreBlockingReason, "a gap");
    assert.match(warned.details?.uploadErrors?.[0] ?? "", /^2 files/);
    const both = read({
      ...RUNNING,
      migrationStatusDetails: { completeRestoreErrorMessage: "last" },
      migrationStatusWarnings: { restoreBlockingReason: "first" },
    });
    assert.equal(both.details?.restoreBlockingReason, "first");
  });

  test("an absent count of pending logs stays absent", () => {
    assert.ok(!("pendingLogBackups" in (read({ ...RUNNING, migrationStatusDetails: {} }).details ?? {})));
  });

  test("backup sets are told once each, in order, with the progress of their files", () => {
    const fullSet = {
      backupSetId: "e3a2c4d5-0000-0000-0000-000000000001",
      firstLSN: "3400000000000000001",
      lastLSN: "3400000000000000002",
      backupType: "Database",
      isBackupRestored: true,
      listOfBackupFiles: [{ fileName: "f.bak", status: "Restored", totalSize: 10, dataRead: 10, copyThroughput: 99.5 }],
    };
    const logSet = {
      backupSetId: "e3a2c4d5-0000-0000-0000-000000000002",
      firstLSN: "3400000000000000003",
      backupType: "TransactionLog",
      listOfBackupFiles: [{ fileName: "l.trn", status: "Uploading" }, { status: "Arrived" }],
      ignoreReasons: [],
    };
    const { details } = read({
      ...RUNNING,
      migrationStatusDetails: {
        fullBackupSetInfo: fullSet,
        lastRestoredBackupSetInfo: fullSet,
        activeBackupSets: [logSet, { ...fullSet, hasBackupChecksums: false }],
        fileUploadBlockingErrors: ["\\\\srv is not reachable"],
      },
    });
    assert.deepEqual(details?.uploadErrors, ["\\\\srv is not reachable"]);
    assert.deepEqual(details?.sets, [
      {
        setId: "E3A2C4D5-0000-0000-0000-000000000001",
        type: "Database",
        firstLsn: 3400000000000000001n,
        lastLsn: 3400000000000000002n,
        isRestored: true,
        hasBackupChecksums: false,
        files: [{ name: "f.bak", status: "Restored", sizeBytes: 10, bytesRead: 10, kilobytesPerSecond: 99.5 }],
      },
      {
        setId: "E3A2C4D5-0000-0000-0000-000000000002",
        type: "TransactionLog",
        firstLsn: 3400000000000000003n,
        files: [{ name: "l.trn", status: "Uploading" }],
      },
    ]);
  });

  test("any JSON in any field is read without failing", () => {
    const names = [
      "provisioningState",
      "migrationStatus",
      "migrationOperationId",
      "migrationStatusDetails",
      "migrationFailureError",
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), (properties) => {
        assert.ok(read(properties).phase);
      }),
    );
  });
});
