// Tests that each check can be found, fine and unknown, and that what was not looked at never counts as fine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { assess, DATABASE_RULES, INSTANCE_RULES } from "../../../../shared/source/assessment.ts";
import type {
  BackupSetFacts,
  CheckId,
  DatabaseFacts,
  InstanceFacts,
  SourceFacts,
  TargetFacts,
} from "../../../../shared/source/facts.ts";
import type { Finding, Outcome } from "../../../../shared/source/finding.ts";
import { encryptionOf } from "../../../../shared/sqlserver/serverFacts.ts";

type Facts = Partial<DatabaseFacts>;
type Case = readonly [facts: Facts, instance?: InstanceFacts, target?: TargetFacts];

const set = (more: Partial<BackupSetFacts> = {}): BackupSetFacts => ({
  type: "full",
  file: "Sales.bak",
  finished: "2026-01-20T20:00:00",
  isCopyOnly: false,
  position: 1,
  families: 1,
  sizeMb: 1000,
  hasChecksums: true,
  isDamaged: false,
  hasIncompleteMetadata: false,
  isEncrypted: false,
  taker: "D:\\backup (SRC\\agent)",
  ...more,
});
const log = (finished: string, taker = "D:\\backup (SRC\\agent)"): BackupSetFacts =>
  set({ type: "log", finished, taker });
const history = { days: 35, readAt: "2026-01-20T21:00:00" };
const files = (...kinds: (string | undefined)[]): Facts =>
  ({
    files: kinds.map((kind, id) => ({
      logicalName: `file${id}`,
      physicalName: `D:\\file${id}`,
      sizeMb: 100,
      ...(kind && { kind }),
    })),
  }) as Facts;
const encryption = (more: Partial<NonNullable<DatabaseFacts["encryption"]>> = {}): Facts => ({
  encryption: { thumbprints: ["AB"], percentComplete: null, ...more },
});

