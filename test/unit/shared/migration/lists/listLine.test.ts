// Tests that a line of the list is small, holds what lists show, and comes back from its row as it was.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { vmKeyOf } from "../../../../../shared/migration/ids.ts";
import { guidsKeyOf, type ListLine, listed } from "../../../../../shared/migration/lists/listLine.ts";
import type { Migration } from "../../../../../shared/migration/migration.ts";
import { readStored, storedJson } from "../../../../../shared/migration/stored/storedJson.ts";
import { StoredListLine } from "../../../../../shared/migration/stored/storedListLine.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { aMigration, aShare, aSummary } from "../../../../support/facts.ts";

const bytesOf = (line: ListLine): number => Buffer.byteLength(JSON.stringify(line));

const vmId = (vm: string): string =>
  `/subscriptions/9d2c1f5e-4a6b-4c1d-8e7f-0a1b2c3d4e5f/resourceGroups/rg-sqlmig-prod-weu/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/${vm}`;
const position = (time: string, lsn: bigint) => ({ time, utc: `${time}.000Z`, lsn });
const at = position("2025-11-24T21:45:00", 34_000_000_014_500_001n);
const waitingOn = {
  what: "Azure Database Migration Service",
  since: "2025-11-24T20:50:00.000Z",
  toldAt: "2025-11-24T21:05:00.000Z",
  code: "AUTHORIZATION_FAILED",
  cause: "The app's identity has no role on the service.",
  remedy: "Give it the role, as the README says.",
};
const failure = { code: "RESTORE_FAILED", message: "m".repeat(2_000), cause: "c".repeat(500), remedy: "r".repeat(500) };

/** Thirty days of logs, half of them restored, with everything that a restore shows. */
const busy = (database: string, changes: Partial<Migration> = {}): Migration =>
  aMigration(
    `${database
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .slice(0, 40)}-1a2b3c4d`,
    {
      run: 2,
      state: "restoring",
      source: { container: "sql-backups", folder: database, rootIsADatabase: false, databaseName: database },
      target: { sqlVmResourceId: vmId("sqlvm-prod-007"), databaseName: database },
      operationId: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
      checks: Array.from({ length: 30 }, (_, index) => ({
        ...({ id: `P${index}`, outcome: "pass", source: "Azure Resource Manager" } as const),
        ...{ observed: "running", message: "The VM is running.", remedy: "" },
      })),
      summary: aSummary({
        planLength: 8_611,
        files: 8_640,
        states: { Restored: 8_600, Arrived: 3, Restoring: 1, Ignored: 36 },
        lastBackupName: `${database}_LOG_20251124_214500.trn`,
        restoredTo: position("2025-11-24T21:40:00", 34_000_000_014_400_001n),
        restorableTo: at,
        databaseName: database,
        serverName: "SRV-SQL-014\\PROD",
        familyGuid: "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
        databaseGuid: "7C9E6679-7425-40DE-944B-E07FC1F90AE7",
      }),
      ...changes,
    },
  );

const NAMES = ["Sales", "ContosoRetailDW", "HR_Payroll_Archive_2019", "WideWorldImporters-Reporting"];
const SITUATIONS: Readonly<Record<string, { readonly changes: Partial<Migration>; readonly most: number }>> = {
  "in step": { changes: {}, most: 400 },
  "waiting for its files": {
    changes: {
      state: "waitingForChain",
      start: "manual",
      mode: "offline",
      summary: aSummary({ files: 97, states: { Arrived: 97 }, restorableTo: at, serverName: "SRV-SQL-014\\PROD" }),
    },
    most: 400,
  },
  "waiting for Azure in the middle of the restore": { changes: { waitingOn }, most: 500 },
  failed: { changes: { state: "failed", failure }, most: 500 },
  "standing still": {
    changes: { stalled: { what: "x".repeat(300), since: "2025-11-24T20:55:00.000Z" } },
    most: 500,
  },
  "blocked by its assessment": {
    changes: {
      state: "waitingForChain",
      assessed: { server: "SRV", takenAt: "", isByName: false, blocks: 2, acknowledged: 0, act: 1, unknown: 40 },
    },
    most: 500,
  },
};

