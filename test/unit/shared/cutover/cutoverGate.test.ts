// Tests each of the eight conditions of the cutover gate alone, what force skips, what ready means, and when ready is
// announced.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord, RestoreProgress } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import {
  askedBy,
  type CutoverAsked,
  type GateFacts,
  gateLines,
  isReady,
  leftOutsideThePlan,
  mayCutOver,
  readyFor,
} from "../../../../shared/cutover/cutoverGate.ts";
import type { CutoverRequest } from "../../../../shared/migration/migration.ts";
import type { EngineDetails, EngineOperation } from "../../../../shared/migration/observed.ts";
import { passedOverOf } from "../../../../shared/migration/passedOver.ts";
import type { Refusal } from "../../../../shared/migration/refusals.ts";
import { context, full, log, setGuidOf, tail, unreadable } from "../../../support/backupRecords.ts";

const base = full(100, 160);
const files = [base, log(150, 200), tail(200, 300)];

const progress = (positionLsn: bigint): RestoreProgress => ({
  started: true,
  restoredSetGuids: [],
  anchorSetGuid: setGuidOf(base),
  positionLsn,
});
const reportOf = (records: readonly BackupRecord[], restoredTo = 300n): ChainReport =>
  assessChain(records, context({ progress: progress(restoredTo) }));

const operation = (changes: Partial<EngineOperation> = {}, details: EngineDetails = {}): EngineOperation => ({
  phase: "running",
  fingerprint: "f",
  operationId: "op",
  migrationStatus: "ReadyForCutover",
  isOffline: false,
  canCutOver: true,
  canCancel: true,
  details: { currentFile: "log_200_300.trn", lastRestoredFile: "log_200_300.trn", ...details },
  ...changes,
});

const loss = { since: "2025-11-24T05:00:00", seconds: 60, knownFiles: 0, knownBytes: 0, certain: false, text: "Lost." };
const allGood: GateFacts = {
  report: reportOf(files),
  operation: operation(),
  powerState: "running",
  unreadFiles: [],
  loss,
};
const asked: CutoverAsked = { ifMatch: allGood.report.planVersion, sourceClosed: false, force: false };
const asking = (report: ChainReport, changes: Partial<CutoverAsked> = {}): CutoverAsked => ({
  ...asked,
  ifMatch: report.planVersion,
  ...changes,
});

interface Broken {
  readonly facts?: Partial<GateFacts>;
  readonly asked?: Partial<CutoverAsked>;
  readonly problem: Refusal["problem"];
}
const open = reportOf([base, log(150, 200), log(200, 300)]);
const incomplete = full(10, 20, { stripe: [1, 2] });
const foreign = full(100, 160, { database: "Orders", family: "o", file: "orders.bak" });

/** Facts that make one condition fail, and no other. */
const ONE_FAILS: Readonly<Record<string, Readonly<Record<string, Broken>>>> = {
  G1: {
    "DMS cannot cut over": { facts: { operation: operation({ canCutOver: false }) }, problem: "not-cutover-able" },
    "the migration is offline": {
      facts: { operation: operation({ canCutOver: false, isOffline: true }) },
      problem: "not-cutover-able",
    },
  },
  G2: {
    "another plan is named": { asked: { ifMatch: "0123456789abcdef" }, problem: "plan-changed" },
    "any plan is named": { asked: { ifMatch: "*" }, problem: "plan-changed" },
  },
  G3: {
    "the chain is broken": { facts: { report: { ...allGood.report, verdict: "broken" } }, problem: "chain-incomplete" },
    "the chain waits": { facts: { report: { ...allGood.report, verdict: "waiting" } }, problem: "chain-incomplete" },
    "there is nothing": { facts: { report: { ...allGood.report, verdict: "empty" } }, problem: "chain-incomplete" },
  },
  G4: {
    "another file is being restored": {
      facts: { operation: operation({}, { currentFile: "next.trn" }) },
      problem: "not-in-sync",
    },
    "logs are pending": { facts: { operation: operation({}, { pendingLogBackups: 1 }) }, problem: "not-in-sync" },
  },
  G5: { "another last file is meant": { asked: { lastBackupName: "x.trn" }, problem: "last-backup-mismatch" } },
  G6: {
    "a file was not read": {
      facts: { unreadFiles: [{ name: "Sales/new.trn", etag: "e" }] },
      problem: "unrestored-backups",
    },
    "a file is being written": {
      facts: { report: reportOf([...files, unreadable("page.bak", "STILL_WRITING")]) },
      problem: "unrestored-backups",
    },
  },
  G7: { "the source is open": { facts: { report: open }, problem: "source-not-closed" } },
  G8: {
    "the VM is stopped": { facts: { powerState: "stopped" }, problem: "vm-not-running" },
    "nobody knows whether the VM runs": { facts: {}, problem: "vm-not-running" },
  },
};