/** The smallest facts with which each check is found, fine and unknown. */
const CASES: Readonly<Record<string, readonly [found: Case, fine: Case, unknown: Case]>> = {
  S02: [
    [{ versionMajor: 16 }, {}, { versionMajor: 15 }],
    [{}, { productVersion: "13.0.6300.2" }, { versionMajor: 13 }],
    [{ versionMajor: 13 }],
  ],
  S03: [
    [{ versionMajor: 11, compatibilityLevel: 90 }],
    [{ versionMajor: 11, compatibilityLevel: 110 }],
    [{ versionMajor: 11 }],
  ],
  S05: [
    [{ editionFeatures: ["TransparentDataEncryption"] }, {}, { edition: "Standard", versionMajor: 14 }],
    [{ editionFeatures: ["Compression"] }, {}, { edition: "Standard", versionMajor: 13 }],
    [{ editionFeatures: ["Partitioning"] }],
  ],
  S06: [
    [{ collation: "Latin1_General_BIN" }, {}, { collation: "SQL_Latin1_General_CP1_CI_AS" }],
    [{ collation: "Latin1_General_BIN" }, { collation: "latin1_general_bin" }, { collation: "Latin1_General_BIN" }],
    [{ collationHint: "locale 1031" }, {}, { collation: "Latin1_General_BIN" }],
  ],
  S07: [[files("data", "log"), {}, { freeMb: 150 }], [files("data", "log"), {}, { freeMb: 200 }], [files("data")]],
  S10: [[encryption()], [{ encryption: null }], [{}]],
  S11: [[encryption({ encryptor: "key provider" })], [encryption({ encryptor: "certificate" })], [encryption()]],
  S12: [[encryption({ percentComplete: 40 })], [encryption()], [{ encryption: { thumbprints: [] } }]],
  S13: [
    [{ backups: { sets: [set(), set({ isEncrypted: true, thumbprint: "CD" })] } }],
    [{ backups: { sets: [set()] } }],
    [{ backups: { sets: [{ type: "full" }] } }],
  ],
  S14: [[{ masterKey: true }], [{ masterKey: false }], [{}]],
  S15: [[{ columnMasterKeys: ["CMK1"] }], [{ columnMasterKeys: [] }], [{}]],
  S16: [[files("data", "FILESTREAM")], [files("data", "log", "memory-optimized")], [files("data", undefined)]],
  S17: [[files("memory-optimized")], [files("data", "FILESTREAM")], [files("data", undefined)]],
  S18: [[{ fullTextCatalogs: ["Search"] }], [{ fullTextCatalogs: [] }], [{}]],
  S19: [
    [{ files: [{ logicalName: "a", physicalName: "\\\\nas\\a.mdf", sizeMb: 1 }] }],
    [files("data", "log")],
    [{ sizeMb: 10 }],
  ],
  S20: [[{ isStretched: true }], [{ isStretched: false }], [{}]],
  S21: [[{ externalData: ["HADOOP lake"] }], [{ externalData: [] }], [{}]],
  S30: [[{ recoveryModel: "SIMPLE" }], [{ recoveryModel: "BULK-LOGGED" }], [{}]],
  S31: [
    [{ recoveryModel: "FULL", logChainHasBegun: false }],
    [{ recoveryModel: "FULL", logChainHasBegun: true }],
    [{ recoveryModel: "FULL" }],
  ],
  S32: [
    [{ backups: { history, sets: [set({ isCopyOnly: true }), set({ finished: "2026-01-02T20:00:00" })] } }],
    [{ backups: { history, sets: [set()] } }],
    [{ backups: { sets: [set()] } }],
  ],
  S33: [
    [{ backups: { history, sets: [set(), log("2026-01-20T19:59:59")] } }],
    [{ backups: { history, sets: [log("2026-01-20T20:45:00")] } }],
    [{ backups: { sets: [log("2026-01-20T20:45:00")] } }],
  ],
  S34: [
    [{ backups: { history, sets: [log("2026-01-20T20:30:00"), log("2026-01-20T20:45:00", "VDI (SRC\\veeam)")] } }],
    [{ backups: { history, sets: [log("2026-01-20T20:30:00"), log("2026-01-20T20:45:00")] } }],
    [{ backups: { sets: [log("2026-01-20T20:30:00")] } }],
  ],
  S35: [
    [{ backups: { sets: [set(), set({ position: 2 })] } }],
    [{ backups: { sets: [set()] } }],
    [{ backups: { sets: [{ type: "log" }] } }],
  ],
  S36: [
    [{ backups: { sets: [set({ hasChecksums: false })] } }],
    [{ pageVerify: "CHECKSUM", backups: { sets: [set()] } }],
    [{ pageVerify: "CHECKSUM" }],
  ],
  S37: [[{ suspectPages: 3 }], [{ suspectPages: 0 }], [{}]],
  S38: [[{ lastGoodCheckDb: null }], [{ lastGoodCheckDb: "2026-01-18T03:00:00" }], [{}]],
  S39: [
    [{ backups: { sets: [set({ isDamaged: true })] } }],
    [{ backups: { sets: [set()] } }],
    [{ backups: { sets: [] } }],
  ],
  S40: [
    [{ logByHour: [{ hour: "2026-01-20T10:00:00", bytes: 4000, backups: 4 }] }, {}, { uploadBytesPerSecond: 1 }],
    [{ logByHour: [{ hour: "2026-01-20T10:00:00", bytes: 3600, backups: 4 }] }, {}, { uploadBytesPerSecond: 1 }],
    [{ logByHour: [{ hour: "2026-01-20T10:00:00", bytes: 3600, backups: 4 }] }],
  ],
  S41: [[{ virtualLogFiles: 1001 }], [{ virtualLogFiles: 1000 }], [{}]],
  S42: [
    [{ backups: { sets: [set({ sizeMb: 200_001 })] } }],
    [{ backups: { sets: [set({ sizeMb: 400_000, families: 2 })] } }],
    [{ backups: { sets: [{ type: "full" }] } }],
  ],
  S50: [
    [{ availabilityGroup: { group: "AG1", backupPreference: "SECONDARY", replicas: ["SRC02"] } }],
    [{ availabilityGroup: null }],
    [{}],
  ],
  S51: [[{ mirroring: { role: "PRINCIPAL", partner: "SRC02" } }], [{ mirroring: null }], [{}]],
  S52: [[{ logShipping: "primary" }], [{ logShipping: null }], [{}]],
  S53: [[{ replication: ["published"] }], [{ replication: [] }], [{}]],
  S54: [[{ hasChangeDataCapture: true }], [{ hasChangeDataCapture: false }], [{}]],
  S55: [[{ hasChangeTracking: true }], [{ hasChangeTracking: false }], [{}]],
  S56: [
    [{ broker: { isEnabled: true, queues: ["Orders"], routes: [] } }],
    [{ broker: { isEnabled: true, queues: [], routes: [] } }],
    [{}],
  ],
  S60: [[{ state: "SUSPECT" }], [{ state: "ONLINE" }], [{}]],
  S61: [[{ containment: "PARTIAL" }], [{ containment: "NONE" }], [{}]],
  S62: [[{ isTrustworthy: true }], [{ isTrustworthy: false, hasDbChaining: false }], [{ isTrustworthy: false }]],
  S63: [
    [{ assemblies: [{ name: "Geo", permissionSet: "UNSAFE_ACCESS" }] }, { settings: { "clr strict security": 0 } }],
    [{ assemblies: [] }],
    [{}],
  ],
  S64: [[{ owner: null }], [{ owner: "sa" }], [{}]],
  S66: [
    [{ compatibilityLevel: 110 }, {}, { versionMajor: 16 }],
    [{ compatibilityLevel: 160 }, {}, { versionMajor: 16 }],
    [{ compatibilityLevel: 110 }],
  ],
  S67: [[{ name: "ReportServer$PROD" }], [{ name: "Sales" }], [{ name: "" }]],
  S70: [
    [{ users: [{ name: "app", kind: "sql", hasLogin: true }] }],
    [{ users: [{ name: "orphan", kind: "sql", hasLogin: false }] }],
    [{}],
  ],
  S71: [[{ users: [{ name: "CORP\\app", kind: "windows", hasLogin: true }] }], [{ users: [] }], [{}]],
  S72: [[{ jobs: [{ name: "nightly", isEnabled: false, takesBackups: true }] }], [{ jobs: [] }], [{}]],
  S73: [[{ references: [{ server: "ERP" }] }], [{}, { linkedServers: [] }], [{}, { linkedServers: ["ERP"] }]],
  S74: [[{ references: [{ database: "Stock" }] }], [{ references: [{ database: "MASTER" }] }], [{}]],
};

