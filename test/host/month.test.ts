// Does an online migration of thirty days, with a log backup every quarter of an hour, pass in seconds, and does its history stay short?
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import type { Month } from "./support/liveAMonth.ts";
import { ROOT } from "./support/processes.ts";

const [DAYS, MINUTES_BETWEEN_LOGS] = [30, 15];
const LOG_BACKUPS = (DAYS * 24 * 60) / MINUTES_BETWEEN_LOGS;
/** house.md: the history of a turn stays at about ten events, however long the migration runs; the story is passed through once. */
const LONGEST_TURN = 12;
const LONGEST_STORY = 60;

it("2,880 log backups are followed turn by turn, then the cutover comes; no execution's history grows", async (test) => {
  const script = join(ROOT, "test", "host", "support", "liveAMonth.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, `${DAYS}`, `${MINUTES_BETWEEN_LOGS}`]);
  const month = JSON.parse(stdout) as Month;
  test.diagnostic(`${month.logBackups} log backups in ${month.seconds.toFixed(1)} s, ${month.episodes} episodes`);
  const { MigrateDatabase: story = 0, ...watches } = month.longestHistories;
  const longestTurn = Math.max(...Object.values(watches));
  test.diagnostic(`longest history: ${longestTurn} events of a watch's turn, ${story} of the story`);
  assert.deepEqual(month.output, { end: "succeeded" });
  assert.deepEqual([month.logBackups, month.turns], [LOG_BACKUPS, LOG_BACKUPS + 2]); // each log, the first look and the last
  assert.ok(longestTurn > 0 && longestTurn <= LONGEST_TURN, `${longestTurn}`);
  assert.ok(story > longestTurn && story <= LONGEST_STORY, `${story}`);
  assert.deepEqual(month.complaints, []);
});
