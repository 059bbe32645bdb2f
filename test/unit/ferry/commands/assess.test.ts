// Tests that an assessment without a server says what would stop the databases, and ends with the exit code that
// scripts expect.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assessText } from "../../../../ferry/print/assessText.ts";
import type { BackupSpec } from "../../../../local/backups/backupSpec.ts";
import { sourceDatabase } from "../../../../local/backups/history.ts";
import type { Assessment } from "../../../../shared/source/assessment.ts";
import { anAssessment } from "../../../support/assessments.ts";
import { ferry } from "../run.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "ferry-assess-"));
});
after(() => rmSync(root, { recursive: true }));

/** A folder with a full backup and a log of this database. */
function folderOf(folder: string, name: string, common: Partial<BackupSpec> = {}): string {
  const source = sourceDatabase({
    name,
    server: "SRC01\\PROD",
    startedAt: "2026-01-20T21:00:00",
    withChecksum: true,
    common,
  });
  const place = join(root, folder);
  mkdirSync(place, { recursive: true });
  for (const { fileName, bytes } of [...source.full().files, source.log()]) writeFileSync(join(place, fileName), bytes);
  return place;
}

const fileOf = (name: string, content: string): string => {
  writeFileSync(join(root, name), content);
  return join(root, name);
};

const official = (feature: string): string =>
  JSON.stringify({
    EndedOn: "2026-01-22T09:00:00Z",
    Servers: [
      {
        Properties: { ServerName: "src01\\prod" },
        Databases: [
          {
            Properties: { Name: "Sales", CompatibilityLevel: "CompatLevel90" },
            DatabaseAssessments: [{ FeatureId: feature }],
          },
        ],
      },
    ],
  });

interface Json {
  readonly assessments: readonly Assessment[];
  readonly notes: readonly string[];
}

const outcomeOf = ({ assessments }: Json, check: string): string | undefined =>
  assessments[0]?.databases[0]?.findings.find((one) => one.check === check)?.outcome;

test("backups that nothing stops end with 0, and what only the server knows is unknown", async () => {
  const { exitCode, out, err } = await ferry(["assess", folderOf("fine", "Sales"), "--target-version", "2022"]);
  assert.deepEqual([exitCode, err], [0, ""]);
  assert.match(out, /^SRC01\\PROD, SQL Server 2019, as of 2026-01-20/);
  assert.match(out, /unknown: .*S34/);
  assert.match(out, /not all modules were looked at/);
});

test("a database of which nothing is known says so: what would block by its name, the others by their numbers", () => {
  const text = assessText([anAssessment()], []);
  assert.match(text, /\nSales\n {2}unknown: S02 Not newer than the target, S05 .*, and \d+ more: (S\d\d ?)+\n/);
});

test("a folder without backups says what to name instead", async () => {
  mkdirSync(join(root, "empty"));
  const { exitCode, err } = await ferry(["assess", join(root, "empty")]);
  assert.equal(exitCode, 1);
  assert.match(err, /nothing to assess: no backup was found\. Name a folder .*--from.*--server/);
});

test("a target's VM is named by its resource id", async () => {
  const { exitCode, err } = await ferry(["assess", root, "--target-vm", "sqlvm1"]);
  assert.equal(exitCode, 64);
  assert.match(err, /resource id of a SQL virtual machine.*not "sqlvm1"/);
});

test("a target that is too old ends with 2, and says it first, with error number and remedy", async () => {
  const { exitCode, out } = await ferry(["assess", folderOf("newer", "Sales"), "--target-version", "2016"]);
  assert.equal(exitCode, 2);
  assert.match(
    out,
    /Sales\n {2}BLOCKS {2}S02 Not newer than the target: SQL Server 2019 to SQL Server 2016\n.*3169\)\n {6}->/,
  );
});

test("a database with TDE blocks, and what is no backup is told and is not the end", async () => {
  const folder = folderOf("tde", "Sales", { tdeThumbprint: "AB".repeat(20) });
  writeFileSync(join(folder, "notes.txt"), "a shopping list");
  const { exitCode, out } = await ferry(["assess", folder]);
  assert.equal(exitCode, 2);
  assert.match(out, new RegExp(`S10 TDE certificate: encrypted \\(0x${"AB".repeat(20)}\\)`));
  assert.match(out, /BACKUP CERTIFICATE \[its name\] TO FILE/);
  assert.match(out, /notes\.txt was not read: /);
});

