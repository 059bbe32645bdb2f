// Tests that the emulator restores as SQL Server does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  backupSets,
  type FolderFile,
  fileNameOf,
  invalidFiles,
  lastBackupRefusal,
  mixedDatabases,
  type Next,
  nextSet,
  type Position,
  positionAfter,
  startingFull,
  tooNew,
} from "../../../../local/arm/restoreWalk.ts";
import { fileOf, type Sketch } from "./sketches.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const log = (from: number, to: number, more: Partial<Sketch> = {}): Sketch => ({
  kind: "log",
  from,
  to,
  set: `${from}${to}`,
  ...more,
});
const differential = (to: number, base: string): Sketch => ({
  kind: "differential",
  from: 100,
  to,
  set: `d${to}`,
  base,
});

/** Everything that is restored from these files, in order, and how it ends. */
function walk(files: readonly FolderFile[]): { readonly restored: string[]; readonly end: Next } {
  const sets = backupSets(files);
  const restored: string[] = [];
  let position: Position | undefined;
  let next = startingFull(sets);
  while (next.kind === "restore") {
    restored.push(fileNameOf(next.set));
    position = positionAfter(next.set, position);
    next = nextSet(sets, position);
  }
  return { restored, end: next };
}

const folder = (files: Readonly<Record<string, Sketch>>): FolderFile[] =>
  Object.entries(files).map(([name, sketch]) => fileOf(name, sketch));

const CASES: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, Sketch>>;
  readonly restored: readonly string[];
  readonly message?: RegExp;
}[] = [
  { name: "an empty folder waits for a full backup", files: {}, restored: [] },
  { name: "logs alone wait for a full backup", files: { l1: log(100, 150) }, restored: [] },
  {
    name: "logs follow the full",
    files: { f: FULL, l2: log(150, 200), l1: log(90, 150) },
    restored: ["f", "l1", "l2"],
  },
  {
    name: "the newest full is the beginning",
    files: { f: FULL, l1: log(100, 300), g: { kind: "full", from: 250, to: 260, set: "full2" } },
    restored: ["g", "l1"],
  },
  {
    name: "the newest differential of the full saves the logs before it",
    files: {
      f: FULL,
      d1: differential(140, "full"),
      d2: differential(190, "full"),
      l1: log(100, 150),
      l2: log(150, 200),
    },
    restored: ["f", "d2", "l2"],
  },
  {
    name: "a differential on another full is passed over where logs go on",
    files: { f: FULL, d: differential(140, "other"), l1: log(100, 150) },
    restored: ["f", "l1"],
  },
  {
    name: "a differential on another full is refused where nothing else goes on: 3136",
    files: { f: FULL, d: differential(140, "other") },
    restored: ["f"],
    message: /3136/,
  },
  {
    name: "a gap is refused: 4305",
    files: { f: FULL, l2: log(150, 200) },
    restored: ["f"],
    message: /4305.*LSN 150.*LSN 110/,
  },
  {
    name: "a log whose stripe is missing is refused: 3132",
    files: { f: FULL, l1: log(100, 150, { stripe: [1, 3] }) },
    restored: ["f"],
    message: /3132: The media set has 3 media families but only 1/,
  },
  {
    name: "a striped full counts as one",
    files: { f2: { ...FULL, stripe: [2, 2] }, f1: { ...FULL, stripe: [1, 2] }, l1: log(100, 150) },
    restored: ["f1", "l1"],
  },
  {
    name: "a log of another fork does not fit",
    files: { f: FULL, x: log(100, 150, { fork: "else" }) },
    restored: ["f"],
  },
  {
    name: "an empty log at the end is restored",
    files: { f: FULL, l1: log(100, 150), e: log(150, 150) },
    restored: ["f", "l1", "e"],
  },
  { name: "a log that is too old adds nothing", files: { f: FULL, l0: log(50, 90) }, restored: ["f"] },
];

describe("restore walk", () => {
  for (const { name, files, restored, message } of CASES) {
    test(name, () => {
      const { restored: found, end } = walk(folder(files));
      assert.deepEqual(found, restored);
      if (message === undefined) assert.equal(end.kind, "idle");
      else assert.match(end.kind === "blocked" ? end.refusal.message : end.kind, message);
    });
  }

  test("the order of the listing changes nothing", () => {
    const files = folder({
      f: FULL,
      d: differential(140, "full"),
      l1: log(100, 150),
      l2: log(150, 200),
      l3: log(200, 200),
    });
    const expected = walk(files);
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        assert.deepEqual(walk(shuffled), expected);
      }),
    );
  });

  test("no set is restored twice and positions never go back", () => {
    const sketch = fc
      .tuple(fc.constantFrom("full", "log", "differential"), fc.nat(20), fc.nat(5), fc.nat(8))
      .map(
        ([kind, from, length, set]): Sketch =>
          ({ kind, from, to: from + length, set: `s${set}`, base: "s1" }) as Sketch,
      );
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 12 }), (sketches) => {
        const sets = backupSets(sketches.map((one, index) => fileOf(`f${index}`, one)));
        let next = startingFull(sets);
        let position: Position | undefined;
        while (next.kind === "restore") {
          const after = positionAfter(next.set, position);
          assert.ok(position === undefined || after.lsn >= position.lsn);
          assert.equal(new Set(after.restoredGuids).size, after.restoredGuids.length);
          position = after;
          next = nextSet(sets, position);
        }
      }),
    );
  });

  test("the last backup has to be the newest file that the folder leads to", () => {
    const sets = backupSets(folder({ f: FULL, l1: log(100, 150), l2: log(150, 200) }));
    assert.equal(lastBackupRefusal(sets, "l2"), undefined);
    for (const name of ["l1", "f", "nothing"])
      assert.match(lastBackupRefusal(sets, name)?.message ?? "", /should be the last restore backup file/);
  });

  test("a last backup behind a gap is not refused at the start: the gap is found while restoring", () => {
    assert.equal(lastBackupRefusal(backupSets(folder({ f: FULL, l3: log(200, 250) })), "l3"), undefined);
  });

  test("two databases in one folder are refused; case and trailing blanks make no second one", () => {
    const one = backupSets(folder({ f: FULL, l1: log(100, 150, { database: "SALES  " }) }));
    const two = backupSets(folder({ f: FULL, l1: log(100, 150, { database: "Stock" }) }));
    assert.equal(mixedDatabases(one), undefined);
    assert.match(mixedDatabases(two)?.message ?? "", /multiple databases \(sales, stock\)/);
  });

  test("an engine refuses what a newer one wrote: 3169", () => {
    const [set] = backupSets(folder({ f: { ...FULL, majorVersion: 16 } }));
    assert.ok(set);
    assert.match(tooNew(set, 15)?.message ?? "", /3169.*version 16.*version 15/);
    assert.equal(tooNew(set, 16), undefined);
    assert.equal(tooNew(set, undefined), undefined);
  });

  test("files without a header or with several sets are invalid, and not restored", () => {
    const { header } = fileOf("f", FULL);
    assert.ok(header);
    const appended = {
      name: "two.bak",
      sizeBytes: 1,
      header: { ...header, backupSets: [...header.backupSets, ...header.backupSets] },
    };
    const files = [appended, { name: "notes.txt", sizeBytes: 1 }];
    assert.deepEqual(invalidFiles(files), ["two.bak", "notes.txt"]);
    assert.deepEqual(backupSets(files), []);
  });
});
