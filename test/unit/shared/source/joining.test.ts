// Tests that several looks at one source are joined, which databases move together, and when the source writes least.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assess } from "../../../../shared/source/assessment.ts";
import type { DatabaseFacts, Evidence, SourceFacts } from "../../../../shared/source/facts.ts";
import { groupsOf } from "../../../../shared/source/groups.ts";
import { joined } from "../../../../shared/source/joined.ts";
import { quietHours } from "../../../../shared/source/quietHours.ts";

const look = (
  evidence: Evidence,
  takenAt: string,
  database: Partial<DatabaseFacts>,
  more: Partial<SourceFacts> = {},
): ReturnType<typeof assess> =>
  assess({ server: "SRC01", evidence, takenAt, instance: {}, databases: [{ name: "Sales", ...database }], ...more });

const outcomesOf = (looks: readonly ReturnType<typeof assess>[], check: string): readonly string[] =>
  joined(looks).flatMap(({ databases }) =>
    databases.map(({ findings }) => findings.find((one) => one.check === check)?.outcome ?? ""),
  );

const server = look("server", "2026-01-20T12:00:00Z", { recoveryModel: "SIMPLE", containment: "PARTIAL" });
const newer = look("backup", "2026-01-21T12:00:00Z", { recoveryModel: "FULL" });
const older = look("backup", "2026-01-19T12:00:00Z", { recoveryModel: "FULL" });

test("newer truth wins, by check and whatever the order; what only the older look knows stays", () => {
  for (const looks of [
    [server, newer],
    [newer, server],
  ]) {
    assert.deepEqual(outcomesOf(looks, "S30"), ["fine"]);
    assert.deepEqual(outcomesOf(looks, "S61"), ["found"]);
  }
  assert.deepEqual(outcomesOf([server, older], "S30"), ["found"]);
});

test("a newer backup without a sign of encryption takes nothing back, in whatever order the looks come", () => {
  const encrypted = { encryption: { encryptor: "certificate", thumbprints: ["AB"] } } as const;
  const clean = { encryption: null, backups: { sets: [{ type: "full", isEncrypted: false }] } } as const;
  const found = look("server", "2026-01-20T12:00:00Z", encrypted);
  const hidden = look("server", "2026-01-22T12:00:00Z", {});
  const backup = look("backup", "2026-01-21T12:00:00Z", clean);
  const report = look("import", "2026-01-22T12:00:00Z", {});
  const cases = [
    [[found, backup], "found"],
    [[hidden, backup], "unknown"],
    [[found, hidden, backup], "found"],
    [[backup, report], "fine"],
  ] as const;
  for (const [looks, outcome] of cases) {
    assert.deepEqual(outcomesOf(looks, "S10"), [outcome]);
    assert.deepEqual(outcomesOf(looks.toReversed(), "S10"), [outcome]);
  }
});

test("databases are joined exactly by their GUIDs, also where a server goes by another name", () => {
  const guids = { databaseGuid: "B", familyGuid: "F" };
  const alias = look("backup", "2026-01-21T12:00:00Z", { ...guids, name: "Renamed" }, { server: "src01.corp" });
  const [only, ...others] = joined([look("server", "2026-01-20T12:00:00Z", guids), alias]);
  assert.deepEqual(others, []);
  assert.deepEqual(
    only?.databases.map(({ name }) => name),
    ["Renamed"],
  );
});

test("what was seen of a server stays, also when its databases are known by another of its names", () => {
  const guids = { databaseGuid: "B", familyGuid: "F" };
  const instance = { engineEdition: 3 };
  const alias = look("server", "2026-01-21T12:00:00Z", guids, { server: "src01.corp", instance });
  const looks = joined([look("backup", "2026-01-20T12:00:00Z", guids), alias]);
  assert.deepEqual(
    looks.map((one) => [one.server, one.databases.length, one.instance[0]?.outcome]),
    [
      ["SRC01", 1, "unknown"],
      ["src01.corp", 0, "fine"],
    ],
  );
});

test("a database that was dropped and created anew under its name is another one", () => {
  const looks = ["F1", "F2"].map((familyGuid) => look("backup", "2026-01-20T12:00:00Z", { familyGuid }));
  assert.equal(joined(looks)[0]?.databases.length, 2);
});

/** Two looks at estates with this many databases, without GUIDs. */
const estateOf = (count: number) => {
  const databases = Array.from({ length: count }, (_, at) => ({
    name: `Database ${at}`,
    recoveryModel: "FULL" as const,
  }));
  return ["2026-01-20T12:00:00Z", "2026-01-21T12:00:00Z"].map((takenAt) =>
    assess({ server: "SRC01", evidence: "server", takenAt, instance: {}, databases }),
  );
};

