// Tests which events a folder gives: each piece of news once, however often the folder is looked at.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { assessChain } from "../../../../../shared/chain/assessChain.ts";
import { type BackupRecord, NOTHING_RESTORED, type RestoreProgress } from "../../../../../shared/chain/backupRecord.ts";
import type { FerryEvent } from "../../../../../shared/migration/events/events.ts";
import { type News, news, statesOf, summaryOf } from "../../../../../shared/migration/events/verdictNews.ts";
import type { ChainSummary, Migration } from "../../../../../shared/migration/migration.ts";
import type { CatalogueEntry } from "../../../../../shared/migration/observed.ts";
import { context, full, log, setGuidOf, tail, unreadable } from "../../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../../support/facts.ts";

/** What is kept between two looks: the announced words of the files, and the summary. */
interface Kept {
  readonly announced: ReadonlyMap<string, string>;
  readonly summary: ChainSummary | undefined;
}
const NOTHING: Kept = { announced: new Map(), summary: undefined };

interface Given {
  readonly progress?: RestoreProgress;
  readonly migration?: Partial<Migration>;
  readonly now?: string;
}

function look(records: readonly BackupRecord[], kept: Kept = NOTHING, given: Given = {}) {
  const progress = given.progress ?? NOTHING_RESTORED;
  const report = assessChain(records, context({ progress, ...(given.now && { now: given.now }) }));
  const migration = aMigration("sales-1", { progress, ...given.migration });
  const entries = records.map((record): CatalogueEntry => {
    const announced = kept.announced.get(record.name);
    return announced === undefined ? { record } : { record, announced };
  });
  const now = new Date(given.now ?? "2025-11-24T00:30:00.000Z");
  const at = { instance: "test", baseUrl: undefined, migration, now };
  const fresh: News = news(at, entries, report, kept.summary);
  const announced = new Map([...kept.announced, ...fresh.files.map((file) => [file.name, file.announced] as const)]);
  const events = [...fresh.files.flatMap((file) => file.events), ...fresh.chain];
  return { events, report, kept: { announced, summary: summaryOf(report) } satisfies Kept };
}

/** As text: "backup.accepted Sales/full.bak", "chain.gap.detected". */
const told = (events: readonly FerryEvent[]): string[] =>
  events.map(({ type, data }) => [type.replace("com.sqlferry.", ""), fieldOf(data, "file")].filter(Boolean).join(" "));

const base = full(100, 160, { file: "full.bak" });
const first = log(150, 200, { file: "log1.trn" });
const second = log(200, 250, { file: "log2.trn" });
const third = log(250, 300, { file: "log3.trn" });
const restored = (positionLsn: bigint): Given => ({
  progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn },
  migration: { state: "restoring" },
});

