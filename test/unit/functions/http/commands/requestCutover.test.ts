// Tests what POST /migrations/{id}/cutover answers, and what it writes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requestCutover } from "../../../../../functions/http/commands/requestCutover.ts";
import type { CutoverRequest, Migration } from "../../../../../shared/migration/migration.ts";
import { MOST_PASSED_OVER, passedOverOf } from "../../../../../shared/migration/passedOver.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { full, log, setGuidOf, tail, unreadable } from "../../../../support/backupRecords.ts";
import { aMigration } from "../../../../support/facts.ts";
import { type Asked, ask, aWorld, shown, VM } from "../../../../support/world.ts";

const base = full(100, 160);
const files = [base, log(150, 200), tail(200, 300)];

/** A migration that is restored to its end, or to the log before it. */
function aRestore(changes: Partial<Migration> = {}, lastRestoredFile = "log_200_300.trn") {
  const world = aWorld(
    aMigration("sales-1", {
      state: "readyForCutover",
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      operationId: "op",
      progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 160n },
      ...changes,
    }),
  );
  world.records = files;
  world.seen = shown({ details: { currentFile: lastRestoredFile, lastRestoredFile } });
  const cut = (asked: Asked = {}) =>
    ask(requestCutover(world.services), world, { params: { id: "sales-1" }, ...asked });
  const version = async (): Promise<string> => (await cut()).body.planVersion;
  const seen = async (json: object = {}) => cut({ headers: { "if-match": `"${await version()}"` }, json });
  return { world, cut, seen };
}

const requested = (changes: Partial<CutoverRequest> = {}): CutoverRequest => ({
  kind: "cutover",
  requestId: "sales-1-run-1-cutover-1",
  run: 1,
  by: "Dana",
  at: "2025-11-24T00:20:00.000Z",
  planVersion: "p",
  sourceClosed: false,
  force: false,
  ...changes,
});

describe("a cutover", () => {
  test("has to name the plan that it means, and is told which there is", async () => {
    const { cut, world } = aRestore();
    const answer = await cut();
    assert.equal(answer.status, 428);
    assert.equal(answer.headers["etag"], `"${answer.body.planVersion}"`);
    assert.deepEqual([world.requests(), world.audit], [{}, []]);
  });

  test("that the gate lets through is noted, audited with every line, and wakes the migration", async () => {
    const { seen, world } = aRestore();
    const answer = await seen();
    assert.deepEqual([answer.status, answer.headers["location"]], [202, "/api/v1/operations/sales-1-run-1-cutover-1"]);
    assert.equal(world.requests().cutover?.outcome, undefined);
    assert.deepEqual(world.signalled, ["sales-1"]);
    assert.deepEqual(world.orders, [], "DMS is asked by the orchestration, not here");
    const [entry] = world.audit;
    assert.deepEqual(
      [entry?.action, entry?.result, entry?.facts["G1"], entry?.facts["G8"]],
      ["cutover", "accepted", true, true],
    );
  });

  test("with a weak tag is a cutover like any other: proxies weaken them", async () => {
    const { cut } = aRestore();
    const { planVersion } = (await cut()).body;
    assert.equal((await cut({ headers: { "if-match": `W/"${planVersion}"` } })).status, 202);
  });

  test("that is refused says everything at once, and is written down", async () => {
    const { seen, world } = aRestore({}, "log_150_200.trn");
    const answer = await seen();
    assert.deepEqual([answer.status, answer.body.type.split("/").at(-1)], [409, "last-backup-mismatch"]);
    assert.deepEqual(
      answer.body.alsoRefusedFor.map(({ problem }: { problem: string }) => problem),
      ["unrestored-backups", "source-not-closed"],
    );
    assert.deepEqual(world.requests(), {});
    assert.deepEqual(
      world.audit.map(({ action, result }) => [action, result]),
      [["cutover", "refused"]],
    );
  });

  test("that is refused is written down also when somebody else was quicker", async () => {
    const { seen, world } = aRestore({}, "log_150_200.trn");
    world.meanwhile = () => world.change({ updatedAt: "2025-11-24T00:29:59.000Z" });
    assert.equal((await seen()).status, 409);
    assert.equal(world.audit.length, 1);
  });

  test("that is forced keeps which files outside the plan it was forced over, of those that are read and of those that are not", async () => {
    const { seen, world } = aRestore();
    const torn = unreadable("torn.trn", "TRUNCATED");
    const { content: _, ...unread } = log(300, 400);
    world.records = [...files, torn];
    world.files = [...world.records, unread];
    assert.equal((await seen({ force: true, reason: "The window closes." })).status, 202);
    assert.deepEqual(world.requests().cutover?.passedOver, passedOverOf([torn, unread]));
  });

  test("is not forced past more files than its row has room for", async () => {
    const { seen, world } = aRestore();
    const { content: _, ...unread } = log(300, 400);
    const many = Array.from({ length: MOST_PASSED_OVER + 1 }, (__, at) => ({ ...unread, name: `Sales/new ${at}.trn` }));
    world.files = [...world.records, ...many];
    const { status, body } = await seen({ force: true, reason: "The window closes." });
    assert.deepEqual([status, body.type], [409, "https://sqlferry.dev/problems/not-cutover-able"]);
    assert.match(body.detail, /^30001 files are not restored; a cutover may be forced past 30000\./);
    assert.deepEqual(world.requests(), {});
  });

  test("that is forced skips what a person may answer for, with the reason and the loss in the audit", async () => {
    const { seen, world } = aRestore({}, "log_150_200.trn");
    assert.equal((await seen({ force: true, reason: "The window closes." })).status, 202);
    const { facts } = world.audit[0] ?? assert.fail();
    assert.deepEqual([facts["forced"], facts["reason"], facts["G5"]], [true, "The window closes.", false]);
    assert.equal(typeof facts["lossSeconds"], "number");
  });

  test("sees a file that lies in the folder and that no row knows yet", async () => {
    const { seen, world } = aRestore();
    const [one] = files;
    assert.ok(one);
    const { name: _, content: __, ...file } = one;
    world.files = [{ ...file, name: "Sales/unread.trn" }, ...files.map(({ content: ___, ...known }) => known)];
    const answer = await seen();
    assert.deepEqual([answer.status, answer.body.files], [409, ["Sales/unread.trn"]]);
  });

  test("while DMS does not answer is to be asked again later", async () => {
    const { cut, world } = aRestore();
    const failure = {
      code: "TooManyRequests",
      message: "Too many requests.",
      cause: "c",
      remedy: "r",
      kind: "wait",
      retryAfterSeconds: 7,
    } as const;
    world.seen = { kind: "unavailable", failure };
    const answer = await cut();
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "7"]);
  });

  test("that DMS does not answer is no throttle: 503, with the time to wait", async () => {
    const { cut, world } = aRestore();
    const failure = { code: "NoAnswer", message: "m", cause: "c.", remedy: "r", kind: "wait" } as const;
    world.seen = { kind: "unavailable", failure };
    const answer = await cut();
    assert.deepEqual(
      [answer.status, answer.headers["retry-after"], answer.body.type.split("/").at(-1)],
      [503, "30", "dms-unavailable"],
    );
  });

  test("that the app may not ask for is answered with what to mend, not as a throttle", async () => {
    const { cut, world } = aRestore();
    for (const code of [
      "AuthorizationFailed",
      "InvalidAuthenticationToken",
      "InvalidParameterValue",
      "SubscriptionNotFound",
    ]) {
      const failure = { code, message: "No.", cause: "It may not.", remedy: "Grant it.", kind: "user" } as const;
      world.seen = { kind: "unavailable", failure };
      const { status, headers, body } = await cut();
      assert.deepEqual([status, headers["retry-after"], body.code, body.fix], [502, undefined, code, "Grant it."]);
    }
    assert.deepEqual([world.requests(), world.orders], [{}, []]);
  });

  test("of an operation that DMS no longer shows is refused", async () => {
    const { cut, world } = aRestore();
    for (const seen of [{ kind: "absent" } as const, shown({ operationId: "another" })]) {
      world.seen = seen;
      assert.equal((await cut()).body.type, "https://sqlferry.dev/problems/not-cutover-able");
    }
  });
});

