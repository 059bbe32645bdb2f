// Tests that a timeline shows the whole chain: every backup set in its fork, once, with its files; what is proved of
// other files; gaps and positions.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chainView } from "../../../../shared/api/chainView.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord, RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import { context, differential, full, log, setGuidOf, tail, unreadable } from "../../../support/backupRecords.ts";

const viewOf = (records: readonly BackupRecord[], progress?: RestoreProgress) =>
  chainView(records, assessChain(records, context(progress ? { progress } : {})));
const segmentsOf = (records: readonly BackupRecord[]) => viewOf(records).forks.flatMap(({ segments }) => segments);

describe("a timeline", () => {
  const base = full(100, 160, { file: "full.bak" });
  const diff = differential(160, 300, base, { file: "diff.bak" });

  test("has a segment for each backup set, in order of their first LSN, with its place in the plan", () => {
    const segments = segmentsOf([log(250, 400, { file: "log.trn" }), base, diff, log(150, 200, { file: "old.trn" })]);
    assert.deepEqual(
      segments.map(({ type, firstLsn, lastLsn, position }) => [type, firstLsn, lastLsn, position]),
      [
        ["full", "100", "160", 1],
        ["log", "150", "200", undefined],
        ["differential", "160", "300", 2],
        ["log", "250", "400", 3],
      ],
    );
    assert.equal(segments[2]?.base?.setGuid, setGuidOf(base));
    assert.equal(segments[0]?.base, undefined);
  });

  test("shows a striped backup once, with the sizes of its files together", () => {
    const one = full(100, 160, { file: "1.bak", stripe: [1, 2] });
    const two = full(100, 160, { file: "2.bak", stripe: [2, 2] });
    const [segment, ...others] = segmentsOf([one, two]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      segment?.files.map(({ file }) => file.slice(file.lastIndexOf("/") + 1)),
      ["1.bak", "2.bak"],
    );
    assert.equal(segment?.bytes, one.sizeBytes + two.sizeBytes);
  });

  test("shows the same backup under another name as a file of it, with that file's own verdict", () => {
    const [segment] = segmentsOf([base, full(100, 160, { file: "copy.bak" })]);
    assert.deepEqual(new Set(segment?.files.map(({ verdict }) => verdict)), new Set(["selected", "redundant"]));
    assert.equal(segment?.position, 1);
  });

  test("marks what is restored, and how far", () => {
    const next = log(150, 200);
    const view = viewOf([base, next], {
      started: true,
      restoredSetGuids: [],
      anchorSetGuid: setGuidOf(base),
      positionLsn: 160n,
    });
    assert.equal(view.restoredTo?.lsn, "160");
    assert.deepEqual(
      view.forks[0]?.segments.map(({ isRestored }) => isRestored),
      [true, false],
    );
  });

  test("ends at the tail log that closed the source", () => {
    const last = tail(150, 200);
    const view = viewOf([base, last]);
    assert.equal(view.closed, true);
    assert.equal(view.tail?.setGuid, setGuidOf(last));
    assert.equal(viewOf([base, log(150, 200)]).tail, undefined);
  });

  test("has a gap where no file covers the LSNs", () => {
    const { gaps, verdict } = viewOf([base, log(150, 200), log(250, 300)]);
    assert.equal(verdict, "waiting");
    assert.deepEqual(
      gaps.map(({ fromLsn, toLsn }) => [fromLsn, toLsn]),
      [["200", "250"]],
    );
  });

  test("draws each recovery fork by itself, the plan's first, and tells where it left the other", () => {
    const [old, young] = ["AAAAAAAA-0000-0000-0000-000000000001", "BBBBBBBB-0000-0000-0000-000000000002"];
    const records = [
      full(100, 160, { fork: old }),
      log(150, 200, { fork: old }),
      log(200, 260, { fork: old }),
      log(200, 300, { fork: young, from: [old, 220] }),
    ];
    const { forks, targetFork } = viewOf(records);
    assert.equal(targetFork, forks[0]?.forkId);
    assert.deepEqual(
      forks.map(({ isTarget }) => isTarget),
      [true, false],
    );
    assert.deepEqual(forks.find(({ forkId }) => forkId === young)?.from, { forkId: old, lsn: "220" });
  });

  test("lists files that have no header, with what is proved of them", () => {
    const torn = unreadable("torn.trn", "TRUNCATED");
    const spanned: BackupRecord = {
      ...torn,
      content: {
        kind: "unreadable",
        code: "TRUNCATED",
        message: "why",
        provedSpan: { firstLsn: 160n, lastLsn: 190n, isOnlySet: true },
      },
    };
    const [unplaced] = viewOf([base, spanned]).unplaced;
    assert.equal(unplaced?.reason, "TRUNCATED");
    assert.deepEqual([unplaced?.provedSpan?.firstLsn, unplaced?.provedSpan?.lastLsn], ["160", "190"]);
  });

  test("survives JSON unchanged, also of an empty folder", () => {
    for (const view of [viewOf([]), viewOf([base, diff, unreadable("x.bak", "ZERO_BYTES")])])
      assert.deepEqual(JSON.parse(JSON.stringify(view)), view);
  });
});

test("ten thousand logs are one view of linear size", () => {
  const records = [full(0, 10), ...Array.from({ length: 10_000 }, (_, index) => log(index * 10 + 5, index * 10 + 15))];
  const segments = segmentsOf(records);
  assert.equal(segments.length, records.length);
  assert.equal(segments.at(-1)?.position, segments.length);
});
