// Tests what the routes of migration services answer, and to whom. No key is stored, and no name becomes part of a path
// unchecked.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { preflightMigration } from "../../../../functions/http/commands/preflightMigration.ts";
import { createService } from "../../../../functions/http/services/createService.ts";
import { deleteServiceNode } from "../../../../functions/http/services/deleteServiceNode.ts";
import { getService } from "../../../../functions/http/services/getService.ts";
import { listServiceKeys } from "../../../../functions/http/services/listServiceKeys.ts";
import { listServiceNodes } from "../../../../functions/http/services/listServiceNodes.ts";
import { regenerateServiceKey } from "../../../../functions/http/services/regenerateServiceKey.ts";
import type { Check } from "../../../../shared/migration/migration.ts";
import type { EngineFailure } from "../../../../shared/migration/observed.ts";
import { CHECK_IDS } from "../../../../shared/migration/words.ts";
import type { MigrationServices, Services } from "../../../../shared/ports.ts";
import { aMigration } from "../../../support/facts.ts";
import { ask, aWorld } from "../../../support/world.ts";

const FORBIDDEN: EngineFailure = {
  code: "403",
  message: "no",
  cause: "It may not.",
  remedy: "Grant it.",
  kind: "user",
};
const BUSY: EngineFailure = { ...FORBIDDEN, kind: "wait", retryAfterSeconds: 9 };

/** The service "dms1" with both keys and a node; every call is noted. */
function aService(changes: Partial<MigrationServices> = {}) {
  const world = aWorld();
  const calls: string[] = [];
  const migrationServices: MigrationServices = {
    ...world.services.migrationServices,
    find: async (name) =>
      name === "dms1" ? { kind: "seen", facts: { name, integrationRuntimeState: "Online" } } : { kind: "absent" },
    create: async (...words) => {
      calls.push(words.join());
      return { ok: true, retryAfterSeconds: 15 };
    },
    authKeys: async () => ({ ok: true, keys: { authKey1: "IR@1", authKey2: "IR@2" } }),
    regenerateAuthKey: async (_, key) => ({ ok: true, keys: { [key]: "IR@3" } }),
    nodes: async () => ({ kind: "seen", facts: [{ nodeName: "HOST1" }] }),
    deleteNode: async (...words) => {
      calls.push(words.join());
      return { ok: true };
    },
    ...changes,
  };
  const services: Services = { ...world.services, migrationServices };
  return { world, services, calls };
}

describe("a migration service", () => {
  test("is shown, with the state of its runtime", async () => {
    const { world, services } = aService();
    const { status, body } = await ask(getService(services), world, { params: { name: "dms1" } });
    assert.deepEqual([status, body.integrationRuntimeState], [200, "Online"]);
  });

  test("that is not there is not found, and the answer says how it is made", async () => {
    const { world, services } = aService();
    const { status, body } = await ask(getService(services), world, { params: { name: "dms2" } });
    assert.equal(status, 404);
    assert.match(body.detail, /PUT \/api\/v1\/services\/dms2/);
  });

  test("is created where it is asked for, and Azure takes its time", async () => {
    const { world, services, calls } = aService();
    const asked = { params: { name: "dms2" }, json: { location: "westeurope" } };
    const { status, headers } = await ask(createService(services), world, asked);
    assert.deepEqual([status, headers["location"], headers["retry-after"]], [202, "/api/v1/services/dms2", "15"]);
    assert.deepEqual(calls, ["dms2,westeurope"]);
  });

  test("hands out its keys in an answer that nobody keeps, one anew at a time", async () => {
    const { world, services } = aService();
    const keys = await ask(listServiceKeys(services), world, { params: { name: "dms1" } });
    assert.deepEqual([keys.body, keys.headers["cache-control"]], [{ authKey1: "IR@1", authKey2: "IR@2" }, "no-store"]);
    const fresh = { params: { name: "dms1" }, json: { keyName: "authKey2" } };
    assert.deepEqual((await ask(regenerateServiceKey(services), world, fresh)).body, { authKey2: "IR@3" });
    assert.equal((await ask(regenerateServiceKey(services), world, { ...fresh, json: { keyName: "k" } })).status, 400);
  });

  test("lists its hosts, and lets one go", async () => {
    const { world, services, calls } = aService();
    const { body } = await ask(listServiceNodes(services), world, { params: { name: "dms1" } });
    assert.deepEqual(body.items, [{ nodeName: "HOST1" }]);
    const { status } = await ask(deleteServiceNode(services), world, { params: { name: "dms1", node: "HOST1" } });
    assert.deepEqual([status, calls], [204, ["dms1,HOST1"]]);
  });

  test("with a name that is none is refused before Azure is asked", async () => {
    const { world, services, calls } = aService();
    for (const handler of [
      getService,
      createService,
      listServiceKeys,
      regenerateServiceKey,
      listServiceNodes,
      deleteServiceNode,
    ])
      assert.equal((await ask(handler(services), world, { params: { name: "a/../b" }, json: {} })).status, 400);
    assert.deepEqual(calls, []);
  });

  test("that Azure refuses, or cannot tell of right now, is told with cause and remedy, or when to ask again", async () => {
    const refused = aService({ find: async () => ({ kind: "unreadable", failure: FORBIDDEN }) });
    const { status, body } = await ask(getService(refused.services), refused.world, { params: { name: "dms1" } });
    assert.deepEqual([status, body.cause, body.fix], [502, "It may not.", "Grant it."]);
    const busy = aService({ authKeys: async () => ({ ok: false, failure: BUSY }) });
    const later = await ask(listServiceKeys(busy.services), busy.world, { params: { name: "dms1" } });
    assert.deepEqual([later.status, later.headers["retry-after"]], [429, "9"]);
    const node = aService({ deleteNode: async () => ({ ok: false, failure: { ...FORBIDDEN, code: "NodeNotFound" } }) });
    const gone = await ask(deleteServiceNode(node.services), node.world, { params: { name: "dms1", node: "X" } });
    assert.equal(gone.status, 404);
  });
});

describe("a preflight on demand", () => {
  const target = { sqlVmResourceId: "/subscriptions/s/resourceGroups/g/providers/x/y/SQLVM-07", databaseName: "Sales" };

  test("tells all checks, keeps them with the migration, and is audited; the state stays", async () => {
    const world = aWorld(aMigration("sales-1", { target }));
    const { status, body } = await ask(preflightMigration(world.services), world, { params: { id: "sales-1" } });
    const idsOf = (checks: readonly Check[] = []) => checks.map(({ id }) => id);
    assert.deepEqual([status, body.passed, idsOf(body.checks)], [200, false, CHECK_IDS], "the folder is empty");
    assert.deepEqual([idsOf(world.migration().checks), world.migration().state], [CHECK_IDS, "waitingForChain"]);
    assert.deepEqual(
      world.audit.map(({ by, result, facts }) => [by, result, facts["P14"]]),
      [["anonymous", "refused", "fail"]],
    );
  });

  test("needs a target to look at", async () => {
    const world = aWorld(aMigration("sales-1"));
    const { status, body } = await ask(preflightMigration(world.services), world, { params: { id: "sales-1" } });
    assert.equal(status, 409);
    assert.match(body.detail, /no target yet/);
  });
});
