// Tests every verb that changes something when the answer to a request is lost, at any moment, and the request is sent
// again, or twice at once.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { type HttpHandler, HttpRequest } from "@azure/functions";
import { deleteAssessment } from "../../../../functions/http/assessments/deleteAssessment.ts";
import { publishAssessment } from "../../../../functions/http/assessments/publishAssessment.ts";
import { publishSizing } from "../../../../functions/http/assessments/publishSizing.ts";
import { acknowledgeFinding } from "../../../../functions/http/commands/acknowledgeFinding.ts";
import { cancelMigration } from "../../../../functions/http/commands/cancelMigration.ts";
import { preflightMigration } from "../../../../functions/http/commands/preflightMigration.ts";
import { requestCutover } from "../../../../functions/http/commands/requestCutover.ts";
import { restartMigration } from "../../../../functions/http/commands/restartMigration.ts";
import { resumeMigration } from "../../../../functions/http/commands/resumeMigration.ts";
import { startMigration } from "../../../../functions/http/commands/startMigration.ts";
import { changeMigration } from "../../../../functions/http/migrations/changeMigration.ts";
import { createMigration } from "../../../../functions/http/migrations/createMigration.ts";
import { forgetMigration } from "../../../../functions/http/migrations/forgetMigration.ts";
import { createService } from "../../../../functions/http/services/createService.ts";
import { deleteServiceNode } from "../../../../functions/http/services/deleteServiceNode.ts";
import { listServiceKeys } from "../../../../functions/http/services/listServiceKeys.ts";
import { regenerateServiceKey } from "../../../../functions/http/services/regenerateServiceKey.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import { summaryOf } from "../../../../shared/migration/events/verdictNews.ts";
import type { Migration } from "../../../../shared/migration/migration.ts";
import type { Services } from "../../../../shared/ports.ts";
import { anAssessment, DATABASE, FAMILY, withTde } from "../../../support/assessments.ts";
import { context, full, log, setGuidOf } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";
import { aSizing } from "../../../support/sizings.ts";
import { Task } from "../../../support/task.ts";
import { type Answered, aWorld, shown, target, VM, type World } from "../../../support/world.ts";

mock.timers.enable({ apis: ["setTimeout"] }); // the deadline of a dead request would be waited for

const header = { serverName: "SQL01", familyGuid: FAMILY, bindingId: DATABASE };
const base = full(100, 160, { header });
const records = [base, log(150, 200, { header })];
const report = assessChain(records, context());

interface Verb {
  readonly handler: (services: Services) => HttpHandler;
  readonly method?: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  /** A state in which the verb has something to do; undefined: there is no migration yet. */
  readonly migration: Partial<Migration> | undefined;
  readonly before?: (world: World) => Promise<unknown>;
}

const at = (verb: string) => `/api/v1/migrations/sales-1/${verb}`;
const publishedBefore = (world: World) =>
  said({ handler: publishAssessment, path: "/api/v1/assessments", json: anAssessment(withTde), migration: {} }, world);

/** Verbs of migrations: the key is stored with what they change. */
const VERBS: Readonly<Record<string, Verb>> = {
  register: {
    handler: createMigration,
    path: "/api/v1/migrations",
    json: { source: { folder: "HR" }, target: { sqlVmResourceId: VM } },
    migration: undefined,
  },
  start: { handler: startMigration, path: at("start"), migration: { start: "manual" } },
  "cut over": {
    handler: requestCutover,
    path: at("cutover"),
    json: { sourceClosed: true },
    headers: { "if-match": `"${report.planVersion}"` },
    migration: {
      state: "readyForCutover",
      operationId: "op",
      progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 160n },
    },
  },
  cancel: {
    handler: cancelMigration,
    path: at("cancel"),
    json: { reason: "enough" },
    migration: { state: "restoring" },
  },
  restart: { handler: restartMigration, path: at("restart"), migration: { state: "failed" } },
  resume: {
    handler: resumeMigration,
    path: at("resume"),
    migration: { state: "restoring", stalled: { what: "LookAtRestore failed.", since: "2025-11-24T00:10:00.000Z" } },
  },
  change: {
    handler: changeMigration,
    method: "PATCH",
    path: "/api/v1/migrations/sales-1",
    json: { mode: "offline" },
    migration: {},
  },
  forget: {
    handler: forgetMigration,
    method: "DELETE",
    path: "/api/v1/migrations/sales-1",
    migration: { state: "failed" },
  },
  preflight: { handler: preflightMigration, path: at("preflight"), migration: {} },
  acknowledge: {
    handler: acknowledgeFinding,
    path: at("findings/S10/acknowledge"),
    params: { check: "S10" },
    json: { reason: "the certificate is there" },
    migration: {},
    before: publishedBefore,
  },
};

