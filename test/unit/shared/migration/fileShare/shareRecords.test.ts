// Tests that the chain judges the files that DMS reports of a share as it judges files in the container.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import { shareRecords } from "../../../../../shared/migration/fileShare/shareRecords.ts";
import type { BackupSetProgress, MigrationSource } from "../../../../../shared/migration/migration.ts";
import { context, guid } from "../../../../support/backupRecords.ts";
import { aShare } from "../../../../support/facts.ts";

const source: MigrationSource = {
  container: "backups",
  folder: "Sales",
  rootIsADatabase: false,
  databaseName: "Sales",
  fileShare: aShare,
};

const set = (type: string, first: number, last: number, ...names: string[]): BackupSetProgress => ({
  setId: guid(`${type} ${first}`),
  type,
  firstLsn: BigInt(first),
  lastLsn: BigInt(last),
  backupStartDate: "2025-11-24T21:00:00.277Z",
  backupFinishDate: "2025-11-24T21:00:01Z",
  familyCount: names.length,
  files: names.map((name, index) => ({ name, sizeBytes: 1_000, familySequenceNumber: index + 1 })),
});

const assessed = (sets: readonly BackupSetProgress[]) =>
  assessChain(shareRecords(sets, source, "2025-11-24T21:05:00.000Z"), context({ expected: { databaseName: "Sales" } }));

test("full, differential and logs make a plan, stripes included", () => {
  const report = assessed([
    set("Database", 100, 160, "f1.bak", "f2.bak"),
    set("DifferentialDatabase", 160, 250, "d.dif"),
    set("TransactionLog", 150, 200, "l1.trn"),
    set("TransactionLog", 200, 300, "l2.trn"),
  ]);
  assert.equal(report.verdict, "restorable");
  assert.deepEqual(
    report.plan.map(({ type, files }) => [type, files.join()]),
    [
      ["full", "Sales/f1.bak,Sales/f2.bak"],
      ["differential", "Sales/d.dif"],
      ["log", "Sales/l2.trn"],
    ],
  );
  assert.equal(report.restorableTo?.time, "2025-11-24T21:00:01");
  assert.equal(report.database?.serverName, "SRV01");
  assert.equal(report.closed, false, "a tail log cannot be told from any other");
});

test("a gap on the share is a gap", () => {
  const report = assessed([set("Database", 100, 160, "f.bak"), set("TransactionLog", 200, 300, "l.trn")]);
  assert.equal(report.gaps.length, 1);
});

test("what the service has not told yet is no record", () => {
  const { firstLsn: _, ...early } = set("TransactionLog", 150, 200, "l.trn");
  assert.deepEqual(shareRecords([early, { ...set("Snapshot", 1, 2, "x") }], source, ""), []);
});
