// Tests that the chain rules hold for everything that a SQL Server may leave behind. A small model, which knows the
// truth, generates the histories.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BackupSetHeader, MediaLabel } from "../../../../shared/backup/backupHeader.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import {
  type BackupContent,
  type BackupRecord,
  NOTHING_RESTORED,
  type RestoreProgress,
} from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import { context, guid } from "../../../support/backupRecords.ts";
import { restoreInOrder } from "../../../support/restoreSequence.ts";
import { type Act, contentOf, type LogRecord, liveThrough, type TakenBackup } from "../../../support/sourceServer.ts";
import { asText } from "./cases.ts";

const stripes = fc.constantFrom(1, 1, 1, 2, 3);
const write = fc.record({ do: fc.constant("write" as const), records: fc.integer({ min: 1, max: 5 }) });
const takeLog = fc.record({
  do: fc.constant("log" as const),
  copyOnly: fc.constantFrom(false, false, false, true),
  stripes,
});
const takeFull = fc.record({
  do: fc.constant("full" as const),
  copyOnly: fc.boolean(),
  stripes,
  logDuring: fc.boolean(),
});
const takeDifferential = fc.record({ do: fc.constant("differential" as const), stripes });
const usual: fc.Arbitrary<Act>[] = [write, write, takeLog, takeLog, takeLog, takeFull, takeDifferential];
const rare: fc.Arbitrary<Act>[] = [
  fc.constant({ do: "tail" } as const),
  fc.constant({ do: "switchModel" } as const),
  fc.constant({ do: "failOver" } as const),
];
const restore = fc.record({ do: fc.constant("restore" as const), backup: fc.nat(20) });
const first: Act = { do: "full", copyOnly: false };
const lives = (acts: fc.Arbitrary<Act>[], maxLength = 16): fc.Arbitrary<readonly Act[]> =>
  fc.array(fc.oneof(...acts), { minLength: 1, maxLength }).map((rest) => [first, ...rest]);
/** Any history, and one in which the source was never restored to an earlier time. */
const anyLife = lives([...usual, ...rare, restore]);
const forwardLife = lives([...usual, ...rare]);

const filesOf = (backups: readonly TakenBackup[]): readonly BackupRecord[] => backups.flatMap(({ files }) => files);
const assess = (files: readonly BackupRecord[]): ChainReport => assessChain(files, context());
/** Some of the backups, as a folder may hold them. */
const someOf = fc.func(fc.constantFrom(true, true, true, true, false)) as fc.Arbitrary<(index: number) => boolean>;

/** LSNs that meet, contradict each other or are missing. */
const oddLsn = fc.oneof(fc.bigInt(0n, 6n), fc.constantFrom(-1n, 10n ** 25n - 1n, 10n ** 40n));
const oddGuid = fc.constantFrom("", "{a}", "A", "00000000-0000-0000-0000-000000000000", guid("x"), guid("y"));
const oddCount = fc.constantFrom(1, 2, 3, 0, -1, 1.5, 64, 65, 1e9, Number.NaN, Number.POSITIVE_INFINITY);
const oddDate = fc.constantFrom("2025-11-24T21:45:00", "", "not a date", "0000-00-00T99:99:99");
/** A header with odd values, any of which may be missing. */
const oddHeader = fc
  .record(
    {
      backupSetGuid: oddGuid,
      backupType: fc.constantFrom(1, 1, 2, 2, 2, 5, 5, 4, 99),
      databaseName: fc.constantFrom("Sales", "SALES ", "Orders", ""),
      serverName: fc.constant("SQL01"),
      firstLsn: oddLsn,
      lastLsn: oddLsn,
      checkpointLsn: oddLsn,
      databaseBackupLsn: fc.option(oddLsn),
      differentialBaseLsn: fc.option(oddLsn),
      differentialBaseGuid: fc.option(oddGuid),
      familyGuid: oddGuid,
      recoveryForkId: oddGuid,
      firstRecoveryForkId: oddGuid,
      forkPointLsn: fc.option(oddLsn),
      backupStartDate: oddDate,
      backupFinishDate: oddDate,
      utcOffsetMinutes: oddCount,
      softwareVersionMajor: oddCount,
      flags: fc.integer(),
      isCopyOnly: fc.boolean(),
      isDamaged: fc.boolean(),
      isSnapshot: fc.boolean(),
      beginsLogChain: fc.boolean(),
      isForceOffline: fc.boolean(),
      recoveryModel: fc.constantFrom("FULL", "SIMPLE"),
    },
    { requiredKeys: [] },
  )
  .map((header) => header as unknown as BackupSetHeader);
const oddMedia = fc
  .record({ mediaSetId: oddGuid, familyCount: oddCount, familySequenceNumber: oddCount }, { requiredKeys: [] })
  .map((media) => media as unknown as MediaLabel);
