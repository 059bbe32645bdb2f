// Tests that every result reaches the task that asked for it, whatever the orchestration is made of, and whatever Azure
// may do in between.
//
// Time is virtual and crashes happen inside this process, so that a seed takes seconds. A failure names its seed:
// FUZZ_SEEDS=17 repeats it, FUZZ_SEEDS=1-500 looks for more.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { virtualClock } from "../../local/host/clock.ts";
import { openDatabase } from "../../local/host/database.ts";
import { parseFaults } from "../../local/host/faults.ts";
import { liveThrough } from "../host/support/lives.ts";
import { appDir, removeDir, temporaryDir } from "../host/support/processes.ts";

/** Seeds that once found a fault, and a few more. */
const KEPT_SEEDS = [1, 2, 3];
const ORCHESTRATIONS = 8;
const DAY = 86_400_000;
/**
 * An orchestration whose worker dies in the middle of a turn has failed for good, and so has a parent that does not
 * retry it.
 */
const WORKER_DIED = /The worker process has ended/;
const root = temporaryDir();
after(() => removeDir(root));

function seeds(): readonly number[] {
  const wanted = process.env["FUZZ_SEEDS"];
  if (!wanted) return KEPT_SEEDS;
  const [from = 1, to = from] = wanted.split("-").map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe("random orchestrations under random faults", () => {
  for (const seed of seeds())
    it(`seed ${seed}: all end, with their own results, and nothing is left over`, async (test) => {
      const dataDir = `${root}/${seed}`;
      const clock = virtualClock(Date.UTC(2026, 0, 1));
      const warned = new Set<string>();
      const lives = await liveThrough({
        appDir: appDir("dice"),
        dataDir,
        clock,
        faultsOf: () => parseFaults(`${seed}:crash=0.004`),
        strict: false,
        log: (_level, category, text) => category === "strict" && warned.add(/rule "([\w-]+)"/.exec(text)?.[1] ?? text),
      });
      test.after(() => lives.stop());
      const ids = Array.from({ length: ORCHESTRATIONS }, (_, n) => `dice-${n}`);
      for (const [n, id] of ids.entries()) {
        const input = { seed: seed * 1_000 + n, depth: 2, round: 1, rounds: 1 + (n % 4), got: [], wanted: [] };
        await lives.until(
          id,
          async () =>
            [202, 409].includes(
              await lives
                .client()
                .start("Dice", id, input)
                .catch(() => 0),
            ),
          DAY,
        );
      }
      let left = ids;
      await lives.until(
        "all have ended",
        async () => {
          for (const id of left)
            if ((await lives.client().statusCode(id)) === 200) left = left.filter((other) => other !== id);
            else return false;
          return true;
        },
        365 * DAY,
      );
      const died: string[] = [];
      for (const id of ids) {
        const { runtimeStatus, output } = await lives.client().status(id);
        if (runtimeStatus === "Failed" && WORKER_DIED.test(String(output))) {
          died.push(id);
          continue;
        }
        assert.equal(runtimeStatus, "Completed", `${id}: ${JSON.stringify(output)}`);
        const { got, wanted } = output as { got: unknown; wanted: unknown };
        assert.deepEqual(got, wanted, id);
      }
      await lives.stop();
      assert.deepEqual([...warned].sort(), ["with-retry"]); // which the test does on purpose
      test.diagnostic(`${lives.count()} lives, ${((clock.now() - Date.UTC(2026, 0, 1)) / DAY).toFixed(1)} days`);
      const db = openDatabase(dataDir);
      const rows = ["inbox", "work"].flatMap((table) =>
        db.all<{ instance: string }>(`SELECT instance FROM ${table}`).map(({ instance }) => instance),
      );
      db.close();
      const ofLiving = rows.filter((instance) => !died.some((id) => instance.startsWith(id)));
      assert.deepEqual(ofLiving, []);
    });
});
