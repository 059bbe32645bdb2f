// Tests that the chain rules hold for realistic folders: the model's histories, with backups that went to NUL, were
// truncated, refused, copied or uploaded again, or were written in other time zones.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ProvedSpan } from "../../../../shared/backup/backupFormatError.ts";
import type { BackupSetHeader } from "../../../../shared/backup/backupHeader.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import { utcOf } from "../../../../shared/chain/files/sourceTime.ts";
import { context, headerOf, noFileOf } from "../../../support/backupRecords.ts";
import { restoreInOrder } from "../../../support/restoreSequence.ts";
import { type Act, contentOf, liveThrough, type TakenBackup } from "../../../support/sourceServer.ts";
import { asText } from "./cases.ts";

const write = fc.record({ do: fc.constant("write" as const), records: fc.integer({ min: 0, max: 3 }) });
const takeLog = fc.record({ do: fc.constant("log" as const), copyOnly: fc.constantFrom(false, false, false, true) });
const takeFull = fc.record({ do: fc.constant("full" as const), copyOnly: fc.boolean(), logDuring: fc.boolean() });
const takeDifferential = fc.constant({ do: "differential" } as const);
const failOver = fc.constant({ do: "failOver" } as const);
/** A source that was never restored to an earlier time and never closed: then every log that is lost is missing. */
const life = fc
  .array(fc.oneof(write, takeLog, takeLog, takeLog, takeFull, takeDifferential, failOver), {
    minLength: 1,
    maxLength: 14,
  })
  .map((rest): readonly Act[] => [{ do: "full", copyOnly: false }, ...rest]);

/** A source with all acts: restored to earlier times, closed and opened again, switched to SIMPLE and back. */
const anyLife = fc
  .array(
    fc.oneof(
      ...[write, takeLog, takeLog, takeLog, takeFull, takeDifferential, failOver],
      fc.constant({ do: "tail" } as const),
      fc.constant({ do: "switchModel" } as const),
      fc.record({ do: fc.constant("restore" as const), backup: fc.nat(20) }),
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map((rest): readonly Act[] => [{ do: "full", copyOnly: false }, ...rest]);

const FATES = [
  ...(["sound", "again", "copied"] as const),
  ...(["nul", "virtualDevice", "overwritten"] as const),
  ...(["truncated", "encrypted"] as const), // nothing of it can be read
  "cutOff" as const, // its head can be read; more sets may follow in it
  ...(["otherCompression", "appended", "damaged"] as const), // it cannot be used, and its LSNs are known
];
type Fate = (typeof FATES)[number];
const fates = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant<Fate>("sound") }, fc.constantFrom(...FATES)), {
  minLength: 20,
  maxLength: 20,
});

/** The files of a backup after what happened to it; the header is always the model's. */
function filesOf({ files: [file] }: TakenBackup, fate: Fate): readonly BackupRecord[] {
  if (!file) return [];
  const { firstLsn, lastLsn, recoveryForkId, backupType } = headerOf(file);
  const provedSpan = { firstLsn, lastLsn, ...(recoveryForkId !== undefined && { forkId: recoveryForkId }) };
  const unreadable = (
    code: "TRUNCATED" | "ENCRYPTED_MEDIA" | "UNSUPPORTED_COMPRESSION",
    proof?: ProvedSpan,
  ): readonly BackupRecord[] => [
    { ...file, content: { kind: "unreadable", code, message: "why", ...(proof && { provedSpan: proof }) } },
  ];
  switch (fate) {
    case "nul":
    case "virtualDevice":
    case "overwritten":
      return [noFileOf(file, fate)];
    case "otherCompression":
      return unreadable("UNSUPPORTED_COMPRESSION", { ...provedSpan, isOnlySet: true });
    case "appended":
      return file.content.kind === "header"
        ? [{ ...file, content: { ...file.content, backupSets: [headerOf(file), headerOf(file)] } }]
        : [];
    case "truncated":
      return unreadable("TRUNCATED");
    case "cutOff":
      return unreadable("TRUNCATED", backupType === 2 ? provedSpan : undefined);
    case "encrypted":
      return unreadable("ENCRYPTED_MEDIA");
    case "damaged":
      return [withHeader(file, { isDamaged: true })];
    case "again":
      return [{ ...file, etag: "again", sameAs: file.etag }];
    case "copied":
      return [file, { ...file, name: `${file.name}.mirror`, etag: "mirror" }];
    case "sound":
      return [file];
    default:
      return fate satisfies never;
  }
}

