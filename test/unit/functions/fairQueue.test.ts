// Tests that many databases go through a few VMs as fast as DMS permits, in the order that people set, and never beyond
// its limits; in virtual time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookForSlot } from "../../../functions/activities/lookForSlot.ts";
import type { Migration } from "../../../shared/migration/migration.ts";
import type { ServiceMigration, Sighting } from "../../../shared/migration/observed.ts";
import { aMigration } from "../../support/facts.ts";
import { playQueue } from "../../support/playedQueue.ts";
import { aWorld, VM } from "../../support/world.ts";

describe("many databases on three VMs", () => {
  test("come through with at least 95 % of what DMS could do", async () => {
    const played = await playQueue({ databases: 60, vms: 3, maxDatabases: 100, cooldownMinutes: 30 });
    assert.equal(played.succeeded, 60);
    assert.deepEqual(played.beyond, []);
    assert.ok(
      played.idealMinutes / played.minutes >= 0.95,
      `${played.minutes} minutes, ${played.idealMinutes} at best`,
    );
    assert.ok(played.minutes >= played.idealMinutes, "faster than DMS lets anybody be");
    assert.ok(played.mostGetsAMinute <= 300, `${played.mostGetsAMinute} questions to DMS in a minute`);
  });

  test("go beyond none of its limits: one start and one cutover at a time, seven databases before half an hour's pause", async () => {
    const played = await playQueue({ databases: 45, vms: 3, maxDatabases: 7, cooldownMinutes: 30 });
    assert.deepEqual(played.beyond, []);
    assert.equal(played.succeeded, 45);
    assert.deepEqual(
      played.starts.map(({ length }) => length),
      [15, 15, 15],
    );
    assert.equal(played.pauses, 6, "two on each VM");
    assert.ok(
      played.idealMinutes / played.minutes >= 0.95,
      `${played.minutes} minutes, ${played.idealMinutes} at best`,
    );
  });
});

describe("databases of several waves and priorities on one VM", () => {
  test("are started by priority, then by wave, then as they came", async () => {
    const rank = (index: number): Partial<Migration> =>
      index === 9 ? { priority: 90 } : index % 2 === 0 ? { wave: 2 } : { wave: 1 };
    const { starts } = await playQueue({ databases: 10, vms: 1, maxDatabases: 100, cooldownMinutes: 30, more: rank });
    const [first, ...others] = (starts[0] ?? []).map((name) => Number(name.slice(3)));
    assert.equal(first, 0, "it came when nobody else was there");
    assert.deepEqual(others, [9, 1, 3, 5, 7, 2, 4, 6, 8]);
  });
});

describe("what DMS does on a VM for somebody else", () => {
  const waiting = Array.from({ length: 50 }, (_, index) => `db-${String(index).padStart(2, "0")}`);
  function aVm(limit: number) {
    const world = aWorld(undefined, { VM_MAX_DATABASES: String(limit) });
    const asked = { times: 0, answer: { kind: "seen", facts: [] } as Sighting<readonly ServiceMigration[]> };
    world.services.migrationServices.migrations = async () => {
      asked.times++;
      return asked.answer;
    };
    for (const name of waiting) {
      const target = { sqlVmResourceId: VM, databaseName: name };
      world.migrations.set(name, {
        migration: aMigration(name, { target, state: "queued" }),
        version: name,
        requests: {},
      });
    }
    const look = (name: string) =>
      lookForSlot(world.services)({ migrationId: name, run: 1, kind: "start", watch: "watch" }, world.log);
    return { world, asked, look };
  }
  const byHand = (databaseName: string, status: string): ServiceMigration => ({
    sqlVmResourceId: VM,
    databaseName,
    status,
  });

  test("is asked for once a minute, however many wait", async () => {
    const { world, asked, look } = aVm(100);
    for (const name of waiting) await look(name);
    assert.equal(asked.times, 1);
    world.now = new Date(world.now.getTime() + 60_000);
    for (const name of waiting) await look(name);
    assert.equal(asked.times, 2);
  });

  test("counts for the cap, and people are told of it by name; those of sqlferry are not counted twice", async () => {
    const { world, asked, look } = aVm(2);
    asked.answer = { kind: "seen", facts: [byHand("Payroll", "InProgress"), byHand("db-00", "InProgress")] };
    assert.deepEqual(await look("db-00"), { end: { end: "granted" } });
    assert.notDeepEqual(await look("db-01"), { end: { end: "granted" } });
    assert.equal(world.migration("db-01").waitingOn?.code, "VM_MAX_DATABASES");
    assert.match(
      world.migration("db-01").waitingOn?.cause ?? "",
      /2 databases were started .*1 of them outside sqlferry \(payroll\)/,
    );
  });

  test("holds the turn that DMS is at", async () => {
    const { world, asked, look } = aVm(100);
    asked.answer = { kind: "seen", facts: [byHand("Payroll", "Creating")] };
    assert.deepEqual(await look("db-00"), { nextLookSeconds: 5 });
    world.now = new Date(world.now.getTime() + 60_000);
    asked.answer = { kind: "seen", facts: [byHand("Payroll", "InProgress")] };
    assert.deepEqual(await look("db-00"), { end: { end: "granted" } });
  });

  test("holds up nobody while it cannot be read", async () => {
    const failure = { code: "c", message: "m", cause: "c", remedy: "r", kind: "wait" } as const;
    const { asked, look } = aVm(100);
    asked.answer = { kind: "unreadable", failure };
    assert.deepEqual(await look("db-00"), { end: { end: "granted" } });
  });
});
