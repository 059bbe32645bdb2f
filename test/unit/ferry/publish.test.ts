// Tests that ferry publishes an assessment in portions that the service accepts, and reports which migrations it was
// joined to.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { type Published, portionsOf, publishedText } from "../../../ferry/assessing/publishAssessment.ts";
import { PublishAssessmentBody } from "../../../shared/assessed/assessmentShapes.ts";
import type { MigrationState } from "../../../shared/migration/words.ts";
import type { Assessment } from "../../../shared/source/assessment.ts";
import { anAssessment, databaseOf, withTde } from "../../support/assessments.ts";
import { fakeApi, ferry, unfiltered } from "./run.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "ferry-publish-"));
});
after(() => rmSync(root, { recursive: true }));

const report = (assessments: readonly Assessment[]): string => {
  const file = join(root, "report.json");
  writeFileSync(file, JSON.stringify({ assessments }));
  return file;
};
const counts = { blocks: 1, act: 2, acknowledged: 0, unknown: 30 };
const answer = {
  assessmentId: "sql01-12345678",
  server: "SQL01",
  isNew: true,
  joined: [
    { database: "Sales", migrationId: "sales-1", by: "guid", state: "waitingForChain", ...counts },
    { database: "Stock", migrationId: "stock-1", by: "name", state: "draft", ...counts, blocks: 0 },
  ],
  notJoined: ["Web"],
} as const;

test("--publish sends each server as the service takes it, signed in, and tells what was joined and how", async () => {
  const api = await fakeApi(() => ({ status: 201, body: answer }));
  const encrypted: Assessment = { ...anAssessment(), server: "" };
  const file = report([anAssessment(withTde), encrypted]);
  const { exitCode, out, err } = await ferry(["assess", "--from", file, "--publish", "--api", api.url], {
    SQLFERRY_TOKEN: "t0ken",
  });
  api.close();
  assert.deepEqual([exitCode, err], [2, ""], "something blocks");
  const [asked, ...others] = api.asked;
  assert.deepEqual(others, [], "encrypted files name no server: nothing of them is sent");
  assert.deepEqual([asked?.what, asked?.authorization], ["POST /assessments", "Bearer t0ken"]);
  assert.ok(PublishAssessmentBody.safeParse(asked?.body).success);
  assert.match(out, /Published: SQL01 \(sql01-12345678\), 1 database\.\n/);
  assert.match(out, /Sales -> sales-1: 1 finding refuses its start, 2 to act upon, 0 acknowledged, 30 unknown\.\n/);
  assert.match(out, /Stock -> stock-1: .*WARNING: joined by the names of server and database alone/);
  assert.match(out, /No migration yet: Web\./);
});

test("--publish with --json has what was joined beside the assessment", async () => {
  const api = await fakeApi(() => ({ status: 200, body: { ...answer, isNew: false } }));
  const { out } = await ferry(["assess", "--from", report([anAssessment()]), "--publish", "--json", "--api", api.url]);
  api.close();
  const { assessments, published } = JSON.parse(out) as { assessments: Assessment[]; published: Published[] };
  assert.equal(assessments.length, 1);
  assert.deepEqual([published[0]?.isNew, published[0]?.joined.length], [false, 2]);
});

test("a refusal ends as that of every other verb, after the assessment was shown", async () => {
  const body = {
    title: "This needs another role.",
    detail: "Dana has the roles Ferry.Reader; this needs Ferry.Operator.",
  };
  const api = await fakeApi(() => ({ status: 403, body }));
  const { exitCode, out, err } = await ferry([
    "assess",
    "--from",
    report([anAssessment()]),
    "--publish",
    "--api",
    api.url,
  ]);
  api.close();
  assert.equal(exitCode, 3);
  assert.match(err, /this needs Ferry\.Operator/);
  assert.match(out, /^SQL01/);
});

test("--publish without the names is refused before anything is read", async () => {
  const { exitCode, err } = await ferry(["assess", "--from", report([anAssessment()]), "--publish", "--redact"]);
  assert.notEqual(exitCode, 0);
  assert.match(err, /needs the names that --redact takes away/);
});

test("what was published before, and names that were left out, are told", () => {
  const text = publishedText([
    {
      ...answer,
      isNew: false,
      joined: [],
      notJoined: [],
      databases: 2,
      shortened: [{ database: "Sales", check: "S70", kept: 200, of: 900 }],
    },
  ]);
  assert.match(text, /was published before: nothing is new of its 2 databases/);
  assert.match(text, /Sales: of the 900 names of S70, 200 are kept/);
  assert.match(publishedText([]), /Nothing was published/);
});

