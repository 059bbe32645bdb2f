// Tests that what a migration waits for is read from its line alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { restoredOf, waitsFor } from "../../../../ferry/print/waits.ts";
import type { ListLine, MigrationDetails } from "../../../../shared/api/answers/migrations.ts";

/** A line as the API returns it in a list, with these members changed. */
const line = (changes: Partial<ListLine>): ListLine => ({
  migrationId: "sales-1",
  state: "waitingForChain",
  mode: "online",
  source: { folder: "Sales" },
  verdict: "restorable",
  files: 1,
  states: {},
  ...changes,
});

/** The members that matter here of the migration as the API returns it by id. */
const alone = (changes: Partial<MigrationDetails>): MigrationDetails =>
  ({
    ...line({}),
    planLength: 1,
    gaps: [],
    unusableNewer: [],
    closed: false,
    ...changes,
  }) as unknown as MigrationDetails;

const WAITING_ON = { what: "the integration runtime" };

test("a migration waits for what its state, its chain and people tell, and for nothing while it goes its course", () => {
  for (const [changes, words] of [
    [{ verdict: "empty" }, "a full backup"],
    [{ verdict: "waiting", noPlan: true }, "a full backup"],
    [{ verdict: "waiting", gaps: 1 }, "missing log backups"],
    [{ state: "restoring", gaps: 1 }, "missing log backups"],
    [{ verdict: "waiting" }, "missing backups"],
    [{ verdict: "mixed" }, "one database per folder"],
    [{ state: "draft" }, "a target"],
    [{ start: "manual" }, "the word to start (ferry start)"],
    [{ mode: "offline" }, "a tail log, or the word to start (ferry start)"],
    [{ mode: "offline", closed: true }, ""],
    [{ mode: "offline", unusable: 1 }, "unusable files to be replaced or removed"],
    [{ state: "starting", waitingOn: WAITING_ON }, "the integration runtime"],
    [{ stalled: { since: "" } }, "a resume, once what failed is mended"],
    [{ state: "restoring" }, ""],
    [{ state: "canceled", gaps: 1 }, ""],
  ] as const)
    assert.equal(waitsFor(line(changes)), words, JSON.stringify(changes));
});

test("it waits for the same when everything about it is known", () => {
  const gap = { fromLsn: "1", toLsn: "2" } as MigrationDetails["gaps"][number];
  for (const [changes, words] of [
    [{ verdict: "waiting", planLength: 0 }, "a full backup"],
    [{ verdict: "waiting", gaps: [gap] }, "missing log backups"],
    [
      { mode: "offline", unusableNewer: [{ file: "t.trn", reason: "TRUNCATED" }] },
      "unusable files to be replaced or removed",
    ],
  ] as const)
    assert.equal(waitsFor(alone(changes)), words, JSON.stringify(changes));
});

test("restored files are counted out of those that are or will be", () => {
  assert.equal(restoredOf({ states: { Restored: 5, Ignored: 1 } }), "5/5");
  assert.equal(restoredOf({ states: { Restored: 1, Arrived: 2, Uploading: 1 } }), "1/4");
  assert.equal(restoredOf({ states: {} }), "0/0");
});
