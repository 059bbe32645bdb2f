// Tests that nothing starts when folder and target have another name than the database in the backups, until a person
// has confirmed it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookAtFolder } from "../../../functions/activities/lookAtFolder.ts";
import { lookAtStart } from "../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../functions/activities/lookForSlot.ts";
import { startMigration } from "../../../functions/http/commands/startMigration.ts";
import { createMigration } from "../../../functions/http/migrations/createMigration.ts";
import { assessChain } from "../../../shared/chain/assessChain.ts";
import type { Migration } from "../../../shared/migration/migration.ts";
import { context, full, log, tail } from "../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../support/facts.ts";
import { ask, aWorld, VM, type World } from "../../support/world.ts";

const watched = { migrationId: "m-1", run: 1, watch: "watch" };
const wages = { folder: "Wages" };
const closed = [full(100, 160, wages), log(150, 200, wages), tail(200, 250, wages)];
const { planVersion } = assessChain(closed, context(wages));

/** The folder Wages, to be restored as the database Wages, holds only backups of Sales. */
function aMistake(changes: Partial<Migration> = {}): World {
  const world = aWorld(
    aMigration("m-1", {
      source: { container: "backups", folder: "Wages", rootIsADatabase: false },
      target: { sqlVmResourceId: VM, databaseName: "Wages" },
      ...changes,
    }),
  );
  world.records = closed;
  return world;
}
const look = (world: World) => lookAtFolder(world.services)(watched, world.log);
const start = (world: World, json: object = {}) =>
  ask(startMigration(world.services), world, {
    params: { id: "m-1" },
    headers: { "if-match": `"${planVersion}"` },
    json,
  });
const isHeld = (world: World): boolean => world.migration().state === "waitingForChain";
const toldOf = (world: World) => world.published.filter(({ type }) => type === "com.sqlferry.migration.waiting");

for (const mode of ["online", "offline"] as const)
  describe(`${mode}, backups of a database that neither folder nor target is called after`, () => {
    test("start nothing by themselves: the record says both names and what to do, and people are told once", async () => {
      const world = aMistake({ mode });
      assert.ok("nextLookSeconds" in (await look(world)));
      await look(world);
      const { waitingOn } = world.migration();
      assert.ok(isHeld(world));
      assert.deepEqual([waitingOn?.what, waitingOn?.code], ["confirmation of the database's name", "OTHER_NAME"]);
      assert.match(waitingOn?.cause ?? "", /folder Wages are of the database Sales; .*target database Wages/);
      assert.match(waitingOn?.remedy ?? "", /ferry start "Wages" --source-database "Sales".*move the files/);
      assert.deepEqual(
        toldOf(world).map(({ data }) => fieldOf(data, "code")),
        ["OTHER_NAME"],
      );
    });

    test("refuse a start that does not confirm the name, and one that confirms another; nothing is noted", async () => {
      const world = aMistake({ mode, start: "manual" });
      for (const json of [{}, { sourceDatabaseName: "Wages" }]) {
        const { status, body } = await start(world, json);
        assert.deepEqual(
          [status, body.type, body.sourceDatabaseName],
          [409, "https://sqlferry.dev/problems/other-database-name", "Sales"],
        );
      }
      assert.deepEqual([world.requests(), world.audit], [{}, []]);
    });

    test("start once a person confirms it with the start, which the audit and the record keep", async () => {
      const world = aMistake({ mode });
      await look(world);
      assert.equal((await start(world, { sourceDatabaseName: "sales" })).status, 202);
      assert.equal((await start(world, { sourceDatabaseName: "sales" })).status, 202);
      assert.deepEqual(
        world.audit.map(({ action, facts }) => [action, facts["sourceDatabaseName"]]),
        [["start", "sales"]],
      );
      assert.deepEqual(await look(world), { end: { end: "startable" } });
      assert.deepEqual(
        [world.migration().state, world.migration().source.databaseName, world.migration().waitingOn],
        ["preflighting", "sales", undefined],
      );
    });

    test("start when the files that were in the wrong folder have given way to the right ones", async () => {
      const world = aMistake({ mode });
      await look(world);
      const right = { folder: "Wages", database: "Wages", family: "wages" };
      world.records = [full(100, 160, right), tail(150, 200, right)];
      assert.deepEqual(await look(world), { end: { end: "startable" } });
      assert.equal(world.migration().waitingOn, undefined);
    });

    test("that come when the turn has come are not sent: the run ends and says why", async () => {
      const world = aMistake({ mode });
      const right = { folder: "Wages", database: "Wages", family: "wages" };
      world.records = [full(100, 160, right), tail(150, 200, right)];
      await look(world);
      await lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
      world.records = closed;
      const found = await lookAtStart(world.services)(watched, world.log);
      assert.deepEqual("end" in found && [found.end.end, "failure" in found.end && found.end.failure?.code], [
        "failed",
        "PLAN_GONE",
      ]);
      assert.deepEqual(world.orders, []);
    });
  });

test("a registration that names the source's database has confirmed it before the first file", async () => {
  const world = aWorld();
  world.durableUrl = "http://127.0.0.1:1/"; // no orchestration runs here: the test takes the first look below
  const json = {
    source: { folder: "Wages", databaseName: "Sales" },
    target: { sqlVmResourceId: VM.replace("0000", "00000000-0000-0000-0000-000000000000"), databaseName: "Wages" },
  };
  const { body } = await ask(createMigration(world.services), world, { json });
  world.records = closed;
  assert.deepEqual(await lookAtFolder(world.services)({ ...watched, migrationId: body.migrationId }, world.log), {
    end: { end: "startable" },
  });
});
