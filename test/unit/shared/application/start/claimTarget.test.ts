// Tests that no two migrations ever restore to one database, whoever registers them and in whatever order their steps
// run.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { lookAtFolder } from "../../../../../functions/activities/lookAtFolder.ts";
import { runPreflight } from "../../../../../functions/activities/runPreflight.ts";
import { preflightMigration } from "../../../../../functions/http/commands/preflightMigration.ts";
import { restartMigration } from "../../../../../functions/http/commands/restartMigration.ts";
import { createMigration } from "../../../../../functions/http/migrations/createMigration.ts";
import { listMigrations } from "../../../../../functions/http/migrations/listMigrations.ts";
import { invocationOf } from "../../../../../functions/invocation.ts";
import { draftOf, ensureMigration } from "../../../../../shared/application/files/ensureMigration.ts";
import { claimTarget } from "../../../../../shared/application/start/claimTarget.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import type { Services } from "../../../../../shared/ports.ts";
import { needs } from "../../../../../shared/start/targetClaim.ts";
import { full } from "../../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../../support/durableHost.ts";
import { aMigration, fieldOf } from "../../../../support/facts.ts";
import { ask, aWorld, VM, type World } from "../../../../support/world.ts";

const VM_OF_SETTINGS = VM.replace("0000", "00000000-0000-0000-0000-000000000000");
const target = { sqlVmResourceId: VM_OF_SETTINGS, databaseName: "Sales" };