test("what blocks is said to refuse a start only where there is still one to refuse", () => {
  const [sales] = answer.joined;
  const said = (state: MigrationState) =>
    publishedText([{ ...answer, joined: [{ ...sales, state }], databases: 1, shortened: [] }]);
  for (const state of ["draft", "queued"] as const) assert.match(said(state), /1 finding refuses its start,/);
  for (const state of ["failed", "preflightFailed"] as const) assert.match(said(state), /refuses its next start,/);
  assert.match(said("starting"), /1 finding would block; it is starting, and DMS may have been asked already/);
  for (const state of ["restoring", "cuttingOver", "succeeded"] as const)
    assert.match(said(state), new RegExp(`too late to stop its start: it is ${state},`));
});

test("a large server goes in portions, each of which is taken, and no database is left out", () => {
  const { databases: _, ...server } = anAssessment();
  const database = databaseOf(anAssessment());
  fc.assert(
    fc.property(fc.array(fc.nat(400_000), { maxLength: 12 }), fc.nat(250), (sizes, others) => {
      const databases = [...sizes, ...Array<number>(others).fill(1)].map((size, at) => ({
        ...database,
        name: `d${at}`,
        findings: [{ ...(database.findings[0] ?? assert.fail()), message: "x".repeat(size) }],
      }));
      const portions = portionsOf({ ...server, databases });
      assert.deepEqual(
        portions.flatMap((portion) => portion.databases),
        databases,
      );
      for (const portion of portions) {
        assert.ok(Buffer.byteLength(JSON.stringify(portion)) <= 2 ** 20);
        assert.ok(portion.databases.length <= 100);
      }
    }),
    { seed: 19, numRuns: 40 },
  );
});

test("show tells what was found at the source, what to do about it, and who has answered for what", async () => {
  const finding = {
    title: "TDE certificate",
    severity: "blocks",
    outcome: "found",
    observed: "encrypted",
    remedy: "Move it.",
  };
  const acknowledged = { by: "dana", at: "2025-11-24T00:10:00.000Z", reason: "it is there" };
  const assessment = {
    server: "SQL01",
    takenAt: "2025-11-23T12:00:00.000Z",
    isByName: true,
    findings: [
      { ...finding, check: "S10", objects: ["0xAB"] },
      { ...finding, check: "S11", acknowledged },
      { ...finding, check: "S15", severity: "info" },
    ],
    unknown: ["S02", "S05"],
  };
  const line = { migrationId: "sales-1", target: { databaseName: "Sales" } };
  const api = await fakeApi(({ what }) => ({
    body:
      unfiltered(what) === "GET /migrations"
        ? { items: [line] }
        : what.endsWith("/files")
          ? { items: [] }
          : { ...line, assessment },
  }));
  const { out } = await ferry(["show", "sales", "--api", api.url]);
  api.close();
  assert.match(out, /assessment {4}SQL01, as of 2025-11-23 12:00 UTC, joined by name alone\n/);
  assert.match(out, /BLOCKS {2}S10 TDE certificate: encrypted \(0xAB\)\n +-> Move it\.\n/);
  assert.match(out, /S11 .*\n +acknowledged by dana: it is there\n +unknown: S02, S05/);
  assert.doesNotMatch(out, /S15/);
});

test("acknowledge names the check and the reason", async () => {
  const api = await fakeApi(({ what }) =>
    what.startsWith("GET")
      ? { body: { items: [{ migrationId: "sales-1", target: { databaseName: "Sales" } }] } }
      : { body: { detail: "S10 TDE certificate is acknowledged by dana." } },
  );
  const { exitCode, out } = await ferry(["acknowledge", "sales", "S10", "--reason", "on the VM", "--api", api.url]);
  const bare = await ferry(["acknowledge", "sales", "S10", "--api", api.url]);
  api.close();
  assert.deepEqual([exitCode, out], [0, "S10 TDE certificate is acknowledged by dana.\n"]);
  const posts = api.asked.filter(({ what }) => what.startsWith("POST"));
  assert.deepEqual(
    posts.map(({ what, body }) => [what, body]),
    [["POST /migrations/sales-1/findings/S10/acknowledge", { reason: "on the VM" }]],
  );
  assert.deepEqual([bare.exitCode, /--reason/.test(bare.err)], [2, true]);
});
