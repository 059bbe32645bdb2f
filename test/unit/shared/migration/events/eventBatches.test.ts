// Tests that every request to the topic is smaller than its limit, and that events stay in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inBatches } from "../../../../../shared/migration/events/eventBatches.ts";
import { anEvent } from "../../../../support/facts.ts";

const events = [1, 2, 3].map((index) => anEvent("sales-1", `e${index}`, `2025-11-24T12:00:0${index}.000Z`));

test("requests stay below the size that the topic takes, and keep the order", () => {
  const bytes = JSON.stringify(events[0]).length;
  assert.deepEqual(
    inBatches(events, 2 * bytes).map((batch) => batch.map((event) => event.id)),
    [["e1", "e2"], ["e3"]],
  );
  assert.deepEqual(
    inBatches(events, 1).map((batch) => batch.length),
    [1, 1, 1],
  );
  assert.deepEqual(inBatches([], 1), []);
});
