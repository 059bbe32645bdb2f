// Tests the contract of every catalogue of a folder's files.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupCatalogue } from "../../shared/ports.ts";
import { aBackupSet, aRecord } from "../support/facts.ts";

export function backupCatalogueContract(catalogue: () => BackupCatalogue, freshFolder: () => string): void {
  test("what was put is found and listed, with every digit of its LSNs", async () => {
    const folder = freshFolder();
    const record = aRecord("Sales/log 1.trn", [
      aBackupSet({ firstLsn: 9999999999999999999999998n, lastLsn: 9999999999999999999999999n }),
    ]);
    await catalogue().put(folder, record);
    assert.deepEqual((await catalogue().find(folder, record.name))?.record, record);
    assert.deepEqual(await catalogue().list(folder), [{ record }]);
  });

  test("a folder that nobody dropped anything into is empty", async () => {
    assert.deepEqual(await catalogue().list(freshFolder()), []);
    assert.equal(await catalogue().find(freshFolder(), "Sales/full.bak"), undefined);
  });

  test("a folder that is remembered is listed as it is after each change of its rows", async () => {
    const [folder, neighbour] = [freshFolder(), freshFolder()];
    const [one, other] = ["Sales/full.bak", "Sales/log.trn"];
    const seen: string[] = [];
    for (const change of [
      () => catalogue().put(folder, aRecord(one)),
      () => catalogue().put(folder, aRecord(other)),
      () => catalogue().put(folder, { ...aRecord(one), etag: '"0x8D2"' }),
      () => catalogue().announce(folder, [{ name: one, announced: '"0x8D2"|selected|' }]),
      () => catalogue().withdraw(folder, other),
    ]) {
      await change();
      await catalogue().put(neighbour, { ...aRecord(one), etag: `"${seen.length}"` });
      const listed = await catalogue().list(folder);
      assert.deepEqual(await catalogue().list(folder), listed);
      seen.push(listed.map(({ record, announced }) => [record.name, record.etag, announced ?? ""].join(" ")).join());
    }
    const etag = aRecord(one).etag;
    assert.deepEqual(seen, [
      `${one} ${etag} `,
      `${one} ${etag} ,${other} ${etag} `,
      `${one} "0x8D2" ,${other} ${etag} `,
      `${one} "0x8D2" "0x8D2"|selected|,${other} ${etag} `,
      `${one} "0x8D2" "0x8D2"|selected|`,
    ]);
  });

  test("folders do not see each other's files", async () => {
    const [one, other] = [freshFolder(), freshFolder()];
    await catalogue().put(one, aRecord("One/full.bak"));
    assert.deepEqual(await catalogue().list(other), []);
  });

  test("lists of database files are left out", async () => {
    const folder = freshFolder();
    const files = [
      {
        logicalName: "Sales",
        physicalName: "D:\\Sales.mdf",
        type: "D",
        fileGroupName: "PRIMARY",
        fileId: 1,
        size: 8,
        maxSize: 8,
      },
    ] as const;
    await catalogue().put(folder, aRecord("Sales/full.bak", [aBackupSet({ files })]));
    assert.deepEqual((await catalogue().find(folder, "Sales/full.bak"))?.record, aRecord("Sales/full.bak"));
  });

  test("a new version replaces what is known of a file, but not what was announced of it", async () => {
    const folder = freshFolder();
    const many = Array.from({ length: 100 }, (_, index) => aBackupSet({ position: index + 1 }));
    await catalogue().put(folder, aRecord("Sales/all.bak", many)); // larger than one property
    assert.deepEqual((await catalogue().find(folder, "Sales/all.bak"))?.record, aRecord("Sales/all.bak", many));
    await catalogue().announce(folder, [{ name: "Sales/all.bak", announced: '"0x8D1"|selected|' }]);
    await catalogue().put(folder, aRecord("Sales/all.bak"));
    assert.deepEqual(await catalogue().list(folder), [
      { record: aRecord("Sales/all.bak"), announced: '"0x8D1"|selected|' },
    ]);
  });

  test("what could not be read, or was not yet, is kept as that", async () => {
    const folder = freshFolder();
    const { content: _, ...file } = aRecord("Sales/notes.txt");
    const unreadable = { ...file, content: { kind: "unreadable", code: "NOT_A_BACKUP", message: "zip" } } as const;
    await catalogue().put(folder, unreadable);
    assert.deepEqual(await catalogue().list(folder), [{ record: unreadable }]);
    const unread = { ...file, content: { kind: "unread" } } as const;
    await catalogue().put(folder, unread);
    assert.deepEqual(await catalogue().list(folder), [{ record: unread }]);
  });

  test("a withdrawn file is forgotten, once", async () => {
    const folder = freshFolder();
    await catalogue().put(folder, aRecord("Sales/full.bak"));
    assert.equal(await catalogue().withdraw(folder, "Sales/full.bak"), true);
    assert.equal(await catalogue().withdraw(folder, "Sales/full.bak"), false);
    assert.deepEqual(await catalogue().list(folder), []);
  });

  test("announcing goes on when some of the files were withdrawn meanwhile, and does not bring them back", async () => {
    const folder = freshFolder();
    const names = Array.from({ length: 130 }, (_, index) => `Sales/${index}.trn`);
    await Promise.all(names.map((name) => catalogue().put(folder, aRecord(name))));
    await catalogue().withdraw(folder, "Sales/7.trn");
    await catalogue().announce(
      folder,
      names.map((name) => ({ name, announced: `word about ${name}` })),
    );
    const entries = await catalogue().list(folder);
    assert.equal(entries.length, 129);
    for (const { record, announced } of entries) assert.equal(announced, `word about ${record.name}`);
  });

  test("a file is saved over the row that was found, and over no other", async () => {
    const [folder, name] = [freshFolder(), "Sales/full.bak"];
    const save = (sizeBytes: number, version: string | undefined) =>
      catalogue().save(folder, { ...aRecord(name), sizeBytes }, version);
    const versionNow = async () => (await catalogue().find(folder, name))?.version;
    const sizeNow = async () => (await catalogue().find(folder, name))?.record.sizeBytes;
    assert.equal(await save(1, undefined), "saved");
    assert.deepEqual([await save(2, undefined), await sizeNow()], ["conflict", 1], "somebody else was quicker");
    const first = await versionNow();
    await catalogue().announce(folder, [{ name, announced: "word" }]);
    assert.deepEqual([await save(2, first), await sizeNow()], ["conflict", 1]);
    const second = await versionNow();
    assert.equal(await save(2, second), "saved");
    assert.deepEqual([await save(3, second), await sizeNow()], ["conflict", 2]);
    assert.equal((await catalogue().find(folder, name))?.announced, "word");
    const third = await versionNow();
    await catalogue().withdraw(folder, name);
    assert.deepEqual([await save(4, third), await sizeNow()], ["conflict", undefined]);
    assert.deepEqual(await catalogue().list(folder), []);
  });

  test("a list shows what another process has written, withdrawn and announced since", async () => {
    const folder = freshFolder();
    const [one, other] = [catalogue(), catalogue()];
    const names = async () => (await one.list(folder)).map(({ record, announced }) => `${record.name} ${announced}`);
    assert.deepEqual(await names(), []);
    await other.put(folder, aRecord("Sales/a.bak"));
    await other.put(folder, aRecord("Sales/b.trn"));
    assert.deepEqual(await names(), ["Sales/a.bak undefined", "Sales/b.trn undefined"]);
    await one.announce(folder, [{ name: "Sales/a.bak", announced: "1" }]);
    assert.deepEqual(await names(), ["Sales/a.bak 1", "Sales/b.trn undefined"]);
    await other.announce(folder, [{ name: "Sales/b.trn", announced: "2" }]);
    assert.deepEqual(await names(), ["Sales/a.bak 1", "Sales/b.trn 2"]);
    await other.withdraw(folder, "Sales/a.bak");
    // This process has not heard of the withdrawal, and announces after it.
    await one.announce(folder, [{ name: "Sales/b.trn", announced: "3" }]);
    assert.deepEqual(await names(), ["Sales/b.trn 3"]);
    assert.deepEqual(await one.list(folder), await other.list(folder));
  });

  test("what has not changed is the same object in the next list", async () => {
    const folder = freshFolder();
    const one = catalogue();
    for (const name of ["Sales/a.bak", "Sales/b.trn"]) await one.put(folder, aRecord(name));
    const [before] = await one.list(folder);
    await one.announce(folder, [{ name: "Sales/a.bak", announced: "1" }]);
    await one.put(folder, aRecord("Sales/c.trn"));
    const [after] = await one.list(folder);
    assert.equal(after?.record, before?.record);
    assert.equal(await one.list(folder), await one.list(folder));
  });

  test("announcing nothing is nothing", async () => {
    await catalogue().announce(freshFolder(), []);
  });

  test("a folder of more files than one answer holds is listed whole, ordered by name", async () => {
    const folder = freshFolder();
    const names = Array.from({ length: 1100 }, (_, index) => `Sales/${index}.trn`);
    for (let first = 0; first < names.length; first += 100)
      await Promise.all(names.slice(first, first + 100).map((name) => catalogue().put(folder, aRecord(name))));
    assert.deepEqual(
      (await catalogue().list(folder)).map((entry) => entry.record.name),
      names.toSorted(),
    );
  });
}
