// Tests which assessment belongs to a migration's database, which findings prevent its start, and what an
// acknowledgement covers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AssessedSource,
  assessedSource,
  countsOfSource,
  fingerprintOf,
  identityOf,
  matchOf,
  mayBeOf,
} from "../../../../shared/assessed/assessedSource.ts";
import { PublishAssessmentBody } from "../../../../shared/assessed/assessmentShapes.ts";
import { type DatabaseLine, lineOf } from "../../../../shared/assessed/assessmentStore.ts";
import { withDatabase } from "../../../../shared/assessed/published.ts";
import {
  groupCheck,
  groupOf,
  isRefused,
  type SeenSource,
  sourceCheck,
} from "../../../../shared/assessed/sourceChecks.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import { listed } from "../../../../shared/migration/lists/listLine.ts";
import type { ChainSummary, Migration } from "../../../../shared/migration/migration.ts";
import { isOverridable } from "../../../../shared/preflight/preflight.ts";
import { type Assessment, assess, type SourceDatabase } from "../../../../shared/source/assessment.ts";
import type { DatabaseFacts, TargetFacts } from "../../../../shared/source/facts.ts";
import {
  anAssessment,
  DATABASE,
  databaseOf,
  FAMILY,
  serverOf,
  THUMBPRINT,
  withTde,
} from "../../../support/assessments.ts";
import { full, log } from "../../../support/backupRecords.ts";
import { aMigration, aShare } from "../../../support/facts.ts";
import { VM } from "../../../support/world.ts";

const NOW = new Date("2025-11-24T00:30:00.000Z");
const summary: ChainSummary = {
  verdict: "restorable",
  planVersion: "p",
  planLength: 1,
  files: 1,
  states: {},
  gaps: 0,
  openGaps: [],
  closed: false,
  databaseName: "Sales",
  serverName: "SQL01",
  familyGuid: FAMILY,
  databaseGuid: DATABASE,
};
const migrationWith = (changes: Partial<Migration> = {}): Migration =>
  aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" }, summary, ...changes });

function sourceOf(
  assessments: readonly Assessment[],
  migration = migrationWith(),
  records: readonly BackupRecord[] = [],
): AssessedSource | undefined {
  const looks = assessments.flatMap((one) => one.databases.map((database) => ({ database, server: serverOf(one) })));
  return assessedSource({ migration, identity: identityOf(migration), looks, records });
}
const known = (source: AssessedSource | undefined): AssessedSource => source ?? assert.fail("no assessment was joined");
const findingOf = (source: AssessedSource | undefined, check: string) =>
  known(source).findings.find((one) => one.check === check) ?? assert.fail(`${check} is missing`);
const seen = (source: AssessedSource | undefined): SeenSource =>
  source ? { kind: "assessed", source } : { kind: "none" };
const p28 = (source: AssessedSource | undefined, migration = migrationWith()) =>
  sourceCheck(migration, seen(source), NOW);

describe("an assessment is joined", () => {
  const identity = { server: "SQL01", name: "Sales", familyGuid: FAMILY, databaseGuid: DATABASE };
  const OTHER = "5B3A0F5E-0009-4000-8000-000000000009";
  const rows: readonly (readonly [what: string, found: Parameters<typeof matchOf>[1], ReturnType<typeof matchOf>])[] = [
    [
      "exactly by both GUIDs, whatever server and database are called",
      { server: "alias", database: { name: "Renamed", familyGuid: FAMILY, databaseGuid: DATABASE } },
      "guid",
    ],
    ["by name where GUIDs are not known, whatever the case", { server: "sql01", database: { name: "SALES " } }, "name"],
    [
      "by name where a restore has given the database another GUID",
      { server: "SQL01", database: { name: "Sales", familyGuid: FAMILY, databaseGuid: OTHER } },
      "name",
    ],
    [
      "not where the database was dropped and created anew",
      { server: "SQL01", database: { name: "Sales", familyGuid: OTHER, databaseGuid: DATABASE } },
      undefined,
    ],
    [
      "not where only the family is the same: every copy of a template has it",
      { server: "SQL02", database: { name: "Sales", familyGuid: FAMILY, databaseGuid: OTHER } },
      undefined,
    ],
    ["not by the name of the database alone", { server: "SQL02", database: { name: "Sales" } }, undefined],
    ["not by the server's name alone", { server: "SQL01", database: { name: "Stock" } }, undefined],
  ];
  for (const [what, found, match] of rows) test(what, () => assert.equal(matchOf(identity, found), match));

  test("as well when it is looked for by the lines of the list, which tell whose record has to be read", () => {
    for (const [what, { server, database }, match] of rows)
      for (const name of ["Sales", "Another"]) {
        const target = { sqlVmResourceId: VM, databaseName: name };
        const isFound = mayBeOf(server, [{ name: "Other" }, database])(listed(migrationWith({ target })));
        if (match !== undefined) assert.ok(isFound, what);
      }
    const [line, elsewhere] = [listed(migrationWith()), { name: "Stock", familyGuid: OTHER, databaseGuid: OTHER }];
    assert.ok(!mayBeOf("SQL01", [elsewhere])(line));
    assert.ok(!mayBeOf("SQL02", [{ name: "Sales" }])(line));
  });

  test("to a share by what was registered, since nothing of it can be read", () => {
    const { summary: _, ...bare } = migrationWith();
    const source = { container: "", folder: "Sales", rootIsADatabase: false, databaseName: "Sales", fileShare: aShare };
    assert.deepEqual(identityOf({ ...bare, source }), { server: "SRV01", name: "Sales" });
  });

  test("to nothing where no name is known", () => {
    const { summary: _, ...bare } = migrationWith();
    assert.equal(sourceOf([anAssessment(withTde)], bare), undefined);
  });
});

