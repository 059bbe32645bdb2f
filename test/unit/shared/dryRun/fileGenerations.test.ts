// Tests that the history decides which backups each file holds now, and that nothing counts as whole that was
// overwritten.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { exportedFiles } from "../../../../ferry/exports/headerExport.ts";
import { dryRunOf, isWhole } from "../../../../shared/dryRun/dryRun.ts";
import { currentGenerations } from "../../../../shared/dryRun/fileGenerations.ts";
import { asText, differentialOf, type ExportedRow, row } from "../../../support/exportedRows.ts";
import { readExport } from "../../../support/readExport.ts";

const F = row("D", 80, 88);
const A = row("L", 80, 103);
const B = row("L", 103, 125);

/** The dry run of exports: files by reason, how far the plan goes, and whether it is complete. */
function judged(...exports: readonly string[]) {
  const dryRun = dryRunOf(currentGenerations(exports.flatMap(exportedFiles)));
  const { report, fileOf } = dryRun;
  return {
    isWhole: isWhole(dryRun),
    end: report.restorableTo === undefined ? undefined : (report.restorableTo.lsn - 37_000_000_000_000_001n) / 100_000n,
    reasons: Object.fromEntries(report.files.map(({ name, reason }) => [fileOf(name), reason])),
    report,
  };
}

describe("a file that several backups went to", () => {
  const shared = { physical_device_name: "D:\\L.trn" };

  test("appended sets stay appended where they are encrypted: the file is refused with the LSNs of all of them", () => {
    const at = (position: number): ExportedRow => ({ ...shared, position, key_algorithm: "aes_256" });
    const { isWhole, end, report } = judged(
      asText([row("L", 60, 80, at(1)), F, row("L", 80, 103, at(2)), row("L", 103, 125, at(3))]),
    );
    assert.deepEqual([isWhole, end], [false, 88n]);
    assert.deepEqual(
      report.unusableNewer.map(({ reason, provedSpan }) => [reason, provedSpan?.lastLsn]),
      [["ENCRYPTED_MEDIA", BigInt(B["last_lsn"] ?? 0)]],
    );
  });

  test("an encrypted backup that was written over is gone, and the sound one in its place is used", () => {
    const encrypted = row("L", 60, 80, { ...shared, key_algorithm: "aes_256" });
    const { isWhole, end } = judged(asText([encrypted, F, row("L", 80, 103, shared)]));
    assert.deepEqual([isWhole, end], [true, 103n]);
  });

  test("a compression that is refused is refused in the backup that is in the file now", () => {
    const zstd = { ...shared, compression_algorithm: "ZSTD" };
    const { isWhole, reasons } = judged(asText([row("L", 60, 80, zstd), F, row("L", 80, 125, zstd)]));
    assert.equal(isWhole, false);
    assert.equal(reasons["D:\\L.trn"], "UNSUPPORTED_COMPRESSION");
  });

  test("a position of 5 tells of four sets before it, though the history lists none of them", () => {
    const { isWhole, reasons, report } = judged(asText([{ ...F, position: 5 }, A]));
    assert.deepEqual([isWhole, reasons[String(F["physical_device_name"])]], [false, "APPENDED_SETS"]);
    assert.match(report.files.find(({ reason }) => reason === "APPENDED_SETS")?.detail ?? "", /holds 5 backup sets/);
  });

  test("rows without a name whose positions ascend are one file, as RESTORE HEADERONLY lists it", () => {
    const listed = (...positions: readonly number[]) =>
      readExport(
        asText(
          [F, A, B].map((one, index) => ({ ...one, position: positions[index] ?? null })),
          ["physical_device_name"],
        ),
      ).length;
    assert.deepEqual([listed(1, 2, 3), listed(1, 1, 1), listed(1, 2, 1), listed(2, 3, 1)], [1, 3, 2, 2]);
  });

  test("two fulls in one file without positions: taken for written over, and not called whole, since BACKUP appends", () => {
    const fulls = [
      row("D", 60, 68, { physical_device_name: "D:\\S.bak" }),
      { ...F, physical_device_name: "D:\\S.bak" },
    ];
    const { isWhole, end, report } = judged(asText([...fulls, A], ["position"]));
    assert.deepEqual([isWhole, end], [false, 103n]);
    assert.ok(report.problems.some(({ message, severity }) => severity === "alarm" && message.startsWith("Position:")));
  });

  test("which full is in the file is told by LSN, not by a date that was not understood", () => {
    const at = (day: string): ExportedRow => ({ physical_device_name: "D:\\S.bak", backup_finish_date: day });
    const { end } = judged(
      asText([row("D", 80, 88, at("29/11/2025 10:00:00")), row("D", 110, 118, at("02/12/2025 10:00:00"))]),
    );
    assert.equal(end, 118n);
  });

  test("in the night the clock goes back the newest log is the one with the greatest LSN, written over or appended", () => {
    const summer = { ...A, ...shared, time_zone: 8, backup_finish_date: "2025-10-26T02:45:00" };
    const winter = { ...B, ...shared, backup_finish_date: "2025-10-26T02:15:00" };
    const names = (second: ExportedRow) =>
      readExport(asText([summer, second])).map(({ noFile, backupSets }) => [
        noFile,
        backupSets?.map(({ lastLsn }) => lastLsn),
      ]);
    const [first, last] = [BigInt(A["last_lsn"] ?? 0), BigInt(B["last_lsn"] ?? 0)];
    assert.deepEqual(names(winter), [
      ["overwritten", [first]],
      [undefined, [last]],
    ]);
    assert.deepEqual(names({ ...winter, position: 2 }), [[undefined, [first, last]]]);
  });

  test("LSNs of two databases do not compare: by time, and where that is not known all sets count as appended", () => {
    const orders = row("D", 10, 12, { database_name: "Orders", ...shared, backup_finish_date: "2025-11-25T10:00:00" });
    const sales = { ...F, ...shared };
    const held = (...rows: readonly ExportedRow[]) =>
      readExport(asText(rows)).map(({ backupSets }) => backupSets?.map(({ databaseName }) => databaseName));
    assert.deepEqual(held(sales, orders), [["Orders"]]);
    assert.deepEqual(held(sales, { ...orders, backup_finish_date: null }), [["Sales", "Orders"]]);
  });
});