describe("a file", () => {
  test("is accepted once, whether it is planned at once or waits at first", () => {
    const waiting = look([first]);
    assert.deepEqual(told(waiting.events), ["backup.accepted Sales/log1.trn"]);
    const planned = look([first, base], waiting.kept);
    assert.deepEqual(told(planned.events), ["backup.accepted Sales/full.bak", "chain.restorable"]);
  });

  test("is rejected once for a reason, and once more for another", () => {
    const torn = unreadable("torn.bak", "TRUNCATED");
    const rejected = look([torn]);
    assert.deepEqual(told(rejected.events), ["backup.rejected Sales/torn.bak"]);
    assert.deepEqual(told(look([torn], rejected.kept).events), []);
    assert.deepEqual(told(look([unreadable("torn.bak", "NOT_A_BACKUP")], rejected.kept).events), [
      "backup.rejected Sales/torn.bak",
    ]);
  });

  test("that is still being written is nobody's news", () => {
    assert.deepEqual(told(look([unreadable("page.bak", "STILL_WRITING")]).events), []);
  });

  test("that the storage does not give is nobody's news for a quarter of an hour, and then an alarm, once", () => {
    const away = unreadable("away.bak", "UNREACHABLE"); // since midnight
    const soon = look([away], NOTHING, { now: "2025-11-24T00:14:59.000Z" });
    assert.deepEqual(told(soon.events), []);
    const later = look([away], soon.kept, { now: "2025-11-24T00:15:00.000Z" });
    assert.deepEqual(told(later.events), ["alarm.unreadable Sales/away.bak"]);
    assert.deepEqual(told(look([away], later.kept, { now: "2025-11-24T09:00:00.000Z" }).events), []);
  });

  test("that is archived, left unfilled, or more than the reader takes is told with what to do", () => {
    for (const code of ["ARCHIVED", "ABANDONED_UPLOAD", "READER_FAULT"] as const) {
      const { events } = look([unreadable("odd.bak", code)]);
      assert.deepEqual(told(events), ["backup.rejected Sales/odd.bak"]);
      assert.notEqual(fieldOf(events[0]?.data, "remedy"), "");
    }
  });

  test("is restored once in a run, and again in the next run", () => {
    const planned = look([base, first]);
    const done = look([base, first], planned.kept, restored(160n));
    assert.deepEqual(told(done.events), ["backup.restored Sales/full.bak"]);
    assert.deepEqual(told(look([base, first], done.kept, restored(160n)).events), []);
    const anew = look([base, first], { ...done.kept, summary: undefined }, { migration: { run: 2 } });
    assert.deepEqual(told(anew.events), ["chain.restorable"]);
    const again = look([base, first], anew.kept, { ...restored(160n), migration: { run: 2, state: "restoring" } });
    assert.deepEqual(told(again.events), ["backup.restored Sales/full.bak"]);
    assert.notEqual(again.events[0]?.id, done.events[0]?.id);
  });

  test("that is overwritten after it was restored raises an alarm while the restore is under way", () => {
    const done = look([base, first], NOTHING, restored(160n));
    const other = full(100, 160, { file: "full.bak", etag: "other" });
    assert.ok(
      told(look([other, first], done.kept, restored(160n)).events).includes("alarm.overwritten Sales/full.bak"),
    );
  });

  test("that is replaced after the run has ended, or before the next has begun, raises none", () => {
    const done = look([base, first], NOTHING, restored(160n));
    const other = full(100, 160, { file: "full.bak", etag: "other" });
    const ended = { ...restored(160n), migration: { state: "failed" as const } };
    const anew = { migration: { run: 2 } };
    for (const given of [ended, anew])
      assert.ok(!told(look([other, first], done.kept, given).events).some((one) => one.startsWith("alarm")));
  });

  test("that comes after the cutover was begun is rejected, and an alarm", () => {
    const at = restored(200n);
    const progress = { ...(at.progress as RestoreProgress), cutoverRequestedAt: "2025-11-24T00:20:00.000Z" };
    const before = look([base, first], NOTHING, at);
    const late = log(200, 250, { file: "late.trn", arrivedAt: "2025-11-24T00:25:00.000Z" });
    const events = look([base, first, late], before.kept, { progress, migration: { state: "cuttingOver" } }).events;
    assert.deepEqual(told(events), ["backup.rejected Sales/late.trn", "alarm.late-file Sales/late.trn"]);
  });
});

describe("a gap", () => {
  const withGap = look([base, first, third]);

  test("is told with its range and its neighbours when it appears", () => {
    const gap = withGap.events.find(({ type }) => type.endsWith("chain.gap.detected"));
    assert.deepEqual(
      [
        fieldOf(gap?.data, "fromLsn"),
        fieldOf(gap?.data, "toLsn"),
        fieldOf(gap?.data, "after"),
        fieldOf(gap?.data, "before"),
      ],
      ["200", "250", "Sales/log1.trn", "Sales/log3.trn"],
    );
  });
  test("is not told again, and told when it is healed", () => {
    assert.deepEqual(told(look([base, first, third], withGap.kept).events), []);
    assert.deepEqual(told(look([base, first, second, third], withGap.kept).events), [
      "backup.accepted Sales/log2.trn",
      "chain.gap.healed",
      "chain.restorable",
    ]);
  });
  test("that has split is not healed: what is left of it is told", () => {
    const wide = look([base, first, log(290, 300, { file: "far.trn" })]);
    const split = look(
      [base, first, log(290, 300, { file: "far.trn" }), log(230, 250, { file: "mid.trn" })],
      wide.kept,
    );
    assert.deepEqual(told(split.events), ["backup.accepted Sales/mid.trn", "chain.gap.detected", "chain.gap.detected"]);
    assert.deepEqual(split.kept.summary?.openGaps, ["200-230", "250-290"]);
  });
  test("past its deadline breaks the chain, which is told once", () => {
    const overdue = { now: "2025-11-24T02:00:00.000Z" };
    const broken = look([base, first, third], withGap.kept, overdue);
    assert.deepEqual(told(broken.events), ["chain.broken"]);
    assert.deepEqual(told(look([base, first, third], broken.kept, overdue).events), []);
  });
  test("among very many has its turn when those before it are healed, and all news fit into one transaction", () => {
    const logs = Array.from({ length: 60 }, (_, index) => log(160 + index * 10, 165 + index * 10));
    const many = look([base, ...logs]);
    assert.equal(many.report.gaps.length, 59);
    const gaps = (events: readonly FerryEvent[]) => told(events).filter((one) => one === "chain.gap.detected").length;
    assert.equal(gaps(many.events), 20);
    assert.deepEqual(look([base, ...logs], many.kept).events, []);
    const healing = look([base, ...logs, log(165, 170)], many.kept);
    assert.deepEqual(told(healing.events).slice(-2), ["chain.gap.detected", "chain.gap.healed"]);
  });
});