describe("P28", () => {
  test("is unknown without an assessment, says so, and refuses nothing", () => {
    const { outcome, message, remedy } = p28(undefined);
    assert.equal(outcome, "unknown");
    assert.match(message, /No assessment of this database was published/);
    assert.match(remedy, /ferry assess/);
  });

  test("is unknown where a row cannot be read, and says which", () => {
    const check = sourceCheck(migrationWith(), { kind: "unreadable", why: "The row is torn." }, NOW);
    assert.equal(check.outcome, "unknown");
    assert.match(check.message, /The row is torn/);
  });

  test("fails on a finding that blocks, with its remedy and the way to answer for it", () => {
    const check = p28(sourceOf([anAssessment(withTde)]));
    assert.equal(check.outcome, "fail");
    assert.match(check.message, new RegExp(`S10 TDE certificate: encrypted by TdeCert \\(0x${THUMBPRINT}\\)`));
    assert.match(check.remedy, /CREATE CERTIFICATE.*npx ferry acknowledge sales-1 S10 --reason/);
    assert.ok(isRefused(check));
    assert.ok(!isOverridable("P28"), "no setting answers for it: somebody does, with a reason");
  });

  test("fails online on what blocks online only, and not offline", () => {
    const simple = [anAssessment({ recoveryModel: "SIMPLE" })];
    assert.equal(p28(sourceOf(simple)).outcome, "fail");
    const offline = migrationWith({ mode: "offline" });
    const source = sourceOf(simple, offline);
    assert.equal(p28(source, offline).outcome, "unknown");
    assert.ok(known(source).findings.every(({ mode }) => mode === undefined));
  });

  test("never takes unknown for fine: what would block and is unknown is named", () => {
    const { outcome, message } = p28(sourceOf([anAssessment()]));
    assert.equal(outcome, "unknown");
    assert.match(message, /Would block, and is unknown: S\d+/);
  });

  test("warns of what somebody has to act upon, of an old look, and of a join by name", () => {
    assert.match(p28(sourceOf([anAssessment({ virtualLogFiles: 5_000 })])).message, /To act upon: S41 /);
    const old = p28(sourceOf([anAssessment({ containment: "NONE" }, { takenAt: "2025-11-01T12:00:00.000Z" })]));
    assert.deepEqual([old.outcome, /older than 14 days/.test(old.message)], ["warn", true]);
    const byName = p28(sourceOf([anAssessment({ familyGuid: FAMILY, databaseGuid: "another" })]));
    assert.deepEqual(
      [byName.outcome, /joined by the names of server and database alone/.test(byName.message)],
      ["warn", true],
    );
  });

  test("is unknown where an assessment says nothing of a check, and names it", () => {
    const one = anAssessment();
    const silent = { ...one, instance: [], databases: [{ ...databaseOf(one), findings: [] }] };
    const { outcome, message } = p28(sourceOf([silent]));
    assert.equal(outcome, "unknown");
    assert.match(message, /Would block, and is unknown: S01 .*and \d+ more/);
    assert.equal(findingOf(sourceOf([silent]), "S70").outcome, "unknown");
    const but = (check: string) => ({
      ...one,
      databases: [{ ...databaseOf(one), findings: databaseOf(one).findings.filter((each) => each.check !== check) }],
    });
    assert.equal(findingOf(sourceOf([but("S61")]), "S61").outcome, "unknown");
  });

  test("weighs a finding by its rule, whatever severity and mode a published copy gives it", () => {
    const one = anAssessment(withTde);
    const lowered = databaseOf(one).findings.map((finding) => ({
      ...finding,
      severity: "info" as const,
      mode: "online" as const,
    }));
    const copy = { ...one, databases: [{ ...databaseOf(one), findings: lowered }] };
    const offline = migrationWith({ mode: "offline" });
    assert.equal(p28(sourceOf([copy]), migrationWith()).outcome, "fail");
    assert.equal(p28(sourceOf([copy], offline), offline).outcome, "fail");
    const published = PublishAssessmentBody.parse(copy);
    assert.deepEqual(published.databases[0]?.findings, databaseOf(one).findings);
    const ancient = anAssessment({ versionMajor: 9 });
    assert.equal(findingOf(sourceOf([ancient]), "S03").severity, "blocks", "a rule may be graver in some cases");
  });

  test("is as old as the oldest of what would block and is known; what was learned of nothing makes it no newer", () => {
    const december = "2025-10-01T12:00:00.000Z";
    const old = databaseOf(anAssessment({ recoveryModel: "FULL", containment: "NONE" }, { takenAt: december }));
    const blind = databaseOf(anAssessment());
    const source = sourceOf([{ ...anAssessment(), databases: [withDatabase(old, blind)] }]);
    assert.equal(known(source).knownSince, december);
    const { outcome, message } = p28(source);
    assert.deepEqual([outcome, /older than 14 days/.test(message)], ["warn", true]);
  });

  test("is doubtful where nobody knows when it was so", () => {
    const { outcome, message } = p28(sourceOf([anAssessment({ containment: "NONE" }, { takenAt: "" })]));
    assert.equal(outcome, "warn");
    assert.match(message, /When some of it was so is not known/);
  });

  test("takes what is fine on one VM for nothing on another, or where the target was not named", () => {
    const facts = { versionMajor: 13, editionFeatures: ["TransparentDataEncryption"] };
    const judged = (target: TargetFacts, database: Partial<DatabaseFacts> = facts) => {
      const { server, takenAt } = anAssessment();
      const one = { name: "Sales", familyGuid: FAMILY, databaseGuid: DATABASE, ...database };
      return sourceOf([assess({ server, evidence: "server", takenAt, instance: {}, databases: [one] }, target)]);
    };
    const rich = { versionMajor: 16, edition: "Enterprise" } as const;
    const here = judged({ ...rich, sqlVmResourceId: VM.toUpperCase() });
    assert.deepEqual(
      ["S02", "S05"].map((check) => findingOf(here, check).outcome),
      ["fine", "fine"],
    );
    for (const target of [rich, { ...rich, sqlVmResourceId: `${VM}-2` }]) {
      const elsewhere = judged(target);
      assert.deepEqual(
        ["S02", "S05"].map((check) => findingOf(elsewhere, check).outcome),
        ["unknown", "unknown"],
      );
      assert.match(findingOf(elsewhere, "S02").observed, /, of (a target that was not named|another VM)$/);
    }
    const plain = judged(rich, { versionMajor: 13, editionFeatures: [] });
    assert.equal(findingOf(plain, "S05").outcome, "fine", "what uses no such feature suits every edition");
    const poor = judged({ versionMajor: 13, edition: "Standard" });
    assert.equal(findingOf(poor, "S05").outcome, "found", "what was found stays until it is judged anew");
  });

  test("fails by a server that gives no native backups, for each of its databases", () => {
    const managed = anAssessment({}, { instance: { engineEdition: 8 } });
    assert.match(p28(sourceOf([managed])).message, /S01 A native SQL Server/);
  });

  test("fails by what is known of the name alone as well, and says that it is", () => {
    const exact = anAssessment({ recoveryModel: "FULL" });
    const { familyGuid: _, databaseGuid: __, ...nameless } = databaseOf(anAssessment(withTde));
    const source = sourceOf([exact, { ...anAssessment(), databases: [nameless] }]);
    assert.equal(findingOf(source, "S10").isByName, true);
    assert.equal(findingOf(source, "S30").isByName, false);
    const check = p28(source);
    assert.equal(check.outcome, "fail");
    assert.match(check.message, /Joined by name alone: .*S10/);
  });

  test("lets what is known of the name alone take nothing back that is certain", () => {
    const {
      familyGuid: _,
      databaseGuid: __,
      ...nameless
    } = databaseOf(
      anAssessment({ encryption: null, recoveryModel: "SIMPLE" }, { takenAt: "2025-11-23T18:00:00.000Z" }),
    );
    const source = sourceOf([
      anAssessment({ ...withTde, recoveryModel: "FULL" }),
      { ...anAssessment(), databases: [nameless] },
    ]);
    assert.equal(findingOf(source, "S10").outcome, "found");
    assert.deepEqual([findingOf(source, "S30").outcome, findingOf(source, "S30").isByName], ["found", true]);
  });

  test("takes the newer of two looks, by check, also where the server goes by another name", () => {
    const older = anAssessment(withTde);
    const newer = anAssessment({ encryption: null }, { takenAt: "2025-11-23T18:00:00.000Z", server: "sql01.corp" });
    for (const looks of [
      [older, newer],
      [newer, older],
    ])
      assert.equal(findingOf(sourceOf(looks), "S10").outcome, "fine");
  });
});

