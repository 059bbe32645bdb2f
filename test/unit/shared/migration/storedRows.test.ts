// Tests that everything comes back from a table as it was written, and that everything else is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  requestOf,
  StoredAuditEntry,
  StoredEvent,
  StoredNote,
  StoredRequest,
  StoredSweepReport,
  StoredTargetClaim,
  StoredVmQueue,
  storedRequestOf,
} from "../../../../shared/azure/tables/storedRows.ts";
import { textOf, textProperties } from "../../../../shared/azure/tables/tableRows.ts";
import type { Migration, MigrationRequest } from "../../../../shared/migration/migration.ts";
import { StoredBackupRecord } from "../../../../shared/migration/stored/storedBackups.ts";
import { readStored, storedJson } from "../../../../shared/migration/stored/storedJson.ts";
import { StoredMigration } from "../../../../shared/migration/stored/storedMigration.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";
import { aBackupSet, aMigration, anAuditEntry, anEvent, aRecord } from "../../../support/facts.ts";

const NOON = "2025-11-24T12:00:00.000Z";
const anyText = fc.string({ unit: anyCharacter, maxLength: 50 });
const anyLsn = fc.bigInt({ min: 0n, max: 10n ** 25n - 1n });

test("LSNs keep every digit, and text every character", () => {
  fc.assert(
    fc.property(anyLsn, anyLsn, fc.option(anyLsn), anyText, (firstLsn, lastLsn, databaseBackupLsn, serverName) => {
      const record = aRecord("Sales/log.trn", [aBackupSet({ firstLsn, lastLsn, databaseBackupLsn, serverName })]);
      assert.deepEqual(readStored(StoredBackupRecord, storedJson(record)), record);
    }),
  );
});

test("what the head of a broken backup proves is kept with it", () => {
  const provedSpan = {
    firstLsn: 34000000014400001n,
    lastLsn: 34000000015200001n,
    forkId: "F",
    isOnlySet: true,
  } as const;
  const content = { kind: "unreadable", code: "TRUNCATED", message: "m", provedSpan } as const;
  const record = { ...aRecord("Sales/log.trn"), content };
  assert.deepEqual(readStored(StoredBackupRecord, storedJson(record)), record);
});

test("a text is put together again wherever it was cut, without a character that needs more than a byte", () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), fc.nat(40_000), (texts, length) => {
      const text = storedJson([...texts, "\u{1F6A2}".repeat(length)]);
      const row = textProperties(text);
      for (const part of Object.values(row)) assert.match(String(part), /^[\x20-\x7e]{0,32768}$/);
      assert.equal(textOf(row), text);
    }),
    { numRuns: 20 },
  );
});

test("the answer that a key stands for comes back as it was given, member by member and in order", () => {
  const body = {
    migrationId: "sales-1",
    passed: true,
    checks: [{ id: "P01", observed: "ä" }],
    loss: { text: "\u{1F6A2}" },
  };
  const note = { key: "k", request: "r", at: NOON, outcome: { did: "done", body } } as const;
  const read = readStored(StoredNote, storedJson(note));
  assert.equal(JSON.stringify(read), JSON.stringify(note));
  const gone = { ...note, outcome: { did: "gone" } } as const;
  assert.deepEqual(readStored(StoredNote, storedJson(gone)), gone);
});

test("a shorter text over a longer one is the shorter one", () => {
  const merged = { ...textProperties("x".repeat(100_000)), ...textProperties("short") };
  assert.equal(textOf(merged), "short");
});

test("a migration with everything comes back with everything", () => {
  const position = { lsn: 34000000015200001n, time: "2025-11-24T21:45:01", utc: NOON };
  const migration: Required<Migration> = {
    ...aMigration("sales-1"),
    priority: 90,
    wave: 3,
    forgottenAt: NOON,
    target: { sqlVmResourceId: "/subscriptions/…", databaseName: "Sales" },
    startedAt: NOON,
    endedAt: NOON,
    request: { at: NOON, before: "absent", accepted: true, attempts: 1, planVersion: "p", lastBackupName: "l.trn" },
    operationId: "op",
    progress: {
      started: true,
      anchorSetGuid: "A",
      diffSetGuid: "D",
      positionLsn: 1n,
      forkId: "F",
      restoredSetGuids: [],
      currentSetGuid: "C",
      lastBackupLsn: 2n,
      cutoverRequestedAt: NOON,
      ended: "succeeded",
    },
    service: {
      seenAt: NOON,
      migrationStatus: "InProgress",
      provisioningState: "Succeeded",
      migrationState: "MonitorMigration",
      currentFile: "l.trn",
      lastRestoredFile: "f.bak",
      isFullRestored: true,
      pendingLogBackups: 1,
      restoreBlockingReason: "",
      invalidFiles: ["x.trn"],
    },
    summary: {
      verdict: "restorable",
      planVersion: "p",
      planLength: 2,
      files: 3,
      states: { Restored: 1, Arrived: 2 },
      gaps: 0,
      openGaps: [],
      unusable: 1,
      closed: true,
      lastBackupName: "l.trn",
      restorableTo: position,
      restoredTo: position,
      databaseName: "Sales",
      serverName: "SQL01",
      familyGuid: "F",
      databaseGuid: "B",
    },
    assessed: {
      server: "SRC01",
      takenAt: NOON,
      isByName: true,
      blocks: 1,
      acknowledged: 2,
      act: 3,
      unknown: 4,
    },
    acknowledgements: [
      { check: "S10", fingerprint: "f", sqlVmResourceId: "/subscriptions/…", by: "dba", at: NOON, reason: "r" },
    ],
    checks: [{ id: "P06", outcome: "pass", source: "DMS", observed: "16", message: "ok", remedy: "" }],
    checksAt: NOON,
    startPlan: "0123456789abcdef",
    cutoverAskedAt: "2025-11-24T20:54:00.000Z",
    goneSince: "2025-11-24T20:55:00.000Z",
    pace: { busySince: "2025-11-24T20:50:00.000Z", bytesPerSecond: 52_428_800 },
    gate: [{ id: "G1", condition: "restorable", ok: true, observed: "yes" }],
    readyFor: "p",
    failure: { code: "2007", message: "m", cause: "c", remedy: "r", sqlError: 4305, requestId: "q" },
    waitingOn: { what: "DMS", since: NOON, code: "503", cause: "c", remedy: "r", toldAt: NOON },
    stalled: { what: "LookAtRestore: it broke", since: NOON },
  };
  assert.deepEqual(readStored(StoredMigration, storedJson(migration)), migration);
  assert.deepEqual(readStored(StoredMigration, storedJson(aMigration("sales-1"))), aMigration("sales-1"));
});

