// Tests what the reading routes answer: lists in pages, operations in every stage, a plan that has not changed, the
// health.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HttpHandler } from "@azure/functions";
import { getOperation } from "../../../../functions/http/commands/getOperation.ts";
import { forgetMigration } from "../../../../functions/http/migrations/forgetMigration.ts";
import { getMigration } from "../../../../functions/http/migrations/getMigration.ts";
import { getPlan } from "../../../../functions/http/migrations/getPlan.ts";
import { listAudit } from "../../../../functions/http/migrations/listAudit.ts";
import { listEvents } from "../../../../functions/http/migrations/listEvents.ts";
import { listFiles } from "../../../../functions/http/migrations/listFiles.ts";
import { listMigrations } from "../../../../functions/http/migrations/listMigrations.ts";
import { getDiagnosis } from "../../../../functions/http/status/getDiagnosis.ts";
import { getHealth } from "../../../../functions/http/status/getHealth.ts";
import { pageAsset, statusPage } from "../../../../functions/http/status/statusPage.ts";
import { Migrations } from "../../../../shared/api/answers/migrations.ts";
import { cursorOf } from "../../../../shared/api/lists/paging.ts";
import { vmKeyOf } from "../../../../shared/migration/ids.ts";
import type { CancelRequest } from "../../../../shared/migration/migration.ts";
import { newSweep, type SweepProgress } from "../../../../shared/migration/sweep/sweepProgress.ts";
import type { Services } from "../../../../shared/ports.ts";
import { full, log, unreadable } from "../../../support/backupRecords.ts";
import { aMigration, anAuditEntry, anEvent, aSummary } from "../../../support/facts.ts";
import { ask, aWorld, VM } from "../../../support/world.ts";

const params = { id: "sales-1" };
const aFolder = () => {
  const world = aWorld(aMigration("sales-1"));
  world.records = [full(100, 160), log(150, 200)];
  return world;
};