describe("a line of the list", () => {
  for (const [situation, { changes, most }] of Object.entries(SITUATIONS))
    test(`takes at most ${most} bytes, and its row as many: ${situation}`, () => {
      for (const name of NAMES) {
        const migration = busy(name, changes);
        const { line } = listed(migration);
        assert.ok(bytesOf(line) <= most, `${bytesOf(line)}: ${JSON.stringify(line)}`);
        assert.equal(storedJson(line).length, bytesOf(line));
        assert.ok(storedJson(migration).length > 10 * bytesOf(line), "it is not the migration");
      }
    });

  test("takes no more than that besides its names, however long these are, and whatever they are written in", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 128 })
      .filter((one) => !/[\p{Cc}/\\]/u.test(one));
    fc.assert(
      fc.property(
        name,
        name,
        name,
        fc.constantFrom(...Object.values(SITUATIONS)),
        (folder, database, other, { changes, most }) => {
          const migration = busy(folder, {
            ...changes,
            source: { container: "backups", folder, rootIsADatabase: false, databaseName: other },
            target: { sqlVmResourceId: vmId("sqlvm-prod-007"), databaseName: database },
            summary: aSummary({ ...busy("x").summary, databaseName: other }),
          });
          const { line } = listed(migration);
          const names = [folder, database, line.databaseName ?? ""].map((one) =>
            Buffer.byteLength(JSON.stringify(one)),
          );
          assert.ok(bytesOf(line) - names.reduce((a, b) => a + b) <= most);
          assert.deepEqual(readStored(StoredListLine, storedJson(line)), line);
        },
      ),
    );
  });

  test("says what a list shows, and leaves out what does not apply", () => {
    const { line } = listed(busy("Sales"));
    assert.deepEqual(line, {
      migrationId: "sales-1a2b3c4d",
      state: "restoring",
      mode: "online",
      source: { folder: "Sales" },
      serverName: "SRV-SQL-014\\PROD",
      target: { vm: "sqlvm-prod-007", databaseName: "Sales" },
      verdict: "restorable",
      files: 8_640,
      states: { Restored: 8_600, Arrived: 3, Restoring: 1, Ignored: 36 },
      restoredTo: { time: "2025-11-24T21:40:00" },
    });
    const draft = {
      migrationId: "d",
      state: "draft",
      mode: "online",
      source: { folder: "Sales" },
      files: 0,
      states: {},
    };
    assert.deepEqual(listed(aMigration("d", { state: "draft" })).line, draft);
  });

  test("names the source's database where it is another than the target's, and the server of a share before its first backup", () => {
    const renamed = busy("Sales", { target: { sqlVmResourceId: vmId("VM"), databaseName: "Sales2" } });
    assert.equal(listed(renamed).line.databaseName, "Sales");
    const share = aMigration("s", {
      source: { container: "b", folder: "S", rootIsADatabase: false, fileShare: aShare },
    });
    assert.equal(listed(share).line.serverName, "SRV01");
  });

  test("gives the LSN of a position whose time is not known", () => {
    const summary = aSummary({ restoredTo: { time: "", lsn: 34_000_000_014_400_001n } });
    assert.deepEqual(listed(aMigration("s", { summary })).line.restoredTo, { lsn: "34000000014400001" });
  });

  test("tells a folder that has files and no plan from one that is empty", () => {
    const { lastBackupName: _, ...without } = aSummary({ verdict: "waiting" });
    assert.equal(listed(aMigration("s", { summary: without })).line.noPlan, true);
    assert.ok(!("noPlan" in listed(aMigration("s", { summary: { ...without, files: 0 } })).line));
  });

  test("is read from what is stored of it, and from nothing else", () => {
    const migration = busy("Sales", { priority: 90, wave: 3 });
    const { line } = listed(migration);
    assert.deepEqual([line.priority, line.wave], [90, 3]);
    assert.deepEqual(readStored(StoredListLine, storedJson(line)), line);
    for (const spoilt of [
      {},
      { state: "resting" },
      JSON.parse(storedJson(migration)),
      { ...line, state: "resting" as MigrationState },
      { ...line, files: "x" },
    ])
      assert.ok(!StoredListLine.safeParse(spoilt).success);
  });
});

test("beside a line lie the VM's key, how far the restore has come by UTC, and that somebody has forgotten it", () => {
  const restored = listed(busy("Sales"));
  assert.deepEqual(
    [restored.vmKey, restored.restoredUtc, restored.isAllRestored, restored.isForgotten],
    [vmKeyOf(vmId("sqlvm-prod-007")), "2025-11-24T21:40:00.000Z", undefined, undefined],
  );
  const summary = aSummary({ closed: true, restoredTo: at, restorableTo: at });
  assert.equal(listed(busy("Sales", { summary })).isAllRestored, true);
  assert.equal(listed(busy("Sales", { summary: { ...summary, closed: false } })).isAllRestored, undefined);
  assert.equal(listed(busy("Sales", { forgottenAt: "2025-11-24T22:00:00.000Z" })).isForgotten, true);
});

test("a key of GUIDs is there once both are known, and differs with either", () => {
  assert.deepEqual([guidsKeyOf(undefined, "D"), guidsKeyOf("F", undefined)], [undefined, undefined]);
  assert.equal(new Set([guidsKeyOf("F", "D"), guidsKeyOf("F", "E"), guidsKeyOf("G", "D")]).size, 3);
});
