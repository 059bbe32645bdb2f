// Tests that a published assessment appears where it matters: in the list, in the preflight, at the start, until a
// person acknowledges it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runPreflight } from "../../../../functions/activities/runPreflight.ts";
import { deleteAssessment } from "../../../../functions/http/assessments/deleteAssessment.ts";
import { getAssessment } from "../../../../functions/http/assessments/getAssessment.ts";
import { listAssessments } from "../../../../functions/http/assessments/listAssessments.ts";
import { publishAssessment } from "../../../../functions/http/assessments/publishAssessment.ts";
import { acknowledgeFinding } from "../../../../functions/http/commands/acknowledgeFinding.ts";
import { restartMigration } from "../../../../functions/http/commands/restartMigration.ts";
import { startMigration } from "../../../../functions/http/commands/startMigration.ts";
import { getMigration } from "../../../../functions/http/migrations/getMigration.ts";
import { getSourceOfMigration } from "../../../../functions/http/migrations/getSourceOfMigration.ts";
import { listAudit } from "../../../../functions/http/migrations/listAudit.ts";
import { listMigrations } from "../../../../functions/http/migrations/listMigrations.ts";
import { announceVerdicts } from "../../../../shared/application/files/announceVerdicts.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import { summaryOf } from "../../../../shared/migration/events/verdictNews.ts";
import { UnreadableRowError } from "../../../../shared/migration/faults.ts";
import type { Check, Migration } from "../../../../shared/migration/migration.ts";
import type { Assessment } from "../../../../shared/source/assessment.ts";
import { anAssessment, DATABASE, databaseOf, FAMILY, withTde } from "../../../support/assessments.ts";
import { context, full, log } from "../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../support/facts.ts";
import { ask, aWorld, target, type World } from "../../../support/world.ts";

const header = { serverName: "SQL01", familyGuid: FAMILY, bindingId: DATABASE };
const records = [full(100, 160, { header }), log(150, 200, { header })];
const params = { id: "sales-1" };

/** A folder whose chain has been assessed. */
function aFolder(changes: Partial<Migration> = {}) {
  const summary = summaryOf(assessChain(records, context()));
  const world = aWorld(aMigration("sales-1", { target, start: "manual", summary, ...changes }));
  world.records = records;
  const { services } = world;
  return {
    world,
    publish: (json: unknown) => ask(publishAssessment(services), world, { json }),
    start: () => ask(startMigration(services), world, { params, json: {} }),
    acknowledge: (check: string, json: object = { reason: "the certificate is on the VM" }) =>
      ask(acknowledgeFinding(services), world, { params: { ...params, check }, json }),
    details: async () => (await ask(getMigration(services), world, { params })).body,
  };
}
const p28 = (checks: readonly Check[]): Check => checks.find(({ id }) => id === "P28") ?? assert.fail("no P28");

