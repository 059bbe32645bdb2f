// Tests which slots of a VM the records of its migrations prove.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENDED, type Migration } from "../../../../shared/migration/migration.ts";
import type { MigrationState } from "../../../../shared/migration/words.ts";
import { queueFromRecords } from "../../../../shared/queue/queueFromRecords.ts";
import { aMigration } from "../../../support/facts.ts";

const request = { at: "2025-11-24T00:10:00.000Z", before: "", accepted: true, attempts: 1, planVersion: "p" };

describe("a VM's queue from the records", () => {
  const PLACES: readonly [string, MigrationState, Partial<Migration>, string | undefined][] = [
    ["a restore counts as a database of the VM", "restoring", {}, "start restoring"],
    ["so does one that is ready", "readyForCutover", {}, "start restoring"],
    ["a start that DMS was asked for holds the slot of starts", "starting", { request }, "start holding"],
    ["one that was not asked for holds nothing", "starting", {}, undefined],
    ["a cutover holds the slot of cutovers", "cuttingOver", {}, "cutover holding"],
    ["a cancel of what DMS has counts", "canceling", { request }, "start restoring"],
    ["a cancel before the start does not", "canceling", {}, undefined],
    ["who waits for its turn asks again", "queued", {}, undefined],
    [
      "a stalled cutover holds no slot, and counts",
      "cuttingOver",
      { stalled: { what: "w", since: "t" } },
      "start restoring",
    ],
  ];
  for (const [sentence, state, changes, place] of PLACES)
    test(sentence, () => {
      const { tickets, startsSinceCooldown } = queueFromRecords([aMigration("sales-1", { state, ...changes })]);
      assert.deepEqual(
        tickets.map(({ kind, status }) => `${kind} ${status}`),
        place === undefined ? [] : [place],
      );
      assert.equal(startsSinceCooldown, tickets.length);
    });

  test("no ended run has a place", () => {
    const all = ENDED.map((state) => aMigration("sales-1", { state, request, operationId: "op" }));
    assert.deepEqual(queueFromRecords(all), { startsSinceCooldown: 0, tickets: [] });
  });
});