const isUsable = (fate: Fate): boolean => fate === "sound" || fate === "again" || fate === "copied";
const fateAt = (all: readonly Fate[], index: number): Fate => all[index] ?? "sound";
const assess = (files: readonly BackupRecord[]): ChainReport => assessChain(files, context({ mode: "offline" }));

test("every order of arrival gives the same report, whatever has become of the files", () => {
  fc.assert(
    fc.property(life, fates, fc.func(fc.nat()), (acts, all, rank) => {
      const files = liveThrough(acts).backups.flatMap((backup, index) => filesOf(backup, fateAt(all, index)));
      const shuffled = files.toSorted((a, b) => rank(a.name) - rank(b.name));
      assert.equal(asText(assess(shuffled)), asText(assess(files)));
    }),
  );
});

test("a report never calls whole what the model calls lossy: no log that is lost reaches beyond the end of a plan that may start", () => {
  fc.assert(
    fc.property(life, fates, (acts, all) => {
      const { backups } = liveThrough(acts);
      const files = backups.flatMap((backup, index) => filesOf(backup, fateAt(all, index)));
      const report = assess(files);
      const positions = restoreInOrder(report.plan, files);
      assert.ok(typeof positions !== "string", String(positions));
      const planned = new Set(report.plan.map(({ setGuid }) => setGuid));
      const end = report.restorableTo?.lsn ?? 0n;
      for (const [index, { setGuid, kind, header }] of backups.entries()) {
        const fate = fateAt(all, index);
        if (planned.has(setGuid)) assert.ok(isUsable(fate), `${fate} is planned`);
        if (!report.canStartOffline || isUsable(fate)) continue;
        assert.ok(fate !== "truncated" && fate !== "encrypted" && fate !== "cutOff", `${fate} proves nothing`);
        if (kind === "log" && !header.isCopyOnly) assert.ok(header.lastLsn <= end, `a log that is ${fate} is lost`);
      }
    }),
    { numRuns: 1000 },
  );
});

test("nor where the source was restored, closed or switched: what it is now holds nothing that only a lost log held", () => {
  fc.assert(
    fc.property(anyLife, fates, (acts, all) => {
      const { backups, history, fork } = liveThrough(acts);
      const files = backups.flatMap((backup, index) => filesOf(backup, fateAt(all, index)));
      const report = assess(files);
      // No header shows a restore of the source before the next backup.
      if (!report.canStartOffline || !backups.some(({ header }) => header.recoveryForkId === fork)) return;
      const planned = report.plan.flatMap(({ setGuid }) => backups.find((backup) => backup.setGuid === setGuid) ?? []);
      const restored = new Set(contentOf(planned).map(({ id }) => id));
      const now = new Set(history.map(({ id }) => id));
      for (const [index, { kind, header, holds }] of backups.entries()) {
        if (isUsable(fateAt(all, index)) || kind !== "log" || header.isCopyOnly) continue;
        const lost = holds.filter(({ id }) => now.has(id) && !restored.has(id));
        assert.deepEqual(lost, [], `${lost.length} records of a log that is ${fateAt(all, index)} are lost`);
      }
    }),
    { numRuns: 1000 },
  );
});