describe("an assessment that is published", () => {
  test("is kept, joined exactly, audited on both sides, and told once", async () => {
    const { world, publish } = aFolder();
    const { status, body, headers } = await publish(anAssessment(withTde));
    assert.equal(status, 201);
    assert.equal(headers["location"], `/api/v1/assessments/${body.assessmentId}`);
    const [joined] = body.joined;
    assert.deepEqual([joined.database, joined.migrationId, joined.by, joined.blocks], ["Sales", "sales-1", "guid", 1]);
    assert.deepEqual([body.notJoined, body.shortened], [[], []]);
    assert.deepEqual(world.migration().assessed?.blocks, 1);
    assert.deepEqual(
      world.audit.map(({ action, facts }) => [action, facts["server"]]),
      [["publish", "SQL01"]],
    );
    assert.equal((await world.services.assessments.audit(body.assessmentId))[0]?.action, "publish");
    const [event, ...others] = world.published;
    assert.deepEqual(others, []);
    assert.equal(event?.type, "com.sqlferry.assessment.published");
    assert.deepEqual([fieldOf(event?.data, "server"), fieldOf(event?.data, "blocks")], ["SQL01", 1]);
  });

  test("again changes nothing and is answered alike", async () => {
    const { world, publish } = aFolder();
    const first = await publish(anAssessment(withTde));
    const before = [world.assessments.everything(), JSON.stringify(world.audit), world.published.length];
    const again = await publish(anAssessment(withTde));
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, { ...first.body, isNew: false });
    assert.deepEqual([world.assessments.everything(), JSON.stringify(world.audit), world.published.length], before);
  });

  test("heals what a crash left: the rows were there, and the migration had not learnt of them", async () => {
    const { world, publish } = aFolder();
    await publish(anAssessment(withTde));
    const { assessed: _, ...forgotten } = world.migration();
    world.migrations.set("sales-1", { migration: forgotten, version: "crashed", requests: {} });
    await publish(anAssessment(withTde));
    assert.equal(world.migration().assessed?.blocks, 1);
  });

  test("by somebody else at the same moment loses nothing of either", async () => {
    const { world, publish } = aFolder();
    const { assessments } = world.services;
    const { commit } = assessments;
    let other: Promise<unknown> | undefined;
    Object.assign(assessments, {
      commit: async (change: Parameters<typeof commit>[0]) => {
        if (!other) {
          other = publish(anAssessment({ containment: "PARTIAL" }, { takenAt: "2025-11-23T13:00:00.000Z" }));
          await other;
        }
        return commit(change);
      },
    });
    await publish(anAssessment(withTde));
    assert.equal(world.migration().assessed?.blocks, 2, "S10 and S61");
  });

  test("that loses against somebody else ten times gives up with 503, and says to publish it again", async () => {
    const { world, publish } = aFolder();
    let tries = 0;
    const commit = async () => {
      tries++;
      return "conflict";
    };
    Object.assign(world.services.assessments, { commit });
    const { status, headers, body } = await publish(anAssessment(withTde));
    assert.deepEqual([status, headers["retry-after"], tries], [503, "5", 10]);
    assert.match(body.type, /\/busy$/);
  });

  test("that is older takes nothing back, and one that is newer does", async () => {
    const { world, publish } = aFolder();
    await publish(anAssessment(withTde));
    await publish(anAssessment({ encryption: null }, { takenAt: "2025-11-22T12:00:00.000Z" }));
    assert.equal(world.migration().assessed?.blocks, 1);
    await publish(anAssessment({ encryption: null }, { takenAt: "2025-11-23T13:00:00.000Z" }));
    assert.equal(world.migration().assessed?.blocks, 0);
  });

  test("by name alone is joined with a warning, and names what nobody migrates", async () => {
    const { publish, details } = aFolder();
    const { familyGuid: _, databaseGuid: __, ...nameless } = databaseOf(anAssessment(withTde));
    const assessment = { ...anAssessment(), server: "sql01", databases: [nameless, { ...nameless, name: "Stock" }] };
    const { body } = await publish(assessment);
    assert.deepEqual([body.joined[0].by, body.notJoined], ["name", ["Stock"]]);
    assert.equal((await details()).assessment.isByName, true);
  });

  test("comes in pages: the servers, and the databases of one; a server that cannot be read says so and hides no other", async () => {
    const { world, publish } = aFolder();
    const { services } = world;
    const databases = ["C", "A", "B"].map((name) => databaseOf(anAssessment({ name })));
    const servers = ["SRV3", "SRV1", "SRV2"];
    for (const server of servers) await publish({ ...anAssessment({}, { server }), databases });
    const page = async (route: typeof listAssessments, query: Record<string, string>, id = "") =>
      (await ask(route(services), world, { query, params: { id } })).body;
    const first = await page(listAssessments, { top: "2" });
    const second = await page(listAssessments, { top: "2", cursor: first.nextCursor });
    const seen = [...first.items, ...second.items];
    assert.deepEqual(
      seen.map(({ server }: { server: string }) => server),
      servers.toSorted(),
    );
    assert.deepEqual([first.items.length, second.nextCursor], [2, undefined]);
    const [{ assessmentId }] = seen;
    const names: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const one = await page(getAssessment, { top: "2", ...(cursor && { cursor }) }, assessmentId);
      names.push(...one.databases.map(({ name }: { name: string }) => name));
      cursor = one.nextCursor;
      if (cursor === undefined) break;
    }
    assert.deepEqual(names, ["A", "B", "C"]);
    const { assessments } = services;
    const server: typeof assessments.server = async (id) => {
      if (id === assessmentId) throw new UnreadableRowError("Assessments", id, "server", new Error("spoilt"));
      return assessments.server(id);
    };
    const spoilt = await ask(listAssessments({ ...services, assessments: { ...assessments, server } }), world);
    assert.equal(spoilt.body.items.length, 3);
    assert.match(spoilt.body.items[0].unreadable, /The row "server" of "srv1-.*" in table Assessments cannot be read/);
    assert.equal(world.faults.length, 1);
    for (const route of [listAssessments, getAssessment])
      assert.equal(
        (await ask(route(services), world, { query: { cursor: "x" }, params: { id: assessmentId } })).status,
        400,
      );
  });

  test("is listed by server, and shown with its databases, groups and publications, without secrets", async () => {
    const { world, publish } = aFolder();
    const leaky = anAssessment({
      ...withTde,
      references: [{ database: "Stock" }],
      externalData: ["x AccountKey=hush;"],
    });
    const { body } = await publish(leaky);
    const { services } = world;
    const list = await ask(listAssessments(services), world);
    assert.deepEqual(
      list.body.items.map(({ server, publishedBy }: Record<string, string>) => [server, publishedBy]),
      [["SQL01", "anonymous"]],
    );
    const [{ databases, blocked, counts }] = list.body.items;
    assert.deepEqual([databases, blocked, counts.blocks], [1, 1, 1], "of its databases as well");
    const one = await ask(getAssessment(services), world, { params: { id: body.assessmentId } });
    assert.deepEqual(
      one.body.databases.map(({ name, counts }: { name: string; counts: { blocks: number } }) => [name, counts.blocks]),
      [["Sales", 1]],
    );
    assert.deepEqual(one.body.groups, [{ databases: ["Sales"], missing: ["Stock"] }]);
    assert.equal(one.body.audit.length, 1);
    assert.ok(!world.assessments.everything().includes("hush"));
    for (const id of ["nobody-00000000", "../etc", ""])
      assert.equal((await ask(getAssessment(services), world, { params: { id } })).status, 404, id);
  });

  test("that does not fit into a row together with what is known already is refused, and what is known stays", async () => {
    const { world, publish } = aFolder();
    const bloated = (at: number, takenAt: string) => {
      const assessment = anAssessment({}, { takenAt });
      const findings = databaseOf(assessment).findings.map((finding, index) => {
        const text = index % 2 === at ? "ü".repeat(1_600) : "";
        return {
          ...finding,
          outcome: index % 2 === at ? ("found" as const) : finding.outcome,
          message: text,
          remedy: text,
        };
      });
      return { ...assessment, databases: [{ ...databaseOf(assessment), findings: findings.slice(0, 46) }] };
    };
    const first = await publish(bloated(0, "2025-11-23T12:00:00.000Z"));
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const before = world.assessments.everything();
    const second = await publish(bloated(1, "2025-11-23T13:00:00.000Z"));
    assert.deepEqual([second.status, /"Sales" are too large/.test(second.body.detail)], [400, true]);
    assert.equal(world.assessments.everything(), before);
  });

  test("is refused with what was found where it is of another shape, too large, or from the future", async () => {
    const { world, publish } = aFolder();
    const before = world.assessments.everything();
    const future = anAssessment({}, { takenAt: "2025-11-25T12:00:00.000Z" });
    const rows: readonly (readonly [unknown, number, RegExp])[] = [
      [{ ...anAssessment(), server: "" }, 400, /server/],
      [{ assessments: [anAssessment()] }, 400, /server/],
      [{ ...anAssessment(), more: 1 }, 400, /more/],
      [future, 400, /still to come/],
      [{ ...anAssessment(), edition: "x".repeat(2 ** 20) }, 413, /at most 1048576/],
    ];
    for (const [json, status, says] of rows) {
      const answer = await publish(json);
      assert.equal(answer.status, status);
      assert.match(answer.body.detail, says);
    }
    assert.equal(world.assessments.everything(), before);
  });
});

