// Tests what is left of a sweep whose host is killed: one part is done again, and nothing else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { SweepReport } from "../../shared/migration/sweep/sweepReport.ts";
import {
  appDir,
  freePorts,
  notesIn,
  removeDir,
  spawnHost,
  temporaryDir,
  until,
  untilRunning,
} from "./support/processes.ts";

const FOLDERS = 900;
const PART = 200;

const dir = temporaryDir();
after(() => removeDir(dir));
const notes = join(dir, "notes");
const noted = (what: string) => notesIn(notes).filter((note) => note["what"] === what);
const visits = () => noted("visit").map(({ folder }) => String(folder));
const parts = () => noted("progress").map(({ kept }) => kept as SweepProgress);
const reports = () => noted("report").map(({ kept }) => kept as SweepReport);

test("a host that is killed within and between parts loses a part each time, and not the sweep", async () => {
  const flags = ["--data", join(dir, "data"), "--app", appDir("sweep"), "--strict"];
  const [port = 0] = await freePorts(1);
  const deaths: readonly (readonly [when: string, isSo: () => boolean])[] = [
    ["within the first part", () => visits().length > 50],
    ["after a part", () => parts().length >= 1],
    ["within a later part", () => parts().length >= 2 && visits().length % PART > 30],
    ["after another part", () => parts().length >= 3],
  ];
  for (const [when, isSo] of deaths) {
    const host = spawnHost(port, flags, { NOTES: notes });
    await untilRunning(host);
    await until(when, async () => isSo());
    await host.kill("SIGKILL");
  }
  assert.deepEqual(reports(), [], "it was killed in mid-sweep");
  const last = spawnHost(port, flags, { NOTES: notes });
  await until("the end of the sweep", async () => reports().length > 0);
  await last.kill("SIGKILL");

  const [report] = reports();
  const [first] = parts();
  assert.ok(report && first);
  const ofSweep = parts().filter(({ startedAt }) => startedAt === report.startedAt);
  assert.equal(first.startedAt, report.startedAt, "the sweep that was begun came to its end");
  assert.equal(report.folders, FOLDERS, "each folder counts once");
  const begun = visits().slice(0, FOLDERS + deaths.length * PART);
  assert.equal(new Set(begun).size, FOLDERS, "none is left out, and at most a part each time is looked at again");
  const places = ofSweep.filter(({ stage }) => stage === "open").map(({ after: id = "" }) => id);
  assert.deepEqual(places, places.toSorted(), "it never goes back behind a part that has ended");
});