const INSTANCE_CASES: Readonly<Record<string, readonly InstanceFacts[]>> = {
  S01: [{ engineEdition: 8 }, { engineEdition: 2, edition: "Standard Edition" }, {}],
  S04: [{ withheld: ["msdb.dbo.sysjobs: SELECT denied"] }, { withheld: [] }, {}],
  S75: [{ objects: [{ kind: "credential", name: "Backup" }] }, { objects: [] }, {}],
  S76: [
    { settings: { xp_cmdshell: 1 } },
    { settings: { xp_cmdshell: 0 }, traceFlags: [] },
    { settings: { xp_cmdshell: 0 } },
  ],
  S77: [{ deprecatedFeatures: ["sysobjects"] }, { deprecatedFeatures: [] }, {}],
};

const OUTCOMES: readonly Outcome[] = ["found", "fine", "unknown"];

const factsOf = (databases: readonly DatabaseFacts[], instance: InstanceFacts = {}): SourceFacts => ({
  server: "SRC01",
  evidence: "server",
  takenAt: "2026-01-20T20:00:00Z",
  instance,
  databases,
});

function findingOf(check: string, [facts, instance, target]: Case): Finding {
  const { databases } = assess(factsOf([{ name: "Sales", ...facts }], instance), target);
  return databases[0]?.findings.find((one) => one.check === check) as Finding;
}

