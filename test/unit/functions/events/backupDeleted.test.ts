// Tests that every backup that is deleted too early is reported, whatever happens on the way.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { EventGridEvent } from "@azure/functions";
import { backupDeleted } from "../../../../functions/events/backupDeleted.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import type { Services } from "../../../../shared/ports.ts";
import { full } from "../../../support/backupRecords.ts";
import { fieldOf } from "../../../support/facts.ts";
import { aWorld, type World } from "../../../support/world.ts";

const record = full(100, 160, { folder: "Sales" });

describe("a deleted backup", () => {
  let world: World;
  let services: Services;
  let isStoreAway: boolean;
  beforeEach(() => {
    world = aWorld(draftOf(aWorld().services, "Sales"));
    world.records = [record];
    world.files = [];
    isStoreAway = false;
    services = {
      ...world.services,
      catalogue: {
        ...world.services.catalogue,
        withdraw: async (_, name) => {
          if (isStoreAway) throw new Error("The table is away.");
          const before = world.records.length;
          world.records = world.records.filter((one) => one.name !== name);
          return world.records.length < before;
        },
      },
    };
  });
  const deliver = async ({ eventType = "Microsoft.Storage.BlobDeleted", container = "backups" } = {}) => {
    const subject = `/blobServices/default/containers/${container}/blobs/${record.name}`;
    await backupDeleted(services)({ eventType, subject } as EventGridEvent, world.log);
  };
  const alarms = () => world.published.map(({ type, data }) => [type, fieldOf(data, "file")]);
  const ALARM = ["com.sqlferry.alarm.blob-deleted", record.name];

  test("that was not restored yet raises one alarm, loses its row and wakes the watch, however often it is told", async () => {
    await deliver();
    await deliver();
    assert.deepEqual([alarms(), world.records.length], [[ALARM], 0]);
    assert.equal(world.signalled.length, 2);
  });

  test("keeps its alarm when the row could not be withdrawn: the repetition tells it under the same id", async () => {
    isStoreAway = true;
    await assert.rejects(deliver(), /away/);
    isStoreAway = false;
    await deliver();
    assert.equal(new Set(world.published.map(({ id }) => id)).size, 1);
    assert.deepEqual([alarms()[0], world.records.length, world.signalled.length], [ALARM, 0, 1]);
  });

  test("keeps its row when the alarm could not be written, so that the repetition raises it", async () => {
    world.meanwhile = () => {
      throw new Error("The table is away.");
    };
    await assert.rejects(deliver(), /away/);
    assert.deepEqual([alarms(), world.records.length], [[], 1]);
    await deliver();
    assert.deepEqual([alarms(), world.records.length], [[ALARM], 0]);
  });

  test("that is there again raises no alarm and keeps its row", async () => {
    world.files = undefined;
    await deliver();
    assert.deepEqual([alarms(), world.records.length], [[], 1]);
  });

  test("of another container, or an event of another type, changes nothing", async () => {
    await deliver({ container: "others" });
    await deliver({ eventType: "Microsoft.Storage.BlobCreated" });
    assert.deepEqual([alarms(), world.records.length, world.signalled], [[], 1, []]);
  });

  test("is not guessed from what is no event of a blob", async () => {
    const event = { eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", subject: "" } as EventGridEvent;
    await assert.rejects(async () => backupDeleted(services)(event, world.log));
    assert.deepEqual(alarms(), []);
  });
});
