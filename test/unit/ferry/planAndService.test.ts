// Do the dry run and the service say the same of one folder? Read through the service's own path into its rows, and by `ferry plan`.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assessFolder, recordsOf } from "../../../functions/assessFolder.ts";
import { takeBackup } from "../../../functions/takeBackup.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import { readStored, StoredBackupRecord, storedJson } from "../../../shared/migration/contracts.ts";
import { fileChecks } from "../../../shared/migration/fileChecks.ts";
import type { Services } from "../../../shared/services.ts";
import { countingSource } from "../../support/countingSource.ts";
import { aMigration } from "../../support/facts.ts";
import { aWorld } from "../../support/world.ts";
import { ferry } from "./run.ts";

const CASES = "../shared/cases";
const BACKUPS = "../shared/backups";
const FOLDERS: readonly string[] = [
  ...["appended", "damaged", "encrypted", "truncated"].map((kind) => `${CASES}/06-newest-log-unusable/${kind}`),
  ...["07-gate-broken-tail-arrived-earlier", "11-dst-last-backup", "14-differential-on-vss-full/files"].map(
    (one) => `${CASES}/${one}`,
  ),
  ...["17-compressed-2012-container", "32-identical-reupload"].map((one) => `${CASES}/${one}`),
  ...["RestoreTimeClean", "OlaMsFilter", "DoubleDiffing"].map((one) => `${BACKUPS}/${one}`),
];

/** What is compared: names without their folder, everything but etags and times of arrival. */
interface Said {
  readonly verdict: string;
  readonly restorableTo: unknown;
  readonly lastBackupName: unknown;
  readonly plan: readonly { readonly setGuid: string; readonly files: readonly string[] }[];
  readonly files: readonly {
    readonly file: string;
    readonly reason: string;
    readonly detail: string;
    readonly remedy: string;
  }[];
  readonly gaps: readonly unknown[];
  readonly unusableNewer: readonly { readonly file: string }[];
  readonly problems: readonly { readonly code: string }[];
  readonly checks: readonly { readonly id: string; readonly outcome: string; readonly observed: string }[];
}

async function byService(folder: string, asked: readonly string[]): Promise<unknown> {
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
  for (const name of names) await takeBackup(services, `Shop/${name}`);
  world.records = [...rows.values()];
  const { report, entries } = await assessFolder(services, world.migration());
  const records = recordsOf(entries);
  const checks = fileChecks({
    mode: "online",
    source,
    vm: {},
    report,
    records,
    requireChecksum: false,
    passedOver: [],
  });
  const plain = JSON.stringify(
    {
      ...report,
      lastBackupName: report.lastBackupName ?? null,
      restorableTo: report.restorableTo ?? null,
      files: report.files.map(({ name, ...file }) => ({ ...file, file: name })),
      checks: checks.filter(({ id }) => asked.includes(id)),
    },
    (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
  );
  return comparable(JSON.parse(plain.replaceAll("Shop/", "")) as Said);
}

/** OTHER_NAME needs a folder's name, which a dry run has not; deadlines need a clock; P26 fails only where online mode was asked for. */
const comparable = ({
  verdict,
  restorableTo,
  lastBackupName,
  plan,
  files,
  gaps,
  unusableNewer,
  problems,
  checks,
}: Said) => ({
  ...{ verdict, restorableTo, lastBackupName, unusableNewer },
  plan: plan.map((member) => [member.setGuid, member.files]),
  files: files.map(({ file, reason, detail, remedy }) => [file, reason, detail, remedy]),
  gaps: gaps.map((gap) => ({ ...(gap as object), deadline: "", overdue: false })),
  problems: problems.map(({ code }) => code).filter((code) => code !== "OTHER_NAME"),
  checks: checks.map(({ id, outcome, observed }) => [
    id,
    id === "P26" && outcome === "fail" ? "warn" : outcome,
    observed,
  ]),
});

for (const folder of FOLDERS)
  test(folder, { skip: existsSync(folder) ? false : `${folder} is not here` }, async () => {
    const { out } = await ferry(["plan", folder, "--json"]);
    const said = JSON.parse(out) as Said;
    const asked = said.checks.map(({ id }) => id);
    assert.ok(asked.length > 0);
    assert.deepEqual(await byService(folder, asked), comparable(said));
  });
