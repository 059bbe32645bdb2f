// Tests that the dry run says how far the files can be restored and what is missing, and ends with the exit code that
// scripts expect.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { planText } from "../../../../ferry/print/planText.ts";
import { brokenBackup } from "../../../../local/backups/brokenBackup.ts";
import { thumbprintFor } from "../../../../local/backups/guidFor.ts";
import { type BackupFile, sourceDatabase } from "../../../../local/backups/history.ts";
import { sampleBackup, sampleBackups } from "../../../../local/backups/sampleBackups.ts";
import { dryRunOf, isWhole } from "../../../../shared/dryRun/dryRun.ts";
import { readExport } from "../../../support/readExport.ts";
import { ferry } from "../run.ts";

interface Plan {
  readonly verdict: string;
  readonly whole: boolean;
  readonly forkAmbiguous: boolean;
  readonly isInPartUnknown: boolean;
  readonly restorableTo: { readonly lsn: string; readonly time: string } | null;
  readonly lastBackupName: string | null;
  readonly planVersion: string;
  readonly plan: readonly { readonly type: string; readonly lastLsn: string; readonly files: readonly string[] }[];
  readonly files: readonly { readonly file: string; readonly verdict: string; readonly reason: string }[];
  readonly gaps: readonly { readonly fromLsn: string; readonly toLsn: string }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

let root = "";
const source = sourceDatabase({ name: "Sales", startedAt: "2025-11-24T21:00:00" });
const striped = source.full({ stripes: 2 });
const [first, second, third] = [source.log(), source.log(), source.log()];
before(() => {
  root = mkdtempSync(join(tmpdir(), "ferry-plan-"));
});
after(() => rmSync(root, { recursive: true }));

/** A folder with these files; stripes get folders of their own. */
function folderOf(name: string, files: readonly BackupFile[]): string {
  const folder = join(root, name);
  for (const [index, file] of files.entries()) {
    const place = join(folder, file.spec.familyCount === 1 ? "." : `stripe${index}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, file.fileName), file.bytes);
  }
  return folder;
}

const planOf = async (words: readonly string[]): Promise<{ exitCode: number; plan: Plan }> => {
  const { exitCode, out, err } = await ferry(["plan", ...words, "--json"]);
  assert.equal(err, "");
  return { exitCode, plan: JSON.parse(out) as Plan };
};

test("a whole chain is restorable, ends with 0, and has the shape that scripts hang on", async () => {
  const folder = folderOf("whole", [...striped.files, first, second]);
  const { exitCode, plan } = await planOf([folder]);
  assert.equal(exitCode, 0);
  assert.deepEqual(Object.keys(plan), [
    "verdict",
    "whole",
    "forkAmbiguous",
    "isInPartUnknown",
    "restorableTo",
    "lastBackupName",
    "planVersion",
    "plan",
    "files",
    "gaps",
    "unusableNewer",
    "problems",
    "checks",
  ]);
  assert.deepEqual(Object.keys(plan.plan[0] ?? {}), ["position", "type", "setGuid", "firstLsn", "lastLsn", "files"]);
  assert.deepEqual(Object.keys(plan.files[0] ?? {}), ["file", "verdict", "reason", "detail", "remedy"]);
  assert.deepEqual(
    [plan.verdict, plan.whole, plan.forkAmbiguous, plan.isInPartUnknown],
    ["restorable", true, false, false],
  );
  assert.deepEqual(
    plan.plan.map(({ type, files }) => [type, files.length]),
    [
      ["full", 2],
      ["log", 1],
      ["log", 1],
    ],
  );
  assert.equal(plan.restorableTo?.lsn, String(second.spec.lastLsn));
  assert.equal(plan.lastBackupName, second.fileName);
});

test("a missing log is a gap with its range, and ends with 3", async () => {
  const folder = folderOf("gap", [...striped.files, first, third]);
  const { exitCode, plan } = await planOf([folder]);
  assert.equal(exitCode, 3);
  assert.deepEqual(
    plan.gaps.map(({ fromLsn, toLsn }) => [fromLsn, toLsn]),
    [[String(second.spec.firstLsn), String(second.spec.lastLsn)]],
  );
  const { out } = await ferry(["plan", folder]);
  assert.match(out, /^NOT YET RESTORABLE: Sales so far to 2025-11-24 21:15:02 \(source time\), LSN \d+\./);
  assert.match(
    out,
    new RegExp(`Gap: no backup covers LSN ${second.spec.firstLsn}.*\n {2}-> Upload the log backups that cover`),
  );
});

test("the table shows the plan at a glance", async () => {
  const { out } = await ferry(["plan", folderOf("glance", [...striped.files, first])]);
  assert.match(
    out,
    /^RESTORABLE: Sales to 2025-11-24 21:15:02 \(source time\), LSN \d+\.\nPlan [0-9a-f]{16}: 2 backups, /,
  );
  assert.match(out, /\n#\s+type\s+first LSN\s+last LSN\s+finished\s+file\n1\s+full .* and 1 more stripe\n2\s+log /);
});

test("stopping at a time: exit 0 where the backups reach it, 3 where they do not", async () => {
  const folder = folderOf("stop", [...striped.files, first, second]);
  const reached = await planOf([folder, "--at", "2025-11-24 21:10"]);
  assert.deepEqual([reached.exitCode, reached.plan.lastBackupName], [0, first.fileName]);
  assert.match(
    (await ferry(["plan", folder, "--at", "2025-11-24 21:10"])).out,
    /^RESTORABLE: Sales to 2025-11-24 21:15:02 .*, and inside it to the stop at 2025-11-24 21:10:00 WITH STOPAT\./,
  );
  assert.match(
    (await ferry(["plan", folder, "--at", "2025-11-24 23:00"])).out,
    /^NOT AS IT IS: Sales to 2025-11-24 21:30:02 .*; see what keeps it from the stop below\./,
  );
  const beyond = await planOf([folder, "--at", "2025-11-24T23:00:00"]);
  assert.equal(beyond.exitCode, 3);
  assert.ok(beyond.plan.problems.some(({ code }) => code === "STOP_NOT_REACHED"));
});

test("a target that is too old refuses the backups", async () => {
  const folder = folderOf("target", [first, ...striped.files]);
  const { exitCode, plan } = await planOf([folder, "--target-version", "2012"]);
  assert.deepEqual([exitCode, plan.verdict, plan.restorableTo, plan.lastBackupName], [3, "waiting", null, null]);
  assert.ok(plan.files.every(({ reason }) => reason === "NEWER_THAN_TARGET"));
});

test("the headers that inspect exports give the same plan as the files, and so do they without names", async () => {
  const folder = folderOf("export", [...striped.files, first, third]);
  const exported = join(root, "headers.json");
  writeFileSync(exported, (await ferry(["inspect", folder, "--json"])).out);
  const redactedText = (await ferry(["plan", folder, "--redact"])).out;
  const redacted = join(root, "redacted.json");
  writeFileSync(redacted, redactedText);
  const plans = [await planOf([folder]), await planOf([exported]), await planOf([redacted])].map(({ plan }) => plan);
  const [own, ofHeaders, ofRedacted] = plans as [Plan, Plan, Plan];
  const facts = ({ restorableTo, plan, files, gaps }: Plan): unknown => [
    restorableTo,
    plan.map(({ type, lastLsn }) => [type, lastLsn]),
    files.map(({ reason }) => reason).sort(),
    gaps.map(({ fromLsn, toLsn }) => [fromLsn, toLsn]),
  ];
  assert.deepEqual(facts(ofHeaders), facts(own));
  assert.deepEqual(facts(ofRedacted), facts(own));
  assert.doesNotMatch(redactedText, /Sales|SQL01|stripe0|payload|\.mdf|physicalName|userName|machineName/i);
});

test("files of one name in two folders are told, and end with 3: the service reads one flat folder", async () => {
  const folder = folderOf("equal", [...striped.files]);
  mkdirSync(join(folder, "again"));
  writeFileSync(join(folder, "again", first.fileName), first.bytes);
  writeFileSync(join(folder, first.fileName), first.bytes);
  const { exitCode, plan } = await planOf([folder]);
  assert.equal(exitCode, 3);
  assert.match(plan.problems.find(({ code }) => code === "EQUAL_NAMES")?.message ?? "", /as a mirror does: upload one/);
  assert.ok(plan.files.some(({ file, reason }) => file === join("again", first.fileName) || reason === "DUPLICATE"));
});

test("exit codes: nothing there 5, a wrong option 2, no JSON 1", async () => {
  assert.equal((await ferry(["plan", join(root, "nowhere")])).exitCode, 5);
  assert.equal((await ferry(["plan", root, "--at", "yesterday"])).exitCode, 2);
  assert.equal((await ferry(["plan", root, "--target-version", "Denali"])).exitCode, 2);
  assert.equal((await ferry(["plan"])).exitCode, 2);
  const broken = join(root, "broken.json");
  writeFileSync(broken, "{");
  const { exitCode, err } = await ferry(["plan", broken]);
  assert.equal(exitCode, 1);
  assert.match(err, /^This is not JSON/);
});

test("a gap is the same to the dry run however old the files are", async () => {
  const folder = folderOf("old", [...striped.files, first, third]);
  const young = await planOf([folder]);
  for (const { fileName } of [first, third]) utimesSync(join(folder, fileName), 1, 1);
  const old = await planOf([folder]);
  assert.deepEqual([young.plan.verdict, old.plan.verdict], ["waiting", "waiting"]);
});

test("each file that is left out is told its own reason, once", async () => {
  const folder = folderOf("own", [...striped.files, first]);
  writeFileSync(join(folder, "copy.trn"), first.bytes);
  writeFileSync(join(folder, "copy_1.bak"), striped.files[0]?.bytes ?? "");
  writeFileSync(join(folder, "nothing.bak"), "");
  const { out } = await ferry(["plan", folder]);
  assert.match(
    out,
    new RegExp(
      `\\(DUPLICATE\\): copy\\.trn\n.*copy of ${first.fileName}|\\(DUPLICATE\\): ${first.fileName}\n.*copy of copy\\.trn`,
    ),
  );
  assert.equal(out.match(/\(DUPLICATE\)/g)?.length, 2);
  assert.match(out, /\(ZERO_BYTES\): nothing\.bak\n {2}The file is empty: at byte 0 expected [^.]*\.\n/);
});

test("msdb's history, as sqlcmd and PowerShell write it, is planned, and what it does not know is said", async () => {
  const rows = [
    { type: "D", first_lsn: "100", last_lsn: "160", physical_device_name: "D:\\b\\Sales.bak" },
    { type: "L", first_lsn: "150", last_lsn: "170", physical_device_name: "D:\\b\\Sales.trn" },
  ].map((row) => ({ ...row, database_name: "Sales" }));
  const json = JSON.stringify({ backups: rows });
  const broken = `JSON_F52E2B61-18A1-11d1-B105-00805F49916B\r\n-----\r\n${json.slice(0, 140)}\r\n${json.slice(140)}\r\n\r\n(2 rows affected)\r\n`;
  const file = join(root, "msdb.json");
  for (const bytes of [Buffer.from(broken), Buffer.from(`\uFEFF${broken}`, "utf16le")]) {
    writeFileSync(file, bytes);
    const { exitCode, plan } = await planOf([file]);
    assert.deepEqual(
      [exitCode, plan.verdict, plan.whole, plan.isInPartUnknown, plan.restorableTo?.lsn, plan.lastBackupName],
      [3, "restorable", false, true, "170", "Sales.trn"],
    );
    assert.ok(plan.problems.some(({ code }) => code === "NOT_KNOWN"));
    assert.ok(!plan.problems.some(({ code }) => code === "UNKNOWN_EXTENSION"));
  }
});

test("a file that cannot be opened is named, without a trace of the program", async () => {
  const folder = folderOf("dangling", [first]);
  symlinkSync(join(folder, "gone"), join(folder, "link.bak"));
  const { exitCode, err } = await ferry(["plan", folder]);
  assert.equal(exitCode, 1);
  assert.match(err, /^".*link\.bak" is a link to nothing, or was removed meanwhile: .*\.\n$/);
});

test("a hidden file that is called like a backup is one; other hidden files are none", async () => {
  const folder = folderOf("hidden", [...striped.files, first]);
  writeFileSync(join(folder, `.${second.fileName}`), second.bytes);
  for (const name of [".DS_Store", `._${first.fileName}`]) writeFileSync(join(folder, name), "x");
  const { exitCode, plan } = await planOf([folder]);
  assert.deepEqual([exitCode, plan.lastBackupName], [0, `.${second.fileName}`]);
});

test("several exports are one plan; a row that was not understood, or a source too old for DMS, keeps it from being whole", async () => {
  const row = { ...COMPLETE, type: "D", first_lsn: "100", last_lsn: "160", physical_device_name: "f.bak" };
  const log = { ...row, type: "L", first_lsn: "150", last_lsn: "200", physical_device_name: "l.trn" };
  const write = (name: string, rows: readonly object[]): string => {
    writeFileSync(join(root, name), JSON.stringify(rows));
    return join(root, name);
  };
  const [one, other] = [write("srv1.json", [row]), write("srv2.json", [log])];
  const both = await planOf([one, other]);
  assert.deepEqual([both.exitCode, both.plan.restorableTo?.lsn], [0, "200"]);
  const odd = await planOf([one, write("odd.json", [log, { ...log, type: "Hyper" }])]);
  assert.deepEqual([odd.exitCode, odd.plan.restorableTo?.lsn], [3, "200"]);
  assert.match(odd.plan.problems.find(({ code }) => code === "ROW_LEFT_OUT")?.message ?? "", /Entry 2 .*Hyper/);
  const old = await ferry([
    "plan",
    write("old.json", [{ ...row, software_major_version: 9 }]),
    "--target-version",
    "2022",
  ]);
  assert.equal(old.exitCode, 3);
  assert.match(old.out, /^NOT AS IT IS: .*2005 .*is older than DMS takes/);
});

const BASE = "93FA8171-B0CF-4E2F-B0FA-4AF74621D2BD";

/** The columns of the history that decide, besides type, LSNs and names. */
const COMPLETE = {
  ...{ database_name: "Sales", position: 1, device_type: 2, recovery_model: "FULL", flags: 16 },
  ...{ key_algorithm: null, compression_algorithm: null, family_guid: BASE, last_recovery_fork_guid: BASE },
};

/** Two whole backups of one database, in a header export. */
const asExported = (changes: object, ofFull: object = {}): readonly object[] => {
  const row = { ...COMPLETE, checkpoint_lsn: "100", media_family_count: 1, backup_set_id: 17 };
  return [
    { ...row, type: "D", first_lsn: "100", last_lsn: "160", physical_device_name: "f.bak", ...changes, ...ofFull },
    { ...row, type: "L", first_lsn: "150", last_lsn: "200", physical_device_name: "l.trn", ...changes },
  ];
};
const judged = (rows: readonly object[]) => {
  const dryRun = dryRunOf(readExport(JSON.stringify(rows)));
  const { report } = dryRun;
  const odd = report.problems.filter(({ code }) => code === "NOT_UNDERSTOOD");
  return { report, odd, isWhole: isWhole(dryRun), text: planText(dryRun) };
};

for (const [column, value] of [
  ["checkpoint_lsn", "1.2E+17"],
  ["differential_base_guid", "System.Byte[]"],
  ["family_guid", "n/a"],
  ["last_recovery_fork_guid", "?"],
  ["is_damaged", "Wahr"],
  ["is_snapshot", "maybe"],
  ["position", "first"],
  ["media_family_count", "two"],
  ["device_type", 6],
  ["recovery_model", "3"],
  ["software_major_version", "fifteen"],
] as const)
  test(`${column} decides: where it is not understood the plan is told, and not called whole`, () => {
    const { report, odd, isWhole, text } = judged(asExported({ [column]: value }));
    assert.deepEqual([isWhole, report.verdict, report.restorableTo?.lsn], [false, "restorable", 200n]);
    assert.deepEqual(
      odd.map(({ message }) => message.includes(`not understood in 2 headers, "${value}" for instance`)),
      [true],
    );
    assert.match(text, /^NOT AS IT IS: Sales to LSN 200; see which columns were not understood below\./);
  });

for (const [column, value] of [
  ["backup_finish_date", "03/04/2025 21:45:00"],
  ["has_backup_checksums", "often"],
  ["begins_log_chain", "?"],
  ["binding_id", "?"],
] as const)
  test(`${column} decides nothing: where it is not understood that is told, and the plan stays whole`, () => {
    const { odd, isWhole, text } = judged(asExported({ [column]: value }));
    assert.deepEqual([isWhole, odd.length], [true, 1]);
    assert.ok(text.includes(`"${value}" for instance`));
    assert.match(text, /^RESTORABLE: /);
  });

test("an export's own number for a row is no column that was not understood", () => {
  const { odd, isWhole, text } = judged(asExported({}));
  assert.deepEqual([isWhole, odd], [true, []]);
  assert.match(text, /^RESTORABLE: Sales to LSN 200\.\n/);
});

test("where the only full backup is damaged the headline says so, with what to do below", () => {
  const { isWhole, text } = judged(asExported({}, { is_damaged: true }));
  assert.equal(isWhole, false);
  assert.match(text, /^BROKEN: Sales not at all so far; the full backup is damaged, see below\./);
  assert.match(text, /\(DAMAGED\): f\.bak\n.*CONTINUE_AFTER_ERROR.*\n {2}-> Find the damage with DBCC CHECKDB/);
});

test("where no header tells the source's offset nothing is said in UTC, and nothing is estimated", () => {
  const { restorableTo, estimatedTime } = judged(asExported({ backup_finish_date: "2025-11-24T21:45:00" })).report;
  assert.deepEqual([restorableTo, estimatedTime], [{ lsn: 200n, time: "2025-11-24T21:45:00" }, false]);
  const told = judged(asExported({ backup_finish_date: "2025-11-24T21:45:00", time_zone: 4 })).report;
  assert.equal(told.restorableTo?.utc, "2025-11-24T20:45:00.000Z");
});

test("whether a target takes backups of an unknown version cannot be told: asked that, the plan is not whole", () => {
  const files = readExport(JSON.stringify(asExported({})));
  assert.deepEqual([isWhole(dryRunOf(files)), isWhole(dryRunOf(files, { targetVersionMajor: 15 }))], [true, false]);
  const told = readExport(JSON.stringify(asExported({ software_major_version: 13 })));
  assert.equal(isWhole(dryRunOf(told, { targetVersionMajor: 15 })), true);
});

test("forks between which a person has to choose keep the dry run from ending with 0", () => {
  const guid = (digit: number): string => `${digit}0000000-0000-0000-0000-000000000000`;
  const onFork = (digit: number, first: number): object[] =>
    asExported(
      { last_recovery_fork_guid: guid(digit), first_recovery_fork_guid: guid(digit), family_guid: guid(9) },
      { first_lsn: first, last_lsn: first + 60, physical_device_name: `f${digit}.bak`, checkpoint_lsn: first },
    ).slice(0, 1);
  const { report, isWhole, text } = judged([...onFork(1, 100), ...onFork(2, 300)]);
  assert.deepEqual([isWhole, report.verdict], [false, "restorable"]);
  assert.match(text, /^NOT AS IT IS: Sales to LSN 360 on one of several recovery forks, which are named below\./);
});

test("--at takes an instant where the offset is known, and asks for one where times are in UTC", async () => {
  const folder = folderOf("instant", [...striped.files, first, second]);
  const text = second.spec.backupFinishDate ?? second.spec.backupStartDate;
  const offset = second.spec.utcOffsetMinutes ?? 0;
  const instant = new Date(Date.parse(`${text}Z`) - offset * 60_000).toISOString().replace(".000", "");
  const { exitCode, plan } = await planOf([folder, "--at", instant]);
  assert.deepEqual([exitCode, plan.restorableTo?.lsn], [0, String(second.spec.lastLsn)]);
  const utc = join(root, "utc.json");
  const row = {
    type: "D",
    database_name: "Sales",
    first_lsn: 1,
    last_lsn: 2,
    backup_finish_date: "/Date(1764020700000)/",
  };
  writeFileSync(utc, JSON.stringify([row]));
  const asked = await ferry(["plan", utc, "--at", "2025-11-24 21:45"]);
  assert.equal(asked.exitCode, 2);
  assert.match(asked.err, /--at: .*say it in UTC as well, "2025-11-24T21:45:00Z"/);
});

test("an empty folder says so, and is not restorable", async () => {
  mkdirSync(join(root, "empty"));
  const { exitCode, out } = await ferry(["plan", join(root, "empty")]);
  assert.equal(exitCode, 3);
  assert.match(out, /^EMPTY: there is no readable backup here\./);
});

const REAL = "../shared/backups";
const real: Readonly<Record<string, readonly [verdict: string, reasons: Readonly<Record<string, number>>]>> = {
  RestoreTimeClean: ["restorable", { PLAN_FULL: 1, PLAN_DIFF: 1, PLAN_LOG: 3, BEFORE_BASE: 3 }],
  OlaMsFilter: [
    "restorable",
    {
      PLAN_FULL: 1,
      PLAN_DIFF: 1,
      OLDER_FULL: 1,
      OLDER_BASE: 2,
      OLDER_DIFF: 1,
      BEFORE_BASE: 5,
      EMPTY_LOG: 6,
      COVERED: 1,
    },
  ],
  ft1: ["restorable", { PLAN_FULL: 1, PLAN_DIFF: 1, OLDER_DIFF: 1, COVERED: 1, EMPTY_LOG: 1 }],
  DoubleDiffing: ["restorable", { PLAN_FULL: 1, PLAN_DIFF: 1, OLDER_DIFF: 1 }],
  RestoreTimeStripe: ["restorable", { PLAN_FULL: 2, PLAN_LOG: 4 }],
  SchoolDb: ["restorable", { PLAN_FULL: 1 }],
  SharePoint_Config: ["waiting", { APPENDED_SETS: 1 }],
};
for (const [set, [verdict, reasons]] of Object.entries(real))
  test(`the real backups of ${set}`, {
    skip: existsSync(join(REAL, set)) ? false : `${REAL}/${set} is not here`,
  }, async () => {
    const { plan } = await planOf([join(REAL, set)]);
    assert.equal(plan.verdict, verdict);
    const counts: Record<string, number> = {};
    for (const { reason } of plan.files) counts[reason] = (counts[reason] ?? 0) + 1;
    assert.deepEqual(counts, reasons);
  });

test("a dry run tells the certificate that the target needs, by the files and by what inspect exported of them", async () => {
  const folder = join(root, "tde");
  mkdirSync(folder);
  writeFileSync(join(folder, "full.bak"), sampleBackup("unverifiedTde"));
  writeFileSync(join(folder, "closed.bak"), brokenBackup("encryptedByTde"));
  const { out: json } = await ferry(["inspect", folder, "--json"]);
  const exported = join(root, "tde.json");
  writeFileSync(exported, json);
  const { tdeThumbprint } = sampleBackups.unverifiedTde.sets[0];
  for (const place of [folder, exported]) {
    const { out } = await ferry(["plan", place]);
    assert.match(out, new RegExp(`^Preflight P19 warn: .*\\(TDE\\).*0x${tdeThumbprint}.*CREATE CERTIFICATE`, "m"));
    assert.match(out, new RegExp(`\\(TDE\\) by the certificate 0x${thumbprintFor("certificate")}, probably`));
  }
});

test("what may be TDE is told as unknown, with the question for the source; a database without it is not mentioned", async () => {
  for (const [name, expected] of [
    ["unverifiedTdeUnknown", true],
    ["full", false],
  ] as const) {
    const folder = join(root, `p19-${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "full.bak"), sampleBackup(name));
    const { out } = await ferry(["plan", folder]);
    assert.equal(/^Preflight P19 unknown: .*sys\.dm_database_encryption_keys/m.test(out), expected, out);
    assert.equal(out.includes("TDE"), expected, out);
  }
});