describe("a source", () => {
  const closed = look([base, first, tail(200, 300, { file: "tail.trn" })]);
  test("that was closed and is written to again raises an alarm once", () => {
    assert.ok(closed.kept.summary?.closed);
    const files = [base, first, tail(200, 300, { file: "tail.trn" }), log(300, 400, { file: "after.trn" })];
    const reopened = look(files, closed.kept);
    assert.deepEqual(told(reopened.events), ["backup.accepted Sales/after.trn", "alarm.source-reopened"]);
    assert.deepEqual(told(look(files, reopened.kept).events), []);
  });
});

test("several databases in one folder are told with what lies where", () => {
  const mixed = look([base, first, full(100, 160, { database: "Orders", family: "o", file: "orders.bak" })]);
  const event = mixed.events.find(({ type }) => type.endsWith("chain.mixed"));
  assert.notDeepEqual(fieldOf(event?.data, "reasons"), []);
  assert.ok(JSON.stringify(fieldOf(event?.data, "databases")).includes("Sales/orders.bak"));
});

test("the states of the files are counted", () => {
  const { report, kept } = look([base, first, unreadable("torn.bak", "TRUNCATED")], NOTHING, restored(160n));
  assert.deepEqual(statesOf(report.files), { Restored: 1, Arrived: 1, Ignored: 1 });
  assert.deepEqual(kept.summary?.states, statesOf(report.files));
  assert.deepEqual(statesOf([]), {});
});

// Random histories of a folder: files come, go, are overwritten, and are restored.

const POOL: readonly BackupRecord[] = [
  base,
  first,
  second,
  third,
  tail(300, 350, { file: "tail.trn" }),
  log(350, 400, { file: "after.trn" }),
  full(100, 160, { file: "full.bak", etag: "overwritten" }),
  full(100, 160, { database: "Orders", family: "o", file: "orders.bak" }),
  unreadable("torn.bak", "TRUNCATED"),
  unreadable("slow.bak", "UNREACHABLE"),
];
const folders = fc.uniqueArray(fc.constantFrom(...POOL), { selector: ({ name }) => name });
const positions = fc.constantFrom(undefined, 160n, 200n, 300n);
const moments = fc.array(fc.tuple(folders, positions), { minLength: 1, maxLength: 8 });
const givenAt = (position: bigint | undefined): Given => (position === undefined ? {} : restored(position));

test("telling twice tells nothing new, and equal news have equal ids wherever they are told again", () => {
  fc.assert(
    fc.property(moments, (life) => {
      let kept = NOTHING;
      for (const [records, position] of life) {
        const once = look(records, kept, givenAt(position));
        assert.deepEqual(look(records, once.kept, givenAt(position)).events, []);
        const crashed = look(records, kept, givenAt(position)); // published, but not noted
        assert.deepEqual(
          crashed.events.map(({ id }) => id),
          once.events.map(({ id }) => id),
        );
        assert.equal(new Set(once.events.map(({ id }) => id)).size, once.events.length);
        kept = once.kept;
      }
    }),
  );
});

test("the order of the rows is nobody's business", () => {
  fc.assert(
    fc.property(folders, positions, (records, position) => {
      const backwards = look(records.toReversed(), NOTHING, givenAt(position));
      assert.deepEqual(backwards.events, look(records, NOTHING, givenAt(position)).events);
    }),
  );
});

test("a file causes at most three events at once: that is what a transaction's portions reckon with", () => {
  fc.assert(
    fc.property(moments, (life) => {
      let kept = NOTHING;
      for (const [records, position] of life) {
        const { events, kept: next } = look(records, kept, givenAt(position));
        for (const { name } of records)
          assert.ok(events.filter(({ data }) => fieldOf(data, "file") === name).length <= 3);
        kept = next;
      }
    }),
  );
});
