// Does the sweep put right what events and wake-ups have missed, and leave alone what is well?
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Timer } from "@azure/functions";
import { draftOf } from "../../../../functions/ensureMigration.ts";
import { sweepFolders } from "../../../../functions/timers/sweepFolders.ts";
import { full } from "../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../support/durableHost.ts";
import { aWorld, type World } from "../../../support/world.ts";

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

  test("lets a migration sleep whose files are all announced", async () => {
    world.announced.set(record.name, `${record.etag}|selected|PLAN_FULL`);
    assert.equal(await sweep(), false);
  });
});