describe("an assessment that is deleted", () => {
  const remove = (world: World, id: string, query: Record<string, string> = {}) =>
    ask(deleteAssessment(world.services), world, { method: "DELETE", params: { id }, query });

  test("is known no more, and its migrations learn of it, with who did it", async () => {
    const { world, publish } = aFolder();
    const { assessmentId } = (await publish(anAssessment(withTde))).body;
    const events = world.published.length;
    const { status, body } = await remove(world, assessmentId);
    assert.deepEqual([status, body], [204, undefined]);
    assert.deepEqual([world.migration().assessed, world.published.length], [undefined, events]);
    assert.deepEqual(world.audit.map(({ action, detail }) => [action, /deleted by anonymous/.test(detail)]).at(-1), [
      "delete",
      true,
    ]);
    const kept = await world.services.assessments.audit(assessmentId);
    assert.deepEqual(
      kept.map(({ action }) => action),
      ["publish", "delete"],
      "the audit outlives it",
    );
    assert.equal((await remove(world, assessmentId)).status, 404);
    assert.equal((await publish(anAssessment(withTde))).status, 201, "it can be published anew");
  });

  test("of one database leaves the others", async () => {
    const { world, publish } = aFolder();
    const stock = { ...databaseOf(anAssessment({ name: "Stock" })), databaseGuid: "another" };
    const { databaseGuid: _, familyGuid: __, ...bare } = stock;
    const both = { ...anAssessment(withTde), databases: [databaseOf(anAssessment(withTde)), bare] };
    const { assessmentId } = (await publish(both)).body;
    const missing = await remove(world, assessmentId, { database: "Web" });
    assert.deepEqual([missing.status, /"Web" of SQL01/.test(missing.body.detail)], [404, true]);
    assert.equal((await remove(world, assessmentId, { database: "stock" })).status, 204);
    assert.equal(world.migration().assessed?.blocks, 1);
    const { databases } = (await ask(getAssessment(world.services), world, { params: { id: assessmentId } })).body;
    assert.deepEqual(
      databases.map(({ name }: { name: string }) => name),
      ["Sales"],
    );
  });
});