const oddContent: fc.Arbitrary<BackupContent> = fc.oneof(
  fc.record({
    kind: fc.constant("header" as const),
    media: oddMedia,
    backupSets: fc.oneof(
      { weight: 5, arbitrary: fc.array(oddHeader, { minLength: 1, maxLength: 1 }) },
      fc.array(oddHeader),
    ),
  }),
  fc.constant({ kind: "unread" } as const),
  fc.constant({ kind: "unreadable", code: "TRUNCATED", message: "why" } as const),
);
const oddProgress: fc.Arbitrary<RestoreProgress> = fc.oneof(
  fc.constant(NOTHING_RESTORED),
  fc
    .record(
      {
        started: fc.boolean(),
        restoredSetGuids: fc.array(oddGuid),
        anchorSetGuid: oddGuid,
        diffSetGuid: oddGuid,
        currentSetGuid: oddGuid,
        positionLsn: oddLsn,
        lastBackupLsn: oddLsn,
        forkId: oddGuid,
        cutoverRequestedAt: oddDate,
        ended: fc.constantFrom("succeeded", "failed", "canceled"),
      },
      { requiredKeys: ["started", "restoredSetGuids"] },
    )
    .map((progress) => progress as RestoreProgress),
);

test("every order of arrival and every repetition gives the same report, to the byte", () => {
  const folder = anyLife.map((acts) => filesOf(liveThrough(acts).backups));
  const arrivals = folder.chain((files) =>
    fc.tuple(fc.constant(files), fc.shuffledSubarray([...files, ...files], { minLength: files.length * 2 })),
  );
  fc.assert(
    fc.property(arrivals, ([files, arrived]) => {
      assert.equal(asText(assess(arrived)), asText(assess(files)));
    }),
  );
});

test("SQL Server carries out every plan, and what is restored is the source's own history, to the LSN", () => {
  fc.assert(
    fc.property(anyLife, someOf, (acts, isThere) => {
      const { backups, fork } = liveThrough(acts);
      const present = backups.filter((_, index) => isThere(index));
      const report = assess(filesOf(present));
      const positions = restoreInOrder(report.plan, filesOf(present));
      assert.ok(typeof positions !== "string", String(positions));
      assert.equal(positions.at(-1)?.redoLsn, report.restorableTo?.lsn);
      const byGuid = new Map(present.map((backup) => [backup.setGuid, backup]));
      const restored = contentOf(report.plan.map(({ setGuid }) => byGuid.get(setGuid) as TakenBackup));
      assertUnbroken(restored, report.restorableTo?.lsn);
      // Where the source's own fork can be reached at all, the plan follows it as far as any restore could.
      const furthest = furthestByFork(present).get(fork);
      if (furthest !== undefined && !report.forkAmbiguous) assert.equal(report.restorableTo?.lsn, furthest);
    }),
    { numRuns: 300 },
  );
});

test("adding a backup never lowers what can be restored, before the start and while the source was never restored", () => {
  fc.assert(
    fc.property(forwardLife, someOf, fc.nat(), (acts, isThere, pick) => {
      const { backups } = liveThrough(acts);
      const present = backups.filter((_, index) => isThere(index));
      const absent = backups.filter((_, index) => !isThere(index));
      const added = absent[pick % Math.max(1, absent.length)];
      if (!added) return;
      const [before, after] = [present, [...present, added]].map(
        (some) => assess(filesOf(some)).restorableTo?.lsn ?? 0n,
      );
      assert.ok((after ?? 0n) >= (before ?? 0n), `${after} < ${before}`);
    }),
  );
});

test("without one inner log of a plain chain there is exactly one gap, and it names the neighbours", () => {
  const chains = fc.tuple(fc.integer({ min: 3, max: 12 }), fc.nat(), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(chains, ([length, pick, records]) => {
      const logs = Array.from({ length }, (): Act[] => [{ do: "write", records }, { do: "log" }]).flat();
      const { backups } = liveThrough([first, ...logs]);
      const lost = 2 + (pick % (length - 2)); // not the full, the first or the last log
      const [after, gone, before] = backups.slice(lost - 1, lost + 2) as [TakenBackup, TakenBackup, TakenBackup];
      const report = assess(filesOf(backups.filter((backup) => backup !== gone)));
      assert.deepEqual(
        report.gaps.map((gap) => [gap.fromLsn, gap.toLsn, gap.after.setGuid, gap.before.setGuid]),
        [[gone.header.firstLsn, gone.header.lastLsn, after.setGuid, before.setGuid]],
      );
      assert.equal(report.verdict, "waiting");
      assert.equal(report.restorableTo?.lsn, after.header.lastLsn);
    }),
  );
});