test("an official report and backups are joined by check, and newer truth wins", async () => {
  const report = fileOf("official.json", official("FileStream"));
  const backups = folderOf("joined", "Sales");
  const { exitCode, out } = await ferry(["assess", backups, "--from", report, "--json"]);
  const json = JSON.parse(out) as Json;
  assert.equal(exitCode, 2);
  assert.equal(json.assessments.length, 1, "a server's name is the same in any case");
  assert.deepEqual(
    ["S03", "S16", "S35", "S61"].map((check) => outcomeOf(json, check)),
    ["found", "found", "fine", "unknown"],
  );
});

test("what --json prints can be read again, and judged findings stay as they were", async () => {
  const { out } = await ferry(["assess", folderOf("again", "Sales"), "--target-version", "2016", "--json"]);
  const again = await ferry(["assess", "--from", fileOf("own.json", `\uFEFF${out}`), "--json"]);
  assert.equal(again.exitCode, 2);
  assert.deepEqual(JSON.parse(again.out), JSON.parse(out));
});

test("the page is one file without scripts or anything from elsewhere, and names in it are text", async () => {
  const html = join(root, "report.html");
  await ferry(["assess", folderOf("page", "<script>alert(1)"), "--target-version", "2016", "--html", html]);
  const page = readFileSync(html, "utf8");
  assert.match(page, /&lt;script&gt;alert\(1\)/);
  assert.doesNotMatch(page, /<script|<link|<img|src=|href=|url\(/i);
  assert.match(page, /@media print/);
  assert.match(page, /<article class="blocks">/);
});

test("--redact leaves no name of server, database, file or certificate, in whatever form", async () => {
  const folder = folderOf("secret", "Payroll", { tdeThumbprint: "AB".repeat(20) });
  const html = join(root, "redacted.html");
  const named = /payroll|SRC01|ABAB|\.bak/i;
  for (const form of [[], ["--json"]]) {
    const { exitCode, out } = await ferry(["assess", folder, "--redact", "--html", html, ...form]);
    assert.equal(exitCode, 2);
    assert.match(out, /database1/);
    assert.doesNotMatch(out, named);
    assert.doesNotMatch(readFileSync(html, "utf8"), named);
  }
});

const BAD: readonly (readonly [what: string, content: string, says: RegExp])[] = [
  ["half a file", official("FileStream").slice(0, 90), /not whole or not valid JSON.*Export it again/],
  ["an empty file", " \n", /it is empty/],
  ["another shape", '{ "rules": [] }', /another shape \(an object with rules\)/],
  ["another format", "Server;Datenbank;Größe", /no JSON and begins with "Server;Datenbank/],
  ["ours, and broken", '{ "assessments": [{ "server": 1 }] }', /assessments\.0\.server is not as expected/],
];

for (const [what, content, says] of BAD)
  test(`a report that is ${what} says what was found and what is expected`, async () => {
    const { exitCode, err } = await ferry(["assess", "--from", fileOf("bad.json", content)]);
    assert.equal(exitCode, 1);
    assert.match(err, says);
    assert.match(err, /Expected: what "ferry assess --json" prints/);
  });

test("nothing named and a wrong word end with 64, because 2 says that something blocks; a file that is not there with 5", async () => {
  const nothing = await ferry(["assess"]);
  assert.deepEqual([nothing.exitCode, /Which server \(--server\), which backups/.test(nothing.err)], [64, true]);
  const wrong = await ferry(["assess", root, "--target-edition", "Datacenter"]);
  assert.deepEqual([wrong.exitCode, /Enterprise or Developer/.test(wrong.err)], [64, true]);
  assert.equal((await ferry(["assess", "--no-such-option"])).exitCode, 64);
  assert.equal((await ferry(["assess", join(root, "nowhere")])).exitCode, 5);
});

const real = "../shared/backups";

test("of real backups the appended one blocks, SIMPLE blocks online, and no other does", {
  skip: existsSync(real) ? false : "no real backups at hand",
}, async () => {
  const { out } = await ferry(["assess", real, "--target-version", "2022", "--json"]);
  const { assessments } = JSON.parse(out) as Json;
  const blocking = assessments.flatMap(({ databases }) =>
    databases.flatMap(({ name, findings }) =>
      findings
        .filter(({ outcome, severity }) => outcome === "found" && severity === "blocks")
        .map(({ check }) => `${name} ${check}`),
    ),
  );
  assert.deepEqual(blocking.sort(), ["SharePoint_Config S35", "ZooIS S30"]);
});
