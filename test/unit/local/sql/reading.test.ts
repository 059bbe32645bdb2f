// Tests that reading a source server copes with every release, with builds that lack a column, with locks, and with a
// connection that breaks.
import assert from "node:assert/strict";
import { it } from "node:test";
import { clean2022, enterprise2016, standard2012 } from "../../../../local/sql/instances.ts";
import { LOGINS } from "../../../../local/sql/server.ts";
import { assess } from "../../../../shared/source/assessment.ts";
import type { SourceFacts } from "../../../../shared/source/facts.ts";
import type { InsideFacts } from "../../../../shared/sqlserver/databaseFacts.ts";
import { NEWEST_MAJOR, OLDEST_MAJOR } from "../../../support/sqlStatements.ts";
import { factsOf, NOW, PASSWORD } from "./source.ts";

const names = ({ databases }: SourceFacts): readonly string[] => databases.map(({ name }) => name);

const findingOf = (facts: SourceFacts, check: string, database = 0) =>
  assess(facts).databases[database]?.findings.find((one) => one.check === check);

it("every release from 2008 to 2025 is read without asking it for what it does not have", async () => {
  for (let major = OLDEST_MAJOR; major <= NEWEST_MAJOR; major++) {
    const instance = { ...clean2022(NOW), major, productVersion: `${major}.0.1000.1` };
    const { facts } = await factsOf(instance);
    const expected = major < 13 ? ["virtual log files: only SQL Server 2016 and later tell it"] : [];
    assert.deepEqual(facts.instance.withheld, expected, `version ${major}`);
    assert.equal(facts.databases[0]?.containment, "NONE");
    assert.equal(facts.databases[0]?.isStretched, false);
    assert.equal(facts.databases[0]?.availabilityGroup, null);
  }
});

it("a column or view that a build lacks costs its own check, and not the run", async () => {
  const lacks = ["sys.databases.containment_desc", "sys.dm_db_log_stats", "sys.column_master_keys"];
  const { facts } = await factsOf({ ...enterprise2016(NOW), lacks });
  assert.deepEqual(
    ["S61", "S41", "S15", "S60", "S18", "S56"].map((check) => [check, findingOf(facts, check, 2)?.outcome]),
    [
      ["S61", "unknown"],
      ["S41", "unknown"],
      ["S15", "unknown"],
      ["S60", "fine"],
      ["S18", "found"],
      ["S56", "found"],
    ],
  );
  assert.match(findingOf(facts, "S61")?.observed ?? "", /this build does not know containment_desc/);
  assert.match(findingOf(facts, "S41")?.observed ?? "", /this build does not have it \(208\)/);
});

it("databases that are offline, in use by one user, or locked are one line each, and the others are read", async () => {
  const { facts } = await factsOf(standard2012(NOW));
  assert.equal(facts.databases.length, 8);
  const lines = facts.instance.withheld?.filter((line) => /^(Reports|Payroll|Web)/.test(line));
  assert.deepEqual(lines, [
    "Reports: it is OFFLINE",
    "Payroll: it is in single-user mode, and somebody is in it (924)",
    "Web, users: locked for longer than five seconds (1222)",
  ]);
});

it("only the databases that are named are entered, whatever the case, and one that is not there is told", async () => {
  const { facts, batches } = await factsOf(clean2022(NOW), { reading: { databases: ["ORDERS", "Nothing"] } });
  assert.deepEqual(names(facts), ["Orders"]);
  assert.deepEqual(facts.instance.withheld, ["Nothing: there is no such database, or it is not to be seen"]);
  assert.ok(!batches.some((batch) => batch.includes("USE [Customers]")));
});

it("a connection that breaks is made anew, and a database that breaks it twice is left out", async () => {
  for (const times of [1, 2]) {
    let broken = 0;
    const intercept = (batch: string) => (batch.startsWith("USE [Orders]") && broken++ < times ? "gone" : undefined);
    const { facts } = await factsOf(clean2022(NOW), { server: { intercept } });
    assert.deepEqual(names(facts), ["Orders", "Customers"]);
    assert.deepEqual(
      facts.instance.withheld,
      times === 1 ? [] : ["Orders: the connection was lost twice while it was read"],
    );
    assert.equal(findingOf(facts, "S70", 1)?.outcome, "fine");
  }
});

