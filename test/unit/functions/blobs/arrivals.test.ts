// Tests that every uploaded file gets its row, its migration and its run, also when the event comes twice, its handler
// dies half-way, or the host gives it up.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { backupArrived } from "../../../../functions/blobs/backupArrived.ts";
import { backupPoisoned } from "../../../../functions/blobs/backupPoisoned.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { Services } from "../../../../shared/ports.ts";
import { full } from "../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { fieldOf } from "../../../support/facts.ts";
import { aWorld, type World } from "../../../support/world.ts";

const { content: _, ...file } = full(100, 160, { folder: "Sales" });

describe("a dropped file", () => {
  let durable: DurableHost;
  let world: World;
  let services: Services;
  let puts: BackupRecord[];
  let isStoreAway: boolean;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());
  beforeEach(() => {
    world = aWorld();
    world.durableUrl = durable.url;
    world.files = [file];
    durable.started.length = 0;
    puts = [];
    isStoreAway = false;
    services = {
      ...world.services,
      catalogue: {
        ...world.services.catalogue,
        put: async (_, record) => {
          if (isStoreAway) throw new Error("The table is away.");
          puts.push(record);
          world.records = [record];
        },
      },
    };
  });
  const arrive = async (ContainerName = "backups") =>
    backupArrived(services)({ ContainerName, BlobName: file.name }, world.log);
  const giveUp = async (ContainerName = "backups") =>
    backupPoisoned(services)({ ContainerName, BlobName: file.name, ETag: file.etag }, world.log);
  const alarms = () => world.published.map(({ type, data }) => [type, fieldOf(data, "file")]);
  const ALARM = ["com.sqlferry.alarm.unreadable", file.name];

  test("gets one row, one migration and one run, however often its event comes", async () => {
    await arrive();
    await arrive();
    assert.deepEqual([puts.length, world.migrations.size, durable.started.length], [1, 1, 1]);
    assert.equal(world.signalled.length, 2);
  });

  test("gets its migration from the repetition when its event died after the row was written", async () => {
    world.meanwhile = () => {
      throw new Error("The table is away.");
    };
    await assert.rejects(arrive(), /away/);
    assert.deepEqual([puts.length, world.migrations.size], [1, 0]);
    await arrive();
    assert.deepEqual([puts.length, world.migrations.size, durable.started.length], [1, 1, 1]);
  });

  test("that was gone before its event came, or stands for a directory, makes no migration", async () => {
    world.files = [];
    await arrive();
    assert.deepEqual([puts.length, world.migrations.size, durable.started.length, world.signalled], [0, 0, 0, []]);
  });

  test("of another container changes nothing, arrived or given up", async () => {
    await arrive("others");
    await giveUp("others");
    assert.deepEqual([puts.length, world.migrations.size, world.signalled], [0, 0, []]);
  });

  test("whose content the host has downloaded is refused, and so is a reference to nothing", async () => {
    const handler = backupArrived(services);
    await assert.rejects(async () => handler(Buffer.from("TAPE"), world.log), /Deferred binding is off/);
    await assert.rejects(async () => handler({ ContainerName: "backups" }, world.log));
    assert.equal(puts.length, 0);
  });

  test("that the host gave up gets a row that says why, and one alarm, however often it is told", async () => {
    await giveUp();
    await giveUp();
    assert.deepEqual([puts.length, alarms(), durable.started.length], [1, [ALARM], 1]);
    assert.ok(puts[0]?.content.kind === "unreadable" && puts[0].content.code === "UNREACHABLE");
  });

  test("that the host gave up keeps its alarm when the row could not be written: the repetition tells it under the same id", async () => {
    isStoreAway = true;
    await assert.rejects(giveUp(), /away/);
    isStoreAway = false;
    await giveUp();
    assert.deepEqual([puts.length, alarms()[0]], [1, ALARM]);
    assert.equal(new Set(world.published.map(({ id }) => id)).size, 1);
  });

  test("that the host gave up gets no row without its alarm: the repetition writes both", async () => {
    const draft = draftOf(services, "Sales");
    world.migrations.set(draft.migrationId, { migration: draft, version: "draft", requests: {} });
    world.meanwhile = () => {
      throw new Error("The table is away.");
    };
    await assert.rejects(giveUp(), /away/);
    assert.deepEqual([puts.length, alarms()], [0, []]);
    await giveUp();
    assert.deepEqual([puts.length, alarms()], [1, [ALARM]]);
  });

  test("that was read meanwhile, or is gone, raises no alarm", async () => {
    await arrive();
    await giveUp();
    world.files = [];
    world.records = [];
    await giveUp();
    assert.deepEqual(alarms(), []);
  });
});
