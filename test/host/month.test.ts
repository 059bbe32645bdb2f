// Tests that the histories of an online migration stay short: thirty days of virtual time, a log backup every five
// minutes, refused cutovers.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import type { Month } from "./support/liveAMonth.ts";
import { ROOT } from "./support/processes.ts";

const [DAYS, MINUTES_BETWEEN_LOGS] = [30, 5];
const LOG_BACKUPS = (DAYS * 24 * 60) / MINUTES_BETWEEN_LOGS;
const REFUSED_CUTOVERS = 40;
/**
 * The most events of a watch's turn, and of a stage of the story, however long the migration runs and however often a
 * cutover is refused.
 */
const LONGEST_TURN = 15;
const LONGEST_STAGE = 49;

it("8,640 log backups are followed turn by turn, forty cutovers are refused, then one comes; no execution's history grows", async (test) => {
  const script = join(ROOT, "test", "host", "support", "liveAMonth.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, `${DAYS}`, `${MINUTES_BETWEEN_LOGS}`]);
  const month = JSON.parse(stdout) as Month;
  test.diagnostic(`${month.logBackups} log backups in ${month.seconds.toFixed(1)} s, ${month.episodes} episodes`);
  const { MigrateDatabase: story = 0, ...watches } = month.longestHistories;
  const longestTurn = Math.max(...Object.values(watches));
  test.diagnostic(`longest history: ${longestTurn} events of a watch's turn, ${story} of a stage of the story`);
  assert.deepEqual(month.output, { end: "succeeded" });
  assert.equal(month.refusedCutovers, REFUSED_CUTOVERS);
  const turns = LOG_BACKUPS + 2 + REFUSED_CUTOVERS; // each log, the first and the last look, and one after each refusal
  assert.deepEqual([month.logBackups, month.turns], [LOG_BACKUPS, turns]);
  assert.ok(longestTurn > 0 && longestTurn <= LONGEST_TURN, `${longestTurn}`);
  assert.ok(story > 0 && story <= LONGEST_STAGE, `${story}`);
  assert.deepEqual(month.complaints, []);
});
