// Tests that a published sizing is stored, replaced only by a newer one, and used by the preflight of its server's
// migrations.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getSizing } from "../../../../functions/http/assessments/getSizing.ts";
import { publishSizing } from "../../../../functions/http/assessments/publishSizing.ts";
import { preflightMigration } from "../../../../functions/http/commands/preflightMigration.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import { summaryOf } from "../../../../shared/migration/events/verdictNews.ts";
import type { Check } from "../../../../shared/migration/migration.ts";
import { context, full, log } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";
import { aSizing } from "../../../support/sizings.ts";
import { ask, aWorld, target } from "../../../support/world.ts";

const header = { serverName: "SQL01" };
const records = [full(100, 160, { header }), log(150, 200, { header })];

function aFolder() {
  const summary = summaryOf(assessChain(records, context()));
  const world = aWorld(aMigration("sales-1", { target, start: "manual", summary }));
  world.records = records;
  world.now = new Date("2026-01-06T06:00:00.000Z");
  const { services } = world;
  const checkOf = async (id: string): Promise<Check> => {
    const { body } = await ask(preflightMigration(services), world, { params: { id: "sales-1" } });
    return body.checks.find((one: Check) => one.id === id) ?? assert.fail(`no ${id}`);
  };
  return { world, publish: (json: unknown) => ask(publishSizing(services), world, { json }), checkOf };
}

test("a sizing is kept with who has published it, and read by the id of its server", async () => {
  const { world, publish } = aFolder();
  const { status, body, headers } = await publish(aSizing());
  assert.deepEqual(
    [status, body.isNew, headers["location"]],
    [201, true, `/api/v1/assessments/${body.assessmentId}/sizing`],
  );
  const read = await ask(getSizing(world.services), world, { params: { id: body.assessmentId } });
  assert.deepEqual([read.status, read.body.need, typeof read.body.publishedBy], [200, aSizing().need, "string"]);
  const none = await ask(getSizing(world.services), world, { params: { id: "sql09-12345678" } });
  assert.equal(none.status, 404);
});

test("who has published a sizing stands in the audit; an older one, which is not kept, does not", async () => {
  const { world, publish } = aFolder();
  await publish(aSizing());
  await publish({ ...aSizing(), takenAt: "2025-12-01T00:00:00.000Z" });
  assert.deepEqual(
    world.sizingAudit.map(({ action, result, detail, facts }) => [action, result, detail, facts["confidence"]]),
    [["publish", "accepted", "the size that SQL01 needs", "fair"]],
  );
});

test("an older measurement takes the place of no newer one", async () => {
  const { publish } = aFolder();
  await publish(aSizing());
  const older = await publish({ ...aSizing(), takenAt: "2025-12-01T00:00:00.000Z" });
  assert.deepEqual([older.status, older.body.isNew], [200, false]);
});

for (const [what, changes] of [
  ["a need that is negative", { need: { ...aSizing().need, cores: -1 } }],
  ["a member that nobody knows", { password: "x" }],
  ["a server without a name", { server: "" }],
  ["a time that is none", { takenAt: "yesterday" }],
  ["a time to come, which would win against every measurement until then", { takenAt: "2027-01-01T00:00:00.000Z" }],
] as const)
  test(`${what} is refused`, async () => {
    const { world, publish } = aFolder();
    const { status } = await publish({ ...aSizing(), ...changes });
    assert.deepEqual([status, world.sizings.size], [400, 0]);
  });

test("the preflight of its server's migrations compares it with the VM, whatever the case of the name", async () => {
  const { world, publish, checkOf } = aFolder();
  assert.equal((await checkOf("P29")).outcome, "unknown");
  await publish(aSizing({ server: "sql01" }, { cores: 30 }));
  const p29 = await checkOf("P29");
  assert.deepEqual([p29.outcome, p29.observed], ["warn", "Standard_E8ds_v5: does not fit, cores 450 %"]);
  world.targetVm = { kind: "absent" };
  assert.equal((await checkOf("P29")).outcome, "unknown");
});