describe("several exports", () => {
  test("that overlap tell of each file once", () => {
    const { isWhole, reasons } = judged(asText([F, A]), asText([F, A, B]));
    assert.deepEqual([isWhole, Object.keys(reasons).length], [true, 3]);
  });

  test("what went to NUL is told once as well", () => {
    const nul = { ...A, physical_device_name: "NUL" };
    assert.equal(Object.keys(judged(asText([F, nul]), asText([F, nul])).reasons).length, 2);
  });

  test("a path of a drive is another file on another server, and the service's flat folder takes only one of the name", () => {
    const path = { physical_device_name: "D:\\L.trn" };
    const { isWhole, end, report } = judged(
      asText([F, { ...A, ...path }]),
      asText([{ ...B, ...path, server_name: "SRV02" }]),
    );
    assert.deepEqual([isWhole, end], [false, 125n]);
    assert.ok(report.problems.some(({ code }) => code === "EQUAL_NAMES"));
  });

  test("a share is the same from every server: the later log has written the earlier over", () => {
    const path = { physical_device_name: "\\\\files\\L.trn" };
    const { isWhole, reasons } = judged(
      asText([F, { ...A, ...path }]),
      asText([{ ...B, ...path, server_name: "SRV02" }]),
    );
    assert.equal(isWhole, false);
    assert.ok(Object.values(reasons).includes("NO_FILE"));
  });

  test("of another database an encrypted log says nothing: no gap is its, and nothing beyond the plan is lost with it", () => {
    const orders = row("L", 103, 130, {
      ...{ database_name: "Orders", family_guid: null, key_algorithm: "aes_256", physical_device_name: "D:\\O.trn" },
    });
    const { report } = judged(asText([F, A, row("L", 125, 140), orders]));
    assert.deepEqual([report.unusableNewer, report.gaps[0]?.likelyCause], [[], "FILE_MISSING"]);
    assert.equal(judged(asText([F, A, orders])).isWhole, true);
  });
});

