// Tests what API and page show: everything, as JSON can carry it, LSNs as text, absent members left out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { asJson } from "../../../../shared/api/asJson.ts";
import { fileRows, migrationDetails, migrationLine, planView } from "../../../../shared/api/views.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED, type RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import { summaryOf } from "../../../../shared/migration/events/verdictNews.ts";
import type { MigrationRequest } from "../../../../shared/migration/migration.ts";
import type { Figures } from "../../../../shared/migration/progress.ts";
import { context, full, log, setGuidOf, tail, unreadable } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";

const MANY_DIGITS = 34_000_000_014_400_001n;
const header = { backupStartDate: "2025-11-24T20:00:00", backupFinishDate: "2025-11-24T20:05:00" };
const base = full(MANY_DIGITS, MANY_DIGITS + 60n, { file: "full.bak", stripe: [1, 2], header });
const other = full(MANY_DIGITS, MANY_DIGITS + 60n, { file: "full2.bak", stripe: [2, 2], header });
const last = log(MANY_DIGITS + 50n, MANY_DIGITS + 100n, { file: "log.trn" });
const files = [base, other, last, unreadable("torn.bak", "TRUNCATED")];
const progress: RestoreProgress = {
  started: true,
  restoredSetGuids: [],
  anchorSetGuid: setGuidOf(base),
  positionLsn: MANY_DIGITS + 60n,
};
const reportOf = (records: readonly BackupRecord[], of = progress): ChainReport =>
  assessChain(records, context({ progress: of }));
const report = reportOf(files);
const figures: Figures = {
  lagSeconds: 60,
  pending: { files: 1, bytes: 1_000_000, logs: 1 },
  loss: { since: "2025-11-24T00:00:00", knownFiles: 1, knownBytes: 1_000_000, certain: false, text: "Lost." },
};
const NOW = new Date("2025-11-24T00:30:00.000Z");
const target = { sqlVmResourceId: "/subscriptions/s/…/SQLVM-07", databaseName: "Sales" };

/** Fails when a view holds what JSON cannot carry, or loses. */
const survivesJson = (value: unknown): void => assert.deepEqual(JSON.parse(JSON.stringify(value)), value);

describe("a migration's line", () => {
  test("of a draft says that nothing was seen yet", () => {
    const line = migrationLine(aMigration("sales-1", { state: "draft" }));
    assert.deepEqual(line, {
      migrationId: "sales-1",
      run: 1,
      state: "draft",
      mode: "online",
      start: "auto",
      source: { container: "backups", folder: "Sales" },
      files: 0,
      states: {},
      gaps: 0,
      openGaps: [],
      closed: false,
      createdAt: "2025-11-24T20:46:00.000Z",
      updatedAt: "2025-11-24T20:46:00.000Z",
    });
    survivesJson(line);
  });

  test("shows the chain as it was at the last look, LSNs as text", () => {
    const line = migrationLine(aMigration("sales-1", { target, summary: summaryOf(report) }));
    assert.equal(line.restorableTo?.lsn, "34000000014400101");
    assert.equal(line.restoredTo?.lsn, "34000000014400061");
    assert.deepEqual([line.verdict, line.files, line.databaseName, line.target], ["restorable", 4, "Sales", target]);
    survivesJson(line);
  });

  test("does not show the requests of yesterday, nor what only the program needs", () => {
    const line: object = migrationLine(
      aMigration("sales-1", { readyFor: "tail-1", operationId: "op", summary: summaryOf(report) }),
    );
    for (const member of ["readyFor", "operationId", "request", "progress", "planLength"]) assert.ok(!(member in line));
  });
});

describe("a migration's details", () => {
  const requested = { by: "dba", run: 1, reason: "r" };
  const cancel: MigrationRequest = { ...requested, kind: "cancel", requestId: "c", at: "2025-11-24T00:20:00.000Z" };
  const start: MigrationRequest = {
    ...requested,
    kind: "start",
    requestId: "s",
    at: "2025-11-24T00:10:00.000Z",
    planVersion: "p",
    chainWasComplete: true,
  };
  const older = summaryOf(reportOf([...files, log(MANY_DIGITS + 200n, MANY_DIGITS + 300n)]));
  const details = migrationDetails({
    migration: aMigration("sales-1", { target, summary: older, operationId: "op" }),
    report,
    figures,
    requests: { cancel, start },
    now: NOW,
  });

  test("show the chain as it is now in the place of the last look's", () => {
    assert.equal(older.gaps, 1);
    assert.deepEqual(details.gaps, []);
    assert.ok(!("openGaps" in details));
    assert.deepEqual([details.verdict, details.files, details.planLength], ["restorable", 4, 2]);
    assert.deepEqual(details.states, { Restored: 2, Arrived: 1, Ignored: 1 });
    assert.equal(details.asOf, NOW.toISOString());
    survivesJson(details);
  });

  test("hold what the last look knew only where it still holds", () => {
    const nothing = reportOf([], NOTHING_RESTORED);
    const migration = aMigration("sales-1", { summary: summaryOf(report) });
    const emptied = migrationDetails({ migration, report: nothing, figures, requests: {}, now: NOW });
    for (const member of ["lastBackupName", "restorableTo", "restoredTo"]) assert.ok(!(member in emptied), member);
    assert.equal(emptied.verdict, "empty");
  });

  test("list the requests of this run, oldest first", () => {
    assert.deepEqual(
      details.requests.map(({ kind }) => kind),
      ["start", "cancel"],
    );
    const next = {
      migration: aMigration("sales-1", { run: 2 }),
      report,
      figures,
      requests: { cancel, start },
      now: NOW,
    };
    assert.deepEqual(migrationDetails(next).requests, []);
  });

  test("have a gate without lines before the restore", () => assert.deepEqual(details.gate, []));
});

