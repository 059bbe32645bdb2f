// Tests what POST /migrations/{id}/start answers, and what it writes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startMigration } from "../../../../../functions/http/commands/startMigration.ts";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import type { Migration } from "../../../../../shared/migration/migration.ts";
import { MOST_PASSED_OVER, passedOverOf } from "../../../../../shared/migration/passedOver.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { context, full, log, tail, unreadable } from "../../../../support/backupRecords.ts";
import { aMigration } from "../../../../support/facts.ts";
import { type Asked, ask, aWorld, target } from "../../../../support/world.ts";

const whole = [full(100, 160), log(150, 200)];
const more = [...whole, log(200, 300)];
const withGap = [...whole, log(250, 300)];
const versionOf = (records = whole, mode: "online" | "offline" = "offline"): string =>
  assessChain(records, context({ mode })).planVersion;
const params = { id: "sales-1" };

function aFolder(records = whole, changes: Partial<Migration> = {}) {
  const world = aWorld(aMigration("sales-1", { mode: "offline", target, ...changes }));
  world.records = records;
  const start = (asked: Asked = {}) => ask(startMigration(world.services), world, { params, ...asked });
  return {
    world,
    start,
    naming: (version: string, asked: Asked = {}) => start({ headers: { "if-match": `"${version}"` }, ...asked }),
  };
}

describe("a start", () => {
  test("offline has to name the plan that it means", async () => {
    const { start, world } = aFolder();
    const answer = await start();
    assert.deepEqual([answer.status, answer.headers["etag"]], [428, `"${versionOf()}"`]);
    assert.deepEqual(world.requests(), {});
  });

  test("of the plan as it is is noted, audited, and wakes the migration", async () => {
    const { world, naming } = aFolder();
    const answer = await naming(versionOf());
    assert.deepEqual([answer.status, answer.headers["location"]], [202, "/api/v1/operations/sales-1-run-1-start-1"]);
    assert.deepEqual(world.requests().start, {
      kind: "start",
      requestId: "sales-1-run-1-start-1",
      run: 1,
      by: "anonymous",
      at: "2025-11-24T00:30:00.000Z",
      planVersion: versionOf(),
      chainWasComplete: true,
    });
    assert.deepEqual(world.signalled, ["sales-1"]);
    assert.deepEqual(
      world.audit.map(({ action, result }) => [action, result]),
      [["start", "accepted"]],
    );
  });

  test("of an older plan is told what has been added since", async () => {
    const { naming } = aFolder(more);
    const answer = await naming(versionOf(whole));
    assert.deepEqual([answer.status, answer.headers["etag"]], [412, `"${versionOf(more)}"`]);
    assert.deepEqual(answer.body.added, ["Sales/log_200_300.trn"]);
    assert.match(answer.body.detail, /one file was added since, last Sales\/log_200_300\.trn/);
  });

  test("twice for the same plan is one operation; for another plan another", async () => {
    const { world, naming } = aFolder();
    await naming(versionOf());
    const again = await naming(versionOf());
    assert.deepEqual([again.status, again.body.requestId], [202, "sales-1-run-1-start-1"]);
    assert.equal(world.audit.length, 1);
    world.records = more;
    assert.equal((await naming(versionOf(more))).body.requestId, "sales-1-run-1-start-2");
  });

  test("that has got its answer is another when it is said again of the same plan", async () => {
    const { world, naming } = aFolder();
    await naming(versionOf());
    const start = world.requests().start ?? assert.fail();
    world.change({}, { start: { ...start, outcome: { status: "superseded", at: "t", detail: "d" } } });
    assert.equal((await naming(versionOf())).body.requestId, "sales-1-run-1-start-2");
    assert.equal(world.requests().start?.outcome, undefined);
  });

  test("before the chain is whole is remembered, unless it insists", async () => {
    const { world, naming } = aFolder(withGap);
    const refused = await naming(versionOf(withGap), { json: { ifReady: true } });
    assert.deepEqual([refused.status, refused.body.type], [409, "https://sqlferry.dev/problems/chain-gap"]);
    assert.deepEqual(world.requests(), {});
    const noted = await naming(versionOf(withGap));
    assert.deepEqual([noted.status, noted.body.detail], [202, "Remembered: it starts when the chain is complete."]);
    assert.equal(world.requests().start?.chainWasComplete, false);
  });

  test("without a target is remembered, unless it insists", async () => {
    const world = aWorld(aMigration("sales-1", { state: "draft" }));
    world.records = whole;
    const start = (json: object) => ask(startMigration(world.services), world, { params, json });
    const refused = await start({ ifReady: true });
    assert.deepEqual([refused.status, refused.body.type], [409, "https://sqlferry.dev/problems/not-startable"]);
    assert.equal((await start({})).body.detail, "Remembered: it starts when the migration has a target.");
  });

  test("that insists is told what is missing", async () => {
    const problemOf = async (records: typeof whole): Promise<string[]> => {
      const answer = await aFolder(records, { mode: "online" }).start({ json: { ifReady: true } });
      return [String(answer.status), answer.body.type?.split("/").at(-1)];
    };
    assert.deepEqual(await problemOf([log(150, 200)]), ["409", "chain-incomplete"]);
    assert.deepEqual(await problemOf([]), ["409", "chain-incomplete"]);
    const foreign = full(100, 160, { database: "Orders", family: "o", file: "orders.bak" });
    assert.deepEqual(await problemOf([...whole, foreign]), ["409", "mixed-databases"]);
    assert.deepEqual(await problemOf(withGap), ["202", undefined], "online a full backup is enough");
  });

  test("online names no plan, but may, and then it counts", async () => {
    const { start, naming } = aFolder(whole, { mode: "online", start: "manual" });
    assert.equal((await naming("0123456789abcdef")).status, 412);
    assert.equal((await start()).status, 202);
  });

  test("is decided anew when somebody else was quicker", async () => {
    const { world, naming } = aFolder();
    world.meanwhile = () => world.change({ state: "queued" });
    assert.deepEqual([(await naming(versionOf())).status, world.requests().start], [409, undefined]);
  });
});

