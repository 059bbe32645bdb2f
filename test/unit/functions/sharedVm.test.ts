// Tests that what some databases of a VM wait for does not hold up the others: twenty starts in virtual time, with the
// real steps and queue, and a simple DMS.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookAtStart } from "../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../functions/activities/lookForSlot.ts";
import type { EngineFailure, EngineOperation, Observation } from "../../../shared/migration/observed.ts";
import { full, log } from "../../support/backupRecords.ts";
import { aMigration } from "../../support/facts.ts";
import { aWorld, VM } from "../../support/world.ts";

const DATABASES = Array.from({ length: 20 }, (_, index) => `db-${String(index).padStart(2, "0")}`);
const DEAD = DATABASES.filter((_, index) => index % 4 === 0);
const LIVE = DATABASES.filter((name) => !DEAD.includes(name));
/** How long DMS takes to begin, and to find out that a runtime is down. */
const CREATING_MS = 90_000;

const down: EngineFailure = {
  code: "IntegrationRuntimeIsNotOnline",
  message: "The integration runtime is not online.",
  cause: "The integration runtime is down.",
  remedy: "Start or register the integration runtime.",
  kind: "wait",
};

const busy: EngineFailure = {
  code: "TooManyRequests",
  message: "Too many requests.",
  cause: "Azure asks for fewer requests.",
  remedy: "None: it is tried again.",
  kind: "wait",
};

/**
 * What blocks a database: the runtime is down, DMS does not answer for it, DMS refuses its start, or DMS answers with
 * Retry-After.
 */
type Trouble = "runtime" | "noAnswer" | "refused" | "comeBack";

const WHAT: Readonly<Record<Trouble, string>> = {
  runtime: "the integration runtime",
  noAnswer: "Azure Database Migration Service",
  refused: "the start at Azure Database Migration Service",
  comeBack: "the start at Azure Database Migration Service",
};

/** A VM, its databases, and a DMS that takes one start at a time. */
function aVm(trouble: Trouble) {
  const world = aWorld();
  world.records = [full(100, 160), log(150, 200)];
  for (const name of DATABASES) {
    const migration = aMigration(name, { target: { sqlVmResourceId: VM, databaseName: name } });
    world.migrations.set(name, { migration, version: name, requests: {} });
  }
  const asked = new Map<string, number>();
  const startedAt = new Map<string, number>();
  const mended = { since: Number.POSITIVE_INFINITY };
  const now = () => world.now.getTime();
  const isDead = (name: string, at: number) => DEAD.includes(name) && at < mended.since;
  const isCreating = (name: string) => now() - (asked.get(name) ?? Number.NEGATIVE_INFINITY) < CREATING_MS;

  const observe = (name: string): Observation => {
    if (trouble === "noAnswer" && isDead(name, now()))
      return { kind: "unavailable", failure: { ...down, code: "NoAnswer" } };
    const at = asked.get(name);
    if (at === undefined) return { kind: "absent" };
    const operation: EngineOperation = {
      phase: "creating",
      fingerprint: `${name} ${at}`,
      isOffline: false,
      canCutOver: false,
      canCancel: false,
    };
    if (isCreating(name)) return { kind: "present", operation };
    if (isDead(name, at)) return { kind: "present", operation: { ...operation, phase: "failed", failure: down } };
    return { kind: "present", operation: { ...operation, phase: "running", operationId: name } };
  };
  const { engine } = world.services;
  engine.observe = async ({ databaseName }) => observe(databaseName);
  engine.start = async ({ target: { databaseName } }) => {
    for (const other of DATABASES) assert.ok(!isCreating(other), `${other} is being started already`);
    if (isDead(databaseName, now()) && (trouble === "refused" || trouble === "comeBack"))
      return { ok: false, failure: { ...busy, ...(trouble === "comeBack" && { retryAfterSeconds: 1_800 }) } };
    asked.set(databaseName, now());
    return { ok: true };
  };

  /** Goes from the queue to the restore as the orchestration does: each look at its time, the earliest first. */
  const inTurn = DATABASES.map((name) => ({ name, at: now(), step: "slot" as "slot" | "start" | "started" }));
  const until = async (end: number): Promise<void> => {
    for (;;) {
      const next = inTurn.filter(({ step }) => step !== "started").sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      world.now = new Date(Math.max(next.at, now()));
      const watched = { migrationId: next.name, run: 1, watch: "watch" };
      const found =
        next.step === "slot"
          ? await lookForSlot(world.services)({ ...watched, kind: "start" }, world.log)
          : await lookAtStart(world.services)(watched, world.log);
      if ("nextLookSeconds" in found) next.at = now() + found.nextLookSeconds * 1_000;
      else if (found.end.end === "granted") next.step = "start";
      else if (found.end.end === "started") {
        next.step = "started";
        startedAt.set(next.name, now());
      } else assert.fail(`${next.name} has ended: ${JSON.stringify(found)}`);
    }
    world.now = new Date(end);
  };
  const begin = now();
  return { world, mended, startedAt, after: (minutes: number) => until(begin + minutes * 60_000) };
}

for (const trouble of ["runtime", "noAnswer", "refused", "comeBack"] as const)
  describe(`five of twenty databases that wait (${trouble})`, () => {
    test("hold up none of the others, are shown and told, and start once it is mended", async () => {
      const { world, mended, startedAt, after } = aVm(trouble);
      await after(120);
      assert.deepEqual([...startedAt.keys()].sort(), LIVE);
      for (const name of DEAD) {
        const { waitingOn, state } = world.migration(name);
        assert.equal(waitingOn?.what, WHAT[trouble], name);
        assert.ok(waitingOn?.toldAt, name);
        assert.notEqual(state, "failed");
      }
      const told = world.published.filter(({ type }) => type === "com.sqlferry.migration.waiting");
      assert.deepEqual(told.map(({ data }) => data.migrationId).sort(), DEAD);
      mended.since = world.now.getTime();
      await after(180);
      assert.deepEqual([...startedAt.keys()].sort(), DATABASES);
      for (const name of DATABASES) assert.equal(world.migration(name).waitingOn, undefined, name);
      assert.equal(
        world.queue.startsSinceCooldown,
        DATABASES.length,
        "each counts as one start, however often it was tried",
      );
    });
  });

test("the databases that can start do so about as soon as without the others", async () => {
  const last = async (trouble: Trouble, isMended: boolean): Promise<number> => {
    const { mended, startedAt, after, world } = aVm(trouble);
    if (isMended) mended.since = 0;
    const begin = world.now.getTime();
    await after(180);
    return Math.max(...LIVE.map((name) => startedAt.get(name) ?? assert.fail(name))) - begin;
  };
  const healthy = await last("runtime", true);
  assert.ok((await last("noAnswer", false)) <= healthy);
  assert.ok((await last("comeBack", false)) <= healthy);
  assert.ok((await last("runtime", false)) <= healthy + DEAD.length * CREATING_MS, "one attempt each, at most");
});
