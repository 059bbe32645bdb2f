// Tests that every file that comes while no run is active is announced, and that one process announces all that come at
// once.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { draftOf } from "../../../../../shared/application/files/ensureMigration.ts";
import { folderChanged } from "../../../../../shared/application/files/folderChanged.ts";
import type { Invocation } from "../../../../../shared/ports.ts";
import { full, log } from "../../../../support/backupRecords.ts";
import { type Estate, lay, newEstate, put, workerIn } from "../../../../support/estate.ts";
import { Task } from "../../../../support/task.ts";

const records = [full(100, 160), ...Array.from({ length: 4 }, (_, index) => log(160 + index, 161 + index))];

/** Does what follows when a file's row has been written; its calls pass `gate`. */
async function tell(estate: Estate, warnings: string[], gate?: () => Promise<void>): Promise<void> {
  const { services } = workerIn(estate, gate);
  const runs = {
    start: () => assert.fail("an ended run is not started"),
    statusOf: async () => undefined,
    wake: () => assert.fail("nobody listens"),
    forget: async () => {},
    startSweep: () => assert.fail("no sweep is asked for"),
    statusOfSweep: () => assert.fail("no sweep is asked for"),
  };
  const warn = (line: unknown): void => void warnings.push(String(line));
  const invocation: Invocation = { log: () => {}, warn, error: warn, runs };
  await folderChanged(services, invocation, draftOf(services, "Sales").migrationId);
}

function anEndedRun(): Estate {
  const estate = newEstate("2025-11-24T22:00:00.000Z");
  put(estate, { ...draftOf(workerIn(estate).services, "Sales"), state: "succeeded" });
  return estate;
}

const announced = (estate: Estate): number => Object.keys(estate.announced).length;

test("after the end of a run every file of a burst is announced, in whatever order the steps of those who bring them fall", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(99), { minLength: 20, maxLength: 120 }), async (order) => {
      const estate = anEndedRun();
      const warnings: string[] = [];
      const waiting = [...records];
      const tasks: Task<void>[] = [];
      const step = async (pick: number): Promise<void> => {
        const next = waiting[0];
        const open = tasks.filter(({ isDone }) => !isDone);
        if (next && (open.length === 0 || pick % 8 === 0)) {
          waiting.shift();
          lay(estate, next);
          const task = new Task<void>();
          tasks.push(task);
          task.begin(() => tell(estate, warnings, task.gate));
          await new Promise(setImmediate);
        } else await open[Math.floor(pick / 8) % open.length]?.step();
      };
      for (const pick of order) await step(pick);
      for (let pick = 8; waiting.length > 0 || tasks.some(({ isDone }) => !isDone); pick++) await step(pick);
      assert.deepEqual([warnings, tasks.map(({ result }) => result)], [[], tasks.map(() => undefined)]);
      assert.equal(announced(estate), records.length);
      assert.equal(new Set(estate.published.map(({ id }) => id)).size, estate.published.length);
    }),
    { numRuns: 200 },
  );
});

test("of many who come while one announces, nobody else announces", async () => {
  const estate = anEndedRun();
  for (const record of records.slice(0, 2)) lay(estate, record);
  const first = new Task<void>();
  const warnings: string[] = [];
  first.begin(() => tell(estate, warnings, first.gate));
  await first.step(); // it has learnt that no watch is registered
  for (const record of records.slice(2)) {
    lay(estate, record);
    await tell(estate, warnings);
  }
  assert.equal(announced(estate), 0, "they leave it to the first one");
  await first.toTheEnd();
  assert.deepEqual([announced(estate), warnings], [records.length, []]);
});
