// Tests which row an unusual blob gets: too many sets, archived, never filled, never at rest, unreachable, or too much
// for the reader.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sampleBackup, sampleBackups } from "../../../local/backups/sampleBackups.ts";
import { sparseBackup } from "../../../local/backups/writeBackup.ts";
import {
  catalogueBlob,
  filesOfFolder,
  isFinal,
  noteArchived,
} from "../../../shared/application/files/catalogueBlob.ts";
import { BackupChangedError, type ByteSource } from "../../../shared/backup/byteSource.ts";
import { assessChain } from "../../../shared/chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED, type RestoreProgress } from "../../../shared/chain/backupRecord.ts";
import type { BackupFile } from "../../../shared/migration/observed.ts";
import { storedJson } from "../../../shared/migration/stored/storedJson.ts";
import type { Services } from "../../../shared/ports.ts";
import { context, full, log, setGuidOf, unreadable } from "../../support/backupRecords.ts";
import { aWorld } from "../../support/world.ts";

const ARRIVED = "2025-11-24T20:46:00.000Z";
const file: BackupFile = {
  name: "Sales/full.bak",
  etag: '"1"',
  sizeBytes: 1_048_576,
  blobType: "BlockBlob",
  arrivedAt: ARRIVED,
};

/** The longest text that SQL Server takes; escaped as ASCII it is six times as long. */
const LONG = "\u00e4".repeat(255);

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
const failing = (error: unknown): ByteSource => ({ size: file.sizeBytes, read: () => Promise.reject(error) });

/** One blob, and the row that it gets. */
function aBlob(source: ByteSource, changes: Partial<BackupFile> = {}, minutes = 1) {
  const world = aWorld();
  world.now = new Date(Date.parse(ARRIVED) + minutes * 60_000);
  world.files = [{ ...file, sizeBytes: source.size, ...changes }];
  const puts: BackupRecord[] = [];
  let opened = 0;
  const services: Services = {
    ...world.services,
    files: {
      ...world.services.files,
      open: () => {
        opened++;
        return source;
      },
    },
    catalogue: {
      ...world.services.catalogue,
      put: async (_, record) => {
        puts.push(record);
        world.records = [record];
      },
    },
  };
  const take = async () => {
    await catalogueBlob(services, file.name);
    const content = puts.at(-1)?.content ?? assert.fail("no row was written");
    return content.kind === "unreadable" ? content.code : content.kind;
  };
  return { world, services, puts, take, opened: () => opened };
}