describe("the migration's own backups", () => {
  const header = (recoveryModel: "FULL" | "SIMPLE", day: string) => ({
    header: {
      recoveryModel,
      serverName: "SQL01",
      familyGuid: FAMILY,
      bindingId: DATABASE,
      backupFinishDate: `2025-11-${day}T20:00:00`,
      utcOffsetMinutes: 0,
    },
  });
  const simple = [anAssessment({ recoveryModel: "SIMPLE" })];

  test("show what has been mended since the assessment", () => {
    const mended = sourceOf(simple, migrationWith(), [full(100, 160, header("FULL", "23"))]);
    assert.equal(findingOf(mended, "S30").outcome, "fine");
    const before = sourceOf(simple, migrationWith(), [full(100, 160, header("FULL", "22"))]);
    assert.equal(findingOf(before, "S30").outcome, "found", "a backup from before it proves nothing");
  });

  test("add nothing to what was found: files are judged by the preflight's own checks", () => {
    const fine = [anAssessment({ recoveryModel: "FULL" })];
    const source = sourceOf(fine, migrationWith(), [full(100, 160, header("SIMPLE", "23"))]);
    assert.equal(findingOf(source, "S30").outcome, "fine");
  });

  test("that are published take no encryption back that the server has shown, nor one that it hides", () => {
    const seenAt = (evidence: "server" | "backup", takenAt: string, facts: Partial<DatabaseFacts>) =>
      databaseOf(anAssessment(facts, { evidence, takenAt }));
    const clean = seenAt("backup", "2025-11-23T18:00:00.000Z", { encryption: null });
    const hidden = seenAt("server", "2025-11-23T12:00:00.000Z", {});
    const shown = seenAt("server", "2025-11-23T12:00:00.000Z", withTde);
    const s10 = (a: SourceDatabase, b: SourceDatabase) =>
      withDatabase(a, b).findings.find(({ check }) => check === "S10")?.outcome;
    for (const [server, outcome] of [
      [shown, "found"],
      [hidden, "unknown"],
    ] as const)
      assert.deepEqual([s10(server, clean), s10(clean, server)], [outcome, outcome]);
    const dropped = seenAt("server", "2025-11-23T19:00:00.000Z", { encryption: null });
    assert.equal(s10(shown, dropped), "fine", "the server itself takes it back");
  });

  test("let nobody go without a certificate: that there is no encryption is only inferred from them", () => {
    const { header: common } = header("FULL", "23");
    const record = full(100, 160, { header: { ...common, tde: { state: "none" } } });
    assert.equal(
      findingOf(sourceOf([anAssessment(withTde)], migrationWith(), [record, log(150, 200)]), "S10").outcome,
      "found",
    );
  });
});

