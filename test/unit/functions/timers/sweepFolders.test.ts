// Tests that the sweep repairs what events and wake-ups have missed, and leaves everything else alone.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Timer } from "@azure/functions";
import { sweepFolders } from "../../../../functions/timers/sweepFolders.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import { newSweep, type SweepProgress } from "../../../../shared/migration/sweep/sweepProgress.ts";
import type { Services } from "../../../../shared/ports.ts";
import { full } from "../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { aMigration } from "../../../support/facts.ts";
import { sweepAll } from "../../../support/sweep.ts";
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
    await sweepAll(world.services, world.log);
    return world.signalled.length > 0;
  };

  test("wakes the migration of a file that was written down and never announced: its wake-up was lost", async () => {
    assert.equal(await sweep(), true);
  });

  test("wakes it as well when another version of the file was announced", async () => {
    world.announced.set(record.name, '"an older etag"|selected|PLAN_FULL');
    assert.equal(await sweep(), true);
  });

  test("wakes a migration whose request nobody has answered, until somebody has", async () => {
    world.announced.set(record.name, `${record.etag}|selected|PLAN_FULL`);
    const cancel = { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: "t", reason: "r" } as const;
    world.change({}, { cancel: { ...cancel, outcome: { status: "done", at: "t", detail: "" } } });
    assert.equal(await sweep(), false);
    world.change({}, { cancel });
    assert.equal(await sweep(), true);
  });

  test("finds a migration whose line was never written and whose folder holds no blobs, as one from a share: line and run are there after it", async () => {
    const share = aMigration("share-1", { source: { ...world.migration().source, folder: "Share", fileShare } });
    const migrationId = draftOf(world.services, "Share").migrationId;
    world.migrations.set(migrationId, { migration: { ...share, migrationId }, version: "1", requests: {} });
    durable.started.length = 0;
    const repaired: string[] = [];
    const { migrations } = world.services;
    const services: Services = {
      ...world.services,
      migrations: {
        ...migrations,
        listedFolders: async (after) => {
          const { folders, ...more } = await migrations.listedFolders(after);
          return { folders: folders.filter((line) => line.migrationId !== migrationId), ...more };
        },
        listedIds: async () => new Set([...world.migrations.keys()].filter((id) => id !== migrationId)),
        repairLine: async (facts) => void repaired.push(facts.migration.migrationId),
      },
    };
    await sweepAll(services, world.log);
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
    await sweepAll(services, world.log);
    assert.deepEqual(world.sweep?.failed, ["Bad"]);
    assert.equal(world.signalled.length > 0, true, "the good folder's migration was woken");
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
    await sweepAll(services, world.log);
    assert.deepEqual(put, ["Sales/a.bak", "Sales/c.bak"]);
    assert.deepEqual(world.sweep?.failed, ["Sales"]);
  });

  test("notes when it ended and what it found, also when a folder failed", async () => {
    world.files = [];
    const services = {
      ...world.services,
      catalogue: { ...world.services.catalogue, withdraw: async () => true },
    };
    await sweepAll(services, world.log);
    const now = world.now.toISOString();
    assert.deepEqual(world.sweep, {
      startedAt: now,
      endedAt: now,
      folders: 1,
      missed: 0,
      deleted: 1,
      failed: [],
      faults: 0,
      recordsAt: now,
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

describe("the timer of the sweep", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());
  const tick = async (world: World) => {
    world.durableUrl = durable.url;
    await sweepFolders(world.services)({} as Timer, world.log);
    const { instanceId = "" } = world.sweeps.progress ?? {};
    return durable.inputs.get(instanceId) as SweepProgress | undefined;
  };
  const minutesLater = (world: World, minutes: number): Date => new Date(world.now.getTime() + minutes * 60_000);
  beforeEach(() => {
    durable.started.length = 0;
    durable.status.clear();
    durable.inputs.clear();
  });

  test("starts one, and none while that is under way", async () => {
    const world = aWorld();
    const begun = newSweep(world.now, undefined);
    assert.deepEqual(await tick(world), begun);
    assert.deepEqual(world.sweeps.progress, begun, "it is known before its first part has ended");
    for (const status of ["Pending", "Running", "ContinuedAsNew"]) {
      world.now = minutesLater(world, 10);
      durable.status.set(begun.instanceId, status);
      await tick(world);
    }
    assert.deepEqual(durable.started, [begun.instanceId]);
  });

  for (const status of ["Completed", "Failed", "Terminated", "Canceled", undefined])
    test(`goes on with one whose orchestration is ${status ?? "nowhere"} where that one was, under another id, and says so`, async () => {
      const world = aWorld();
      const lines: string[] = [];
      world.log.warn = (line: string) => void lines.push(line);
      const dead: SweepProgress = {
        ...newSweep(minutesLater(world, -10), undefined),
        stage: "ended",
        after: "m",
        parts: 9,
        folders: 1_800,
      };
      world.sweeps.progress = dead;
      if (status) durable.status.set(dead.instanceId, status);
      const { instanceId } = newSweep(world.now, undefined);
      assert.deepEqual(await tick(world), { ...dead, instanceId });
      assert.notEqual(instanceId, dead.instanceId);
      const told = { event: "SweepDied", stage: "ended", parts: 9, folders: 1_800 };
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)),
        [told],
      );
    });

  test("begins anew after one that died more than a day ago, and after one that never was started", async () => {
    const world = aWorld();
    const lines: string[] = [];
    world.log.warn = (line: string) => void lines.push(line);
    world.sweeps.progress = { ...newSweep(minutesLater(world, -24 * 60), undefined), stage: "ended", parts: 9 };
    assert.deepEqual(await tick(world), newSweep(world.now, undefined));
    const earlier = newSweep(minutesLater(world, -10), undefined);
    world.sweeps.progress = earlier;
    assert.equal((await tick(world))?.parts, 0);
    assert.deepEqual(lines, []);
  });

  test("begins anew after one that came to its end, and knows when that looked through the records", async () => {
    const world = aWorld();
    const recordsAt = world.now.toISOString();
    world.sweep = { startedAt: "a", endedAt: "b", folders: 1, missed: 0, deleted: 0, failed: [], faults: 0, recordsAt };
    world.sweeps.progress = { ...newSweep(world.now, undefined), stage: "done", parts: 5 };
    assert.deepEqual(await tick(world), newSweep(world.now, { recordsAt }));
  });

  test("starts one also where what is kept of the last one cannot be read", async () => {
    const world = aWorld();
    world.services.sweeps.last = () => Promise.reject(new Error("no text"));
    assert.equal((await tick(world))?.stage, "open");
  });
});
