// Tests that the dry run and the service judge one folder alike: read through the service's own path into its rows, and
// by `ferry plan`.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspectFile } from "../../../ferry/commands/inspect.ts";
import { assessFolder, recordsOf } from "../../../shared/application/files/assessFolder.ts";
import { catalogueBlob } from "../../../shared/application/files/catalogueBlob.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import { dryRunOf } from "../../../shared/dryRun/dryRun.ts";
import { StoredBackupRecord } from "../../../shared/migration/stored/storedBackups.ts";
import { readStored, storedJson } from "../../../shared/migration/stored/storedJson.ts";
import type { Services } from "../../../shared/ports.ts";
import { DRY_RUN_CHECKS } from "../../../shared/preflight/fileChecks.ts";
import { countingSource } from "../../support/countingSource.ts";
import { aMigration } from "../../support/facts.ts";
import { readExport } from "../../support/readExport.ts";
import { checksOfFiles, comparable } from "../../support/sameAsDryRun.ts";
import { aWorld } from "../../support/world.ts";
import { ferry } from "./run.ts";

const CASES = "../shared/cases";
const BACKUPS = "../shared/backups";
const FOLDERS: readonly string[] = [
  ...["appended", "damaged", "encrypted", "truncated"].map((kind) => `${CASES}/06-newest-log-unusable/${kind}`),
  ...["07-gate-broken-tail-arrived-earlier", "11-dst-last-backup", "14-differential-on-vss-full/files"].map(
    (one) => `${CASES}/${one}`,
  ),
  ...["17-compressed-2012-container", "30-archived-blob", "32-identical-reupload"].map((one) => `${CASES}/${one}`),
  ...["RestoreTimeClean", "OlaMsFilter", "DoubleDiffing", "ft1", "SharePoint_Config", "CopyOnly", "Compressed2008"].map(
    (one) => `${BACKUPS}/${one}`,
  ),
];

async function byService(folder: string): Promise<unknown> {
  const names = readdirSync(folder);
  const source = { container: "backups", folder: "Shop", rootIsADatabase: false };
  const world = aWorld(aMigration("shop-1", { source }));
  const rows = new Map<string, BackupRecord>();
  const services: Services = {
    ...world.services,
    files: {
      ...world.services.files,
      open: ({ name }) => countingSource(readFileSync(join(folder, name.slice("Shop/".length)))),
    },
    catalogue: {
      ...world.services.catalogue,
      put: async (_, record) => {
        rows.set(record.name, readStored(StoredBackupRecord, storedJson(record)));
      },
    },
  };
  world.files = names.map((name) => ({
    ...{ name: `Shop/${name}`, etag: name, sizeBytes: readFileSync(join(folder, name)).length },
    ...{ blobType: "BlockBlob" as const, arrivedAt: "2025-11-24T00:00:00.000Z" },
  }));
  for (const name of names) await catalogueBlob(services, `Shop/${name}`);
  world.records = [...rows.values()];
  const { report, entries } = await assessFolder(services, world.migration());
  const records = recordsOf(entries);
  return comparable({ report, checks: checksOfFiles(report, records) }, "Shop");
}

/** Reads it as `ferry plan` does, without a process of its own. */
const inspected = (folder: string) =>
  Promise.all(
    readdirSync(folder)
      .sort()
      .map(async (file) => ({ ...(await inspectFile(join(folder, file))), file })),
  );

for (const folder of FOLDERS)
  test(folder, { skip: existsSync(folder) ? false : `${folder} is not here` }, async () => {
    const service = await byService(folder);
    const files = await inspected(folder);
    assert.deepEqual(comparable(dryRunOf(files)), service);
    const exported = JSON.stringify(files, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
    assert.deepEqual(comparable(dryRunOf(readExport(exported))), service, "and by its exported headers");
  });

test("the words that a person reads are those of the same report", {
  skip: existsSync(BACKUPS) ? false : `${BACKUPS} is not here`,
}, async () => {
  const folder = `${BACKUPS}/DoubleDiffing`;
  const { out } = await ferry(["plan", folder, "--json"]);
  const { verdict, checks } = JSON.parse(out) as { verdict: string; checks: readonly { id: string }[] };
  const { report, checks: expected } = dryRunOf(await inspected(folder));
  assert.deepEqual([verdict, checks], [report.verdict, expected]);
  assert.deepEqual(
    checks.map(({ id }) => id),
    DRY_RUN_CHECKS,
  );
});
