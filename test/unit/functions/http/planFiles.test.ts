// Tests that POST /plan judges as `ferry plan` does: the same headers, and a folder whose files are catalogued.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { getPlan } from "../../../../functions/http/migrations/getPlan.ts";
import { planFiles } from "../../../../functions/http/migrations/planFiles.ts";
import { full, log } from "../../../support/backupRecords.ts";
import { aMigration } from "../../../support/facts.ts";
import { everything, services as rolesServices, world as rolesWorld } from "../../../support/roles.ts";
import { ask, aWorld } from "../../../support/world.ts";
import { ferry } from "../../ferry/run.ts";

const DATE = { backupStartDate: "2025-11-24T20:00:00", backupFinishDate: "2025-11-24T21:00:00" };
const row = (type: string, firstLsn: string, lastLsn: string, more: object = {}) => ({
  file: `${type}-${firstLsn}.bak`,
  media: { familyCount: 1, familySequenceNumber: 1 },
  backupSets: [
    { backupType: type, databaseName: "Sales", firstLsn, lastLsn, checkpointLsn: firstLsn, ...DATE, ...more },
  ],
});
/** LSNs with more digits than a number holds. */
const HEADERS = [
  row("1", "34000000014400001", "34000000014400060"),
  row("2", "34000000014400050", "34000000014400100"),
  row("2", "34000000014400200", "34000000014400300"),
  {
    file: "torn.bak",
    size: 12,
    error: { code: "TRUNCATED", message: "cut off", offset: 1, expected: "a", found: "b" },
  },
];

const world = aWorld(aMigration("sales-1"));
const plan = (json: unknown) => ask(planFiles(world.services), world, { json });

describe("a dry run over HTTP", () => {
  test("answers what ferry plan --json prints of the same headers", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "plan-")), "headers.json");
    writeFileSync(path, JSON.stringify(HEADERS));
    const { out } = await ferry(["plan", path, "--json", "--target-version", "2019", "--at", "2025-11-24 21:45"]);
    const { status, body } = await plan({ headers: HEADERS, targetVersion: "2019", at: "2025-11-24 21:45" });
    assert.equal(status, 200);
    assert.deepEqual(body, JSON.parse(out));
    assert.equal(body.plan[0].lastLsn, "34000000014400060");
    assert.equal(body.gaps.length, 1);
  });

  test("judges a folder's catalogued files as its migration's plan does, and names them from the folder on", async () => {
    world.records = [full(100, 160), log(150, 200)];
    const { status, body } = await plan({ container: "backups", folder: "Sales" });
    assert.equal(status, 200);
    assert.equal(body.verdict, "restorable");
    assert.deepEqual(
      body.files.map(({ file }: { file: string }) => file),
      world.records.map(({ name }) => name.replace("Sales/", "")),
    );
    const params = { id: "sales-1" };
    assert.equal(body.planVersion, (await ask(getPlan(world.services), world, { params })).body.planVersion);
  });

  test("does not know a folder without files", async () => {
    const catalogue = { ...world.services.catalogue, list: async () => [] };
    const answer = await ask(planFiles({ ...world.services, catalogue }), world, { json: { folder: "Nowhere" } });
    assert.equal(answer.status, 404);
  });

  test("leaves a row that cannot be used out by name, and refuses when none can be", async () => {
    const { body } = await plan({ headers: [...HEADERS, { file: "odd.bak", backupType: "?" }] });
    assert.match(body.problems.find(({ code }: { code: string }) => code === "ROW_LEFT_OUT").message, /Entry 5/);
    for (const headers of [[{ file: "odd.bak" }], [1, "two"], [row("1", "x", "y")]]) {
      const refused = await plan({ headers });
      assert.deepEqual([refused.status, refused.body.type.split("/").at(-1)], [422, "headers-unusable"]);
    }
  });

  test("refuses an LSN that has lost its last digits on the way through a JSON number", async () => {
    const { status, body } = await ask(planFiles(world.services), world, {
      body: {
        string: '{"headers":[{"type":"D","database_name":"Sales","first_lsn":34000000014400001000000,"last_lsn":2}]}',
      },
    });
    assert.equal(status, 422);
    assert.match(body.detail, /firstLsn of entry 1 is no LSN.*Export it as text/);
  });

  test("refuses what it does not understand with 400, and a time that these headers cannot answer with 422", async () => {
    for (const body of [
      {},
      { headers: [] },
      { headers: HEADERS, folder: "Sales" },
      { container: "backups" },
      { container: "another", folder: "Sales" },
      { folder: "a/b" },
      { headers: Array.from({ length: 5_001 }, () => ({})) },
      { headers: HEADERS, at: "yesterday" },
      { headers: HEADERS, targetVersion: "new" },
      { headers: HEADERS, mode: "offline" },
    ])
      assert.equal((await plan(body)).status, 400, JSON.stringify(body).slice(0, 80));
    assert.equal((await plan({ headers: HEADERS, at: "2025-11-24T21:45:00Z" })).status, 422);
  });

  test("writes nothing", async () => {
    const before = everything();
    const headers = { "x-ms-client-principal": principal };
    for (const json of [{ headers: HEADERS }, { folder: "Sales" }])
      assert.equal((await ask(planFiles(rolesServices), rolesWorld, { json, headers })).status, 200);
    assert.equal(everything(), before);
  });
});

const principal = Buffer.from(
  JSON.stringify({
    claims: [
      { typ: "name", val: "Dana" },
      { typ: "roles", val: "Ferry.Reader" },
    ],
  }),
).toString("base64");