describe("a migration whose source has a finding that blocks", () => {
  const published = async (changes: Partial<Migration> = {}, assessment: Assessment = anAssessment(withTde)) => {
    const folder = aFolder(changes);
    assert.equal((await folder.publish(assessment)).status, 201);
    return folder;
  };

  test("is refused its start, with the check, and nothing is noted", async () => {
    const { world, start } = await published();
    const { status, body } = await start();
    assert.equal(status, 409);
    assert.match(body.type, /preflight-failed$/);
    assert.match(body.detail, /S10 TDE certificate.*npx ferry acknowledge sales-1 S10/);
    assert.equal(p28(body.checks).outcome, "fail");
    assert.deepEqual(world.requests(), {});
  });

  test("fails its preflight when it starts by itself, and goes on after an acknowledgement and a restart", async () => {
    const { world, acknowledge } = await published({ state: "preflighting", start: "auto" });
    const look = () =>
      runPreflight(world.services)({ migrationId: "sales-1", run: world.migration().run, watch: "w" }, world.log);
    const failed = await look();
    assert.ok("end" in failed && failed.end.end === "preflightFailed");
    assert.match(failed.end.failure?.message ?? "", /S10 TDE certificate/);
    world.change({ state: "preflightFailed" });
    assert.match((await acknowledge("S10")).body.detail, /Restart the migration/);
    assert.equal((await ask(restartMigration(world.services), world, { params, json: {} })).status, 202);
    assert.equal(world.migration().acknowledgements?.length, 1, "the word outlives the run");
    world.change({ state: "preflighting" });
    assert.deepEqual(await look(), { end: { end: "passed" } });
    assert.equal(p28(world.migration().checks ?? []).outcome, "warn");
  });

  test("starts once somebody answers for it with a reason, which is audited and stays shown", async () => {
    const { world, start, acknowledge, details } = await published();
    const answer = await acknowledge("s10");
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal((await start()).status, 202);
    const { findings } = (await details()).assessment;
    const [finding] = findings.filter(({ check }: { check: string }) => check === "S10");
    assert.equal(finding.acknowledged.reason, "the certificate is on the VM");
    assert.deepEqual([world.migration().assessed?.blocks, world.migration().assessed?.acknowledged], [0, 1]);
    const audit = (await ask(listAudit(world.services), world, { params })).body.items;
    const [entry] = audit.filter(({ action }: { action: string }) => action === "acknowledge");
    assert.deepEqual([entry.by, entry.detail, entry.facts.check], ["anonymous", "the certificate is on the VM", "S10"]);
  });

  test("is acknowledged once: whoever asks again is told who did", async () => {
    const { world, acknowledge } = await published();
    await acknowledge("S10");
    const audited = world.audit.length;
    const again = await acknowledge("S10", { reason: "me too" });
    assert.equal(again.status, 200);
    assert.match(again.body.detail, /acknowledged by anonymous/);
    assert.equal(world.audit.length, audited);
  });

  test("is refused again when a newer report finds another certificate", async () => {
    const { publish, acknowledge, start } = await published();
    await acknowledge("S10");
    const another = { encryption: { encryptor: "certificate", thumbprints: ["AB".repeat(20)] } } as const;
    await publish(anAssessment(another, { takenAt: "2025-11-23T13:00:00.000Z" }));
    assert.equal((await start()).status, 409);
    await acknowledge("S10");
    assert.equal((await start()).status, 202);
  });

  test("keeps its refusal where the word was of another finding than there is by now, or of none", async () => {
    const { acknowledge, start } = await published();
    const rows: readonly (readonly [check: string, json: object, status: number, says: RegExp])[] = [
      ["S10", { reason: "r", fingerprint: "of-another" }, 412, /another finding by now/],
      ["S10", { reason: " " }, 400, /reason/],
      ["S30", { reason: "r" }, 404, /S30 .* is unknown/],
      ["S99", { reason: "r" }, 404, /says anything of S99/],
    ];
    for (const [check, json, status, says] of rows) {
      const answer = await acknowledge(check, json);
      assert.equal(answer.status, status, check);
      assert.match(answer.body.detail, says);
    }
    assert.equal((await start()).status, 409);
  });

  test("keeps its refusal where the certificate was not seen: an acknowledgement would hold for any", async () => {
    const blind = anAssessment({ encryption: { thumbprints: [] } });
    const { acknowledge, start } = await published({}, blind);
    const { status, body } = await acknowledge("S10");
    assert.deepEqual([status, /Which certificate .* was not seen/.test(body.detail)], [400, true]);
    assert.equal((await start()).status, 409);
  });

  test("needs a target before anybody can answer for anything: what is true of one VM is not of another", async () => {
    const { world, acknowledge } = await published();
    const { target: _, ...draft } = world.migration();
    world.migrations.set("sales-1", { migration: { ...draft, state: "draft" }, version: "draft", requests: {} });
    assert.equal((await acknowledge("S10")).status, 409);
  });

  test("is refused its start whatever the settings override: somebody has to answer for each finding", async () => {
    const world = aWorld(aFolder().world.migration(), { PREFLIGHT_OVERRIDES: "P28" });
    world.records = records;
    await ask(publishAssessment(world.services), world, { json: anAssessment(withTde) });
    assert.equal((await ask(startMigration(world.services), world, { params, json: {} })).status, 409);
  });

  test("is told on the list before anybody asks for its start", async () => {
    const { world } = await published();
    const { items } = (await ask(listMigrations(world.services), world)).body;
    assert.equal(items[0].assessed.blocks, 1);
  });
});

