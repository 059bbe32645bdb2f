// Tests that `ferry assess --server` reads a source as a person or a script would use it, reports what stands in its
// way, and goes on after an interruption.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sourceDatabase } from "../../../../local/backups/history.ts";
import { clean2022, enterprise2016 } from "../../../../local/sql/instances.ts";
import { startSourceServer } from "../../../../local/sql/server.ts";
import type { TdsServer } from "../../../../local/sql/tdsServer.ts";
import type { Assessment } from "../../../../shared/source/assessment.ts";
import { loginScript } from "../../../../shared/sqlserver/loginScript.ts";
import { NOW, PASSWORD } from "../../local/sql/source.ts";
import { type Ended, ferry, ferryOnTerminal, hasTerminal } from "../run.ts";

let root = "";
let server: TdsServer;
/** Called for each batch; a test replaces it. */
let intercept: (batch: string) => "gone" | undefined = () => undefined;
before(async () => {
  root = mkdtempSync(join(tmpdir(), "ferry-assess-server-"));
  server = await startSourceServer(enterprise2016(NOW), { intercept: (batch) => intercept(batch) });
});
after(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const words = (...more: string[]): string[] => [
  "assess",
  "--server",
  `localhost,${server.port}`,
  "--user",
  "ferry_reader",
  "--trust-certificate",
  ...more,
];
const asked = (...more: string[]): Promise<Ended> => ferry(words(...more), { FERRY_SQL_PASSWORD: PASSWORD });

test("a server is assessed: what blocks first, who moves together, quiet hours, progress beside the answer, exit code 2", async () => {
  const { exitCode, out, err } = await asked("--target-version", "2022", "--target-edition", "Enterprise");
  assert.equal(exitCode, 2);
  assert.match(
    out,
    /^SRC16\\PROD, SQL Server 2016 Enterprise Edition: Core-based Licensing \(64-bit\), as of 2026-01-20/,
  );
  assert.match(out, /Sales\n {2}BLOCKS {2}S10 TDE certificate: encrypted by TdeCertificate \(0x[0-9A-F]{40}\)/);
  assert.match(out, /S34 Who takes the log backups: a tool takes them.*VDI \(CONTOSO\\svc-backup\)/);
  assert.match(out, /Move together:\n {2}Sales, Stock\n/);
  assert.match(out, /Quiet hours for the cutover:\n {2}Sales: 01:00 to 04:00/);
  assert.match(err, /^(\d of 6 databases\n)+$/);
  assert.ok(!`${out}${err}`.includes(PASSWORD));
});

test("a server and its backups are one source: databases are the same by their GUIDs, and by check newer truth wins", async () => {
  const folder = join(root, "backups");
  mkdirSync(folder);
  const source = sourceDatabase({
    name: "Vault",
    server: "SRC16\\PROD",
    startedAt: "2026-01-21T21:00:00",
    withChecksum: true,
  });
  for (const { fileName, bytes } of source.full().files) writeFileSync(join(folder, fileName), bytes);
  const { out } = await asked(folder, "--database", "Vault", "--json");
  const { assessments } = JSON.parse(out) as { assessments: readonly Assessment[] };
  assert.deepEqual(
    assessments.map(({ server: name, databases }) => [name, databases.map((one) => one.name)]),
    [["SRC16\\PROD", ["Vault"]]],
  );
  const said = (check: string) => assessments[0]?.databases[0]?.findings.find((one) => one.check === check);
  assert.deepEqual([said("S35")?.outcome, said("S35")?.evidence], ["fine", "backup"]);
  assert.deepEqual(
    [said("S13")?.outcome, said("S13")?.evidence],
    ["found", "server"],
    "a folder shows no encrypted ones",
  );
  assert.deepEqual([said("S72")?.outcome, said("S72")?.evidence], ["fine", "server"]);
});

test("a clean server ends with 0", async () => {
  const clean = await startSourceServer(clean2022(NOW));
  try {
    const { exitCode, out } = await ferry(
      ["assess", "--server", `localhost,${clean.port}`, "--user", "ferry_reader", "--trust-certificate", "--json"],
      { FERRY_SQL_PASSWORD: PASSWORD },
    );
    assert.equal(exitCode, 0);
    const { assessments } = JSON.parse(out) as { assessments: readonly Assessment[] };
    assert.deepEqual(
      assessments.map((one) => [one.server, one.databases.map(({ name }) => name)]),
      [["SRC22", ["Orders", "Customers"]]],
    );
  } finally {
    await clean.stop();
  }
});

test("an interrupted run goes on: what was read is kept beside the file that it is saved to, and forgotten once it is", async () => {
  const save = join(root, "source.json");
  const entered: string[] = [];
  let isDown = false;
  intercept = (batch) => {
    const [, name] = /^USE \[(.+)\]/.exec(batch) ?? [];
    if (name === "Rekeying") isDown = isBreaking;
    if (name !== undefined) entered.push(name);
    return isDown ? "gone" : undefined;
  };
  let isBreaking = true;
  const broken = await asked("--save", save);
  assert.equal(broken.exitCode, 1);
  assert.match(broken.err, /The connection to localhost,\d+ was lost: .*, and could not be made again\./);
  assert.match(broken.err, /4 of 6 databases were read\. The same command goes on there, within a day\./);
  assert.ok(!existsSync(save));

  [isDown, isBreaking] = [false, false];
  entered.length = 0;
  const { exitCode, err } = await asked("--save", save);
  intercept = () => undefined;
  assert.equal(exitCode, 2);
  assert.match(err, /Going on where the run of \S+ was interrupted: 4 databases are read/);
  assert.deepEqual(entered, ["Rekeying", "Sales_morning"]);
  assert.ok(!existsSync(`${save}.partial`));
  const saved = JSON.parse(readFileSync(save, "utf8")) as { assessments: readonly Assessment[] };
  assert.equal(saved.assessments[0]?.databases.length, 6);
  const again = await ferry(["assess", "--from", save, "--json"]);
  assert.deepEqual(JSON.parse(again.out), saved);
});

const BAD: readonly (readonly [
  what: string,
  words: readonly string[],
  password: string,
  exitCode: number,
  says: RegExp,
])[] = [
  ["a wrong password", [], "wrong", 1, /refuses "ferry_reader" \(18456\)/],
  ["no password", [], "", 1, /FERRY_SQL_PASSWORD is empty/],
  ["a server's name that is none", ["--server", "SRC01:1433"], PASSWORD, 64, /a port follows a comma.*HOST,PORT/s],
];

for (const [what, more, password, exitCode, says] of BAD)
  test(`${what} is told, with what to do`, async () => {
    const ended = await ferry(words(...more), { FERRY_SQL_PASSWORD: password });
    assert.equal(ended.exitCode, exitCode, ended.err);
    assert.match(ended.err, says);
    assert.equal(ended.out, "");
  });

test("without --trust-certificate nobody's certificate is taken", async () => {
  const { exitCode, err } = await ferry(
    words().filter((word) => word !== "--trust-certificate"),
    { FERRY_SQL_PASSWORD: PASSWORD },
  );
  assert.equal(exitCode, 1);
  assert.match(err, /certificate of localhost,\d+ is not trusted.*--trust-certificate/);
});

test("a password that is typed does not appear on the terminal", {
  skip: hasTerminal ? false : "no script(1) lends a terminal",
}, async () => {
  const { exitCode, out } = await ferryOnTerminal(
    words("--database", "Vault"),
    `${PASSWORD}\r`,
    /Password of ferry_reader at \S+: /,
  );
  assert.equal(exitCode, 2, out);
  assert.match(out, /Password of ferry_reader at localhost,\d+: /);
  assert.match(out, /Vault\s+10\.0 GB/);
  assert.ok(!out.includes(PASSWORD), out);
});

test("the least login is printed for a release, and told apart from a release that DMS does not know", async () => {
  const [of2019, of2005] = await Promise.all(
    ["2019", "2005"].map((release) => ferry(["assess", "--login-script", release])),
  );
  assert.equal(of2019?.out, `${loginScript(15)}\n`);
  assert.deepEqual([of2005?.exitCode, /from 2008 on, like 2019/.test(of2005?.err ?? "")], [64, true]);
});

test("the least login is what its release divides the permissions into", () => {
  const [of2012, of2019, of2022] = [11, 15, 16].map(loginScript);
  assert.match(
    of2019 ?? "",
    /GRANT VIEW SERVER STATE TO \[ferry_reader\];\nGRANT VIEW ANY DEFINITION.*\nGRANT CONNECT ANY DATABASE/,
  );
  assert.match(of2022 ?? "", /GRANT VIEW SERVER PERFORMANCE STATE.*\nGRANT VIEW SERVER SECURITY STATE/);
  assert.doesNotMatch(of2022 ?? "", /VIEW SERVER STATE/);
  assert.doesNotMatch(of2012 ?? "", /GRANT CONNECT ANY DATABASE/);
  assert.match(of2012 ?? "", /knows no CONNECT ANY DATABASE: a user in each database/);
  for (const one of [of2012, of2019, of2022]) assert.match(one ?? "", /GRANT SELECT ON dbo\.backupset TO/);
});