describe("a blob", () => {
  test("of 365 appended sets keeps the first ones, the last and their number: a row has its limits", async () => {
    const [first, second] = [sampleBackups.full.sets[0], sampleBackups.log.sets[0]];
    const { puts, take } = aBlob(
      sparseBackup({ ...first, blockSize: 65_536 }, ...Array.from({ length: 364 }, () => second)),
    );
    assert.equal(await take(), "header");
    const content = puts[0]?.content;
    assert.ok(content?.kind === "header");
    assert.deepEqual(
      content.backupSets.map(({ position }) => position),
      [...Array.from({ length: 49 }, (_, index) => index + 1), 365],
    );
    assert.equal(content.omittedSets, 315);
    assert.match(assessChain(puts, context()).files[0]?.detail ?? "", /holds 365 backup sets/);
    const longest = { ...content, backupSets: content.backupSets.map((set) => ({ ...set, backupDescription: LONG })) };
    assert.ok(storedJson(longest).length < 520_000, "with the longest descriptions as well");
  });

  test("of two sets keeps both", async () => {
    const { puts, take } = aBlob(sourceOf(sampleBackup("appended")));
    assert.equal(await take(), "header");
    const content = puts[0]?.content;
    assert.ok(content?.kind === "header" && content.backupSets.length === 2 && content.omittedSets === undefined);
  });

  test("that is archived is not read, and looked at again: it may be brought back without a new version", async () => {
    const { services, puts, take, opened } = aBlob(sourceOf(sampleBackup("full")), { isArchived: true });
    assert.equal(await take(), "ARCHIVED");
    assert.equal(opened(), 0);
    assert.equal(isFinal(puts[0]?.content ?? assert.fail()), false);
    assert.ok(!("isArchived" in (puts[0] ?? {})), "the row is a record and no more");
    assert.equal(await catalogueBlob(services, file.name), false, "found as it was");
  });

  test("that was archived while it was read says so", async () => {
    const refused = Object.assign(new Error("This operation is not permitted on an archived blob."), {
      name: "RestError",
      statusCode: 409,
      code: "BlobArchived",
    });
    assert.equal(await aBlob(failing(refused)).take(), "ARCHIVED");
  });

  test("that is not filled is still being written, until nobody has written to it for an hour", async () => {
    const zeros = sourceOf(new Uint8Array(1_048_576));
    assert.equal(await aBlob(zeros, { blobType: "PageBlob" }, 59).take(), "STILL_WRITING");
    const { puts, take } = aBlob(zeros, { blobType: "PageBlob" }, 60);
    assert.equal(await take(), "ABANDONED_UPLOAD");
    const [row] = puts;
    assert.ok(row?.content.kind === "unreadable" && row.content.message.includes(ARRIVED));
    assert.equal(isFinal(row.content), true, "whoever goes on with it makes a new version");
  });

  test("that the storage does not give is unreachable, and read again", async () => {
    for (const error of [
      Object.assign(new Error("503"), { name: "RestError", statusCode: 503 }),
      Object.assign(new Error("late"), { name: "AbortError" }),
      Object.assign(new Error("refused"), { code: "ECONNREFUSED" }),
    ]) {
      const { world, services, puts, take } = aBlob(failing(error));
      assert.equal(await take(), "UNREACHABLE");
      assert.equal(isFinal(puts[0]?.content ?? assert.fail()), false);
      assert.deepEqual(world.faults, []);
      assert.equal(await catalogueBlob(services, file.name), true, "looked at again, so that its age is told");
    }
  });

  test("that the reader stumbles over is no outage: the fault is told, the row says so, and it is read again", async () => {
    const { world, puts, take } = aBlob(failing(new TypeError("Cannot read properties of undefined")));
    assert.equal(await take(), "READER_FAULT");
    assert.equal(isFinal(puts[0]?.content ?? assert.fail()), false);
    assert.match(world.faults.join(), /Reading Sales\/full\.bak .* failed: TypeError/);
  });

  test("that is written to again and again is given up after a few reads", async () => {
    const { puts, take, opened } = aBlob(failing(new BackupChangedError("It was replaced.")), {
      blobType: "AppendBlob",
    });
    assert.equal(await take(), "STILL_WRITING");
    assert.deepEqual([puts.length, opened()], [1, 6], "the last one tells of which version");
  });
});

test("an archived file is noted when the plan needs it, and keeps what is known of it once it is restored", async () => {
  const plan = [full(100, 160), log(150, 200), log(200, 250)];
  const archived = plan.map(({ content: _, ...one }): BackupFile => ({ ...one, isArchived: true }));
  const notedWith = async (progress: RestoreProgress) => {
    const { services, puts } = aBlob(sourceOf(new Uint8Array()));
    const noted = await noteArchived(services, assessChain(plan, context({ progress })), archived);
    assert.equal(noted, puts.length);
    return puts.map(({ name }) => name);
  };
  const names = plan.map(({ name }) => name);
  assert.deepEqual(await notedWith(NOTHING_RESTORED), names);
  const [base] = plan;
  assert.ok(base);
  const restored = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 200n };
  assert.deepEqual(await notedWith(restored), names.slice(2));
});

test("a growing file that cannot be looked at holds up nobody", async () => {
  const world = aWorld();
  world.records = [unreadable("a.bak", "STILL_WRITING"), full(100, 160)];
  const services = {
    ...world.services,
    files: { ...world.services.files, find: () => Promise.reject(new Error("a blob that throws")) },
  };
  assert.equal((await filesOfFolder(services, "sales-1")).length, 2);
});