test("clocks that were wrong, and set back, change no plan and no gap: LSNs decide", () => {
  const anyTimes = fc.array(fc.nat(10_000), { minLength: 20, maxLength: 20 });
  const isThere = fc.func(fc.constantFrom(true, true, true, false)) as fc.Arbitrary<(index: number) => boolean>;
  const seen = ({ verdict, plan, gaps }: ChainReport) => [
    verdict,
    plan.map(({ setGuid }) => setGuid),
    gaps.map(({ fromLsn, toLsn }) => [fromLsn, toLsn]),
  ];
  fc.assert(
    fc.property(life, isThere, anyTimes, (acts, present, minutes) => {
      const files = liveThrough(acts).backups.flatMap((backup, index) => (present(index) ? backup.files : []));
      const at = (index: number): string =>
        new Date(Date.UTC(2025, 10, 20) + (minutes[index] ?? 0) * 60_000).toISOString().slice(0, 19);
      const wrong = files.map((file, index) =>
        withHeader(file, { backupStartDate: at(index), backupFinishDate: at(index) }),
      );
      assert.deepEqual(seen(assess(wrong)), seen(assess(files)));
    }),
  );
});

test("nothing is cried over where every backup is there and sound", () => {
  fc.assert(
    fc.property(life, (acts) => {
      const report = assess(liveThrough(acts).backups.flatMap((backup) => backup.files));
      assert.deepEqual([report.verdict, report.unusableNewer, report.canStartOffline], ["restorable", [], true]);
    }),
  );
});

test("an upload of the same backup, and a copy beside it, change neither the plan nor its version", () => {
  fc.assert(
    fc.property(life, fc.array(fc.constantFrom<Fate>("sound", "again", "copied"), { minLength: 20 }), (acts, all) => {
      const { backups } = liveThrough(acts);
      const once = assess(backups.flatMap((backup) => backup.files));
      const again = assess(backups.flatMap((backup, index) => filesOf(backup, fateAt(all, index))));
      assert.deepEqual([again.planVersion, again.lastBackupName], [once.planVersion, once.lastBackupName]);
    }),
  );
});

test("clocks in other zones, or set back, change no plan, no cause of a gap and no last backup: instants decide", () => {
  const offsets = fc.array(fc.constantFrom(-480, -60, 0, 60, 120, 345), { minLength: 20, maxLength: 20 });
  const isThere = fc.func(fc.constantFrom(true, true, true, false)) as fc.Arbitrary<(index: number) => boolean>;
  const seen = ({ plan, lastBackupName, gaps, restorableTo }: ChainReport) => [
    plan.map(({ setGuid, finished, utcOffsetMinutes }) => [setGuid, utcOf(finished, utcOffsetMinutes)]),
    lastBackupName,
    gaps.map(({ fromLsn, likelyCause }) => [fromLsn, likelyCause]),
    restorableTo?.utc,
  ];
  fc.assert(
    fc.property(life, isThere, offsets, (acts, present, zones) => {
      const files = liveThrough(acts).backups.flatMap((backup, index) => (present(index) ? backup.files : []));
      const elsewhere = files.map((file, index) => inZone(file, zones[index] ?? 0));
      assert.deepEqual(seen(assess(elsewhere)), seen(assess(files)));
    }),
  );
});

const withHeader = (file: BackupRecord, changes: Partial<BackupSetHeader>): BackupRecord =>
  file.content.kind === "header"
    ? { ...file, content: { ...file.content, backupSets: [{ ...headerOf(file), ...changes }] } }
    : file;

/** The same instant as the wall clock of another zone. */
function inZone(file: BackupRecord, utcOffsetMinutes: number): BackupRecord {
  if (file.content.kind !== "header") return file;
  const header = headerOf(file);
  const wall = (text: string): string =>
    new Date(Date.parse(`${text}Z`) + utcOffsetMinutes * 60_000).toISOString().slice(0, 19);
  const { backupStartDate, backupFinishDate } = header;
  const moved = { backupStartDate: wall(backupStartDate), backupFinishDate: wall(backupFinishDate) };
  return withHeader(file, { ...moved, utcOffsetMinutes });
}