describe("a start of a migration that is", () => {
  const requested = {
    kind: "start",
    requestId: "sales-1-run-1-start-1",
    run: 1,
    by: "Dana",
    at: "t",
    planVersion: "p",
    chainWasComplete: true,
  } as const;
  const under: readonly MigrationState[] = [
    "queued",
    "starting",
    "restoring",
    "readyForCutover",
    "cuttingOver",
    "canceling",
  ];
  for (const state of under)
    test(`${state} is the operation that was asked for, or there is nothing to start`, async () => {
      const { world, start } = aFolder(whole, { state });
      assert.equal((await start()).status, 409);
      world.change({}, { start: requested });
      const answer = await start();
      assert.deepEqual([answer.status, answer.body.requestId], [202, requested.requestId]);
    });
  for (const state of ["succeeded", "failed", "canceled", "preflightFailed"] as const)
    test(`${state} is refused, whoever asked before`, async () => {
      const { world, start } = aFolder(whole, { state });
      world.change({}, { start: requested });
      assert.equal((await start()).status, 409);
    });
  test("in its second run is not the first run's start", async () => {
    const { world, start } = aFolder(whole, { state: "restoring", run: 2 });
    world.change({}, { start: requested });
    assert.equal((await start()).status, 409);
  });
});

describe("a start with a file beyond the plan that cannot be used", () => {
  const torn = [...whole, unreadable("torn.trn", "TRUNCATED")];
  const lost = passedOverOf([unreadable("torn.trn", "TRUNCATED")]);

  test("is remembered until the file is replaced or removed, and the answer names file, reason and remedy", async () => {
    const { world, naming } = aFolder(torn);
    const { status, body } = await naming(versionOf(torn));
    assert.equal(status, 202);
    assert.match(body.detail, /^Remembered: .*replaced or removed.*torn\.trn \(TRUNCATED\): Upload the file again/);
    assert.equal(world.requests().start?.chainWasComplete, false);
  });

  test("is refused when it insists on being ready", async () => {
    const { status, body } = await aFolder(torn).naming(versionOf(torn), { json: { ifReady: true } });
    assert.deepEqual([status, body.type], [409, "https://sqlferry.dev/problems/unusable-backups"]);
    assert.deepEqual(body.unusableNewer, [{ file: "Sales/torn.trn", reason: "TRUNCATED" }]);
  });

  test("goes past it with force and a reason: who, why and what is lost are in the audit", async () => {
    const { world, naming } = aFolder(torn);
    const json = { force: true, reason: "The tail is empty." };
    const { status, body } = await naming(versionOf(torn), { json });
    assert.deepEqual([status, world.requests().start?.chainWasComplete], [202, true]);
    assert.deepEqual(world.requests().start?.forced, { reason: "The tail is empty.", passedOver: lost });
    const [{ detail, facts } = { detail: "", facts: {} as Record<string, unknown> }] = world.audit;
    assert.deepEqual([facts["forced"], facts["reason"]], [true, "The tail is empty."]);
    assert.match(
      detail,
      /will be missing on the target.*ends at 2025-11-24 03:20:00, and one file beyond it.*torn\.trn/,
    );
    assert.equal(body.detail, detail);
    assert.deepEqual([body.loss.since, body.loss.passedOver], ["2025-11-24 03:20:00", ["Sales/torn.trn"]]);
    const again = await naming(versionOf(torn), { json });
    assert.deepEqual([again.body.requestId, world.audit.length], [body.requestId, 1], "said once");
  });

  test("is a new word when it is forced after it was not", async () => {
    const { world, naming } = aFolder(torn);
    await naming(versionOf(torn));
    await naming(versionOf(torn), { json: { force: true, reason: "r" } });
    assert.deepEqual(world.requests().start?.forced?.passedOver, lost);
  });

  test("is not forced past more files than its row has room for", async () => {
    const many = Array.from({ length: MOST_PASSED_OVER }, (_, at) => unreadable(`torn ${at}.trn`, "TRUNCATED"));
    const json = { force: true, reason: "r" };
    const { status, body } = await aFolder([...torn, ...many]).naming(versionOf(whole), { json });
    assert.deepEqual([status, body.type], [409, "https://sqlferry.dev/problems/not-startable"]);
    assert.match(body.detail, /^30001 files cannot be used; a start may be forced past 30000\./);
  });

  test("cannot be forced over a gap", async () => {
    const gap = [...withGap, unreadable("torn.trn", "TRUNCATED")];
    const { status, body } = await aFolder(gap).naming(versionOf(gap), { json: { force: true, reason: "r" } });
    assert.deepEqual([status, body.type], [409, "https://sqlferry.dev/problems/chain-gap"]);
    assert.match(
      body.detail,
      /Force never passes a gap\. To end at 2025-11-24 03:20:00 instead, move .* out of the folder: log_250_300\.trn\.$/,
    );
  });

  test("is told what holds it up when it is asked for a second time", async () => {
    const { naming } = aFolder(torn);
    await naming(versionOf(torn));
    const again = await naming(versionOf(torn));
    assert.match(again.body.detail, /^The start was asked for by .*replaced or removed.*torn\.trn \(TRUNCATED\)/);
  });
});

