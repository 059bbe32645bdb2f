// Tests that the same occurrence always has the same id, and that each event is complete in itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EventContext, fileEvent, migrationEvent } from "../../../../../shared/migration/events/eventBuilders.ts";
import { eventId } from "../../../../../shared/migration/events/events.ts";
import { aMigration, fieldOf } from "../../../../support/facts.ts";

const context: EventContext = {
  instance: "prod",
  baseUrl: "https://ferry.example.com",
  migration: aMigration("sales-1a2b3c4d", {
    target: { sqlVmResourceId: "/subscriptions/s/resourceGroups/g/providers/…/SQLVM-07", databaseName: "Sales2" },
    summary: {
      verdict: "restorable",
      planVersion: "0123456789abcdef",
      planLength: 2,
      files: 2,
      states: {},
      gaps: 0,
      openGaps: [],
      closed: false,
      restorableTo: { lsn: 34_000_000_015_200_001n, time: "2025-11-24T21:45:00" },
      restoredTo: { lsn: 34_000_000_014_400_001n, time: "2025-11-24T21:30:00" },
      databaseName: "Sales",
      serverName: "SQL01",
    },
  }),
  now: new Date("2025-11-24T21:46:00.000Z"),
};
const told = { reason: "PLAN_FULL", detail: "What was found.", remedy: "" };
const later: EventContext = { ...context, now: new Date("2025-11-25T00:00:00.000Z") };

test("an event tells everything that a reader without a memory needs", () => {
  assert.deepEqual(migrationEvent(context, "migration.ready", "run-1|restored-1", { lastBackupName: "log_2.trn" }), {
    specversion: "1.0",
    id: eventId("/sqlferry/prod", "migration.ready", "/migrations/sales-1a2b3c4d", "run-1|restored-1"),
    source: "/sqlferry/prod",
    type: "com.sqlferry.migration.ready",
    subject: "/migrations/sales-1a2b3c4d",
    time: "2025-11-24T21:46:00.000Z",
    datacontenttype: "application/json",
    data: {
      lastBackupName: "log_2.trn",
      migrationId: "sales-1a2b3c4d",
      runId: "mig-sales-1a2b3c4d-run-1",
      sourceDatabase: "Sales",
      mode: "online",
      state: "waitingForChain",
      link: "https://ferry.example.com/#/migrations/sales-1a2b3c4d",
      sourceServer: "SQL01",
      targetVm: "SQLVM-07",
      targetDatabase: "Sales2",
      verdict: "restorable",
      planVersion: "0123456789abcdef",
      restorableTo: "2025-11-24T21:45:00",
      restoredTo: "2025-11-24T21:30:00",
    },
  });
});

test("what is not known is left out, and nothing that an event adds replaces what every event tells", () => {
  const bare: EventContext = { ...context, baseUrl: undefined, migration: aMigration("sales-1") };
  const more = { lastBackupName: undefined, mode: "x" };
  assert.deepEqual(migrationEvent(bare, "migration.ready", "run-1", more).data, {
    migrationId: "sales-1",
    runId: "mig-sales-1-run-1",
    sourceDatabase: "Sales",
    mode: "online",
    state: "waitingForChain",
    link: "/#/migrations/sales-1",
  });
});

test("an event about a file names it in its subject, safely, and in its data, as it is", () => {
  const event = fileEvent(context, "backup.rejected", "Sales/a b|c?.bak", "etag", told);
  assert.equal(event.subject, "/migrations/sales-1a2b3c4d/files/Sales%2Fa%20b%7Cc%3F.bak");
  assert.equal(fieldOf(event.data, "file"), "Sales/a b|c?.bak");
});

const anyFile = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const types = fc.constantFrom("backup.accepted" as const, "backup.rejected" as const, "alarm.overwritten" as const);

test("the same happening has the same id, whenever and with whatever words it is told", () => {
  fc.assert(
    fc.property(anyFile, types, fc.string(), (file, type, etag) => {
      const id = fileEvent(context, type, file, etag, told).id;
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.equal(fileEvent(later, type, file, etag, { ...told, detail: "in other words" }).id, id);
    }),
  );
});

test("another file, another cause, another kind, another migration or another sqlferry is another happening", () => {
  fc.assert(
    fc.property(anyFile, anyFile, types, types, fc.string(), fc.string(), (file, other, type, kind, etag, cause) => {
      const same = file === other && type === kind && etag === cause;
      const [one, two] = [fileEvent(context, type, file, etag, told), fileEvent(context, kind, other, cause, told)];
      assert.equal(one.id === two.id, same);
    }),
  );
  const id = fileEvent(context, "backup.accepted", "f.bak", "e", told).id;
  const elsewhere = { ...context, migration: aMigration("sales-2") };
  assert.notEqual(fileEvent(elsewhere, "backup.accepted", "f.bak", "e", told).id, id);
  assert.notEqual(fileEvent({ ...context, instance: "test" }, "backup.accepted", "f.bak", "e", told).id, id);
});