const factsOf = (id: string, { facts }: Broken): GateFacts => {
  const { powerState, ...rest } = { ...allGood, ...facts };
  const isUnknown = id === "G8" && facts?.powerState === undefined;
  return isUnknown || powerState === undefined ? rest : { ...rest, powerState };
};
const askedOf = ({ facts, asked: changes }: Broken): CutoverAsked => asking(facts?.report ?? allGood.report, changes);
const failing = (facts: GateFacts, request?: CutoverAsked): string[] =>
  gateLines(facts, request)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

describe("the gate", () => {
  test("opens when all eight lines hold, and shows them in order", () => {
    const decision = mayCutOver(allGood, asked);
    assert.ok(decision.allowed);
    assert.deepEqual(
      decision.lines.map(({ id, ok }) => [id, ok]),
      ["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"].map((id) => [id, true]),
    );
  });

  for (const [id, ways] of Object.entries(ONE_FAILS))
    for (const [name, broken] of Object.entries(ways)) {
      const facts = factsOf(id, broken);
      const isForceable = ["G4", "G5", "G6", "G7"].includes(id);

      test(`${id} alone stops it when ${name}`, () => {
        assert.deepEqual(failing(facts, askedOf(broken)), [id]);
        const decision = mayCutOver(facts, askedOf(broken));
        assert.ok(!decision.allowed);
        assert.deepEqual(
          decision.refusals.map(({ problem }) => problem),
          [broken.problem],
        );
        for (const { detail } of decision.refusals) assert.doesNotMatch(detail, /undefined|\[object/);
      });

      test(`force with a reason ${isForceable ? "skips" : "never skips"} ${id} when ${name}`, () => {
        const forced = { ...askedOf(broken), force: true, reason: "The window closes." };
        assert.equal(mayCutOver(facts, forced).allowed, isForceable);
        assert.deepEqual(failing(facts, forced), [id], "the line says what is, forced or not");
        assert.ok(!mayCutOver(facts, { ...askedOf(broken), force: true }).allowed, "without a reason it is no force");
        assert.ok(!mayCutOver(facts, { ...askedOf(broken), reason: "because" }).allowed, "a reason alone is no force");
      });

      const needsRequest = id === "G7" || broken.facts === undefined;
      test(`ready ${needsRequest ? "does not ask" : "asks"} for ${id} when ${name}`, () => {
        assert.equal(isReady(gateLines(facts)), needsRequest);
      });
    }

  test("tells every reason at once", () => {
    const decision = mayCutOver(
      {
        ...allGood,
        report: open,
        operation: operation({}, { pendingLogBackups: 2 }),
        unreadFiles: [{ name: "Sales/new.trn", etag: "e" }],
      },
      asking(open, { lastBackupName: "x.trn" }),
    );
    assert.ok(!decision.allowed);
    assert.deepEqual(
      decision.refusals.map(({ problem }) => problem),
      ["not-in-sync", "last-backup-mismatch", "unrestored-backups", "source-not-closed"],
    );
  });

  test("with several databases or a gap says so", () => {
    const problems = [
      [...files, foreign],
      [base, log(150, 200), log(250, 300)],
    ].map((records) => {
      const report = reportOf(records, 200n);
      const decision = mayCutOver({ ...allGood, report }, asking(report));
      return decision.allowed ? [] : decision.refusals.map(({ problem }) => problem);
    });
    assert.ok(problems[0]?.includes("mixed-databases"));
    assert.ok(problems[1]?.includes("chain-gap"));
  });
});

describe("the last backup", () => {
  test("of the plan has to be restored to its end", () => {
    const behind = reportOf(files, 200n);
    assert.ok(!isReady(gateLines({ ...allGood, report: behind })));
    const decision = mayCutOver({ ...allGood, report: behind }, asking(behind));
    assert.ok(!decision.allowed);
    assert.deepEqual(
      decision.refusals.map(({ problem, detail }) => [problem, detail]),
      [
        ["last-backup-mismatch", "The plan ends with log_200_300.trn, which is not restored yet. Wait until it is."],
        ["unrestored-backups", "Not restored yet: Sales/log_200_300.trn. Wait until it is."],
        [
          "source-not-closed",
          'Lost. Take the last log WITH NORECOVERY and upload it, or close the source and say so: ferry cutover --source-closed, or "sourceClosed": true in the request.',
        ],
      ],
    );
  });
  test("may be named by its file name", () => {
    assert.ok(mayCutOver(allGood, { ...asked, lastBackupName: "log_200_300.trn" }).allowed);
  });
  test("is not restored when nothing is", () => {
    const { positionLsn: _, ...nothing } = progress(0n);
    const report = assessChain(files, context({ progress: nothing }));
    assert.deepEqual(failing({ ...allGood, report }, asking(report)), ["G5", "G6", "G7"]);
  });
});

describe("a forced cutover whose turn comes later", () => {
  const torn = unreadable("torn.trn", "TRUNCATED");
  const factsWith = (records: readonly BackupRecord[], unreadFiles: GateFacts["unreadFiles"] = []): GateFacts => ({
    ...allGood,
    report: reportOf([...files, ...records]),
    unreadFiles,
  });
  const then = factsWith([torn], [{ name: "Sales/unread.trn", etag: "1" }]);
  const passedOver = passedOverOf(leftOutsideThePlan(then));
  const forced = asking(then.report, { force: true, reason: "The window closes.", passedOver });

  const SEEN: Readonly<Record<string, GateFacts>> = {
    "what was there": then,
    "less than was there": factsWith([]),
    "what was unread then and turned out unusable": factsWith([
      torn,
      { ...unreadable("unread.trn", "ZERO_BYTES"), etag: "1" },
    ]),
  };
  for (const [what, facts] of Object.entries(SEEN))
    test(`goes past ${what}`, () => assert.ok(mayCutOver(facts, forced).allowed));

  const UNSEEN: Readonly<Record<string, readonly [GateFacts, file: string]>> = {
    "a broken tail that came since": [factsWith([torn, unreadable("tail.trn", "TRUNCATED")]), "Sales/tail.trn"],
    "a file that came since and is not read": [factsWith([torn], [{ name: "Sales/x.trn", etag: "1" }]), "Sales/x.trn"],
    "a broken file that was overwritten by another broken one": [factsWith([{ ...torn, etag: "again" }]), torn.name],
    "an unread file that was overwritten": [
      factsWith([torn], [{ name: "Sales/unread.trn", etag: "2" }]),
      "Sales/unread.trn",
    ],
  };
  for (const [what, [facts, file]] of Object.entries(UNSEEN))
    test(`is refused for ${what}: nobody has accepted to lose it`, () => {
      assert.equal(facts.report.planVersion, then.report.planVersion, "the plan tells nothing of it");
      const decision = mayCutOver(facts, forced);
      assert.ok(!decision.allowed);
      assert.deepEqual(
        decision.refusals.map((refusal) => [refusal.problem, "files" in refusal && refusal.files]),
        [["unrestored-backups", [file]]],
      );
      assert.match(
        decision.refusals[0]?.detail ?? "",
        /^Since the cutover was forced .* Look at the files, then ask again\.$/,
      );
    });

  test("from before files were kept with it goes past none", () => {
    const request: CutoverRequest = {
      ...{ kind: "cutover", requestId: "w", run: 1, by: "Dana", at: "t", sourceClosed: true, force: true, reason: "r" },
      planVersion: then.report.planVersion,
    };
    assert.ok(!mayCutOver(then, askedBy(request)).allowed);
    assert.ok(mayCutOver(then, askedBy({ ...request, passedOver })).allowed);
  });
});

describe("files that are left", () => {
  test("a stripe that never came counts only beyond what is restored", () => {
    const older = reportOf([incomplete, ...files]);
    assert.equal(older.files.find(({ name }) => name === incomplete.name)?.verdict, "waiting");
    assert.deepEqual(failing({ ...allGood, report: older }, asking(older)), []);
    const newer = reportOf([...files, log(300, 400, { stripe: [1, 2] })]);
    assert.ok(failing({ ...allGood, report: newer }, asking(newer)).includes("G6"));
  });
  test("are named, not more than three of them", () => {
    const unreadFiles = ["e", "d", "c", "b", "a"].map((name) => ({ name: `Sales/${name}.trn`, etag: "e" }));
    const decision = mayCutOver({ ...allGood, unreadFiles }, asked);
    assert.ok(!decision.allowed);
    assert.match(
      decision.refusals[0]?.detail ?? "",
      /^Not restored yet: Sales\/a.trn, Sales\/b.trn, Sales\/c.trn and 2 more\./,
    );
  });
});

test("the names of DMS are evidence only when both are there, absent counts of pending logs are none", () => {
  const seen = (details: EngineDetails) => gateLines({ ...allGood, operation: { ...operation(), details } })[3]?.ok;
  assert.ok(seen({}));
  assert.ok(seen({ lastRestoredFile: "a.trn" }));
  assert.ok(seen({ currentFile: "a.trn" }));
  assert.ok(seen({ currentFile: "a.trn", lastRestoredFile: "a.trn", pendingLogBackups: 0 }));
  assert.ok(!seen({ currentFile: "b.trn", lastRestoredFile: "a.trn" }));
});

test("the source is closed by a restored tail log, an empty one counts, or by somebody's word", () => {
  const closed = (report: ChainReport, changes: Partial<CutoverAsked> = {}) =>
    gateLines({ ...allGood, report }, asking(report, changes))[6]?.ok;
  assert.ok(closed(reportOf(files)));
  assert.ok(closed(reportOf([...files.slice(0, 2), tail(200, 200)], 200n)));
  assert.ok(!closed(reportOf(files, 200n)));
  assert.ok(!closed(open));
  assert.ok(closed(open, { sourceClosed: true }));
});

describe("a request for an older plan", () => {
  const refusalOf = (report: ChainReport, ifMatch: string): Refusal => {
    const decision = mayCutOver({ ...allGood, report }, { ...asked, ifMatch });
    assert.ok(!decision.allowed && decision.refusals[0]);
    return decision.refusals[0];
  };

  test("is told which files the plan has gained since, and what is lost now", () => {
    const then = reportOf(files.slice(0, 2), 200n);
    const now = reportOf(files, 200n);
    assert.deepEqual(refusalOf(now, then.planVersion), {
      problem: "plan-changed",
      detail: `The plan is ${now.planVersion} by now, not ${then.planVersion}: one file was added since, last Sales/log_200_300.trn. Lost. Look at it again, then ask again.`,
      planVersion: now.planVersion,
      added: ["Sales/log_200_300.trn"],
      lossIfCutOverNow: loss,
    });
  });

  test("is told that the same files are another plan now that a gap is known", () => {
    const now = reportOf([...files.slice(0, 2), log(250, 300)], 200n);
    const then = reportOf(files.slice(0, 2), 200n);
    const refusal = refusalOf(now, then.planVersion);
    assert.match(refusal.detail, /the same files were restorable and are waiting/);
    assert.deepEqual("added" in refusal && refusal.added, []);
  });

  test("is told nothing of files when one was withdrawn or overwritten, or the version never was", () => {
    const now = reportOf(files.slice(0, 2), 200n);
    const overwritten = reportOf([base, log(150, 200, { etag: "other" })], 200n);
    for (const version of [reportOf(files, 200n).planVersion, overwritten.planVersion, "nonsense", ""]) {
      const refusal = refusalOf(now, version);
      assert.match(refusal.detail, /withdrawn, overwritten or put in between/);
      assert.ok(!("added" in refusal));
    }
  });

  test("is told exactly what was added, however the plan has grown", () => {
    const logs = Array.from({ length: 12 }, (_, index) => log(160 + index * 10, 170 + index * 10));
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), (one, other) => {
        const [few, many] = [Math.min(one, other), Math.max(one, other)];
        fc.pre(few < many);
        const now = reportOf([base, ...logs.slice(0, many)], 160n);
        const refusal = refusalOf(now, reportOf([base, ...logs.slice(0, few)], 160n).planVersion);
        assert.deepEqual(
          "added" in refusal && refusal.added,
          logs.slice(few, many).map(({ name }) => name),
        );
      }),
    );
  });
});

