// Tests that the backups of a generated history fit together as those of one database do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type SourceDatabase, sourceDatabase } from "../../../../local/backups/history.ts";

const history = (): SourceDatabase => sourceDatabase({ name: "Orders", startedAt: "2025-11-24T21:00:00" });

test("each log begins where the one before ended, whatever was backed up between", () => {
  const source = history();
  source.full();
  const first = source.log();
  source.differential();
  const second = source.log();
  source.full();
  source.copyOnlyFull();
  const third = source.log();
  assert.equal(second.spec.firstLsn, first.spec.lastLsn);
  assert.equal(third.spec.firstLsn, second.spec.lastLsn);
});

test("the first log begins with the first full backup, and begins the chain", () => {
  const source = history();
  const full = source.full();
  const log = source.log();
  assert.equal(log.spec.firstLsn, full.spec.firstLsn);
  assert.equal(log.spec.logChainStartLsn, log.spec.firstLsn);
  assert.ok(log.spec.lastLsn > full.spec.lastLsn);
});

test("a differential refers to the latest full backup that was not copy-only", () => {
  const source = history();
  source.full();
  const base = source.full();
  source.copyOnlyFull();
  const { databaseBackup } = source.differential().spec;
  assert.equal(databaseBackup?.backupSetGuid, base.spec.backupSetGuid);
  assert.equal(databaseBackup?.checkpointLsn, base.spec.checkpointLsn);
});

test("the head of a full backup is behind its tail, as SQL Server 2019 leaves it", () => {
  const { provisional, lastLsn, checkpointLsn } = history().full().spec;
  assert.ok(provisional && provisional.lastLsn < lastLsn && provisional.checkpointLsn < checkpointLsn);
});

test("an empty log ends where it begins", () => {
  const source = history();
  source.full();
  const { firstLsn, lastLsn } = source.log({ empty: true }).spec;
  assert.equal(firstLsn, lastLsn);
});

test("after a restore to an earlier backup the next log has another fork and spans the point where it began", () => {
  const source = history();
  source.full();
  const log = source.log();
  source.log();
  source.restoreTo(log);
  const next = source.log();
  assert.equal(next.spec.firstLsn, log.spec.lastLsn);
  assert.notEqual(next.spec.recoveryForkId, log.spec.recoveryForkId);
  assert.equal(next.spec.fork?.previousForkId, log.spec.recoveryForkId);
  const point = next.spec.fork?.pointLsn ?? 0n;
  assert.ok(next.spec.firstLsn <= point && point < next.spec.lastLsn);
});

test("stripes have one set and each its number, and names as Ola Hallengren's scripts give them", () => {
  const { files } = history().full({ stripes: 2 });
  assert.deepEqual(
    files.map(({ fileName }) => fileName),
    ["Orders_FULL_20251124_210000_1.bak", "Orders_FULL_20251124_210000_2.bak"],
  );
  assert.equal(new Set(files.map(({ spec }) => spec.backupSetGuid)).size, 1);
  assert.deepEqual(
    files.map(({ spec }) => spec.familySequenceNumber),
    [1, 2],
  );
});

test("equal histories have equal bytes", () => {
  const [one, other] = [history(), history()].map((source) => [source.full(), source.log(), source.differential()]);
  assert.deepEqual(
    one?.map(({ bytes }) => bytes),
    other?.map(({ bytes }) => bytes),
  );
});

test("a differential or a log before the first full backup is refused", () => {
  assert.throws(() => history().differential(), /no full backup/);
  assert.throws(() => history().log(), /no full backup/);
});