function aFolder({ migration }: Pick<Verb, "migration">): World {
  const world = aWorld(migration && aMigration("sales-1", { target, summary: summaryOf(report), ...migration }));
  world.records = records;
  world.seen = shown({ details: { currentFile: "log_150_200.trn", lastRestoredFile: "log_150_200.trn" } });
  return world;
}

async function aCase(name: string): Promise<{ readonly verb: Verb; readonly world: World }> {
  const verb = VERBS[name] ?? assert.fail(name);
  const world = aFolder(verb);
  await verb.before?.(world);
  world.audit.length = 0;
  world.published.length = 0;
  return { verb, world };
}

/** Sends the verb, with this key if there is one. `services`: those of the world by default. */
async function said(
  { handler, method = "POST", path, json, headers, params }: Verb,
  world: World,
  key?: string,
  services = world.services,
): Promise<Answered> {
  const request = new HttpRequest({
    method,
    url: `https://ferry.test${path}`,
    params: { id: "sales-1", ...params },
    headers: { ...headers, ...(key !== undefined && { "idempotency-key": key }) },
    ...(json && { body: { string: JSON.stringify(json) } }),
  });
  const { status = 200, headers: told, body } = await (handler(services)(request, world.log) as Promise<Raw>);
  return { status, headers: told ?? {}, body: body ? JSON.parse(body) : undefined };
}
interface Raw {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The same ports; each call of one passes the gate first. */
function gated(services: Services, gate: () => Promise<void>): Services {
  const port = (one: object): object =>
    Object.fromEntries(
      Object.entries(one).map(([name, member]) => [
        name,
        typeof member === "function" ? (...args: unknown[]) => gate().then(() => member(...args)) : member,
      ]),
    );
  const { migrations, catalogue, claims, queues, assessments, engine } = services;
  const ports = { migrations, catalogue, claims, queues, assessments, engine };
  return {
    ...services,
    ...Object.fromEntries(Object.entries(ports).map(([name, one]) => [name, port(one)])),
  };
}

const typeOf = ({ body }: Answered): string => body.type.split("/").at(-1);
const isReplayed = ({ headers }: Answered): boolean => headers["idempotency-replayed"] === "true";
/** The part of an answer that a client uses. */
const told = ({ status, headers, body }: Answered) => [status, headers["location"], headers["retry-after"], body];

/** The request was carried out once, whatever happened in between. */
function assertOnce({ audit, published, migrations }: World, what: string): void {
  assert.equal(audit.length, 1, `${what}: ${audit.map(({ action }) => action)}`);
  assert.equal(new Set(published.map(({ id }) => id)).size, published.length, what);
  for (const { migration, requests } of migrations.values()) {
    assert.ok(migration.run <= 2, what);
    for (const { requestId } of Object.values(requests)) assert.match(requestId, /-1$/, what);
  }
}

for (const name of Object.keys(VERBS))
  describe(`${name}, under a key,`, () => {
    test("is answered once more as it was answered first, and done once", async () => {
      const { verb, world } = await aCase(name);
      const first = await said(verb, world, "k1");
      assert.ok(first.status < 300, JSON.stringify(first.body));
      const after = [...world.migrations.values()];
      const again = await said(verb, world, "k1");
      assert.deepEqual([isReplayed(first), isReplayed(again)], [false, true]);
      assert.deepEqual(told(again), told(first));
      assert.deepEqual([...world.migrations.values()], after, "the repetition has written something");
      assertOnce(world, "repeated");
    });

    test("is refused with another body, another plan, or as another verb", async () => {
      const { verb, world } = await aCase(name);
      await said(verb, world, "k1");
      const others: readonly Verb[] = [
        { ...verb, headers: { "if-match": '"another"' } },
        ...(name === "register"
          ? [{ ...verb, json: { ...verb.json, start: "manual" } }]
          : [
              { ...(VERBS["cancel"] as Verb), json: { reason: "another" } },
              { ...(VERBS["start"] as Verb), json: { ifReady: true } },
            ]),
      ];
      for (const other of others) {
        const answer = await said(other, world, "k1");
        assert.deepEqual([answer.status, typeOf(answer)], [422, "idempotency-mismatch"]);
      }
      assertOnce(world, "others");
    });

    test("is done once and answered alike when it dies at any moment and is sent again", async () => {
      for (let calls = 0, isDone = false; !isDone; calls++) {
        const { verb, world } = await aCase(name);
        const first = new Task<Answered>();
        first.begin(() => said(verb, world, "k1", gated(world.services, first.gate)));
        for (let call = 0; call < calls && !first.isDone; call++) await first.step();
        isDone = first.isDone;
        const again = await said(verb, world, "k1");
        assert.ok(again.status < 300, `${calls}: ${JSON.stringify(again.body)}`);
        if (isDone) assert.deepEqual(told(again), told(first.result as Answered));
        assertOnce(world, `dead after ${calls} calls`);
        const third = await said(verb, world, "k1");
        assert.deepEqual([isReplayed(third), told(third)], [true, told(again)]);
      }
    });

    test("is done once and answered alike when it is sent twice at once", async () => {
      for (let calls = 0, isDone = false; !isDone; calls++) {
        const { verb, world } = await aCase(name);
        const [first, second] = [new Task<Answered>(), new Task<Answered>()];
        first.begin(() => said(verb, world, "k1", gated(world.services, first.gate)));
        for (let call = 0; call < calls && !first.isDone; call++) await first.step();
        isDone = first.isDone;
        second.begin(() => said(verb, world, "k1", gated(world.services, second.gate)));
        await second.toTheEnd();
        await first.toTheEnd();
        assert.deepEqual(told(first.result as Answered), told(second.result as Answered), `after ${calls} calls`);
        assertOnce(world, `twice, after ${calls} calls`);
      }
    });

    test("gives up with 503 when somebody else is quicker ten times, and has changed nothing", async () => {
      const { verb, world } = await aCase(name);
      let tries = 0;
      const commit = async () => {
        tries++;
        return "conflict" as const;
      };
      const migrations = { ...world.services.migrations, commit };
      const before = [...world.migrations.values()];
      const answer = await said(verb, world, "k1", { ...world.services, migrations });
      assert.deepEqual([answer.status, typeOf(answer), answer.headers["retry-after"]], [503, "busy", "5"]);
      assert.deepEqual([tries, world.audit, [...world.migrations.values()]], [10, [], before]);
    });
  });

describe("a key", () => {
  const cancel = VERBS["cancel"] as Verb;
  const as = (name: string, oid: string): Verb => {
    const claims = [
      { typ: "name", val: name },
      { typ: "oid", val: oid },
      { typ: "roles", val: "Ferry.Operator" },
    ];
    const principal = Buffer.from(JSON.stringify({ claims })).toString("base64");
    return { ...(VERBS["preflight"] as Verb), headers: { "x-ms-client-principal": principal } };
  };

  test("is 1 to 255 printable ASCII characters", async () => {
    for (const key of ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", '"quoted"', "x".repeat(255)])
      assert.equal((await said(cancel, (await aCase("cancel")).world, key)).status, 202, key);
    for (const key of ["", "x".repeat(256), "schlüssel"]) {
      const { world } = await aCase("cancel");
      const answer = await said(cancel, world, key);
      assert.deepEqual([answer.status, typeOf(answer), world.audit], [400, "validation", []], key);
    }
  });

  test("is the caller's own: the same of another caller, also of one of the same name, is another key", async () => {
    const world = aWorld(aMigration("sales-1", { target }), { AUTH: "easyAuth" });
    const [mine, hers] = [as("Dana", "1"), as("Dana", "2")];
    await said(mine, world, "k1");
    assert.deepEqual([isReplayed(await said(hers, world, "k1")), world.audit.length], [false, 2]);
    assert.deepEqual([isReplayed(await said(hers, world, "k1")), world.audit.length], [true, 2]);
  });

  test("is honoured for 24 hours, and free after that", async () => {
    const { verb, world } = await aCase("preflight");
    await said(verb, world, "k1");
    const day = world.now.getTime() + 24 * 3_600_000;
    world.now = new Date(day - 1);
    assert.equal(isReplayed(await said(verb, world, "k1")), true);
    world.now = new Date(day);
    assert.equal(isReplayed(await said(verb, world, "k1")), false);
    assert.equal(world.audit.length, 2);
  });

  test("of a request that was refused is free: the request is decided anew, and so is another one", async () => {
    const { verb, world } = await aCase("cancel");
    world.change({ state: "cuttingOver" });
    assert.equal((await said(verb, world, "k1")).status, 409);
    world.change({ state: "restoring" });
    assert.equal((await said({ ...verb, json: { reason: "" } }, world, "k1")).status, 400);
    const done = await said({ ...verb, json: { reason: "another" } }, world, "k1");
    assert.deepEqual([done.status, isReplayed(done)], [202, false]);
  });

  test("of a request that had nothing to do is kept as well: what happens later is not its repetition's", async () => {
    const { verb, world } = await aCase("cancel");
    await said(verb, world);
    const nothingToDo = await said(verb, world, "k1");
    world.change({ run: 2 }); // it has been restarted meanwhile
    const again = await said(verb, world, "k1");
    assert.deepEqual([told(again), isReplayed(again), world.audit.length], [told(nothingToDo), true, 1]);
    assert.equal(world.requests().cancel?.run, 1);
  });

  test("repairs what the first request died before: its repetition wakes the run", async () => {
    const { verb, world } = await aCase("cancel");
    await said(verb, world, "k1");
    world.signalled.length = 0;
    await said(verb, world, "k1");
    assert.deepEqual(world.signalled, ["sales-1"]);
  });
});

describe("what lies in no migration is harmless to repeat by what is there:", () => {
  test("the same assessment again changes nothing, and neither does the same sizing", async () => {
    const world = aFolder({ migration: {} });
    const assessment: Verb = {
      handler: publishAssessment,
      path: "/api/v1/assessments",
      json: anAssessment(withTde),
      migration: {},
    };
    const sizing: Verb = { handler: publishSizing, path: "/api/v1/sizings", json: aSizing(), migration: {} };
    world.now = new Date("2026-01-06T06:00:00.000Z");
    assert.deepEqual(
      [(await said(assessment, world, "k1")).status, (await said(sizing, world, "k2")).status],
      [201, 201],
    );
    const before = [
      world.assessments.everything(),
      world.audit.length,
      world.published.length,
      world.sizingAudit.length,
    ];
    assert.deepEqual(
      [(await said(assessment, world, "k1")).status, (await said(sizing, world, "k2")).status],
      [200, 200],
    );
    const after = [
      world.assessments.everything(),
      world.audit.length,
      world.published.length,
      world.sizingAudit.length,
    ];
    assert.deepEqual(after, before);
    const measuredAnew = { ...sizing, json: { ...aSizing(), server: "sql01" } };
    assert.deepEqual([(await said(measuredAnew, world)).status, world.sizingAudit.length], [201, 2]);
  });

  test("what is deleted is gone, and is not deleted twice", async () => {
    const world = aFolder({ migration: {} });
    const { body } = await publishedBefore(world);
    const { assessmentId: id } = body;
    const path = `/api/v1/assessments/${id}`;
    const remove: Verb = { handler: deleteAssessment, method: "DELETE", path, params: { id }, migration: {} };
    assert.equal((await said(remove, world, "k1")).status, 204);
    const audited = [world.audit.length, (await world.services.assessments.audit(id)).length];
    assert.equal((await said(remove, world, "k1")).status, 404);
    assert.deepEqual([world.audit.length, (await world.services.assessments.audit(id)).length], audited);
  });

  test("keys of a service are in no table, whatever key the request has", async () => {
    const world = aFolder({ migration: {} });
    const nodes = new Set(["HOST1"]);
    const made = new Set<string>();
    let secret = 0;
    const migrationServices: Services["migrationServices"] = {
      ...world.services.migrationServices,
      create: async (name) => {
        made.add(name);
        return { ok: true };
      },
      authKeys: async () => ({ ok: true, keys: { authKey1: `IR@${secret}` } }),
      regenerateAuthKey: async () => ({ ok: true, keys: { authKey1: `IR@${++secret}` } }),
      deleteNode: async (_, node) => {
        if (nodes.delete(node)) return { ok: true };
        const failure = { code: "NodeNotFound", message: "m", cause: "c", remedy: "r", kind: "user" } as const;
        return { ok: false, failure };
      },
    };
    const services = { ...world.services, migrationServices };
    const path = "/api/v1/services/dms2";
    const of = { params: { name: "dms2", node: "HOST1" }, migration: {} };
    const create: Verb = { ...of, handler: createService, method: "PUT", path, json: { location: "westeurope" } };
    const keys: Verb = { ...of, handler: listServiceKeys, path: `${path}/keys` };
    const renew: Verb = {
      ...of,
      handler: regenerateServiceKey,
      path: `${path}/keys/regenerate`,
      json: { keyName: "authKey1" },
    };
    const node: Verb = { ...of, handler: deleteServiceNode, method: "DELETE", path: `${path}/nodes/HOST1` };
    const twice = async (verb: Verb) => [
      await said(verb, world, "k1", services),
      await said(verb, world, "k1", services),
    ];
    assert.deepEqual((await twice(create)).map(told)[1], (await twice(create)).map(told)[0]);
    assert.deepEqual([...made], ["dms2"]);
    assert.deepEqual(
      (await twice(renew)).map(({ body }) => body.authKey1),
      ["IR@1", "IR@2"],
    );
    assert.deepEqual(
      (await twice(keys)).map(({ body }) => body.authKey1),
      ["IR@2", "IR@2"],
    );
    assert.deepEqual(
      (await twice(node)).map(({ status }) => status),
      [204, 404],
    );
    assert.equal(await world.services.migrations.note("dms2", "k1"), undefined);
  });
});
