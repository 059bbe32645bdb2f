// What becomes of events that the topic does not take?
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide, publishOutbox } from "../../../functions/decide.ts";
import type { FerryEvent } from "../../../shared/migration/events.ts";
import type { Services } from "../../../shared/services.ts";
import { aMigration, anEvent } from "../../support/facts.ts";
import { aWorld } from "../../support/world.ts";

/** A topic that asks `refuses` about each request. */
function aTopic(refuses: (events: readonly FerryEvent[]) => boolean) {
  const world = aWorld(aMigration("sales-1"));
  const sent: string[] = [];
  const warnings: string[] = [];
  const services: Services = {
    ...world.services,
    publisher: {
      publish: async (events) => {
        if (refuses(events)) throw new Error("413");
        sent.push(...events.map(({ id }) => id));
      },
    },
  };
  const log = { warn: (...words: unknown[]) => warnings.push(words.join(" ")) };
  const tell = (...ids: string[]) =>
    decide(services, log, "sales-1", ({ migration }) => ({
      change: { migration, events: ids.map((id) => anEvent("sales-1", id, "2025-11-24T21:00:00.000Z")) },
      answer: undefined,
    }));
  const waiting = async () => (await services.migrations.outbox("sales-1")).map(({ id }) => id);
  return { world, services, sent, warnings, log, tell, waiting };
}

describe("the outbox", () => {
  test("keeps events while the topic is away; they go out at the next decision, in order, once", async () => {
    let isAway = true;
    const { world, sent, tell, waiting } = aTopic(() => isAway);
    await tell("a", "b");
    assert.deepEqual([sent, await waiting(), world.published], [[], ["a", "b"], []]);
    isAway = false;
    await tell("c");
    await tell();
    assert.deepEqual([sent, await waiting()], [["a", "b", "c"], []]);
    assert.deepEqual(
      world.published.map(({ id }) => id),
      ["a", "b", "c"],
    );
  });

  test("of which the topic refuses one event keeps that one, names it, and lets the others go in order", async () => {
    const { world, sent, warnings, tell, waiting } = aTopic((events) => events.some(({ id }) => id === "b"));
    await tell("a", "b", "c");
    await tell("d");
    assert.deepEqual([sent, await waiting()], [["a", "c", "d"], ["b"]]);
    assert.equal(world.published.length, 3);
    assert.ok(warnings.some((line) => line.includes("Event b (com.sqlferry.backup.accepted)")));
  });

  test("sends nothing when nothing waits", async () => {
    const { services, log, warnings } = aTopic(() => true);
    await publishOutbox(services, log, "sales-1");
    assert.deepEqual(warnings, []);
  });
});
