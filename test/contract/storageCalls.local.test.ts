// Counts on Azurite the requests to the storage account that each frequent operation costs; the arithmetic is in
// docs/benchmarks.md.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { lookAtFolder } from "../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../functions/activities/lookAtRestore.ts";
import { lookForSlot } from "../../functions/activities/lookForSlot.ts";
import { backupArrived } from "../../functions/blobs/backupArrived.ts";
import { invocationOf } from "../../functions/invocation.ts";
import type { Azurite } from "../../local/azurite.ts";
import { type SourceDatabase, type BackupFile as SourceFile, sourceDatabase } from "../../local/backups/history.ts";
import { draftOf } from "../../shared/application/files/ensureMigration.ts";
import { publishOutbox } from "../../shared/application/run/publishOutbox.ts";
import { sweepFolder } from "../../shared/application/sweep/sweepFolder.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { runInstanceId, vmKeyOf } from "../../shared/migration/ids.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import { askForSlot, EMPTY_QUEUE } from "../../shared/queue/vmQueue.ts";
import { startAzurite } from "../support/azurite.ts";
import { full, log, setGuidOf } from "../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../support/durableHost.ts";
import { anEvent } from "../support/facts.ts";
import { servicesOver } from "../support/servicesOver.ts";
import { callOf, hostsOf, requestsDuring } from "../support/storageCalls.ts";
import { aWorld, shown, VM } from "../support/world.ts";