test("files that could not be read, or not all of whose sets are kept, and what a sweep found come back as they were", () => {
  const whole = aRecord("Sales/all.bak");
  const codes = ["UNREACHABLE", "ARCHIVED", "ABANDONED_UPLOAD", "READER_FAULT"] as const;
  for (const record of [
    { ...whole, content: { ...whole.content, omittedSets: 315 } },
    ...codes.map((code) => ({ ...whole, content: { kind: "unreadable", code, message: "why" } })),
  ])
    assert.deepEqual(readStored(StoredBackupRecord, storedJson(record)), record);
  const found = { startedAt: NOON, endedAt: NOON, folders: 3, missed: 2, deleted: 1, failed: ["Sales"], faults: 4 };
  assert.deepEqual(readStored(StoredSweepReport, storedJson(found)), found);
});

test("a request of 0.1.0 is read by the name that its id has now, and written by the name that 0.1.0 reads", () => {
  const rows: readonly { rowKey: string; json: { wishId: string; kind: string } }[] = JSON.parse(
    readFileSync("test/fixtures/rows/0.1.0/Migrations.json", "utf8"),
  );
  const stored = rows.filter(({ rowKey }) => rowKey.startsWith("wish|")).map(({ json }) => json);
  assert.deepEqual(stored.map(({ kind }) => kind).toSorted(), ["cancel", "cutover", "start"]);
  for (const json of stored) {
    const request = requestOf(readStored(StoredRequest, JSON.stringify(json)));
    assert.deepEqual([request.requestId, "wishId" in request], [json.wishId, false]);
    assert.deepEqual(JSON.parse(storedJson(storedRequestOf(request))), json);
  }
});

test("requests, events, audit and queues come back as they were", () => {
  const requested = { requestId: "w", run: 1, by: "dba", at: NOON };
  const requests: MigrationRequest[] = [
    { ...requested, kind: "start", planVersion: "p", chainWasComplete: false },
    {
      ...requested,
      kind: "start",
      planVersion: "p",
      chainWasComplete: true,
      forced: { reason: "r", passedOver: ["a.trn"] },
    },
    {
      ...requested,
      kind: "cutover",
      planVersion: "p",
      lastBackupName: "l.trn",
      sourceClosed: true,
      force: true,
      reason: "r",
    },
    { ...requested, kind: "cancel", reason: "r", outcome: { status: "refused", at: NOON, detail: "d" } },
  ];
  for (const request of requests)
    assert.deepEqual(requestOf(readStored(StoredRequest, storedJson(storedRequestOf(request)))), request);
  const event = anEvent("sales-1", "e1", NOON);
  assert.deepEqual(readStored(StoredEvent, storedJson(event)), event);
  assert.deepEqual(readStored(StoredAuditEntry, storedJson(anAuditEntry("a", NOON))), anAuditEntry("a", NOON));
  const place = { migrationId: "sales-1", run: 1, status: "holding", kind: "cutover", since: NOON } as const;
  const ticket = { ...place, isRetried: true, priority: 90, wave: 3 };
  const elsewhere = { sqlVmResourceId: "/subscriptions/…", elsewhere: ["byhand"] };
  const queue = { startsSinceCooldown: 100, cooldownUntil: NOON, tickets: [ticket], ...elsewhere };
  assert.deepEqual(readStored(StoredVmQueue, storedJson(queue)), queue);
  const claim = { migrationId: "sales-1", at: NOON };
  assert.deepEqual(readStored(StoredTargetClaim, storedJson(claim)), claim);
});

describe("a row that is not what was written is refused", () => {
  const migration = JSON.parse(storedJson(aMigration("sales-1"))) as object;
  const record = JSON.parse(storedJson(aRecord("f.bak"))) as object;
  test("a state that nobody knows", () => {
    assert.throws(() => StoredMigration.parse({ ...migration, state: "flying" }));
  });
  test("an LSN as a number, too long, or with a sign", () => {
    for (const positionLsn of [1, "12345678901234567890123456", "-1", ""])
      assert.throws(() =>
        StoredMigration.parse({ ...migration, progress: { started: true, restoredSetGuids: [], positionLsn } }),
      );
  });
  test("a record without its content, or text that is no JSON", () => {
    assert.throws(() => StoredBackupRecord.parse({ ...record, content: undefined }));
    assert.throws(() => readStored(StoredBackupRecord, "{"), SyntaxError);
  });
  test("a row without its text", () => {
    assert.throws(() => textOf({ rowKey: "migration" }), /Row migration holds no text/);
  });
});