test("without the last log the plan ends earlier; without the only full backup there is none", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (length) => {
      const logs = Array.from({ length }, (): Act[] => [{ do: "write", records: 1 }, { do: "log" }]).flat();
      const { backups } = liveThrough([first, ...logs]);
      const shorter = assess(filesOf(backups.slice(0, -1)));
      assert.equal(shorter.restorableTo?.lsn, backups.at(-2)?.header.lastLsn);
      const headless = assess(filesOf(backups.slice(1)));
      assert.deepEqual([headless.plan, headless.waitingFor], [[], [{ what: "full" }]]);
    }),
  );
});

test("while the plan is being restored it stays what it was", () => {
  fc.assert(
    fc.property(anyLife, fc.nat(), (acts, pick) => {
      const files = filesOf(liveThrough(acts).backups);
      const planned = assess(files);
      if (planned.forkAmbiguous) return;
      const { plan } = planned;
      const reached = plan[pick % plan.length];
      if (!reached) return;
      const [anchor, second] = plan;
      const restored = plan.slice(0, reached.position);
      const isPastDifferential = second?.type === "differential" && reached.position >= 2;
      const report = assessChain(
        files,
        context({
          progress: {
            started: true,
            ...(anchor && { anchorSetGuid: anchor.setGuid }),
            ...(isPastDifferential && { diffSetGuid: second.setGuid }),
            positionLsn: reached.lastLsn,
            restoredSetGuids: restored.map(({ setGuid }) => setGuid),
          },
        }),
      );
      assert.deepEqual(
        report.plan.map(({ setGuid, restored: isRestored }) => [setGuid, isRestored]),
        plan.map(({ setGuid, position }) => [setGuid, position <= reached.position]),
      );
      assert.equal(report.planVersion, planned.planVersion);
      assert.equal(report.restoredTo?.lsn, reached.lastLsn);
    }),
  );
});

test("no input throws, whatever its order, and every file has exactly one verdict with a reason and a sentence", () => {
  const name = fc.constantFrom(
    "Sales/a.bak",
    "Sales/b.trn",
    "Sales/c",
    "Sales/d.dif",
    "other/e.bak",
    "f.bak",
    "",
    "Sales/",
  );
  const records = fc.array(fc.tuple(name, oddContent, fc.constantFrom("2025-11-24T00:00:00.000Z", "", "yesterday")), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(records, oddProgress, fc.constantFrom("2025-11-24T00:30:00.000Z", "", "now"), (odd, progress, now) => {
      const files = odd.map(
        ([file, content, arrivedAt], index): BackupRecord => ({
          name: file,
          etag: `${index}`,
          sizeBytes: 1,
          blobType: "BlockBlob",
          arrivedAt,
          content,
        }),
      );
      const given = context({ now, progress, targetVersionMajor: 15 });
      const report = assessChain(files, given);
      assert.equal(asText(assessChain(files.toReversed(), given)), asText(report));
      assert.deepEqual(
        report.files.map((file) => file.name),
        [...new Set(files.map((file) => file.name))].sort(),
      );
      for (const { verdict, reason, detail } of report.files) assert.ok(verdict && reason && detail.length > 10);
      asText(report);
    }),
    { numRuns: 1000 },
  );
});

/** Every record from the first to `end`, and none of another fork: ids grow with LSNs. */
function assertUnbroken(content: readonly LogRecord[], end: bigint | undefined): void {
  for (const [index, record] of content.entries()) {
    const before = content[index - 1];
    if (before) assert.ok(record.lsn === before.lsn + 1n && record.id > before.id, `hole before LSN ${record.lsn}`);
  }
  const last = content.at(-1);
  if (last) assert.equal(last.lsn + 1n, end);
}

/** The greatest LSN that can be reached on each fork, by trying every restore sequence. */
function furthestByFork(backups: readonly TakenBackup[]): ReadonlyMap<string, bigint> {
  const furthest = new Map<string, bigint>();
  const visited = new Set<string>();
  const visit = (end: bigint, fork: string, full: TakenBackup | undefined): void => {
    const state = `${end} ${fork} ${full?.setGuid ?? ""}`;
    if (visited.has(state)) return;
    visited.add(state);
    if (end > (furthest.get(fork) ?? 0n)) furthest.set(fork, end);
    for (const { kind, header } of backups) {
      const {
        firstLsn,
        lastLsn,
        recoveryForkId = "",
        firstRecoveryForkId,
        differentialBaseGuid,
        forkPointLsn,
      } = header;
      if (kind === "differential" && full && differentialBaseGuid === full.setGuid)
        visit(lastLsn, recoveryForkId, undefined);
      const branchedAt = forkPointLsn ?? lastLsn;
      const joins = fork === firstRecoveryForkId ? end <= branchedAt : fork === recoveryForkId && end >= branchedAt;
      if (kind === "log" && firstLsn <= end && end < lastLsn && joins) visit(lastLsn, recoveryForkId, undefined);
    }
  };
  for (const backup of backups)
    if (backup.kind === "full") visit(backup.header.lastLsn, backup.header.recoveryForkId ?? "", backup);
  return furthest;
}
