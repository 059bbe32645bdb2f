// Tests that each event is posted as exactly one card.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventGridEvent } from "@azure/functions";
import { notifyTeams } from "../../../../functions/events/notifyTeams.ts";
import type { Services } from "../../../../shared/ports.ts";
import { anEvent } from "../../../support/facts.ts";
import { aWorld } from "../../../support/world.ts";

const FAILED = { ...anEvent("sales-1", "e1", "2025-11-24T21:00:00.000Z"), type: "com.sqlferry.migration.failed" };

/** A channel with markers; `failures` are thrown by the next calls of that name. */
function aChannel(isConfigured = true) {
  const world = aWorld();
  const posted: unknown[] = [];
  const markers = new Set<string>();
  const claims = new Map<string, number>();
  const failures = new Set<"post" | "mark">();
  const failOnce = (what: "post" | "mark") => {
    if (failures.delete(what)) throw new Error(`${what} failed`);
  };
  const services: Services = {
    ...world.services,
    migrations: {
      ...world.services.migrations,
      claimCard: async (migrationId, eventId, now) => {
        const key = `${migrationId}|${eventId}`;
        if (markers.has(key)) return "posted";
        const claimed = claims.get(key);
        if (claimed !== undefined && now.getTime() - claimed <= 60_000) return "busy";
        claims.set(key, now.getTime());
        return "claimed";
      },
      dropCardClaim: async (migrationId, eventId) => {
        claims.delete(`${migrationId}|${eventId}`);
      },
      noteCardPosted: async (migrationId, eventId) => {
        failOnce("mark");
        markers.add(`${migrationId}|${eventId}`);
      },
    },
    teams: {
      post: async (card) => {
        failOnce("post");
        if (isConfigured) posted.push(card);
        return isConfigured;
      },
    },
  };
  const deliver = async (event: unknown) => notifyTeams(services)(event as EventGridEvent, world.log);
  const pass = (seconds: number) => {
    world.now = new Date(world.now.getTime() + seconds * 1_000);
  };
  return { posted, markers, failures, deliver, pass };
}

describe("a card in Teams", () => {
  test("is posted once for an event that is delivered twice, and once for each other event", async () => {
    const { posted, deliver } = aChannel();
    await deliver(FAILED);
    await deliver(FAILED);
    await deliver({ ...FAILED, id: "e2" });
    assert.equal(posted.length, 2);
  });

  test("is posted again when its marker could not be written: twice rather than never", async () => {
    const { posted, failures, deliver, pass } = aChannel();
    failures.add("mark");
    await assert.rejects(deliver(FAILED), /mark failed/);
    pass(61);
    await deliver(FAILED);
    await deliver(FAILED);
    assert.equal(posted.length, 2);
  });

  test("is posted by one of two deliveries at the same time; the other comes again later and finds it posted", async () => {
    const { posted, deliver, pass } = aChannel();
    const both = await Promise.allSettled([deliver(FAILED), deliver(FAILED)]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    pass(10);
    await deliver(FAILED);
    assert.equal(posted.length, 1);
  });

  test("that the webhook refuses fails the delivery, so that Event Grid repeats it", async () => {
    const { posted, markers, failures, deliver } = aChannel();
    failures.add("post");
    await assert.rejects(deliver(FAILED), /post failed/);
    assert.deepEqual([posted.length, markers.size], [0, 0]);
    await deliver(FAILED);
    assert.equal(posted.length, 1);
  });

  test("is not marked as posted where no webhook is set", async () => {
    const { markers, deliver } = aChannel(false);
    await deliver(FAILED);
    assert.equal(markers.size, 0);
  });

  test("is not posted for events that nobody needs to see, and what is no event of sqlferry is refused", async () => {
    const { posted, deliver } = aChannel();
    await deliver({ ...FAILED, type: "com.sqlferry.backup.accepted" });
    await assert.rejects(deliver({ ...FAILED, type: "Microsoft.Storage.BlobDeleted" }));
    await assert.rejects(deliver({ ...FAILED, specversion: undefined }));
    assert.equal(posted.length, 0);
  });
});