describe("an acknowledgement", () => {
  const found = findingOf(sourceOf([anAssessment(withTde)]), "S10");
  const mine = {
    check: "S10",
    fingerprint: found.fingerprint,
    sqlVmResourceId: VM.toUpperCase(),
    by: "dana",
    at: "2025-11-24T00:10:00.000Z",
    reason: "the certificate is on the VM",
  } as const;
  const answered = migrationWith({ acknowledgements: [mine] });
  const outcome = (facts: Partial<DatabaseFacts>, migration = answered, takenAt = "2025-11-23T18:00:00.000Z") =>
    p28(sourceOf([anAssessment(facts, { takenAt })], migration), migration).outcome;

  test("takes the refusal away, and the finding stays shown, with who answers for it", () => {
    const check = p28(sourceOf([anAssessment(withTde)], answered), answered);
    assert.equal(check.outcome, "warn");
    assert.match(check.message, /Acknowledged: S10 .*dana: the certificate is on the VM/);
    assert.deepEqual(countsOfSource(known(sourceOf([anAssessment(withTde)], answered))).acknowledged, 1);
  });

  test("holds for the same certificate, however a newer report describes it", () => {
    const backup = { encryption: { encryptor: "certificate", thumbprints: [THUMBPRINT] } } as const;
    assert.equal(outcome(backup), "warn");
  });

  test("does not hold for another certificate, another finding, or another VM", () => {
    const another = { encryption: { encryptor: "certificate", thumbprints: ["AB".repeat(20)] } } as const;
    assert.equal(outcome(another), "fail");
    const both = { encryption: { encryptor: "certificate", thumbprints: [THUMBPRINT, "AB".repeat(20)] } } as const;
    assert.equal(outcome(both), "fail");
    assert.equal(outcome({ ...withTde, containment: "PARTIAL" }), "fail");
    const elsewhere = migrationWith({
      acknowledgements: [mine],
      target: { sqlVmResourceId: `${VM}-2`, databaseName: "Sales" },
    });
    assert.equal(outcome(withTde, elsewhere), "fail");
  });

  test("is of what was observed where nothing is named", () => {
    const [a, b] = ["S30", "S30"].map((check) => ({ ...found, check: check as "S30", objects: [] }));
    assert.ok(a && b);
    assert.equal(fingerprintOf(a), fingerprintOf({ ...b, at: "later", message: "in other words", evidence: "import" }));
    assert.notEqual(fingerprintOf(a), fingerprintOf({ ...b, observed: "something else" }));
    assert.notEqual(fingerprintOf(a), fingerprintOf({ ...b, severity: "act" }));
  });
});