describe("that a run is ready is worth telling", () => {
  const logged = reportOf([base, log(150, 200)], 200n);
  const later = reportOf([base, log(150, 200), log(200, 300)], 300n);
  const gap = reportOf([base, log(150, 200), log(250, 300)], 200n);
  const first = readyFor(logged, true, undefined);

  test("the first time, whatever gaps there were before", () => {
    assert.equal(readyFor(gap, false, undefined), undefined);
    assert.equal(first, "first");
  });
  test("not at every log, and not when one was pending in between", () => {
    assert.equal(readyFor(later, false, first), first);
    assert.equal(readyFor(later, true, first), first);
  });
  test("again when a gap is healed, once, under the gap's name", () => {
    const open = readyFor(gap, false, first);
    assert.equal(open, "gap-200");
    assert.equal(readyFor(later, false, open), open, "healed, and not restored yet");
    const healed = readyFor(later, true, open);
    assert.equal(healed, "healed-gap-200");
    assert.equal(readyFor(later, true, healed), healed);
  });
  test("on a tail log, once, and again on the tail log after the source was opened again", () => {
    const closed = readyFor(reportOf(files), true, first);
    assert.equal(closed, "tail-300");
    assert.equal(readyFor(reportOf(files), true, closed), closed);
    const again = reportOf([...files, log(300, 400), tail(400, 500)], 500n);
    assert.equal(readyFor(again, true, closed), "tail-500");
  });
  test("never before it is", () => assert.equal(readyFor(logged, false, undefined), undefined));
});

