// Tests that uploading the same backup again changes nothing (rule R19).
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackupSpec, sqlServer2019 } from "../../../local/backups/backupSpec.ts";
import { writeBackup } from "../../../local/backups/writeBackup.ts";
import { announceVerdicts } from "../../../shared/application/files/announceVerdicts.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import { catalogueBlob } from "../../../shared/application/files/catalogueBlob.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import type { Services } from "../../../shared/ports.ts";
import { guid, setGuidOf } from "../../support/backupRecords.ts";
import { countingSource } from "../../support/countingSource.ts";
import { aMigration } from "../../support/facts.ts";
import { aWorld, VM } from "../../support/world.ts";

const spec: BackupSpec = {
  backupType: 1,
  databaseName: "Sales",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 100n,
  lastLsn: 160n,
  checkpointLsn: 100n,
  softwareVersion: sqlServer2019,
};
const name = "Sales/f.bak";
const another = { ...spec, backupSetGuid: guid("another"), firstLsn: 300n, lastLsn: 360n, checkpointLsn: 300n };

function aFolder() {
  const world = aWorld(aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" } }));
  const rows = new Map<string, BackupRecord>();
  let bytes: Uint8Array = new Uint8Array();
  const services: Services = {
    ...world.services,
    files: { ...world.services.files, open: () => countingSource(bytes) },
    catalogue: {
      ...world.services.catalogue,
      find: async (_, wanted) =>
        [...rows.values()]
          .map((record) => ({ record, version: record.etag }))
          .find(({ record }) => record.name === wanted),
      put: async (_, record) => {
        rows.set(record.name, record);
        world.records = [...rows.values()];
      },
    },
  };
  const upload = async (content: BackupSpec, etag: string): Promise<void> => {
    bytes = writeBackup(content);
    const arrivedAt = "2025-11-24T00:00:00.000Z";
    world.files = [{ name, etag, sizeBytes: bytes.length, blobType: "BlockBlob", arrivedAt }];
    await catalogueBlob(services, name);
    await announceVerdicts(services, world.log, "sales-1", await services.catalogue.list("sales-1"));
  };
  const planVersion = async () => (await assessFolder(services, world.migration())).report.planVersion;
  return { world, rows, upload, planVersion };
}

test("the same bytes again, three times: no event, no new plan version, and the row knows the blob as it is", async () => {
  const { world, rows, upload, planVersion } = aFolder();
  await upload(spec, "1");
  const before = [await planVersion(), world.published.length];
  for (const etag of ["2", "3", "4"]) await upload(spec, etag);
  assert.deepEqual([await planVersion(), world.published.length], before);
  assert.deepEqual([rows.get(name)?.etag, rows.get(name)?.sameAs], ["4", "1"]);
});

test("a restored file that is uploaded again raises no alarm; another backup under its name does", async () => {
  const { world, rows, upload } = aFolder();
  await upload(spec, "1");
  const restored = rows.get(name);
  const anchorSetGuid = restored ? setGuidOf(restored) : "";
  const progress = { started: true, restoredSetGuids: [], anchorSetGuid, positionLsn: 160n };
  world.change({ state: "restoring", progress });
  const alarms = () => world.published.filter(({ type }) => type === "com.sqlferry.alarm.overwritten").length;
  await upload(spec, "2");
  await upload(spec, "3");
  assert.equal(alarms(), 0);
  await upload(another, "4");
  assert.equal(alarms(), 1);
});