/** One step of a source's history: what is backed up, up to where, and to which file. */
const step = fc.record({
  type: fc.constantFrom("D", "I", "L", "L", "L"),
  length: fc.integer({ min: 1, max: 9 }),
  isEncrypted: fc.integer({ min: 0, max: 6 }).map((one) => one === 0),
  isNul: fc.integer({ min: 0, max: 11 }).map((one) => one === 0),
  stripes: fc.constantFrom(1, 1, 1, 2),
});
/** Each kind goes to files of its own, or to one file that each backup overwrites or appends to. */
const policies = fc.record({
  D: fc.constantFrom("own", "init", "noinit"),
  I: fc.constantFrom("own", "init", "noinit"),
  L: fc.constantFrom("own", "init", "noinit"),
});

interface Taken {
  readonly row: ExportedRow;
  readonly type: "D" | "I" | "L";
  readonly first: number;
  readonly last: number;
  readonly base: ExportedRow | undefined;
  readonly files: readonly string[];
  readonly isLost: boolean;
}

test("in random histories the plan goes as far as the files do, and what a log took with it is never called whole", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 3, maxLength: 12 }),
      policies,
      fc.infiniteStream(fc.nat()),
      (steps, policy, order) => {
        const rows: ExportedRow[] = [];
        const taken: Taken[] = [];
        const inFile = new Map<string, Taken[]>();
        let [lsn, logEnd, full]: [number, number | undefined, ExportedRow | undefined] = [10, undefined, undefined];
        for (const [index, { type: wanted, length, isEncrypted, isNul, stripes }] of steps.entries()) {
          const type = full ? (wanted as Taken["type"]) : "D";
          const first: number = type === "L" ? (logEnd ?? lsn) : lsn;
          const last: number = lsn + length;
          const isOwn = policy[type] === "own";
          const count = isOwn && !isNul ? stripes : 1;
          const files = isNul
            ? ["NUL"]
            : Array.from({ length: count }, (_, stripe) => (isOwn ? `D:\\${index}_${stripe}.bak` : `D:\\${type}.bak`));
          const more = { key_algorithm: isEncrypted ? "aes_256" : null, media_family_count: count };
          const one: ExportedRow =
            type === "I" && full ? differentialOf(full, first, last, more) : row(type, first, last, more);
          const set = {
            row: one,
            type,
            first,
            last,
            base: type === "I" ? full : undefined,
            files,
            isLost: isEncrypted || isNul,
          };
          for (const [stripe, file] of files.entries()) {
            const before = policy[type] === "noinit" && !isNul ? (inFile.get(file) ?? []) : [];
            inFile.set(file, [...before, set]);
            rows.push({
              ...one,
              position: before.length + 1,
              family_sequence_number: stripe + 1,
              physical_device_name: file,
            });
          }
          taken.push(set);
          if (type === "D") full = one;
          if (type === "L") logEnd = last;
          else logEnd ??= first;
          lsn = last;
        }
        const usable = taken.filter(
          (set) =>
            !set.isLost && set.files.every((file) => inFile.get(file)?.length === 1 && inFile.get(file)?.[0] === set),
        );
        const reach = (from: number): number => {
          const next = usable.find(({ type, first, last }) => type === "L" && first <= from && last > from);
          return next ? reach(next.last) : from;
        };
        const starts = usable.filter(
          ({ type, base }) => type === "D" || (type === "I" && usable.some((one) => one.row === base)),
        );
        const best = Math.max(-1, ...starts.map(({ last }) => reach(last)));
        const lastLog = Math.max(-1, ...taken.filter(({ type }) => type === "L").map(({ last }) => last));
        const shuffled = rows
          .map((one) => ({ one, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const { isWhole, end } = judged(asText(shuffled));
        assert.equal(end ?? -1n, BigInt(best));
        if (best < lastLog) assert.equal(isWhole, false, "a log beyond the plan is lost");
        if (usable.length === taken.length && best === Math.max(...taken.map(({ last }) => last)))
          assert.equal(isWhole, true, "nothing is missing");
      },
    ),
    { numRuns: 300 },
  );
});
