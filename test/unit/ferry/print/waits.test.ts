// What does a migration wait for, told from its line alone?
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MigrationLine } from "../../../../ferry/api.ts";
import { restoredOf, waitsFor } from "../../../../ferry/print/waits.ts";

const line = (changes: Partial<MigrationLine>): MigrationLine => ({
  migrationId: "sales-1",
  state: "waitingForChain",
  mode: "online",
  verdict: "restorable",
  ...changes,
});

test("a migration waits for what its state, its chain and people tell, and for nothing while it goes its course", () => {
  for (const [changes, words] of [
    [{ verdict: "empty" }, "a full backup"],
    [{ verdict: "waiting", noPlan: true }, "a full backup"],
    [{ verdict: "waiting", planLength: 0 }, "a full backup"],
    [{ verdict: "waiting", gaps: 1 }, "missing log backups"],
    [{ state: "restoring", gaps: 1 }, "missing log backups"],
    [{ verdict: "waiting" }, "missing backups"],
    [{ verdict: "mixed" }, "one database per folder"],
    [{ state: "draft" }, "a target"],
    [{ start: "manual" }, "the word to start (ferry start)"],
    [{ mode: "offline" }, "a tail log, or the word to start (ferry start)"],
    [{ mode: "offline", closed: true }, ""],
    [{ mode: "offline", unusableNewer: [{ file: "t.trn" }] }, "unusable files to be replaced or removed"],
    [{ mode: "offline", unusable: 1 }, "unusable files to be replaced or removed"],
    [{ state: "starting", waitingOn: { what: "the integration runtime" } }, "the integration runtime"],
    [{ stalled: { what: "w" } }, "a resume, once what failed is mended"],
    [{ state: "restoring" }, ""],
    [{ state: "canceled", gaps: 1 }, ""],
  ] as const)
    assert.equal(waitsFor(line(changes)), words, JSON.stringify(changes));
});

test("restored files are counted out of those that are or will be", () => {
  assert.equal(restoredOf({ states: { Restored: 5, Ignored: 1 } }), "5/5");
  assert.equal(restoredOf({ states: { Restored: 1, Arrived: 2, Uploading: 1 } }), "1/4");
  assert.equal(restoredOf({}), "0/0");
});