test("there are 54 checks, each with its case", () => {
  assert.deepEqual(
    DATABASE_RULES.map(({ id }) => id),
    Object.keys(CASES),
  );
  assert.deepEqual(
    INSTANCE_RULES.map(({ id }) => id),
    Object.keys(INSTANCE_CASES),
  );
  assert.equal(DATABASE_RULES.length + INSTANCE_RULES.length, 54);
});

for (const [check, cases] of Object.entries(CASES))
  test(`${check} is found, fine and unknown`, () => {
    assert.deepEqual(
      cases.map((one) => findingOf(check, one).outcome),
      OUTCOMES,
    );
  });

for (const [check, cases] of Object.entries(INSTANCE_CASES))
  test(`${check} of the server is found, fine and unknown`, () => {
    const outcomes = cases.map(
      (instance) => assess(factsOf([], instance)).instance.find((one) => one.check === check)?.outcome,
    );
    assert.deepEqual(outcomes, OUTCOMES);
  });

test("of a source of which nothing is known everything is unknown, and nothing is fine", () => {
  const { instance, databases } = assess(factsOf([{ name: "" }]), { versionMajor: 16, edition: "Standard" });
  const outcomes = [...instance, ...(databases[0]?.findings ?? [])].map(({ outcome }) => outcome);
  assert.deepEqual([...new Set(outcomes)], ["unknown"]);
});

/** Every fact with which a check is found, in one database. */
const troubled: Facts = Object.assign({}, ...Object.values(CASES).map(([[facts]]) => facts));

test("a fact that is taken away turns nothing from found into fine", () => {
  const all = { ...troubled, recoveryModel: "FULL" as const };
  const target: TargetFacts = { versionMajor: 14, edition: "Standard", collation: "Other", freeMb: 1 };
  const before = assess(factsOf([{ name: "Sales", ...all }]), target).databases[0]?.findings ?? [];
  fc.assert(
    fc.property(fc.subarray(Object.keys(all).filter((key) => key !== "name")), (dropped) => {
      const facts = Object.fromEntries(Object.entries(all).filter(([key]) => !dropped.includes(key)));
      const after = assess(factsOf([{ name: "Sales", ...facts }]), target).databases[0]?.findings ?? [];
      for (const [index, one] of before.entries())
        if (one.outcome === "found") assert.notEqual(after[index]?.outcome, "fine", `${one.check} without ${dropped}`);
    }),
    { seed: 19, numRuns: 300 },
  );
});

test("logs of which it is not known who took them do not pass for one taker's", () => {
  const { taker: _, ...nobodys } = log("2026-01-20T20:45:00");
  const judged = findingOf("S34", [{ backups: { history, sets: [log("2026-01-20T20:30:00"), nobodys] } }]);
  assert.equal(judged.outcome, "unknown");
});

test("an age that cannot be told is unknown", () => {
  const blind = { days: 35, readAt: "" };
  for (const check of ["S32", "S33"])
    assert.equal(
      findingOf(check, [{ backups: { history: blind, sets: [set(), log("2026-01-20T20:45:00")] } }]).outcome,
      "unknown",
    );
});

test("change data capture is not taken for fine on Express, which has no Agent to run it", () => {
  const judged = (edition: "Express" | "Standard") =>
    findingOf("S05", [{ editionFeatures: ["ChangeCapture"] }, {}, { edition, versionMajor: 16 }]).outcome;
  assert.deepEqual([judged("Express"), judged("Standard")], ["unknown", "fine"]);
});

