// Tests that a file's row ends with its newest version, whatever is uploaded and read at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BackupSpec, sqlServer2019 } from "../../../../../local/backups/backupSpec.ts";
import { writeBackup } from "../../../../../local/backups/writeBackup.ts";
import { catalogueBlob } from "../../../../../shared/application/files/catalogueBlob.ts";
import { type Estate, newEstate, type Worker, workerIn } from "../../../../support/estate.ts";
import { Task } from "../../../../support/task.ts";

const name = "Sales/log.trn";
const spec: BackupSpec = {
  backupType: 2,
  databaseName: "Sales",
  serverName: "SQL01",
  backupStartDate: "2025-11-24T21:00:00",
  firstLsn: 100n,
  lastLsn: 160n,
  checkpointLsn: 100n,
  softwareVersion: sqlServer2019,
};
/** A log of less than 16 KiB is read with one request, a larger one with two. */
const SMALL = writeBackup(spec);
const LARGE = writeBackup({ ...spec, payloadBytes: 200_000 });

function upload(estate: Estate, version: number, bytes: Uint8Array): void {
  const arrivedAt = new Date(estate.now + version).toISOString();
  estate.blobs[name] = { name, etag: `"${version}"`, sizeBytes: bytes.length, blobType: "BlockBlob", arrivedAt, bytes };
}

test("of uploads over one another, each with its event, the last one's version stands in the row, in whatever order they are read", async () => {
  const uploads = fc.array(fc.constantFrom(SMALL, LARGE), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(uploads, fc.array(fc.nat(29), { minLength: 10, maxLength: 40 }), async (versions, order) => {
      const estate = newEstate("2025-11-24T22:00:00.000Z");
      const readers: { readonly task: Task<boolean>; readonly worker: Worker }[] = [];
      const waiting = [...versions];
      let version = 0;
      const step = async (pick: number): Promise<void> => {
        const next = waiting[0];
        const open = readers.filter(({ task }) => !task.isDone);
        if (next && (open.length === 0 || pick % 5 === 0)) {
          waiting.shift();
          upload(estate, ++version, next);
          const task = new Task<boolean>();
          const worker = workerIn(estate, task.gate);
          readers.push({ task, worker });
          task.begin(() => catalogueBlob(worker.services, name));
          await new Promise(setImmediate);
        } else await open[Math.floor(pick / 5) % open.length]?.task.step();
      };
      for (const pick of order) await step(pick);
      for (let pick = 5; waiting.length > 0 || readers.some(({ task }) => !task.isDone); pick++) await step(pick);
      for (const { task } of readers) assert.equal(typeof task.result, "boolean", String(task.result));
      const row = estate.rows[name];
      assert.equal(row?.etag, `"${versions.length}"`);
      assert.equal(row?.content.kind, "header");
    }),
    { numRuns: 500 },
  );
});

test("a file whose first bytes nobody gets stands there as unreachable; storage that is away altogether has its event repeated", async () => {
  const estate = newEstate("2025-11-24T22:00:00.000Z");
  upload(estate, 1, SMALL);
  const refused = Object.assign(new Error("403"), { name: "RestError", statusCode: 403 });
  const { services } = workerIn(estate);
  const { files } = services;
  files.openCurrent = () => Promise.reject(refused);
  await catalogueBlob(services, name);
  const content = estate.rows[name]?.content;
  assert.ok(content?.kind === "unreadable" && content.code === "UNREACHABLE");
  files.find = () => Promise.reject(refused);
  await assert.rejects(catalogueBlob(services, name), refused);
});
