// Tests that `ferry recommend` answers from the official collector's files, and ends with the exit code that scripts
// expect.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseGiven } from "../../../../ferry/command.ts";
import { recommend } from "../../../../ferry/commands/recommend.ts";
import { FerryError } from "../../../../ferry/exit.ts";
import { PublishedSizing } from "../../../../shared/sizing/sizingShapes.ts";
import { officialFolder } from "../../../support/officialFolder.ts";
import { fakeApi, ferry } from "../run.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "ferry-recommend-"));
});
after(() => rmSync(root, { recursive: true }));

const folderOf = (name: string, more: Parameters<typeof officialFolder>[2] = {}): string =>
  officialFolder(root, name, more);

test("names the need, three sizes with what decides, the disks, and what the price leaves out", async () => {
  const { exitCode, out } = await ferry(["recommend", folderOf("SRC01"), "--offline"]);
  assert.equal(exitCode, 0);
  assert.match(out, /^SRC01, Standard Edition, 15\.0\.2000\.5, 16 processors/);
  assert.match(out, /decided by/);
  assert.match(out, /Standard_E8\w+_v5 .* memory\n/);
  assert.match(out, /tempdb {2}the VM's local disk/);
  assert.match(out, /Confidence: preliminary/);
  assert.match(out, /Not in them: licences of Windows and SQL Server/);
});

test("--json has the need, options with use and binding dimension, and where the prices are from", async () => {
  const { exitCode, out } = await ferry([
    "recommend",
    folderOf("SRC01"),
    "--json",
    "--offline",
    "--region",
    "North Europe",
  ]);
  const [answer] = JSON.parse(out).answers;
  assert.equal(exitCode, 0);
  assert.equal(answer.need.dataIops, 2_400);
  assert.equal(answer.options.length, 3);
  assert.equal(answer.options[0].binding, "memory");
  const { disks, ...prices } = answer.prices;
  assert.deepEqual(prices, { region: "northeurope", asOf: "2026-06-18", source: "shipped" });
  assert.match(
    disks,
    /^Premium SSD of eastus, 2026-07-23 \(shipped; P10, P15, P70, P80 undated\); Premium SSD v2: price not known/,
  );
});

test("several instances go onto one VM or onto one each, and somebody has to say which", async () => {
  const [one, other] = [folderOf("A"), folderOf("B")];
  const unsaid = await ferry(["recommend", one, other]);
  assert.equal(unsaid.exitCode, 2);
  assert.match(unsaid.err, /2 instances \(A, B\): --together onto one VM, or --apart/);
  const apart = JSON.parse((await ferry(["recommend", one, other, "--apart", "--json", "--offline"])).out).answers;
  assert.deepEqual(
    apart.map(({ server }: { server: string }) => server),
    ["A", "B"],
  );
  const [together, ...none] = JSON.parse(
    (await ferry(["recommend", one, other, "--together", "--json", "--offline"])).out,
  ).answers;
  assert.deepEqual(none, []);
  assert.equal(together.need.dataIops, 2 * apart[0].need.dataIops);
});

test("--bicep writes the cheapest as a template, with the edition of the source", async () => {
  const file = join(root, "vm.bicep");
  const { out } = await ferry(["recommend", folderOf("SRC01"), "--offline", "--bicep", file]);
  assert.match(out, /vm\.bicep: Standard_E8\w+_v5 as a template/);
  assert.match(readFileSync(file, "utf8"), /param sqlImageSku string = 'standard-gen2'/);
});

test("--publish sends each instance as the service takes it, and tells what became of it", async () => {
  const api = await fakeApi(() => ({ status: 201, body: { assessmentId: "src01-1", server: "SRC01", isNew: true } }));
  const { exitCode, out, err } = await ferry([
    "recommend",
    folderOf("SRC01"),
    "--offline",
    "--publish",
    "--api",
    api.url,
  ]);
  api.close();
  assert.deepEqual([exitCode, err], [0, ""]);
  assert.match(out, /Published: SRC01; P29 of its migrations looks at it\./);
  const [asked] = api.asked;
  assert.equal(asked?.what, "POST /sizings");
  assert.ok(PublishedSizing.safeParse(asked.body).success);
});

test("what no size carries ends with exit code 3", async () => {
  const { exitCode, out } = await ferry(["recommend", folderOf("HUGE", { memoryMb: 4_000_000 }), "--offline"]);
  assert.equal(exitCode, 3);
  assert.match(out, /No size fits/);
});

for (const [what, words, code, expected] of [
  ["a folder that is not there", () => ["/nowhere/at/all"], 5, /There is no folder/],
  ["a folder without measurements", () => [root], 1, /There are no measurements in/],
  [
    "a collection of which a file is lost",
    () => [folderOf("LOST", { without: "CommonDbLevel" })],
    1,
    /lacks LOST,MSSQLSERVER_CommonDbLevel_Counters\.csv/,
  ],
  [
    "a region without shipped prices",
    () => [folderOf("SRC01"), "--offline", "--region", "mars"],
    2,
    /No prices of "mars" are shipped/,
  ],
  [
    "a series that is not known",
    () => [folderOf("SRC01"), "--offline", "--series", "Fsv2"],
    2,
    /--series is one of Ebdsv5/,
  ],
  [
    "a comfort below what was measured",
    () => [folderOf("SRC01"), "--comfort", "80"],
    2,
    /--comfort is a number from 100/,
  ],
  ["no folder", () => [], 2, /Which folder with measurements/],
] as const)
  test(`${what} is refused with what to do`, async () => {
    await assert.rejects(
      async () => recommend.run(parseGiven(recommend, words())),
      (error) => error instanceof FerryError && error.exitCode === code && expected.test(error.message),
    );
  });

test("what is assumed of a series, and not known, is said", async () => {
  const words = ["recommend", folderOf("SRC01"), "--offline", "--series"];
  assert.match(
    (await ferry([...words, "Ebdsv6"])).out,
    /page of Ebdsv6 names no local disk, and that of Edsv6 is assumed/,
  );
  assert.doesNotMatch((await ferry([...words, "Edsv6"])).out, /local disk, and/);
});