test("a remedy names the database in brackets, whatever its name; what is fine has none", () => {
  const finding = findingOf("S30", [{ name: "Sa]les", recoveryModel: "SIMPLE" }]);
  assert.match(finding.remedy, /ALTER DATABASE \[Sa\]\]les\] SET RECOVERY FULL/);
  assert.match(findingOf("S37", [{ name: "O'Brien", suspectPages: 1 }]).remedy, /CHECKDB \(N'O''Brien'\)/);
  assert.equal(findingOf("S30", [{ recoveryModel: "FULL" }]).remedy, "");
});

test("a remedy names the certificate or group that it is about, where it is known", () => {
  assert.match(
    findingOf("S10", [encryption({ encryptorName: "Tde]1" })]).remedy,
    /BACKUP CERTIFICATE \[Tde\]\]1\] TO FILE/,
  );
  assert.match(findingOf("S10", [encryption()]).remedy, /BACKUP CERTIFICATE \[its name\] TO FILE/);
});

test("TDE that was switched off is found while its key is there: a restore may still ask for the certificate", () => {
  const row = {
    database_id: 5,
    percent_complete: 0,
    thumbprint: "AB",
    certificate_name: "Tde",
    asymmetric_key_name: null,
  };
  const judged = (state: number, check: string) =>
    findingOf(check, [{ encryption: encryptionOf({ ...row, encryption_state: state }) }]);
  const off = judged(1, "S10");
  assert.deepEqual([off.outcome, off.severity, off.objects], ["found", "blocks", ["0xAB"]]);
  assert.match(off.observed, /^off, and the key/);
  assert.match(off.remedy, /DROP DATABASE ENCRYPTION KEY; then a new full backup.*BACKUP CERTIFICATE \[Tde\]/);
  assert.equal(judged(1, "S12").outcome, "fine");
  assert.deepEqual(
    [0, 3].map((state) => judged(state, "S10").outcome),
    ["fine", "found"],
  );
  const byKey = encryptionOf({ ...row, encryption_state: 1, certificate_name: null, asymmetric_key_name: "Ekm" });
  assert.match(findingOf("S11", [{ encryption: byKey }]).remedy, /DROP DATABASE ENCRYPTION KEY/);
});

test("what blocks says so with the number that SQL Server would give, the mode, and where it can be read up", () => {
  const tde = findingOf("S10", [encryption()]);
  assert.deepEqual([tde.severity, tde.sqlErrors, tde.objects], ["blocks", [33111], ["0xAB"]]);
  assert.match(tde.source, /^https:\/\/learn\.microsoft\.com\/\S+ https:/);
  assert.equal(findingOf("S30", [{ recoveryModel: "SIMPLE" }]).mode, "online");
  assert.equal(findingOf("S03", [{ versionMajor: 9, compatibilityLevel: 90 }]).severity, "blocks");
});

test("what a report has found counts where our own facts say nothing, and only there", () => {
  const reported: Partial<Record<CheckId, string[]>> = { S16: ["FileStream Documents"] };
  assert.deepEqual(findingOf("S16", [{ reported }]).objects, ["FileStream Documents"]);
  assert.equal(findingOf("S16", [{ ...files("data"), reported }]).outcome, "fine");
  assert.equal(findingOf("S17", [{ reported }]).outcome, "unknown");
});

test("docs/assess.md lists every check with its name and severity", () => {
  const docs = readFileSync(new URL("../../../../docs/assess.md", import.meta.url), "utf8");
  const listed = [...docs.matchAll(/^\| (S\d\d) \| (.*) \| (blocks|act|info)(?: (online))? \|$/gm)].map(
    ([, id, title, severity, mode]) => [id, title, severity, mode],
  );
  const rules = [...DATABASE_RULES, ...INSTANCE_RULES].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  assert.deepEqual(
    listed,
    rules.map(({ id, title, severity, mode }) => [id, title, severity, mode]),
  );
});
