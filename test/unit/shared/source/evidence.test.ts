// Tests which facts of a source backups and official reports give, and which remain unknown.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { BackupSpec } from "../../../../local/backups/backupSpec.ts";
import { sourceDatabase } from "../../../../local/backups/history.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { assess } from "../../../../shared/source/assessment.ts";
import { type BackupFile, factsOfBackups } from "../../../../shared/source/backupFacts.ts";
import { groupsOf } from "../../../../shared/source/groups.ts";
import { factsOfReport } from "../../../../shared/source/reportFacts.ts";
import { countingSource } from "../../../support/countingSource.ts";

/** A full backup and a log of Sales. */
async function backups(common: Partial<BackupSpec> = {}): Promise<BackupFile[]> {
  const source = sourceDatabase({ name: "Sales", startedAt: "2026-01-20T21:00:00", withChecksum: true, common });
  const files = [...source.full().files, source.log()];
  return Promise.all(
    files.map(async ({ fileName, bytes }) => ({
      file: fileName,
      header: await readBackupHeader(countingSource(bytes)),
    })),
  );
}

const outcomes = (files: readonly BackupFile[]): Readonly<Record<string, string>> => {
  const [facts] = factsOfBackups(files);
  assert.ok(facts);
  const target = { versionMajor: 16, collation: "SQL_Latin1_General_CP1_CI_AS", freeMb: 1e6 };
  const findings = assess(facts, target).databases[0]?.findings ?? [];
  return Object.fromEntries(findings.map(({ check, outcome }) => [check, outcome]));
};

const FROM_BACKUPS = "S02 S03 S06 S07 S10 S13 S16 S17 S19 S30 S35 S36 S39 S42 S66".split(" ");

test("fifteen checks are answered from backups alone; of the others none is fine but by the database's name and its model", async () => {
  const known = Object.entries(outcomes(await backups())).filter(([, outcome]) => outcome !== "unknown");
  const names = known.map(([check]) => check);
  for (const check of FROM_BACKUPS) assert.ok(names.includes(check), check);
  const others = names.filter((check) => !FROM_BACKUPS.includes(check));
  assert.deepEqual(others, ["S11", "S12", "S67"], "not encrypted at all, and a name that is no service's");
});

test("a database with TDE names the certificate; what is not understood is unknown, and not fine", async () => {
  const [facts] = factsOfBackups(await backups({ tdeThumbprint: "AB".repeat(20) }));
  const finding = facts && assess(facts).databases[0]?.findings.find(({ check }) => check === "S10");
  assert.deepEqual([finding?.outcome, finding?.objects], ["found", [`0x${"AB".repeat(20)}`]]);
  assert.equal(outcomes(await backups({ hasUnknownTde: true }))["S10"], "unknown");
});

test("SIMPLE, and backups without checksums, are found", async () => {
  const source = sourceDatabase({
    name: "Sales",
    startedAt: "2026-01-20T21:00:00",
    common: { recoveryModel: "SIMPLE" },
  });
  const files = await Promise.all(
    source.full().files.map(async ({ fileName: file, bytes }) => ({
      file,
      header: await readBackupHeader(countingSource(bytes)),
    })),
  );
  const found = outcomes(files);
  assert.deepEqual([found["S30"], found["S36"]], ["found", "found"]);
});

test("an encrypted file blocks without naming its database, and everything else of it is unknown", () => {
  const encrypted = { isBackupEncrypted: true, isTde: false, isComplete: true, encryptorThumbprint: "CD".repeat(20) };
  const [facts] = factsOfBackups([{ file: "Sales.bak", encrypted }]);
  assert.ok(facts);
  const findings = assess(facts).databases[0]?.findings ?? [];
  assert.deepEqual(
    findings.filter(({ outcome }) => outcome !== "unknown").map(({ check, objects }) => [check, objects]),
    [["S13", [`0x${"CD".repeat(20)}`, "Sales.bak"]]],
  );
});

