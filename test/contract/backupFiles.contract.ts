// Tests the contract of every reader of backups: one version at a time, by range, and nothing is ever written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupChangedError } from "../../shared/backup/byteSource.ts";
import { FIRST_BYTES } from "../../shared/backup/readBackupHeader.ts";
import type { BackupFile } from "../../shared/migration/observed.ts";
import type { BackupFiles } from "../../shared/ports.ts";

export interface BackupFilesWorld {
  readonly files: BackupFiles;
  drop(name: string, bytes: Uint8Array, metadata?: Record<string, string>): Promise<void>;
  remove(name: string): Promise<void>;
  /** HTTP methods that `work` sent to the storage account. */
  methodsDuring(work: () => Promise<unknown>): Promise<readonly string[]>;
}

export function backupFilesContract(world: () => BackupFilesWorld): void {
  const dropped = async (name: string, size = 1000): Promise<BackupFile> => {
    await world().drop(name, pattern(size));
    const file = await world().files.find(name);
    assert.ok(file);
    return file;
  };

  test("a file is found with its version, size, kind and time", async () => {
    const file = await dropped("Found/full.bak");
    assert.equal(file.name, "Found/full.bak");
    assert.match(file.etag, /^".+"$/);
    assert.equal(file.sizeBytes, 1000);
    assert.equal(file.blobType, "BlockBlob");
    assert.match(file.arrivedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test("a file that is not there is not found", async () => {
    assert.equal(await world().files.find("Nobody/knows.bak"), undefined);
  });

  test("names keep their spaces, signs and letters", async () => {
    const name = "Übung 1/100% #1 + ä?.bak";
    await dropped(name);
    assert.deepEqual(
      (await all(world().files.list("Übung 1/"))).map((file) => file.name),
      [name],
    );
  });

  test("a listing shows every file below the prefix, at any depth, as find shows it", async () => {
    const names = ["Listed/full.bak", "Listed/logs/1.trn", "Listed/logs/2.trn"];
    const found = await Promise.all([...names, "ListedToo/full.bak"].map((name) => dropped(name)));
    assert.deepEqual(await all(world().files.list("Listed/")), found.slice(0, 3));
  });

  test("the top level shows folders by their names, and of the files those that lie in none", async () => {
    const root = await dropped("at the root.bak");
    await dropped("Top 1/full.bak");
    await dropped("Top 1/logs/1.trn");
    await world().drop("A directory", new Uint8Array(), { hdi_isfolder: "true" });
    const { folders, files, next } = await world().files.topLevel(undefined);
    assert.equal(next, undefined);
    assert.equal(folders.filter((name) => name === "Top 1").length, 1);
    assert.deepEqual(files, [root]);
  });

  test("an empty blob that stands for a directory is no file; one with content is, whatever it says", async () => {
    const folder = { hdi_isfolder: "true" };
    await world().drop("Directories/logs", new Uint8Array(), folder);
    await world().drop("Directories/Logs", new Uint8Array(), { Hdi_IsFolder: "True" });
    await world().drop("Directories/empty.bak", new Uint8Array());
    await world().drop("Directories/full.bak", pattern(10), folder);
    assert.equal(await world().files.find("Directories/logs"), undefined);
    assert.equal((await world().files.find("Directories/full.bak"))?.sizeBytes, 10);
    const names = (await all(world().files.list("Directories/"))).map(({ name }) => name);
    assert.deepEqual(names, ["Directories/empty.bak", "Directories/full.bak"]);
  });

  test("a range read gives exactly the bytes asked for, cut off at the end of the file", async () => {
    const file = await dropped("Ranges/full.bak");
    const source = world().files.open(file);
    const bytes = pattern(1000);
    for (const [offset, length] of [
      [0, 10],
      [500, 100],
      [990, 100],
      [1000, 10],
      [2000, 10],
      [0, 1000],
      [5, 0],
    ] as const)
      assert.deepEqual(Buffer.from(await source.read(offset, length)), bytes.subarray(offset, offset + length));
    assert.equal(source.size, 1000);
  });

  test("a file that was overwritten meanwhile is not read on", async () => {
    const file = await dropped("Overwritten/full.bak");
    const source = world().files.open(file);
    await source.read(0, 10);
    await dropped("Overwritten/full.bak", 2000);
    await assert.rejects(source.read(10, 10), BackupChangedError);
  });

  test("a file that was deleted meanwhile is not read on", async () => {
    const file = await dropped("Deleted/full.bak");
    await world().remove(file.name);
    await assert.rejects(world().files.open(file).read(0, 10), BackupChangedError);
  });

  test("a file is opened with its version and its first bytes in one request; the others are read as of any file", async () => {
    const size = FIRST_BYTES + 1_000;
    const name = "Opened/full.bak";
    const found = await dropped(name, size);
    const methods = await world().methodsDuring(async () => {
      const opened = (await world().files.openCurrent(name)) ?? assert.fail("it is there");
      assert.deepEqual(opened.file, found);
      const bytes = pattern(size);
      const read = async (offset: number, length: number): Promise<void> =>
        assert.deepEqual(
          Buffer.from(await opened.source.read(offset, length)),
          bytes.subarray(offset, offset + length),
          `${length} from ${offset}`,
        );
      await read(0, FIRST_BYTES);
      await read(100, 10);
      await read(FIRST_BYTES - 10, 20);
      await read(FIRST_BYTES + 990, 100);
      await read(0, size + 10);
      await read(size, 10);
    });
    assert.deepEqual(methods, ["GET", "GET", "GET", "GET"], "the first bytes come with it");
  });

  test("a small, an empty and no file, and what stands for a directory, are opened as they are found", async () => {
    await dropped("Opened/small.bak", 100);
    await dropped("Opened/empty.bak", 0);
    await world().drop("Opened/logs", new Uint8Array(), { hdi_isfolder: "true" });
    for (const name of ["Opened/small.bak", "Opened/empty.bak", "Opened/logs", "Opened/nothing.bak"]) {
      const [opened, found] = [await world().files.openCurrent(name), await world().files.find(name)];
      assert.deepEqual(opened?.file, found, name);
      assert.equal((await opened?.source.read(0, 512))?.length, found?.sizeBytes, name);
    }
  });

  test("a file that was overwritten since it was opened gives its first bytes, and is not read on", async () => {
    const name = "Opened/overwritten.bak";
    await dropped(name, 2 * FIRST_BYTES);
    const opened = (await world().files.openCurrent(name)) ?? assert.fail("it is there");
    await dropped(name, 3 * FIRST_BYTES);
    assert.equal((await opened.source.read(0, FIRST_BYTES)).length, FIRST_BYTES);
    await assert.rejects(opened.source.read(FIRST_BYTES, 10), BackupChangedError);
  });

  test("an empty file is found and reads as nothing", async () => {
    const file = await dropped("Empty/full.bak", 0);
    assert.equal((await world().files.open(file).read(0, 512)).length, 0);
  });

  test("nothing is ever written", async () => {
    const file = await dropped("ReadOnly/full.bak");
    const methods = await world().methodsDuring(async () => {
      await world().files.find(file.name);
      await world().files.open(file).read(0, 100);
      await all(world().files.list("ReadOnly/"));
    });
    assert.deepEqual(methods, ["HEAD", "GET", "GET"]);
  });
}

const pattern = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251));

async function all(files: AsyncIterable<BackupFile>): Promise<BackupFile[]> {
  const found: BackupFile[] = [];
  for await (const file of files) found.push(file);
  return found;
}
