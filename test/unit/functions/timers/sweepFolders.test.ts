// Tests that the sweep puts right what events and wake-ups have missed, and leaves alone what is well.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Timer } from "@azure/functions";
import { sweepFolders } from "../../../../functions/timers/sweepFolders.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import type { Services } from "../../../../shared/ports.ts";
import { full } from "../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { aMigration } from "../../../support/facts.ts";
import { aWorld, type World } from "../../../support/world.ts";

const fileShare = {
  path: "\\\\nas\\backups",
  username: "CONTOSO\\reader",
  passwordSecret: "fileshare-nas",
  sql: {
    server: "SQL01",
    authentication: "WindowsAuthentication",
    userName: "CONTOSO\\reader",
    passwordSecret: "fileshare-sql",
    trustServerCertificate: false,
  },
} as const;

describe("the sweep", () => {
  let durable: DurableHost;
  let world: World;
  const record = full(100, 160);
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());
  beforeEach(() => {
    const draft = draftOf(aWorld().services, "Sales");
    world = aWorld(draft);
    world.durableUrl = durable.url;
    world.records = [record];
  });
  const sweep = async () => {
    await sweepFolders(world.services)({} as Timer, world.log);
    return world.knocked.length > 0;
  };

  test("wakes the migration of a file that was written down and never announced: its wake-up was lost", async () => {
    assert.equal(await sweep(), true);
  });

  test("wakes it as well when another version of the file was announced", async () => {
    world.announced.set(record.name, '"an older etag"|selected|PLAN_FULL');
    assert.equal(await sweep(), true);
  });

  test("wakes a migration whose wish nobody has answered, until somebody has", async () => {
    world.announced.set(record.name, `${record.etag}|selected|PLAN_FULL`);
    const cancel = { kind: "cancel", wishId: "c", run: 1, by: "Dana", at: "t", reason: "r" } as const;
    world.change({}, { cancel: { ...cancel, outcome: { status: "done", at: "t", detail: "" } } });
    assert.equal(await sweep(), false);
    world.change({}, { cancel });
    assert.equal(await sweep(), true);
  });

  test("finds a migration whose line was never written and whose folder holds no blobs, as one from a share: line and run are there after it", async () => {
    const share = aMigration("share-1", { source: { ...world.migration().source, folder: "Share", fileShare } });
    const migrationId = draftOf(world.services, "Share").migrationId;
    world.migrations.set(migrationId, { migration: { ...share, migrationId }, version: "1", wishes: {} });
    durable.started.length = 0;
    const repaired: string[] = [];
    const { migrations } = world.services;
    const services: Services = {
      ...world.services,
      migrations: {
        ...migrations,
        list: async () => (await migrations.list()).filter(({ line }) => line.migrationId !== migrationId),
        repairLine: async (facts) => void repaired.push(facts.migration.migrationId),
      },
    };
    await sweepFolders(services)({} as Timer, world.log);
    assert.ok(repaired.includes(migrationId));
    assert.ok(durable.started.includes(`mig-${migrationId}-run-1`));
  });

  test("goes on with the other folders when one fails, and says so in the end", async () => {
    const { catalogue } = world.services;
    const bad = { ...record, name: "Bad/full.bak" };
    world.records = [bad, record];
    const list: typeof catalogue.list = async (folderId) => {
      if (folderId.startsWith("bad-")) throw new Error("a row that cannot be read");
      return catalogue.list(folderId);
    };
    const services = { ...world.services, catalogue: { ...catalogue, list } };
    await assert.rejects(
      async () => sweepFolders(services)({} as Timer, world.log),
      /"Bad"; the other folders were swept/,
    );
    assert.equal(world.knocked.length > 0, true, "the good folder's migration was woken");
  });

  test("goes on with the other files of a folder when one cannot be looked at, and says so in the end", async () => {
    const { files } = world.services;
    world.files = ["Sales/a.bak", "Sales/b.bak", "Sales/c.bak"].map((name) => ({ ...record, name }));
    world.records = [];
    const put: string[] = [];
    const services: Services = {
      ...world.services,
      files: {
        ...files,
        find: async (name) => {
          if (name === "Sales/b.bak") throw new Error("a blob that throws");
          return files.find(name);
        },
      },
      catalogue: { ...world.services.catalogue, put: async (_, { name }) => void put.push(name) },
    };
    await assert.rejects(async () => sweepFolders(services)({} as Timer, world.log), /"Sales"/);
    assert.deepEqual(put, ["Sales/a.bak", "Sales/c.bak"]);
    assert.deepEqual(world.sweep?.failed, ["Sales"]);
  });

  test("notes when it ended and what it found, also when a folder failed", async () => {
    world.files = [];
    const services = {
      ...world.services,
      catalogue: { ...world.services.catalogue, withdraw: async () => true },
    };
    await sweepFolders(services)({} as Timer, world.log);
    const now = world.now.toISOString();
    assert.deepEqual(world.sweep, {
      startedAt: now,
      endedAt: now,
      folders: 1,
      missed: 0,
      deleted: 1,
      failed: [],
      faults: 0,
    });
  });

  test("counts the faults of sqlferry's own that were met since the last one", async () => {
    world.services.faults.note("a row");
    world.services.faults.note("a row");
    world.services.faults.note("a file");
    await sweep();
    assert.equal(world.sweep?.faults, 2);
    await sweep();
    assert.equal(world.sweep?.faults, 0);
  });

  test("forgets orchestrations that have ended and began more than RUNS_KEPT_DAYS ago, and does without when it cannot", async () => {
    await sweep();
    const asked = durable.purged.at(-1);
    assert.equal(asked?.get("createdTimeTo"), "2025-10-25T00:30:00.000Z");
    assert.equal(asked?.get("runtimeStatus"), "Completed,Failed,Terminated");
    world.migrations.clear();
    world.records = [];
    world.durableUrl = "http://127.0.0.1:1/";
    await sweep();
    assert.equal(world.sweep?.folders, 0);
  });

  test("lets a migration sleep whose files are all announced", async () => {
    world.announced.set(record.name, `${record.etag}|selected|PLAN_FULL`);
    assert.equal(await sweep(), false);
  });
});