describe("the list of migrations", () => {
  const world = aWorld();
  for (const [id, state, folder] of [
    ["c-1", "restoring", "Crm"],
    ["a-1", "failed", "Accounts"],
    ["b-1", "queued", "Billing"],
  ] as const)
    world.migrations.set(id, {
      migration: aMigration(id, { state, source: { container: "backups", folder, rootIsADatabase: false } }),
      version: "0",
      requests: {},
    });
  const list = (query: Record<string, string> = {}) => ask(listMigrations(world.services), world, { query });
  const idsOf = async (query: Record<string, string>): Promise<string[]> =>
    (await list(query)).body.items.map(({ migrationId }: { migrationId: string }) => migrationId);

  test("is in the order of the ids, by state and by text", async () => {
    assert.deepEqual(await idsOf({}), ["a-1", "b-1", "c-1"]);
    assert.deepEqual(await idsOf({ state: "failed|restoring" }), ["a-1", "c-1"]);
    assert.deepEqual(await idsOf({ q: "BILL" }), ["b-1"]);
    assert.deepEqual(await idsOf({ state: "failed", q: "bill" }), []);
  });
  test("comes in pages that leave nothing out, also when what the cursor was made of is gone", async () => {
    const first = (await list({ top: "2" })).body;
    assert.deepEqual(
      first.items.map(({ migrationId }: { migrationId: string }) => migrationId),
      ["a-1", "b-1"],
    );
    const gone = world.migrations.get("b-1") ?? assert.fail();
    world.migrations.delete("b-1");
    const second = (await list({ top: "2", cursor: first.nextCursor })).body;
    world.migrations.set("b-1", gone);
    assert.deepEqual([second.items.length, second.items[0].migrationId, second.nextCursor], [1, "c-1", undefined]);
  });
  test("is filtered by the VM's name or key, by the source server and by parts of names, without case, several at once", async () => {
    const target = { sqlVmResourceId: VM, databaseName: "Ledger" };
    const other = aWorld(
      aMigration("a-1", { target, source: { container: "b", folder: "Accounts", rootIsADatabase: false } }),
    );
    const summary = aSummary({ serverName: "SRV1\\PROD", databaseName: "Old_Ledger" });
    other.change({ summary, wave: 3 });
    const isFound = async (query: Record<string, string>): Promise<boolean> => {
      const { status, body } = await ask(listMigrations(other.services), other, { query });
      assert.equal(status, 200, JSON.stringify(query));
      return body.items.length === 1;
    };
    for (const query of [
      { vm: "sqlvm-07" },
      { vm: "SQLVM-0*" },
      { vm: `x,${vmKeyOf(VM)}` },
      { source: "srv1\\prod" },
      { source: "SRV2|SRV1*" },
      { wave: "3" },
      { wave: "1,3" },
      { q: "old_" },
      { q: "EDGER" },
      { q: "ccount" },
      { q: "a-1" },
      { state: "failed, waitingForChain", vm: "*", q: "ledger" },
    ])
      assert.ok(await isFound(query as Record<string, string>), JSON.stringify(query));
    for (const query of [
      { vm: "SQLVM" },
      { source: "SRV" },
      { wave: "1" },
      { q: "sales" },
      { state: "failed" },
      { vm: "*", q: "no" },
    ])
      assert.ok(!(await isFound(query as Record<string, string>)), JSON.stringify(query));
    world.migrations.set("d-1", { migration: aMigration("d-1", { state: "draft" }), version: "1", requests: {} });
    assert.deepEqual((await list({ vm: "*" })).body.items, [], "a draft has no VM");
    world.migrations.delete("d-1");
  });
  test("tells what has changed since an answer, and 304 to who has it already", async () => {
    const first = await list();
    const { changeToken } = first.body;
    const tag = { "if-none-match": `"${changeToken}"` };
    assert.equal(first.headers["etag"], tag["if-none-match"]);
    const since = (query = {}, headers = {}) =>
      ask(listMigrations(world.services), world, { query: { since: changeToken, ...query }, headers });
    assert.deepEqual([(await since()).status, (await since()).body.items], [200, []]);
    for (const unchanged of [
      await since({}, tag),
      await ask(listMigrations(world.services), world, { headers: tag }),
    ]) {
      assert.deepEqual([unchanged.status, unchanged.headers["etag"]], [304, tag["if-none-match"]]);
      assert.ok(!unchanged.body);
    }
    const { migration, version } = world.migrations.get("b-1") ?? assert.fail();
    const change = { ...migration, state: "starting" } as const;
    assert.equal(
      await world.services.migrations.commit({ migrationId: "b-1", version, migration: change }),
      "committed",
    );
    const news = await since({}, tag);
    assert.deepEqual(
      news.body.items.map(({ migrationId, state }: { migrationId: string; state: string }) => [migrationId, state]),
      [["b-1", "starting"]],
    );
    assert.notEqual(news.body.changeToken, changeToken);
    const whole = await ask(listMigrations(world.services), world, { headers: tag });
    assert.deepEqual([whole.status, whole.body.items.length], [200, 3]);
  });
  test("tells that one was forgotten to whoever asks what has changed, and has it on no page", async () => {
    const other = aWorld(aMigration("sales-1", { state: "draft" }));
    const look = (query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      ask(listMigrations(other.services), other, { query, headers });
    const { changeToken } = (await look()).body;
    await ask(forgetMigration(other.services), other, { method: "DELETE", params: { id: "sales-1" } });
    const tag = { "if-none-match": `"${changeToken}"` };
    const news = await look({ since: changeToken }, tag);
    assert.deepEqual([news.status, news.body.items, news.body.forgotten], [200, [], ["sales-1"]]);
    const whole = await look({}, tag);
    assert.deepEqual([whole.status, whole.body.items, whole.body.forgotten], [200, [], undefined]);
  });
  test("names a token on its first page alone: later ones may have missed what changed before", async () => {
    const first = (await list({ top: "1" })).body;
    const second = await list({ top: "1", cursor: first.nextCursor });
    assert.ok(first.changeToken !== undefined && second.body.changeToken === undefined);
    assert.equal(second.headers["etag"], undefined);
  });
  test("answers as its schema says", async () => {
    for (const query of [{}, { top: "1" }]) Migrations.strict().parse((await list(query)).body);
  });
  test("is refused with what it does not know: a mistyped filter must not look like an empty list", async () => {
    const { changeToken } = (await list()).body;
    for (const query of [
      { state: "ready" },
      { state: "" },
      { state: "failed," },
      { sate: "failed" },
      { vm: "" },
      { wave: "first" },
      { top: "0" },
      { top: "201" },
      { top: "x" },
      { cursor: "b-1" },
      { cursor: changeToken },
      { since: cursorOf("migrations", "b-1") },
      { since: cursorOf("changes", "yesterday") },
      { since: changeToken, state: "failed" },
      { since: changeToken, wave: "1" },
    ])
      assert.equal((await list(query as Record<string, string>)).status, 400, JSON.stringify(query));
    for (const tag of ['W/"x"', "*", "", `"${cursorOf("changes", "yesterday")}"`])
      assert.equal(
        (await ask(listMigrations(world.services), world, { headers: { "if-none-match": tag } })).status,
        200,
      );
  });
});

describe("an operation", () => {
  const request: CancelRequest = {
    kind: "cancel",
    requestId: "sales-1-run-1-cancel-2",
    run: 1,
    by: "Dana",
    at: "t",
    reason: "r",
  };
  const world = aWorld(aMigration("sales-1", { state: "restoring" }));
  const look = (requestId = request.requestId) => ask(getOperation(world.services), world, { params: { requestId } });

  test("runs until it has an outcome", async () => {
    world.change({ state: "restoring" }, { cancel: request });
    const { body } = await look();
    assert.deepEqual(
      [body.status, body.kind, body.by, body.migrationState],
      ["running", "cancel", "Dana", "restoring"],
    );
    assert.deepEqual([body.requestId, body.operationId], [request.requestId, request.requestId], "clients of 0.1.0");
  });
  test("has its outcome", async () => {
    world.change({}, { cancel: { ...request, outcome: { status: "refused", at: "t", detail: "Too late." } } });
    assert.deepEqual([(await look()).body.status, (await look()).body.detail], ["refused", "Too late."]);
  });
  test("without an outcome is superseded when its run has ended, or another has begun", async () => {
    world.change({ state: "failed" }, { cancel: request });
    assert.equal((await look()).body.status, "superseded");
    world.change({ state: "restoring", run: 2 });
    assert.equal((await look()).body.status, "superseded");
  });
  test("that is a cutover runs until the database is online, and is superseded when the run ends otherwise", async () => {
    const outcome = { status: "done", at: "t", detail: "DMS has been asked for the cutover." } as const;
    const cutover = {
      kind: "cutover",
      requestId: "sales-1-run-1-cutover-1",
      run: 1,
      by: "Dana",
      at: "t",
      planVersion: "p",
      sourceClosed: true,
      force: false,
      outcome,
    } as const;
    const failure = { code: "c", message: "The VM went away.", cause: "c", remedy: "r" };
    for (const [state, run, status] of [
      ["cuttingOver", 1, "running"],
      ["succeeded", 1, "done"],
      ["failed", 1, "superseded"],
      ["canceled", 1, "superseded"],
      ["waitingForChain", 2, "superseded"],
      ["succeeded", 2, "superseded"],
    ] as const) {
      world.change({ state, run, ...(state === "failed" && { failure }) }, { cutover });
      const { body } = await look(cutover.requestId);
      assert.equal(body.status, status, `${state} in run ${run}`);
      if (state === "failed") assert.match(body.detail, /The VM went away/);
    }
    world.change(
      { state: "restoring", run: 1 },
      { cutover: { ...cutover, outcome: { ...outcome, status: "refused" } } },
    );
    assert.equal((await look(cutover.requestId)).body.status, "refused");
  });
  test("of another ordinal, run, migration or kind is not found", async () => {
    const others = [
      "sales-1-run-1-cancel-1",
      "sales-1-run-2-cancel-2",
      "sales-2-run-1-cancel-2",
      "sales-1-run-1-start-1",
      "",
      "x|y",
    ];
    for (const id of others) assert.equal((await look(id)).status, 404, id);
  });
});

describe("the plan", () => {
  const world = aFolder();
  const plan = (headers: Record<string, string> = {}) => ask(getPlan(world.services), world, { params, headers });

  test("is tagged with its version, and not sent again to who has it, by a strong or a weak tag", async () => {
    const { status, headers, body } = await plan();
    assert.deepEqual([status, headers["etag"]], [200, `"${body.planVersion}"`]);
    for (const tag of [`"${body.planVersion}"`, `W/"${body.planVersion}"`])
      assert.equal((await plan({ "if-none-match": tag })).status, 304);
    assert.equal((await plan({ "if-none-match": '"another"' })).status, 200);
  });
  test("has the version that the details and the files name", async () => {
    const { planVersion } = (await plan()).body;
    const details = await ask(getMigration(world.services), world, { params });
    assert.deepEqual([details.headers["etag"], details.body.planVersion], [`"${planVersion}"`, planVersion]);
    const { body } = await ask(listFiles(world.services), world, { params });
    assert.deepEqual([body.planVersion, body.items.length], [planVersion, 2]);
  });
});

test("audit and events are those of the migration", async () => {
  const world = aFolder();
  const { migrations } = world.services;
  const [audit, event] = [
    anAuditEntry("a", "2025-11-24T00:00:00.000Z"),
    anEvent("sales-1", "e", "2025-11-24T00:00:00.000Z"),
  ];
  const { migration, version } = world.migrations.get("sales-1") ?? assert.fail();
  await migrations.commit({ migrationId: "sales-1", version, migration, audit: [audit], events: [event] });
  await migrations.published("sales-1", [event]);
  assert.equal((await ask(listAudit(world.services), world, { params })).body.items[0].id, "a");
  assert.equal((await ask(listEvents(world.services), world, { params })).body.items[0].id, "e");
});

describe("a long list of one migration", () => {
  const world = aFolder();
  const walk = async (route: (services: Services) => HttpHandler, query: Record<string, string> = {}) => {
    const items: Record<string, unknown>[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const asked = { params, query: { top: "2", ...query, ...(cursor && { cursor }) } };
      const { status, body } = await ask(route(world.services), world, asked);
      assert.equal(status, 200);
      assert.ok(body.items.length <= 2);
      items.push(...body.items);
      pages++;
      cursor = body.nextCursor;
    } while (cursor !== undefined);
    return { items, pages };
  };

  test("comes in pages: its files by name, or the newest first, all of them or those that are looked for", async () => {
    world.records = [
      full(100, 160, { file: "full.bak" }),
      log(150, 200, { file: "z.trn" }),
      log(200, 260, { file: "a.trn" }),
      unreadable("torn.bak", "TRUNCATED"),
      log(260, 300, { file: "m.trn" }),
    ];
    const namesBy = async (query: Record<string, string>) => {
      const { items, pages } = await walk(listFiles, query);
      return [pages, items.map(({ name }) => String(name).slice("Sales/".length))];
    };
    assert.deepEqual(await namesBy({}), [3, ["a.trn", "full.bak", "m.trn", "torn.bak", "z.trn"]]);
    assert.deepEqual(await namesBy({ order: "newest" }), [3, ["torn.bak", "m.trn", "a.trn", "z.trn", "full.bak"]]);
    assert.deepEqual(await namesBy({ order: "newest", q: "TRN" }), [2, ["m.trn", "a.trn", "z.trn"]]);
    assert.deepEqual(await namesBy({ q: "truncated" }), [1, ["torn.bak"]]);
  });

  test("comes in pages: its events and its audit, oldest first", async () => {
    const { migrations } = world.services;
    const { migration, version } = world.migrations.get("sales-1") ?? assert.fail();
    const at = (minute: number) => `2025-11-24T00:0${minute}:00.000Z`;
    const events = [anEvent("sales-1", "z", at(1)), anEvent("sales-1", "a", at(2)), anEvent("sales-1", "k", at(2))];
    const audit = [anAuditEntry("z", at(1)), anAuditEntry("a", at(2)), anAuditEntry("k", at(2))];
    await migrations.commit({ migrationId: "sales-1", version, migration, audit, events });
    await migrations.published("sales-1", events);
    for (const route of [listEvents, listAudit]) {
      const { items, pages } = await walk(route);
      assert.deepEqual([pages, items.map(({ id }) => id)], [2, ["z", "a", "k"]]);
    }
  });

  test("is refused a cursor of another list, or of another order, and what it does not know", async () => {
    for (const [route, query] of [
      [listFiles, { cursor: cursorOf("newestFiles", "x") }],
      [listFiles, { cursor: cursorOf("files", "x"), order: "newest" }],
      [listFiles, { order: "oldest" }],
      [listFiles, { name: "x" }],
      [listEvents, { cursor: cursorOf("audit", "x") }],
      [listEvents, { top: "201" }],
      [listAudit, { cursor: cursorOf("events", "x") }],
      [listAudit, { since: "yesterday" }],
    ] as const)
      assert.equal((await ask(route(world.services), world, { params, query })).status, 400, JSON.stringify(query));
  });
});

test("nothing is told of a migration that there is not", async () => {
  const world = aFolder();
  for (const route of [getMigration, getPlan, listFiles, listAudit, listEvents])
    assert.equal((await ask(route(world.services), world, { params: { id: "sales-2" } })).status, 404);
});

test("answers are kept by no cache", async () => {
  const world = aFolder();
  assert.equal((await ask(getMigration(world.services), world, { params })).headers["cache-control"], "no-store");
});

const answers = async (services: Services, world: ReturnType<typeof aWorld>) => {
  const health = await ask(getHealth(services), world);
  assert.deepEqual(Object.keys(health.body), ["status"], "one word, whoever asks");
  return { health, diagnosis: (await ask(getDiagnosis(services), world)).body };
};

test("the health is one word, and the diagnosis says which dependency does not answer", async () => {
  const world = aFolder();
  const well = await answers(world.services, world);
  assert.deepEqual([well.health.status, well.health.body.status], [200, "ok"]);
  assert.deepEqual(well.diagnosis, {
    status: "ok",
    dependencies: { state: "ok", backups: "ok" },
    sweep: { isLate: false },
  });
  const files = { ...world.services.files, find: () => Promise.reject(new Error("no route")) };
  const sick = await answers({ ...world.services, files }, world);
  assert.deepEqual([sick.health.status, sick.health.headers["retry-after"]], [503, "10"]);
  assert.deepEqual(sick.diagnosis.dependencies, { state: "ok", backups: "unreachable" });
});

test("settings whose secrets App Service could not read are named, and the app goes on serving", async () => {
  const world = aFolder();
  const config = { ...world.services.config, unresolved: ["TEAMS_WEBHOOK_URL"] };
  const { health, diagnosis } = await answers({ ...world.services, config }, world);
  assert.deepEqual([health.status, health.body.status], [200, "degraded"]);
  assert.deepEqual(diagnosis.unresolvedSettings, ["TEAMS_WEBHOOK_URL"]);
});

test("a header that names an Admin changes nothing of the health, which lies past the sign-in; the diagnosis asks for a role", async () => {
  const world = aFolder();
  const config = { ...world.services.config, auth: "easyAuth" as const, unresolved: ["TEAMS_WEBHOOK_URL"] };
  const services = { ...world.services, config };
  const as = (...roles: string[]) => {
    const claims = [{ typ: "name", val: "Dana" }, ...roles.map((val) => ({ typ: "roles", val }))];
    return { headers: { "x-ms-client-principal": Buffer.from(JSON.stringify({ claims })).toString("base64") } };
  };
  for (const caller of [{}, as(), as("Ferry.Admin")])
    assert.deepEqual((await ask(getHealth(services), world, caller)).body, { status: "degraded" });
  const statusFor = async (caller: object) => (await ask(getDiagnosis(services), world, caller)).status;
  assert.deepEqual([await statusFor({}), await statusFor(as()), await statusFor(as("Ferry.Reader"))], [401, 403, 200]);
});

test("the diagnosis tells of the last sweep: when it ended, how long it took, what it found, and that none has come for long", async () => {
  const world = aFolder();
  const [health, diagnosis] = [getHealth(world.services), getDiagnosis(world.services)];
  const look = async () => ({ ...(await ask(health, world)), sweep: (await ask(diagnosis, world)).body.sweep });
  const at = (minutes: number) => new Date(Date.parse("2025-11-24T01:00:00.000Z") + minutes * 60_000);
  const swept = { folders: 3, missed: 2, deleted: 1, failed: [], faults: 0 };
  world.sweep = { ...swept, startedAt: at(0).toISOString(), endedAt: at(1).toISOString() };
  world.now = at(11);
  const well = await look();
  assert.deepEqual([well.status, well.body.status], [200, "ok"]);
  const told = { isLate: false, lastEnd: at(1).toISOString(), seconds: 60, ageSeconds: 600, ...swept, failed: 0 };
  assert.deepEqual(well.sweep, told);
  world.sweep = { ...world.sweep, failed: ["Sales"], faults: 2 };
  const limping = await look();
  assert.deepEqual([limping.status, limping.body.status], [200, "degraded"]);
  assert.deepEqual([limping.sweep.failed, limping.sweep.faults], [1, 2]);
  world.now = at(32);
  const late = await look();
  assert.deepEqual([late.status, late.body.status, late.sweep.isLate], [503, "degraded", true]);
});

test("the diagnosis tells how far the sweep is that is under way; as long as it gets on it is not late", async () => {
  const world = aFolder();
  const [health, diagnosis] = [getHealth(world.services), getDiagnosis(world.services)];
  const sweep = async () => (await ask(diagnosis, world)).body.sweep;
  const begin = world.now;
  const minutesLater = (minutes: number) => new Date(begin.getTime() + minutes * 60_000);
  const part = {
    ...newSweep(begin, undefined),
    stage: "ended",
    parts: 7,
    folders: 1_200,
    at: minutesLater(50).toISOString(),
  };
  world.sweeps.progress = part as SweepProgress;
  world.now = minutesLater(60);
  const told = { since: begin.toISOString(), stage: "ended", parts: 7, folders: 1_200, lastPart: part.at };
  assert.deepEqual(await sweep(), { isLate: false, running: told });
  assert.deepEqual((await ask(health, world)).body, { status: "ok" });
  world.now = minutesLater(81);
  assert.deepEqual(await sweep(), { isLate: true, running: told });
  world.sweeps.progress = { ...part, stage: "done" } as SweepProgress;
  world.now = minutesLater(60);
  assert.deepEqual(await sweep(), { isLate: true });
});

test("the health of an app that has never been swept is late as well, once it has run for long", async () => {
  const world = aFolder();
  const health = getHealth(world.services);
  world.now = new Date(world.now.getTime() + 29 * 60_000);
  assert.equal((await ask(health, world)).status, 200);
  world.now = new Date(world.now.getTime() + 2 * 60_000);
  assert.equal((await ask(health, world)).status, 503);
});

describe("the page", () => {
  const world = aWorld();
  const asset = (file: string) => ask(pageAsset(world.services), world, { params: { file } });

  test("and its assets come under the policy, by their types", async () => {
    const page = await ask(statusPage(world.services), world);
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
    for (const [file, type] of [
      ["page.js", "text/javascript"],
      ["page.css", "text/css"],
      ["icon.svg", "image/svg+xml"],
    ] as const) {
      const { status, headers } = await asset(file);
      assert.deepEqual([status, headers["content-type"]?.split(";")[0]], [200, type]);
      assert.equal(headers["content-security-policy"], page.headers["content-security-policy"]);
    }
  });
  test("has no other files, whatever path is asked for", async () => {
    for (const file of [
      "none.js",
      "../html.ts",
      "..%2fhtml.ts",
      "/etc/passwd",
      "page.js.map",
      "page",
      "",
      ".js",
      "page.js\u0000",
    ])
      assert.equal((await asset(file)).status, 404, file);
  });
});
