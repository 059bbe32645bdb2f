// Tests what POST /migrations/{id}/cancel answers, in every state, and the second time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelMigration } from "../../../../../functions/http/commands/cancelMigration.ts";
import type { CancelRequest } from "../../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { aMigration } from "../../../../support/facts.ts";
import { ask, aWorld } from "../../../../support/world.ts";

function aRun(state: MigrationState, run = 1) {
  const world = aWorld(aMigration("sales-1", { state, run }));
  const cancel = (json: unknown = { reason: "wrong folder" }) =>
    ask(cancelMigration(world.services), world, { params: { id: "sales-1" }, json });
  return { world, cancel };
}

const OPEN = ["draft", "waitingForChain", "queued", "starting", "restoring", "readyForCutover", "canceling"] as const;
const CLOSED = ["cuttingOver", "succeeded", "failed", "canceled", "preflightFailed"] as const;

describe("a cancel", () => {
  for (const state of OPEN)
    test(`of a migration that is ${state} is noted, audited, and wakes it; the state is the orchestration's`, async () => {
      const { world, cancel } = aRun(state);
      const answer = await cancel();
      assert.deepEqual([answer.status, answer.headers["location"]], [202, "/api/v1/operations/sales-1-run-1-cancel-1"]);
      const { requestId, reason, by } = world.requests().cancel ?? assert.fail();
      assert.deepEqual([requestId, reason, by], ["sales-1-run-1-cancel-1", "wrong folder", "anonymous"]);
      assert.equal(world.migration().state, state);
      assert.deepEqual([world.signalled, world.audit.length], [["sales-1"], 1]);
    });
  for (const state of CLOSED)
    test(`of a migration that is ${state} is refused`, async () => {
      const { world, cancel } = aRun(state);
      const answer = await cancel();
      assert.deepEqual([answer.status, answer.body.migrationStatus], [409, state]);
      assert.deepEqual([world.requests(), world.signalled], [{}, []]);
    });

  test("needs a reason", async () => {
    for (const json of [{}, { reason: "" }, undefined])
      assert.equal((await aRun("restoring").cancel(json ?? {})).status, 400);
  });

  test("is decided anew when the cutover was begun meanwhile", async () => {
    const { world, cancel } = aRun("restoring");
    world.meanwhile = () => world.change({ state: "cuttingOver" });
    assert.deepEqual([(await cancel()).status, world.requests()], [409, {}]);
  });
});

describe("a second cancel", () => {
  test("is the first one, with its Location, whatever reason it gives, and also once the run has ended by it", async () => {
    const { world, cancel } = aRun("restoring");
    await cancel();
    const again = await cancel({ reason: "another reason" });
    assert.deepEqual([again.status, again.headers["location"]], [202, "/api/v1/operations/sales-1-run-1-cancel-1"]);
    assert.deepEqual([world.requests().cancel?.reason, world.audit.length], ["wrong folder", 1]);
    const request: CancelRequest = {
      ...(world.requests().cancel ?? assert.fail()),
      outcome: { status: "done", at: "t", detail: "d" },
    };
    world.change({ state: "canceled" }, { cancel: request });
    assert.equal((await cancel()).status, 202);
  });

  test("after one that a cutover stood in the way of is another operation", async () => {
    const { world, cancel } = aRun("restoring");
    await cancel();
    const request: CancelRequest = {
      ...(world.requests().cancel ?? assert.fail()),
      outcome: { status: "refused", at: "t", detail: "d" },
    };
    world.change({}, { cancel: request });
    assert.equal((await cancel()).body.requestId, "sales-1-run-1-cancel-2");
  });

  test("in the next run is not the first run's", async () => {
    const { world, cancel } = aRun("restoring");
    await cancel();
    world.change({ run: 2 });
    assert.equal((await cancel()).body.requestId, "sales-1-run-2-cancel-1");
  });
});