describe("the newest file", () => {
  const first = full(100, 160, { arrivedAt: "2025-11-24T21:00:00.000Z" });
  const last = log(160, 210, { arrivedAt: "2025-11-24T22:00:00.000Z" });
  const restored: RestoreProgress = { ...progress(210n), anchorSetGuid: setGuidOf(first) };
  const leftBeside = (file: BackupRecord): readonly string[] => {
    const report = assessChain([first, last, file], context({ progress: restored }));
    const gate = mayCutOver({ ...allGood, report }, asking(report, { sourceClosed: true }));
    if (gate.allowed) return [];
    return gate.refusals.flatMap((refusal) => (refusal.problem === "unrestored-backups" ? refusal.files : []));
  };
  const at = (arrivedAt: string, file: BackupRecord): BackupRecord => ({ ...file, arrivedAt });
  const LATER = "2025-11-24T22:30:00.000Z";

  for (const code of ["TRUNCATED", "ZERO_BYTES", "UNSUPPORTED_COMPRESSION", "ENCRYPTED_MEDIA", "NOT_A_BACKUP"] as const)
    test(`counts when it is ${code}: it may be the last log, of which only a broken upload is there`, () => {
      const broken = at(LATER, unreadable("tail.trn", code));
      assert.deepEqual(leftBeside(broken), [broken.name]);
    });

  test("counts as well when it came before the last restored one: arrival proves nothing", () => {
    const broken = at("2025-11-24T21:30:00.000Z", unreadable("tail.trn", "TRUNCATED"));
    assert.deepEqual(leftBeside(broken), [broken.name]);
  });

  test("does not count when it is proved to be older than what is restored, or when it is no backup by content and name", () => {
    const content = { kind: "unreadable", code: "CHECKSUM_MISMATCH", message: "why" } as const;
    const damaged = (lastLsn: bigint): BackupRecord => ({
      ...unreadable("old.trn", "CHECKSUM_MISMATCH"),
      content: { ...content, provedSpan: { firstLsn: 160n, lastLsn, isOnlySet: true } },
    });
    assert.deepEqual(leftBeside(damaged(210n)), []);
    assert.deepEqual(leftBeside(damaged(211n)), ["Sales/old.trn"]);
    assert.deepEqual(leftBeside(at(LATER, unreadable("readme.txt", "NOT_A_BACKUP"))), []);
  });

  test("is told with reason and remedy, and only a forced cutover goes past it", () => {
    const report = assessChain([first, last, unreadable("tail.trn", "TRUNCATED")], context({ progress: restored }));
    const facts = { ...allGood, report };
    const gate = mayCutOver(facts, asking(report, { sourceClosed: true }));
    assert.ok(!gate.allowed);
    assert.match(
      gate.refusals[0]?.detail ?? "",
      /^Cannot be used: tail\.trn \(TRUNCATED\): Upload the file again.* Or take it out of the folder\.$/,
    );
    assert.ok(mayCutOver(facts, asking(report, { force: true, reason: "The tail is empty." })).allowed);
  });
});