describe("a second cutover", () => {
  test("while the first is open, or under way, is the same operation, and needs no plan", async () => {
    const { cut, world } = aRestore();
    world.change({}, { cutover: requested() });
    assert.deepEqual([(await cut()).status, (await cut()).body.requestId], [202, "sales-1-run-1-cutover-1"]);
    const done = requested({ outcome: { status: "done", at: "t", detail: "d" } });
    for (const state of ["cuttingOver", "succeeded"] as const) {
      world.change({ state }, { cutover: done });
      assert.equal((await cut()).body.requestId, "sales-1-run-1-cutover-1");
    }
    assert.equal(world.audit.length, 0);
  });

  test("after one that was refused is another operation", async () => {
    const { seen, world } = aRestore();
    world.change({}, { cutover: requested({ outcome: { status: "refused", at: "t", detail: "d" } }) });
    assert.equal((await seen()).body.requestId, "sales-1-run-1-cutover-2");
  });

  test("after the run has failed or was canceled is refused: nothing is under way", async () => {
    for (const state of ["failed", "canceled"] as const)
      for (const request of [requested(), requested({ outcome: { status: "done", at: "t", detail: "d" } })]) {
        const { cut, world } = aRestore();
        world.change({ state }, { cutover: request });
        assert.equal((await cut()).status, 409);
      }
  });

  test("in the next run is not the first run's", async () => {
    const { seen, world } = aRestore({ run: 2 });
    world.change({}, { cutover: requested() });
    assert.equal((await seen()).body.requestId, "sales-1-run-2-cutover-1");
  });
});

const NOT_YET: readonly MigrationState[] = [
  "draft",
  "waitingForChain",
  "queued",
  "starting",
  "canceling",
  "preflightFailed",
];
for (const state of NOT_YET)
  test(`a migration that is ${state} is not cut over`, async () => {
    const answer = await aRestore({ state }).cut();
    assert.deepEqual([answer.status, answer.body.migrationStatus], [409, state]);
  });

test("a cutover without a reason for its force, or with an unknown field, is not understood", async () => {
  for (const json of [{ force: true }, { sourceClosd: true }])
    assert.equal((await aRestore().cut({ json })).status, 400);
});