describe("a migration", () => {
  const tell = (world: World) =>
    world.services.catalogue
      .list("sales-1")
      .then((entries) => announceVerdicts(world.services, world.log, "sales-1", entries));

  test("learns of an assessment that was there before its first file", async () => {
    const { world, publish } = aFolder();
    const { summary: _, ...early } = world.migration();
    world.migrations.set("sales-1", { migration: early, version: "early", requests: {} });
    assert.deepEqual((await publish(anAssessment(withTde))).body.notJoined, ["Sales"]);
    await tell(world);
    assert.equal(world.migration().assessed?.blocks, 1);
  });

  test("without an assessment starts, and its preflight says that there is none", async () => {
    const { world, start, details } = aFolder();
    assert.equal((await start()).status, 202);
    world.change({ state: "preflighting" });
    await runPreflight(world.services)({ migrationId: "sales-1", run: 1, watch: "w" }, world.log);
    const checks = world.migration().checks ?? [];
    assert.equal(p28(checks).outcome, "unknown");
    assert.equal(checks.find(({ id }) => id === "P30")?.outcome, "unknown");
    assert.equal((await details()).assessment, undefined);
    assert.equal((await ask(getSourceOfMigration(world.services), world, { params })).status, 404);
  });

  test("whose assessment cannot be read is shown, and its preflight says so", async () => {
    const { world, details } = aFolder({ state: "preflighting" });
    const torn = () => Promise.reject(new UnreadableRowError("Assessments", "p", "r", "torn"));
    Object.assign(world.services.assessments, { byGuids: torn });
    assert.equal((await details()).migrationId, "sales-1");
    await runPreflight(world.services)({ migrationId: "sales-1", run: 1, watch: "w" }, world.log);
    assert.match(p28(world.migration().checks ?? []).message, /cannot be read: .*torn/);
    assert.equal((await ask(getSourceOfMigration(world.services), world, { params })).status, 500);
    assert.equal(world.faults.length, 1);
  });

  test("shows all that is known of its source, with the group that it belongs to", async () => {
    const { world, publish } = aFolder();
    await publish(anAssessment({ ...withTde, references: [{ database: "Stock" }] }));
    const { body } = await ask(getSourceOfMigration(world.services), world, { params });
    assert.deepEqual(body.group, [{ name: "Stock", isUnknown: true }]);
    assert.deepEqual(
      new Set(body.findings.map(({ outcome }: { outcome: string }) => outcome)),
      new Set(["found", "fine", "unknown"]),
    );
  });
});