describe("a target", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());

  function aWorldWithATarget(): World {
    const world = aWorld(undefined, { TARGET_SQL_VM_RESOURCE_ID: VM_OF_SETTINGS });
    world.durableUrl = durable.url;
    return world;
  }
  const inNeed = (world: World): string[] =>
    [...world.migrations.values()]
      .filter((one) => needs(one.migration, target))
      .map((one) => one.migration.migrationId);

  const ended = (world: World, migrationId: string, state: MigrationState): void => {
    const { migration } = world.migrations.get(migrationId) ?? assert.fail();
    world.migrations.set(migrationId, { migration: { ...migration, state }, version: state, requests: {} });
  };

  test("goes to the first of two folders whose names differ in case; the other waits, and says for what", async () => {
    const world = aWorldWithATarget();
    const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    assert.deepEqual(inNeed(world), [first]);
    const { state, target: none, waitingOn } = world.migration(second);
    assert.deepEqual([state, none, waitingOn?.code], ["draft", undefined, "DUPLICATE_TARGET"]);
    assert.ok(waitingOn?.cause.includes(first));
    assert.deepEqual(
      world.audit.map(({ action, result }) => [action, result]),
      [["decision", "refused"]],
    );
  });

  test("that another has is a wait like any other: told at once and once, on the record, on the list", async () => {
    const world = aWorldWithATarget();
    const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    const look = () => lookAtFolder(world.services)({ migrationId: second, run: 1, watch: "w" }, world.log);
    assert.deepEqual(await look(), { nextLookSeconds: 60 });
    await look();
    const told = world.published.filter(({ type }) => type === "com.sqlferry.migration.waiting");
    assert.deepEqual(
      told.map(({ data }) => [data.migrationId, fieldOf(data, "what"), fieldOf(data, "cause")]),
      [[second, "a target of its own", `The migration ${first} has the target "sales" on this VM already.`]],
    );
    const { body } = await ask(listMigrations(world.services), world, {});
    const line = body.items.find(({ migrationId }: { migrationId: string }) => migrationId === second);
    assert.deepEqual(line.waitingOn, { what: "a target of its own", told: true });
  });

  for (const [how, letsGo] of [
    ["has failed", (world: World, first: string) => ended(world, first, "failed")],
    ["was canceled", (world: World, first: string) => ended(world, first, "canceled")],
    ["has not passed its preflight", (world: World, first: string) => ended(world, first, "preflightFailed")],
    ["is gone", (world: World, first: string) => world.migrations.delete(first)],
  ] as const)
    test(`is taken by the folder that waited, by itself, once the other migration ${how}`, async () => {
      const world = aWorldWithATarget();
      const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
      const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
      const look = () => lookAtFolder(world.services)({ migrationId: second, run: 1, watch: "w" }, world.log);
      await look();
      assert.equal(world.migration(second).state, "draft");
      letsGo(world, first);
      world.now = new Date(world.now.getTime() + 5 * 60_000);
      await look();
      const { state, target: its, waitingOn } = world.migration(second);
      assert.deepEqual([state, its, waitingOn], ["waitingForChain", { ...target, databaseName: "sales" }, undefined]);
      assert.deepEqual(inNeed(world), [second]);
    });

  test("stays with a migration that has succeeded: its database is there", async () => {
    const world = aWorldWithATarget();
    const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    ended(world, first, "succeeded");
    world.now = new Date(world.now.getTime() + 60 * 60_000);
    await lookAtFolder(world.services)({ migrationId: second, run: 1, watch: "w" }, world.log);
    assert.equal(world.migration(second).state, "draft");
  });

  test("that passes to a third migration is told with its new owner", async () => {
    const world = aWorldWithATarget();
    const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    ended(world, first, "failed");
    world.now = new Date(world.now.getTime() + 10 * 60_000);
    const third = await ensureMigration(world.services, invocationOf(world.log), "SALES");
    await lookAtFolder(world.services)({ migrationId: second, run: 1, watch: "w" }, world.log);
    assert.match(world.migration(second).waitingOn?.cause ?? "", new RegExp(third));
  });

  test("of another name is given to the folder that waited, which waits no more", async () => {
    const world = aWorldWithATarget();
    await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    const post = (json: object) => ask(createMigration(world.services), world, { json });
    assert.equal((await post({ source: { folder: "sales" } })).status, 409);
    const named = await post({ source: { folder: "sales" }, target: { databaseName: "Sales2" } });
    assert.equal(named.status, 201);
    assert.deepEqual(
      [world.migration(second).state, world.migration(second).waitingOn],
      ["waitingForChain", undefined],
    );
  });

  test("that another has taken meanwhile is refused to a restart", async () => {
    const world = aWorldWithATarget();
    const first = await ensureMigration(world.services, invocationOf(world.log), "Sales");
    const { migration } = world.migrations.get(first) ?? assert.fail();
    world.migrations.set(first, { migration: { ...migration, state: "failed" }, version: "f", requests: {} });
    world.now = new Date(world.now.getTime() + 10 * 60_000);
    const second = await ensureMigration(world.services, invocationOf(world.log), "sales");
    assert.deepEqual(inNeed(world), [second]);
    const answer = await ask(restartMigration(world.services), world, { params: { id: first } });
    assert.deepEqual([answer.status, answer.body.migrationId], [409, second]);
    assert.equal(world.migration(first).state, "failed");
  });

  test("is claimed by a run of an older version at its preflight, and P20 names whose it is", async () => {
    const world = aWorldWithATarget();
    const old = (migrationId: string) => ({
      migration: aMigration(migrationId, { target, state: "waitingForChain" }),
      version: migrationId,
      requests: {},
    });
    world.migrations.set("a", old("a"));
    world.migrations.set("b", old("b"));
    world.records = [full(100, 160)];
    const outcomeOf = async (migrationId: string) => {
      await runPreflight(world.services)({ migrationId, run: 1, watch: "w" }, world.log);
      return world.migration(migrationId).checks?.find(({ id }) => id === "P20");
    };
    assert.equal((await outcomeOf("a"))?.outcome, "pass");
    const refused = await outcomeOf("b");
    assert.deepEqual([refused?.outcome, refused?.observed], ["fail", "a"]);
    assert.equal((await outcomeOf("a"))?.outcome, "pass");
  });

  test("is not claimed by a look at the checks", async () => {
    const world = aWorldWithATarget();
    world.migrations.set("a", { migration: aMigration("a", { target }), version: "1", requests: {} });
    assert.equal((await ask(preflightMigration(world.services), world, { params: { id: "a" } })).status, 200);
    assert.equal(world.claims.size, 0);
  });

  test("has one migration at most, in whatever order the steps of registrations, files and restarts fall", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = aWorldWithATarget();
        const stale = { ...draftOf(world.services, "SALES"), state: "canceled" as const };
        world.migrations.set(stale.migrationId, { migration: stale, version: "s", requests: {} });
        const services = scheduled(world.services, scheduler);
        const post = (folder: string) =>
          ask(createMigration(services), world, { json: { source: { folder }, target: { databaseName: "sales" } } });
        const all = Promise.all([
          post("one"),
          post("two"),
          ensureMigration(services, invocationOf(world.log), "Sales"),
          ensureMigration(services, invocationOf(world.log), "sales"),
          ask(restartMigration(services), world, { params: { id: stale.migrationId } }),
        ]);
        await scheduler.waitFor(all);
        assert.equal(inNeed(world).length, 1);
        assert.equal(await claimTarget(world.services, "somebody-else", target), inNeed(world)[0]);
      }),
      { seed: 13, numRuns: 60 },
    );
  });
});

/** Services whose reads and writes of claims and records happen in the order of the scheduler. */
function scheduled(services: Services, scheduler: fc.Scheduler): Services {
  const { claims, migrations } = services;
  const later = <Asked extends unknown[], Answer>(work: (...asked: Asked) => Promise<Answer>) =>
    scheduler.scheduleFunction(work);
  return {
    ...services,
    claims: { load: later(claims.load), save: later(claims.save) },
    migrations: {
      ...migrations,
      facts: later(migrations.facts),
      list: later(migrations.list),
      commit: later(migrations.commit),
    },
  };
}