it("what was read before is not read again, but a database that was created anew under its name is", async () => {
  const known: InsideFacts[] = [];
  const first = await factsOf(clean2022(NOW), { reading: { onRead: (inside) => known.push(inside) } });
  assert.deepEqual(
    known.map(({ name }) => name),
    ["Orders", "Customers"],
  );
  const written = JSON.parse(JSON.stringify(known)) as InsideFacts[];
  const [orders, customers] = written as [InsideFacts, InsideFacts];
  const again = await factsOf(clean2022(NOW), {
    reading: { known: [orders, { ...customers, databaseGuid: "another" }] },
  });
  assert.deepEqual(again.facts, first.facts);
  assert.ok(!again.batches.includes("USE [Orders];"));
  assert.ok(again.batches.includes("USE [Customers];"));
});

it("many databases that hide the same thing are one line", async () => {
  const grants = (LOGINS["ferry_reader"]?.grants ?? []).filter((grant) => !grant.includes("dependencies"));
  const { facts } = await factsOf(enterprise2016(NOW), {
    server: { logins: { ferry_reader: { password: PASSWORD, grants } } },
  });
  assert.deepEqual(facts.instance.withheld, [
    "references of modules in 6 databases (Sales, Stock, Documents, ...): not allowed (229): GRANT SELECT ON sys.sql_expression_dependencies, in each database",
  ]);
  // Synonyms are still read: what they name is found, and no check is fine.
  assert.deepEqual(
    [findingOf(facts, "S74", 0)?.outcome, findingOf(facts, "S74", 1)?.outcome, findingOf(facts, "S73", 1)?.outcome],
    ["unknown", "found", "fine"],
  );
});

it("a tool that takes log backups through VDI is found, and on a replica nobody's history is whole", async () => {
  const { facts } = await factsOf(enterprise2016(NOW));
  assert.deepEqual(findingOf(facts, "S34")?.objects, ["VDI (CONTOSO\\svc-backup)"]);
  assert.equal(facts.databases[0]?.backups?.history?.isPartial, true);
  assert.equal(facts.databases[1]?.backups?.history?.isPartial, undefined);
});

it("columns that are NULL, as most of msdb's may be, leave their check unknown and not fine, and cost no other row", async () => {
  const instance = clean2022(NOW);
  const history = instance.rows["backup history"]?.map((row) => ({
    ...row,
    has_backup_checksums: null,
    is_damaged: null,
  }));
  const databases = instance.rows["databases"]?.map((row) => ({
    ...row,
    is_broker_enabled: null,
    recovery_model_desc: null,
  }));
  const { facts } = await factsOf({
    ...instance,
    rows: { ...instance.rows, "backup history": history ?? [], databases: databases ?? [] },
  });
  assert.deepEqual(facts.instance.withheld, []);
  assert.deepEqual(
    ["S36", "S39", "S56", "S30", "S32", "S35"].map((check) => findingOf(facts, check)?.outcome),
    ["unknown", "unknown", "unknown", "unknown", "fine", "fine"],
  );
});

it("a folder for each day is one taker's, and a file in the root of a disk has one too", async () => {
  const instance = clean2022(NOW);
  const [full, log] = instance.rows["backup history"] ?? [];
  const history = ["D:\\Backup\\2026-01-19", "D:\\Backup\\20260120", "D:"].map((folder) => ({ ...log, folder }));
  const { facts } = await factsOf({
    ...instance,
    rows: { ...instance.rows, "backup history": [full, ...history] as (typeof instance.rows)[string] },
  });
  assert.deepEqual(findingOf(facts, "S34")?.objects, [
    "D: (NT SERVICE\\SQLSERVERAGENT)",
    "D:\\Backup\\<date> (NT SERVICE\\SQLSERVERAGENT)",
  ]);
});