describe("the rows of the files", () => {
  const rows = fileRows(files, report);

  test("are one for each, with the header in words and LSNs as text", () => {
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["Sales/full.bak", "Sales/full2.bak", "Sales/log.trn", "Sales/torn.bak"],
    );
    const { detail, remedy, ...row } = rows[0] ?? assert.fail();
    assert.ok(detail.length > 0);
    assert.equal(remedy, "");
    assert.deepEqual(row, {
      name: "Sales/full.bak",
      etag: "etag full.bak",
      verdict: "selected",
      reason: "PLAN_FULL",
      state: "Restored",
      position: 1,
      of: 2,
      type: "full",
      familySequenceNumber: 1,
      familyCount: 2,
      firstLsn: "34000000014400001",
      lastLsn: "34000000014400061",
      backupStartDate: "2025-11-24T20:00:00",
      backupFinishDate: "2025-11-24T20:05:00",
      utcOffsetMinutes: 0,
      databaseName: "Sales",
      serverName: "SQL01",
      isCopyOnly: false,
      hasBackupChecksums: true,
      sizeBytes: 1_000_000,
      blobType: "BlockBlob",
      arrivedAt: "2025-11-24T00:00:00.000Z",
    });
    survivesJson(rows);
  });

  test("hold no header members where there is no header", () => {
    const torn = rows[3] ?? assert.fail();
    for (const member of ["type", "firstLsn", "lastLsn", "databaseName", "setGuid"])
      assert.ok(!(member in torn), member);
    assert.deepEqual([torn.verdict, torn.reason], ["notABackup", "TRUNCATED"]);
  });

  test("are an error when a file has no record: the report is of other records", () => {
    assert.throws(() => fileRows(files.slice(1), report), /names Sales\/full\.bak, of which there is no record/);
  });

  test("name every type of backup", () => {
    const types = [1, 2, 4, 5, 6, 7, 8] as const;
    const all = types.map((backupType) => full(100, 160, { file: `${backupType}.bak`, header: { backupType } }));
    assert.deepEqual(
      fileRows(all, reportOf(all, NOTHING_RESTORED)).map(({ type }) => type),
      ["full", "log", "file", "differential", "differentialFile", "partial", "differentialPartial"],
    );
  });
});

test("the plan is in order, with LSNs as text", () => {
  const view = planView(reportOf([...files, tail(MANY_DIGITS + 100n, MANY_DIGITS + 200n, { file: "tail.trn" })]));
  assert.deepEqual(
    view.plan.map(({ position, type, lastLsn, restored }) => [position, type, lastLsn, restored]),
    [
      [1, "full", "34000000014400061", true],
      [2, "log", "34000000014400101", false],
      [3, "log", "34000000014400201", false],
    ],
  );
  assert.deepEqual([view.closed, view.lastBackupName], [true, "tail.trn"]);
  assert.deepEqual([view.plan.at(-1)?.finishedUtc], [view.restorableTo?.utc]);
  assert.ok(view.restorableTo?.utc?.endsWith("Z"));
  survivesJson(view);
  const empty = planView(reportOf([], NOTHING_RESTORED));
  assert.deepEqual([empty.verdict, empty.plan], ["empty", []]);
  assert.ok(!("lastBackupName" in empty || "restorableTo" in empty));
});

test("as JSON every LSN is text, to the last digit, wherever it lies; absent members are absent", () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.bigInt({ min: 0n, max: 10n ** 25n - 1n }),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.array(tie("value").filter((one) => one !== undefined)),
      fc.dictionary(
        fc.string().filter((name) => name !== "__proto__"),
        tie("value"),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(plain, (value) => {
      const text = JSON.stringify(value, (_, member) => (typeof member === "bigint" ? `${member}` : member));
      const converted = asJson(value);
      assert.deepEqual(
        converted === undefined ? undefined : JSON.parse(JSON.stringify(converted)),
        text && JSON.parse(text),
      );
      if (converted !== undefined) survivesJson(converted);
    }),
  );
});
