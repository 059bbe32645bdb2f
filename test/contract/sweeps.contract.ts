// Tests the contract of every store of sweeps: what was kept of the sweep and of each folder is read back.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FolderMark } from "../../shared/migration/sweep/folderMark.ts";
import { newSweep, type SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { Sweeps } from "../../shared/ports.ts";

const NOW = new Date("2025-11-24T12:00:00.000Z");

export function sweepsContract(sweeps: () => Sweeps, freshId: () => string): void {
  test("before the first sweep there is neither report nor progress; then there are the last ones", async () => {
    assert.deepEqual([await sweeps().last(), await sweeps().progress()], [undefined, undefined]);
    const report = { startedAt: "a", endedAt: "b", folders: 1, missed: 2, deleted: 3, failed: ["Sales"], faults: 4 };
    for (const kept of [{ ...report, recordsAt: "c" }, report]) {
      await sweeps().note(kept);
      assert.deepEqual(await sweeps().last(), kept);
    }
    const begun = newSweep(NOW, { recordsAt: "c" });
    const further: SweepProgress = {
      ...begun,
      stage: "folders",
      page: "2!!",
      after: "Übung 1",
      named: ["Sales"],
      faults: ["f"],
    };
    for (const progress of [further, begun]) {
      await sweeps().keep(progress);
      assert.deepEqual(await sweeps().progress(), progress);
    }
  });

  test("marks are told of a range of ids, its ends included", async () => {
    const ids = [freshId(), freshId(), freshId(), freshId()].sort();
    const [before = "", first = "", last = "", behind = ""] = ids;
    const loud: FolderMark = { sweptAt: NOW.toISOString(), hasEnded: false };
    const quiet = { listing: "l", chain: "c", comparedAt: "c", updatedAt: "u" };
    for (const id of ids) await sweeps().mark(id, loud);
    const ended: FolderMark = { ...loud, hasEnded: true, revision: 7, quiet };
    await sweeps().mark(last, ended);
    const told = await sweeps().marks(first, last);
    assert.deepEqual(
      [...told],
      [
        [first, loud],
        [last, ended],
      ],
    );
    assert.ok(!told.has(before) && !told.has(behind));
  });
}