const report = {
  EndedOn: "2026-01-20T09:01:12.0000000+00:00",
  Servers: [
    {
      Properties: { ServerName: "SRC01", ServerVersion: "13.0.6300.2", ServerEngineEdition: "Enterprise" },
      Errors: [],
      ServerAssessments: [{ FeatureId: "TraceFlags", ImpactedObjects: [{ Name: "1117" }] }],
      Databases: [
        {
          Properties: {
            Name: "Sales",
            CompatibilityLevel: "CompatLevel90",
            SizeMB: 204800,
            IsReplicationEnabled: false,
          },
          DatabaseAssessments: [
            { FeatureId: "FileStream", ImpactedObjects: [{ Name: "Documents" }] },
            { FeatureId: "BulkInsert", ImpactedObjects: [] },
          ],
        },
      ],
    },
  ],
};

test("an official report tells what it found, and nothing of what it did not name", () => {
  const read = factsOfReport(report);
  assert.deepEqual(read?.otherFeatures, ["BulkInsert"]);
  const [facts] = read?.facts ?? [];
  assert.ok(facts);
  const { instance, databases, takenAt } = assess(facts, { versionMajor: 16 });
  assert.equal(takenAt, "2026-01-20T09:01:12.000Z");
  const known = [...instance, ...(databases[0]?.findings ?? [])].filter(({ outcome }) => outcome !== "unknown");
  assert.deepEqual(
    known.map(({ check, outcome }) => `${check} ${outcome}`),
    ["S01 fine", "S76 found", "S02 fine", "S03 found", "S16 found", "S53 fine", "S66 found", "S67 fine"],
  );
});

test("an official report tells who moves together where it names them, in whatever language, and nothing that it does not list", () => {
  const database = (name: string, ...details: string[]) => ({
    Properties: { Name: name },
    DatabaseAssessments: [
      {
        FeatureId: "CrossDatabaseReferences",
        ImpactedObjects: details.map((ImpactDetail) => ({ Name: "dbo.P", ImpactDetail })),
      },
    ],
  });
  const read = factsOfReport({
    Servers: [
      {
        Properties: { ServerName: "SRC01" },
        Databases: [
          database(
            "Sales",
            "Objekt [dbo].[P] verweist auf [Stock On Hand].[dbo].[Parts].",
            "ERP..Orders, Elsewhere.dbo.T, x.y",
          ),
          database("Stock On Hand"),
          database("ERP"),
        ],
      },
    ],
  });
  const [facts] = read?.facts ?? [];
  assert.ok(facts);
  const { databases } = assess(facts);
  assert.deepEqual(
    databases.map(({ dependsOn }) => dependsOn),
    [["ERP", "Stock On Hand"], undefined, undefined],
  );
  assert.deepEqual(groupsOf(databases), [{ databases: ["ERP", "Sales", "Stock On Hand"], missing: [] }]);
});

test("a server of Azure Arc is read from its resource, or from what stands in it", () => {
  const assessment = {
    assessmentUploadTime: "2026-05-10T21:00:33.168Z",
    serverAssessments: [{ featureId: "TraceFlags", impactedObjects: [], issueCategory: "Warning" }],
  };
  const resource = {
    id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.AzureArcData/SqlServerInstances/SRC01_PROD",
    properties: { edition: "Enterprise", migration: { assessment } },
  };
  for (const shape of [resource, assessment]) {
    const [facts] = factsOfReport(shape)?.facts ?? [];
    assert.ok(facts);
    assert.equal(assess(facts).instance.find(({ check }) => check === "S76")?.outcome, "found");
  }
  assert.equal(factsOfReport(resource)?.facts[0]?.server, "SRC01_PROD");
});

test("what is neither is no report", () => {
  for (const other of [null, 1, [], {}, { Servers: [] }, { value: [{ featureId: "x" }] }])
    assert.equal(factsOfReport(other), undefined);
});

const shared = new URL("../../../../../shared/assess/", import.meta.url);
for (const name of ["assessment-report.shape.json", "arc-assessment.example.json"])
  test(`the sample ${name} is understood`, { skip: existsSync(shared) ? false : "no samples at hand" }, () => {
    const read = factsOfReport(JSON.parse(readFileSync(new URL(name, shared), "utf8")));
    assert.equal(read?.facts.length, 1);
  });