describe("requests to the storage account", () => {
  let azurite: Azurite;
  let durable: DurableHost;
  let container: ContainerClient;
  let services: Services;
  const world = aWorld();
  let folders = 0;
  let folder: string;
  let migrationId: string;

  before(async () => {
    azurite = await startAzurite();
    durable = await startDurableHost();
    world.durableUrl = durable.url;
    container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
    await container.create();
    services = anApp();
    await services.catalogue.list("warm-up"); // a process creates each of its tables once
    await services.migrations.facts("warm-up");
    await services.migrations.list();
    await services.queues.load("warm-up");
  });
  after(async () => {
    await durable?.stop();
    await azurite?.stop();
  });
  beforeEach(() => {
    folder = `Sales${++folders}`;
    migrationId = draftOf(services, folder).migrationId;
    world.seen = { kind: "absent" };
  });

  /** The services of another process, which has cached nothing. */
  const anApp = (): Services => ({
    ...servicesOver(azurite.connectionString, world),
    publisher: { publish: async () => {} },
  });

  const callsDuring = async (work: () => Promise<unknown>): Promise<readonly string[]> =>
    (await requestsDuring(work, hostsOf(azurite.connectionString))).map(callOf);
  const count = (calls: readonly string[], what: string): number => calls.filter((call) => call === what).length;

  const created = async (changes: Partial<Migration>): Promise<void> => {
    const migration = { ...draftOf(services, folder), ...changes };
    assert.equal(await services.migrations.commit({ migrationId, migration }), "committed");
  };
  const laid = (...records: BackupRecord[]): Promise<unknown> =>
    Promise.all(records.map((record) => services.catalogue.put(migrationId, record)));
  const logs = (from: number, to: number): BackupRecord[] =>
    Array.from({ length: to - from }, (_, index) => log(from + index, from + index + 1, { folder }));
  const announced = async (): Promise<number> =>
    (await services.migrations.events(migrationId)).filter(({ type }) => type.endsWith("backup.accepted")).length;

  describe("for a file that arrives", () => {
    let source: SourceDatabase;
    beforeEach(() => {
      source = sourceDatabase({ name: folder, startedAt: "2025-11-24T21:00:00" });
    });
    const drop = async ({ fileName, bytes }: SourceFile): Promise<string> => {
      const name = `${folder}/${fileName}`;
      await container.getBlockBlobClient(name).uploadData(bytes);
      return name;
    };
    const deliver = async (BlobName: string) =>
      backupArrived(services)({ ContainerName: "backups", BlobName }, world.log);
    const large = { payloadBytes: 300_000 };
    /** A folder's first file, whose run has registered its watch since. */
    const first = async (): Promise<void> => {
      await deliver(await drop(source.full(large)));
      const watch = `${runInstanceId(migrationId, 1)}-AwaitChain-1`;
      durable.status.set(watch, "Running");
      await services.migrations.beginTurn(migrationId, watch);
    };
    const TO_THE_ROW = ["read Backups", "read blob", "read blob", "transaction"];

    test("are four up to its row, and one more where its run was told already: of a burst the first alone tells", async () => {
      await first();
      const [one, other] = [await drop(source.log(large)), await drop(source.log(large))];
      const signal = ["read Migrations", "write Migrations"];
      assert.deepEqual(await callsDuring(() => deliver(one)), [...TO_THE_ROW, ...signal]);
      assert.deepEqual(await callsDuring(() => deliver(other)), [...TO_THE_ROW, "read Migrations"]);
      assert.equal((await services.catalogue.find(migrationId, other))?.record.content.kind, "header");
    });

    test("are four when its event comes again: nothing is read or written that is known", async () => {
      await first();
      const name = await drop(source.log(large));
      await deliver(name);
      const again = await callsDuring(() => deliver(name));
      assert.deepEqual(again, ["read Backups", "read blob", "look at blob", "read Migrations"]);
    });

    test("are two more after the end of its migration; of a burst one at a time announces all", async () => {
      await created({ state: "succeeded" });
      await services.migrations.beginTurn(migrationId, `${runInstanceId(migrationId, 1)}-AwaitChain-1`);
      await services.migrations.dropWatch({ migrationId, run: 1 }); // as the end of a run leaves it
      const names: string[] = [];
      for (const backup of [source.full(large), ...Array.from({ length: 99 }, () => source.log(large))])
        names.push(await drop(backup));
      const calls = await callsDuring(() => Promise.all(names.map(deliver)));
      assert.equal(await announced(), 100);
      assert.deepEqual(await services.migrations.outbox(migrationId), []);
      assert.deepEqual([count(calls, "read blob"), count(calls, "look at blob")], [200, 0]);
      const [transactions, facts] = [count(calls, "transaction"), count(calls, "query Migrations")];
      assert.ok(transactions <= 150 && facts <= 150, `${transactions} transactions, ${facts} queries`);
    });

    test("are no fewer looks after a minute: whether its run is under way is asked again", async () => {
      await first();
      const name = await drop(source.log(large));
      const later = { ...services, clock: { now: () => new Date(Date.now() + 61_000) } };
      const calls = await callsDuring(async () =>
        backupArrived(later)({ ContainerName: "backups", BlobName: name }, world.log),
      );
      assert.ok(calls.includes("query Migrations"));
    });
  });

  /** A migration in the middle of its restore, which has reached the last of the records. */
  async function restoring(base: BackupRecord, ...more: BackupRecord[]): Promise<void> {
    const progress = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base) };
    await created({
      state: "restoring",
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      operationId: "op",
      progress,
    });
    await laid(base, ...more);
    hasRestored(more.at(-1) ?? base);
  }
  function hasRestored({ name }: BackupRecord): void {
    const file = name.split("/").at(-1) ?? "";
    world.seen = shown({ details: { currentFile: file, lastRestoredFile: file, isFullRestored: true } });
  }

  describe("for a look that finds nothing new", () => {
    const whole = () => [full(100, 160, { folder }), log(150, 200, { folder })];
    const target = { sqlVmResourceId: VM, databaseName: "Sales" };
    const watched = () => ({ migrationId, run: 1, watch: `${runInstanceId(migrationId, 1)}-Watch-1` });
    /**
     * One query reads the record, its requests, and that its watch is registered and nobody has signalled it; then the
     * generation is read. None of them is written.
     */
    const NOTHING_NEW = ["query Migrations", "read Backups"];

    test("at a folder are two reads: facts and generation; one that was woken notes that, and reads the facts after it", async () => {
      await created({ state: "waitingForChain", target: { ...target, databaseName: folder }, start: "manual" });
      await laid(...whole());
      const look = () => lookAtFolder(services)(watched(), world.log);
      await look();
      assert.deepEqual(await callsDuring(look), NOTHING_NEW);
      await services.migrations.watchToSignal(migrationId, new Date());
      assert.deepEqual(await callsDuring(look), ["query Migrations", "write Migrations", ...NOTHING_NEW]);
    });

    test("for a place on a VM are those, and the VM's queue", async () => {
      await created({ state: "queued", target });
      await laid(...whole());
      const other = { migrationId: "other-1", run: 1, kind: "start" } as const;
      const { queue } = askForSlot(EMPTY_QUEUE, other, { maxDatabases: 9, cooldownMinutes: 0 }, new Date());
      const vmKey = vmKeyOf(VM);
      await services.queues.save(vmKey, queue, (await services.queues.load(vmKey)).version);
      const look = () => lookForSlot(services)({ ...watched(), kind: "start" }, world.log);
      await look();
      const calls = await callsDuring(look);
      assert.deepEqual([...calls].sort(), [...NOTHING_NEW, "read VmQueues"].sort());
    });

    test("at a restore are those, and no more", async () => {
      const [base, last] = whole();
      assert.ok(base && last);
      await restoring(base, last);
      const look = () => lookAtRestore(services)(watched(), world.log);
      await look();
      await look();
      assert.deepEqual(await callsDuring(look), NOTHING_NEW);
    });
  });

  test("for a file of a restore that is under way are 18 of the look that finds it, and 15 of the one that finds it restored", async () => {
    const [base, next] = [full(100, 160, { folder }), log(150, 200, { folder })];
    await restoring(base);
    const watched = { migrationId, run: 1, watch: `${runInstanceId(migrationId, 1)}-Watch-1` };
    const look = () => lookAtRestore(services)(watched, world.log);
    for (let looks = 0; looks < 3; looks++) await look();
    await laid(next);
    await services.migrations.watchToSignal(migrationId, new Date());
    const COMMIT = ["transaction", "read MigrationList", "write MigrationList"];
    const WORDS = ["transaction"];
    const PUBLISH = [
      ...["write Migrations", "query Migrations"],
      ...["transaction", "write Migrations", "query Migrations"],
    ];
    const NEWS = [...COMMIT, "query Migrations", ...COMMIT, ...WORDS, ...PUBLISH];
    const woken = ["query Migrations", "write Migrations", "query Migrations", "read Backups", "query Backups"];
    assert.deepEqual(await callsDuring(look), [...woken, ...NEWS]);
    await look();
    hasRestored(next);
    assert.deepEqual(await callsDuring(look), ["query Migrations", "read Backups", ...NEWS]);
  });

  test("for a sweep of a folder without news are its listing and its record; its run is asked after elsewhere", async () => {
    await created({ state: "waitingForChain", start: "manual" });
    await lookAtFolder(services)({ migrationId, run: 1, watch: "w" }, world.log);
    durable.status.set(runInstanceId(migrationId, 1), "Running");
    const sweep = async () => {
      const { folders } = await services.migrations.listedFolders(undefined);
      const mark = (await services.sweeps.marks(migrationId, migrationId)).get(migrationId);
      const listed = folders.find((one) => one.migrationId === migrationId) ?? assert.fail("it has a line");
      const visit = { migrationId, folder, duty: "all", behind: { stage: "open" }, listed, mark } as const;
      return callsDuring(() => sweepFolder(services, invocationOf(world.log), visit, () => true));
    };
    assert.ok((await sweep()).includes("read Backups"));
    assert.deepEqual(await sweep(), ["list blobs", "query Migrations"]);
  });

  test("for a new file in a folder of very many is one query more, of the part that it lies in", async () => {
    await created({ state: "waitingForChain", start: "manual" });
    await laid(full(100, 160, { folder }), ...logs(160, 1_360));
    const watched = { migrationId, run: 1, watch: "w" };
    const look = (app: Services) => lookAtFolder(app)(watched, world.log);
    await look(services);
    assert.equal(await announced(), 1_201);
    await laid(log(1_360, 1_361, { folder }));
    const calls = await callsDuring(() => look(services));
    assert.deepEqual([count(calls, "read Backups"), count(calls, "query Backups"), await announced()], [1, 1, 1_202]);
    assert.equal(calls.length, 12, calls.join(", "));
    assert.deepEqual(await callsDuring(() => look(services)), ["query Migrations", "read Backups"]);
    const elsewhere = anApp();
    await elsewhere.catalogue.list("warm-up");
    const whole = await callsDuring(() => elsewhere.catalogue.list(migrationId));
    assert.deepEqual(whole, ["read Backups", "query Backups", "query Backups"], "two pages");
  });

  test("for some new files in a small folder is one query, since the whole is read by one", async () => {
    await laid(full(100, 160, { folder }), ...logs(160, 165));
    await services.catalogue.list(migrationId);
    await laid(...logs(165, 170));
    const calls = await callsDuring(() => services.catalogue.list(migrationId));
    assert.deepEqual(calls, ["read Backups", "query Backups"]);
    assert.equal((await services.catalogue.list(migrationId)).length, 11);
  });

  for (const [state, look] of [
    ["waitingForChain", (app: Services) => lookAtFolder(app)({ migrationId, run: 1, watch: "w" }, world.log)],
    ["queued", (app: Services) => lookForSlot(app)({ migrationId, run: 1, watch: "w", kind: "start" }, world.log)],
  ] as const)
    test(`for a burst of 1,000 files are one turn's: rows read once, 49 and more to a transaction (${state})`, async () => {
      await created({ state, start: "manual", target: { sqlVmResourceId: VM, databaseName: folder } });
      const vmKey = vmKeyOf(VM);
      const other = { migrationId: "other-1", run: 1, kind: "start" } as const;
      const { queue } = askForSlot(EMPTY_QUEUE, other, { maxDatabases: 9, cooldownMinutes: 0 }, new Date());
      await services.queues.save(vmKey, queue, (await services.queues.load(vmKey)).version);
      await laid(full(100, 160, { folder }), ...logs(160, 1_159));
      const calls = await callsDuring(() => look(services));
      assert.equal(await announced(), 1_000);
      assert.deepEqual(await services.migrations.outbox(migrationId), []);
      assert.equal(count(calls, "query Backups"), 1, "a page of rows, once");
      const [toWrite, toNote, toMove] = [Math.ceil(1_000 / 49), Math.ceil(1_000 / 49), Math.ceil(1_003 / 49)];
      assert.ok(
        count(calls, "transaction") <= toWrite + toNote + toMove,
        `${count(calls, "transaction")} transactions`,
      );
      assert.equal((await services.migrations.facts(migrationId))?.migration.summary?.files, 1_000);
    });

  test("for a backlog of events are a transaction for every fifty, in one turn", async () => {
    await created({ state: "waitingForChain" });
    const facts = (await services.migrations.facts(migrationId)) ?? assert.fail("it was created");
    let { version } = facts;
    for (let first = 0; first < 500; first += 90) {
      const events = Array.from({ length: Math.min(90, 500 - first) }, (_, index) =>
        anEvent(migrationId, `e${first + index}`, "2025-11-24T21:00:00.000Z"),
      );
      await services.migrations.commit({ migrationId, version, migration: facts.migration, events });
      version = (await services.migrations.facts(migrationId))?.version ?? "";
    }
    const calls = await callsDuring(() => publishOutbox(services, world.log, migrationId));
    assert.deepEqual([count(calls, "transaction"), (await services.migrations.events(migrationId)).length], [10, 500]);
  });
});