test("a whole log that lies too deep, and a damaged one, hold up the cutover as far as they reach beyond what is restored", () => {
  const nested: BackupRecord = { ...log(300, 340), name: "Sales/LOG/later.trn" };
  const old: BackupRecord = { ...log(100, 150), name: "Sales/LOG/older.trn" };
  const damaged = log(300, 350, { file: "damaged.trn", header: { isDamaged: true } });
  const leftBy = (...more: readonly BackupRecord[]) =>
    gateLines({ ...allGood, report: reportOf([...files, ...more]) }).find(({ id }) => id === "G6")?.observed;
  assert.equal(leftBy(old), "none left");
  assert.equal(leftBy(nested), "1 left");
  assert.equal(leftBy(damaged), "1 left");
});

test("DMS's own word that the restore is blocked is not in sync", () => {
  const blocked = gateLines({ ...allGood, operation: operation({}, { restoreBlockingReason: "Error 4305" }) });
  const line = blocked.find(({ id }) => id === "G4");
  assert.deepEqual([line?.ok, line?.observed], [false, "DMS says: Error 4305"]);
});

test("a restore that DMS has blocked is not waited for: what heals the gap is told in its place", () => {
  const report = reportOf([...files, log(400, 500)]);
  const facts = { ...allGood, report, operation: operation({}, { restoreBlockingReason: "Error 4305" }) };
  const gate = mayCutOver(facts, asking(report, { sourceClosed: true }));
  const detail = gate.allowed ? "" : gate.refusals.find(({ problem }) => problem === "not-in-sync")?.detail;
  assert.match(
    detail ?? "",
    /Error 4305.* Waiting alone does not help\. Upload the log backups that cover LSN 300 to 400/,
  );
});