describe("an offline start", () => {
  const closed = [...whole, tail(200, 220)];

  test("over an open source says where the last backup ends, and that what comes after is not taken along", async () => {
    const { naming, world } = aFolder();
    const { status, body } = await naming(versionOf());
    assert.equal(status, 202);
    const text =
      "The last backup ends at 2025-11-24 03:20:00 (log_150_200.trn), and no tail log closes the source: what it writes after that will not be on the target.";
    assert.equal(body.detail, `The start is noted. ${text}`);
    assert.deepEqual(body.loss, { since: "2025-11-24 03:20:00", passedOver: [], text });
    assert.deepEqual(
      [world.audit[0]?.detail, world.audit[0]?.facts["lossSince"]],
      [body.detail, "2025-11-24 03:20:00"],
    );
  });

  test("that ends in a tail log, and any online start, loses nothing", async () => {
    const { body } = await aFolder(closed).naming(versionOf(closed));
    assert.deepEqual([body.detail, body.loss], ["The start is noted.", undefined]);
    const online = await aFolder(whole, { mode: "online", start: "manual" }).start();
    assert.deepEqual([online.body.detail, online.body.loss], ["The start is noted.", undefined]);
  });
});

test("what cannot be started any more says why, and what can be done", async () => {
  for (const [state, says] of [
    ["preflighting", /preflighting: it has started by itself/],
    ["restoring", /restoring: it has started by itself/],
    ["canceling", /being canceled\. Once it is: ferry restart sales-1/],
    ["canceled", /canceled\. Begin another run: ferry restart sales-1/],
    ["succeeded", /online on the target/],
  ] as const) {
    const { body } = await aFolder(whole, { state }).start();
    assert.match(body.detail, says);
    assert.equal(body.state, state);
  }
});