test("a thousand databases are looked up and not searched for: no database is read more often than with ten", () => {
  const readsPerDatabase = (count: number): number => {
    let reads = 0;
    const looks = estateOf(count).map((one) => ({
      ...one,
      databases: one.databases.map((database) => {
        const { name } = database;
        const get = (): string => {
          reads += 1;
          return name;
        };
        return Object.defineProperty({ ...database }, "name", { enumerable: true, get });
      }),
    }));
    assert.equal(joined(looks)[0]?.databases.length, count);
    return reads / count;
  };
  assert.equal(readsPerDatabase(1000), readsPerDatabase(10));
});

test("no database is lost by joining, and none that is known by its GUIDs is there twice", () => {
  const guid = fc.option(fc.constantFrom("G1", "G2"), { nil: undefined });
  const database = fc.record({ name: fc.constantFrom("a", "A", "b", "c"), guid });
  const one = fc.record({
    server: fc.constantFrom("SRC01", "src01", "SRC02"),
    databases: fc.uniqueArray(database, { maxLength: 3, selector: ({ name }) => name.toLowerCase() }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), (given) => {
      const looks = given.map(({ server: name, databases }, at) =>
        assess({
          server: name,
          evidence: "backup",
          takenAt: `2026-01-2${at}T12:00:00Z`,
          instance: {},
          databases: databases.map((each) => ({
            name: each.name,
            ...(each.guid !== undefined && {
              databaseGuid: each.guid,
              familyGuid: `${each.guid} of ${each.name.toLowerCase()}`,
            }),
          })),
        }),
      );
      const all = joined(looks);
      const serverNames = all.map((each) => each.server.toLowerCase());
      assert.equal(new Set(serverNames).size, serverNames.length);
      for (const { server: name, databases } of given)
        for (const each of databases)
          assert.ok(
            all.some(({ databases: known }) =>
              known.some((other) => other.name.toLowerCase() === each.name.toLowerCase()),
            ),
            `${name} ${each.name}`,
          );
      const exact = all.flatMap(({ databases }) =>
        databases.flatMap(({ familyGuid, databaseGuid }) =>
          familyGuid === undefined ? [] : `${databaseGuid} ${familyGuid}`,
        ),
      );
      assert.equal(new Set(exact).size, exact.length, "one database twice");
    }),
    { seed: 19, numRuns: 300 },
  );
});

test("joining a look with itself changes nothing", () => {
  assert.deepEqual(joined([server, server]), [server]);
});

const databaseOf = (name: string, dependsOn: readonly string[]) => ({ name, dependsOn, findings: [] });

test("databases that name each other, also through a third, are one group; what was not looked at is missing", () => {
  const databases = [
    databaseOf("Sales", ["STOCK"]),
    databaseOf("Web", ["sales", "Archive"]),
    databaseOf("Alone", []),
    databaseOf("Stock", []),
  ];
  assert.deepEqual(groupsOf(databases), [{ databases: ["Sales", "Stock", "Web"], missing: ["Archive"] }]);
});

test("groups are the same in whatever order the databases come, and no database is in two", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
  const estate = fc.dictionary(name, fc.array(name, { maxLength: 2 }), { noNullPrototype: true });
  fc.assert(
    fc.property(estate, (named) => {
      const databases = Object.entries(named).map(([one, others]) => databaseOf(one, others));
      const groups = groupsOf(databases);
      assert.deepEqual(groupsOf(databases.toReversed()), groups);
      const members = groups.flatMap((group) => [...group.databases, ...group.missing]);
      assert.equal(new Set(members).size, members.length);
      for (const [one, others] of Object.entries(named))
        for (const other of others.filter((each) => each !== one))
          assert.ok(
            groups.some((group) => [one, other].every((each) => [...group.databases, ...group.missing].includes(each))),
          );
    }),
    { seed: 19, numRuns: 300 },
  );
});

test("quiet are the three hours in a row with least log, also past midnight", () => {
  const days = ["19", "20", "21"];
  const log = days.flatMap((day) =>
    Array.from({ length: 24 }, (_, hour) => ({
      hour: `2026-01-${day}T${String(hour).padStart(2, "0")}:00:00`,
      bytes: [23, 0, 1].includes(hour) ? 10 : hour === 9 ? 9000 : 1000,
      backups: 4,
    })),
  );
  const quiet = quietHours(log);
  assert.deepEqual([quiet?.from, quiet?.to, quiet?.peakHour, quiet?.days], [23, 2, 9, 2]);
  assert.equal(quietHours(log.slice(0, 20)), undefined, "less than a day tells nothing");
});