describe("P30", () => {
  const lines = [
    ["Sales", ["Stock"]],
    ["Web", ["Sales", "Archive"]],
    ["Stock", []],
    ["Alone", []],
  ].map(([name, dependsOn]) => ({
    ...lineOf(databaseOf(anAssessment({ name: name as string }))),
    familyGuid: `family of ${name}`,
    databaseGuid: `database ${name}`,
    dependsOn: dependsOn as string[],
    dependsOnAll: true,
  }));
  const source = { ...known(sourceOf([anAssessment()])), dependsOn: ["Stock"] };
  const of = (name: string, changes: Partial<Migration> = {}): Migration =>
    migrationWith({
      migrationId: `${name.toLowerCase()}-1`,
      summary: { ...summary, databaseName: name, familyGuid: `family of ${name}`, databaseGuid: `database ${name}` },
      ...changes,
    });
  const check = (name: string, others: readonly Migration[], all: readonly DatabaseLine[] = lines) => {
    const self = of(name);
    return groupCheck(self, seen(source), groupOf(identityOf(self), source, all, [self, ...others]));
  };

  test("names the members of the group that nobody has registered, and what no assessment knows", () => {
    const { outcome, message } = check("Sales", []);
    assert.equal(outcome, "warn");
    assert.match(message, /move together with this one\. Not registered: Stock, Web, Archive\./);
  });

  test("names those that go to another VM; a canceled migration moves nobody", () => {
    const elsewhere = of("Stock", { target: { sqlVmResourceId: `${VM}-2`, databaseName: "Stock" } });
    const { message } = check("Sales", [elsewhere, of("Web", { state: "canceled" })]);
    assert.match(message, /Not registered: Web, Archive\. On another VM, or without a target: Stock\./);
  });

  test("passes where all go to the same VM, and where a database stands alone", () => {
    const others = [of("Stock"), of("Web"), of("Archive")];
    assert.equal(check("Sales", others).outcome, "pass");
    assert.match(check("Alone", []).message, /No other database/);
  });

  test("does not pass while any database of the server was not looked at, and names it", () => {
    const others = [of("Stock"), of("Web"), of("Archive")];
    for (const [name, changes] of [
      ["Sales", { dependsOnAll: false }],
      ["Stock", { dependsOnAll: false }],
      ["Alone", undefined],
    ] as const) {
      const blind = lines.map((line) => {
        if (line.name !== name) return line;
        const { dependsOn, dependsOnAll: _, ...rest } = line;
        return changes ? { ...rest, dependsOn, ...changes } : rest;
      }) as readonly DatabaseLine[];
      const { outcome, message } = check("Sales", others, blind);
      assert.equal(outcome, "unknown", name);
      assert.match(message, new RegExp(`not looked at in: ${name}`));
      assert.equal(check("Sales", [], blind).outcome, "warn", "what is missing is told first");
    }
  });

  test("is unknown where nobody has looked at the modules", () => {
    const { dependsOn: _, ...blind } = source;
    const group = groupOf(identityOf(of("Sales")), blind, lines, []);
    assert.equal(groupCheck(of("Sales"), seen(blind), group).outcome, "unknown");
    assert.equal(groupCheck(of("Sales"), { kind: "none" }, undefined).outcome, "unknown");
  });
});
