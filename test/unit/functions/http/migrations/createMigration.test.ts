// Tests which requests POST /migrations registers, completes or refuses.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createMigration } from "../../../../../functions/http/migrations/createMigration.ts";
import { draftOf } from "../../../../../shared/application/files/ensureMigration.ts";
import type { Migration, StartRequest } from "../../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import { type DurableHost, startDurableHost } from "../../../../support/durableHost.ts";
import { aMigration } from "../../../../support/facts.ts";
import { ask, aWorld, VM, type World } from "../../../../support/world.ts";

const source = { folder: "Sales" };
const target = { sqlVmResourceId: VM };
const principal = (role: string): Record<string, string> => ({
  "x-ms-client-principal": Buffer.from(
    JSON.stringify({
      claims: [
        { typ: "name", val: "Dana" },
        { typ: "roles", val: role },
      ],
    }),
  ).toString("base64"),
});

describe("a registration", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());

  function anEmptyWorld(settings: Readonly<Record<string, string>> = {}) {
    const world = aWorld(undefined, settings);
    world.durableUrl = durable.url;
    durable.started.length = 0;
    return { world, create: (json: unknown) => ask(createMigration(world.services), world, { json }) };
  }
  const inWorld = (world: World, migration: Migration): void => {
    world.migrations.set(migration.migrationId, { migration, version: `of ${migration.migrationId}`, requests: {} });
  };

  test("of a new folder says where it is, and starts its run", async () => {
    const { world, create } = anEmptyWorld();
    const answer = await create({ source, target, mode: "offline", start: "manual" });
    assert.equal(answer.status, 201);
    const { migrationId } = answer.body;
    assert.match(migrationId, /^sales-[0-9a-f]{8}$/);
    assert.equal(answer.headers["location"], `/api/v1/migrations/${migrationId}`);
    const { state, mode, start, createdBy, target: goal } = world.migration(migrationId);
    assert.deepEqual([state, mode, start, createdBy], ["waitingForChain", "offline", "manual", "anonymous"]);
    assert.deepEqual(goal, { sqlVmResourceId: VM, databaseName: "Sales" });
    assert.deepEqual(durable.started, [`mig-${migrationId}-run-1`]);
    assert.deepEqual(world.signalled, [migrationId]);
  });

  test("without a target takes the one of the settings, or stays a draft", async () => {
    const settings = { TARGET_SQL_VM_RESOURCE_ID: VM.replace("0000", "00000000-0000-0000-0000-000000000000") };
    assert.equal((await anEmptyWorld(settings).create({ source })).body.target.databaseName, "Sales");
    const none = await anEmptyWorld().create({ source });
    assert.deepEqual([none.body.state, none.body.target], ["draft", undefined]);
  });

  test("of the root needs a database's name, and makes the root a database", async () => {
    const { world, create } = anEmptyWorld();
    assert.equal((await create({ source: { folder: "" }, target })).body.state, "draft");
    const named = await create({ source: { folder: "", databaseName: "Sales" }, target });
    assert.deepEqual([named.status, named.body.target.databaseName], [201, "Sales"]);
    assert.equal(world.migration(named.body.migrationId).source.rootIsADatabase, true);
  });

  test("completes the draft that a file made, and the one that somebody registered without a target", async () => {
    for (const createdBy of ["sqlferry", "Dana"]) {
      const { world, create } = anEmptyWorld();
      const draft = { ...draftOf(world.services, "Sales"), createdBy };
      inWorld(world, draft);
      const answer = await create({ source: { ...source, databaseName: "SalesDb" }, target });
      assert.deepEqual(
        [answer.status, answer.body.state, answer.body.migrationId],
        [201, "waitingForChain", draft.migrationId],
      );
      assert.equal(world.migration(draft.migrationId).source.databaseName, "SalesDb");
    }
  });

  describe("that completes a draft whose start somebody has asked for", () => {
    const other = VM.replace("SQLVM-07", "SQLVM-08");
    const word: StartRequest = {
      ...{ kind: "start", requestId: "s", run: 1, by: "Kim", at: "2025-11-24T00:00:00.000Z", planVersion: "p" },
      chainWasComplete: true,
    };
    const rows: Readonly<Record<string, readonly [said: object, stands: boolean, isPlaced?: false]>> = {
      "as it was": [{}, true],
      "with the target that was still to come": [{}, true, false],
      "by another start policy": [{ start: "auto" }, true],
      "for another VM": [{ target: { sqlVmResourceId: other } }, false],
      "under another name": [{ target: { ...target, databaseName: "Prod" } }, false],
      "online instead of offline": [{ mode: "online" }, false],
      "online, before there was a target": [{ mode: "online" }, false, false],
    };
    for (const [how, [said, stands, isPlaced = true]] of Object.entries(rows))
      test(`${how}: the word ${stands ? "stands" : "is over, and the audit says so"}`, async () => {
        const { world, create } = anEmptyWorld();
        const draft = draftOf(world.services, "Sales");
        const placed = { state: "waitingForChain", target: { ...target, databaseName: "Sales" } } as const;
        const migration: Migration = { ...draft, mode: "offline", start: "manual", ...(isPlaced && placed) };
        world.migrations.set(draft.migrationId, { migration, version: "1", requests: { start: word } });
        assert.equal((await create({ source, mode: "offline", start: "manual", target, ...said })).status, 201);
        const { outcome } = world.requests().start ?? {};
        assert.equal(outcome?.status, stands ? undefined : "superseded");
        assert.equal(
          world.audit[0]?.detail,
          ["Registered by anonymous.", ...(outcome ? [outcome.detail] : [])].join(" "),
        );
        if (outcome) assert.match(outcome.detail, /^The start that Kim asked for .* Ask for it again\.$/);
      });
  });

  test("of a folder that has its migration is refused, and told which", async () => {
    const registered: readonly MigrationState[] = ["waitingForChain", "restoring", "failed", "succeeded"];
    for (const state of registered) {
      const { world, create } = anEmptyWorld();
      const draft = draftOf(world.services, "Sales");
      inWorld(world, { ...draft, state, createdBy: "Dana" });
      const answer = await create({ source, target });
      assert.deepEqual([answer.status, answer.body.migrationId], [409, draft.migrationId], state);
    }
  });

  test("of a target that another migration has is refused, in any case of its letters", async () => {
    const rival = (state: MigrationState) =>
      aMigration("other-1", { state, target: { sqlVmResourceId: VM.toLowerCase(), databaseName: "SALES" } });
    const taken: readonly MigrationState[] = [
      "draft",
      "waitingForChain",
      "queued",
      "restoring",
      "cuttingOver",
      "canceling",
      "succeeded",
    ];
    for (const state of taken) {
      const { world, create } = anEmptyWorld();
      inWorld(world, rival(state));
      const answer = await create({ source, target });
      assert.deepEqual(
        [answer.status, answer.body.type, answer.body.migrationId],
        [409, "https://sqlferry.dev/problems/duplicate-target", "other-1"],
        state,
      );
    }
    for (const state of ["failed", "canceled", "preflightFailed"] as const) {
      const { world, create } = anEmptyWorld();
      inWorld(world, rival(state));
      assert.equal((await create({ source, target })).status, 201, state);
    }
  });

  test("of another container, or with a body that is not understood, is refused", async () => {
    const { create } = anEmptyWorld();
    const elsewhere = await create({ source: { ...source, container: "other" } });
    assert.deepEqual([elsewhere.status, elsewhere.body.errors[0].pointer], [400, "/source/container"]);
    assert.equal((await create({ source: { ...source, container: "backups" }, target })).status, 201);
    assert.equal((await create({ folder: "Sales" })).status, 400);
  });

  test("completes the draft when the folder's first file was quicker", async () => {
    const { world, create } = anEmptyWorld();
    world.meanwhile = () => inWorld(world, draftOf(world.services, "Sales"));
    const answer = await create({ source, target });
    assert.equal(answer.status, 201);
    assert.equal(world.migration(answer.body.migrationId).createdBy, "anonymous");
    assert.equal(world.audit.length, 1);
  });

  describe("of a share", () => {
    const fileShare = {
      path: "\\\\filer1\\backups",
      username: "CORP\\ferry",
      passwordSecret: "fileshare-share",
      sql: { server: "SQL01", authentication: "SqlAuthentication", userName: "r", passwordSecret: "fileshare-sql" },
    };
    const listed = { AUTH: "easyAuth", FILE_SHARE_SERVERS: "filer1,SQL01" };
    const register = (world: World, role: string, changes: object = {}) =>
      ask(createMigration(world.services), world, {
        headers: principal(role),
        json: { source: { ...source, databaseName: "Sales", fileShare: { ...fileShare, ...changes } }, target },
      });

    test("whose secrets and servers were released is for Operators", async () => {
      const { world } = anEmptyWorld(listed);
      assert.equal((await register(world, "Ferry.Operator")).status, 201);
      assert.equal(world.audit[0]?.facts["asAdmin"], undefined);
    });

    test("that names another secret of the vault is for Admins, and the audit says so", async () => {
      const { world } = anEmptyWorld(listed);
      const refused = await register(world, "Ferry.Operator", { passwordSecret: "payroll-key" });
      assert.deepEqual([refused.status, refused.body.needed], [403, "Ferry.Admin"]);
      assert.equal(world.migrations.size, 0);
      assert.equal((await register(world, "Ferry.Admin", { passwordSecret: "payroll-key" })).status, 201);
      assert.match(String(world.audit[0]?.facts["asAdmin"]), /payroll-key/);
    });

    test("on servers that nobody released is for Admins", async () => {
      const { world } = anEmptyWorld({ AUTH: "easyAuth" });
      assert.equal((await register(world, "Ferry.Operator")).status, 403);
      assert.equal((await register(world, "Ferry.Admin")).status, 201);
    });

    test("that names the Teams workflow's secret is for nobody", async () => {
      const { world } = anEmptyWorld(listed);
      assert.equal((await register(world, "Ferry.Admin", { passwordSecret: "Teams-Webhook-Url" })).status, 400);
    });
  });
});
