// Tests what a run is shown to wait for, since when, and when an event announces it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { WaitingOn } from "../../../../shared/migration/migration.ts";
import type { EngineFailure } from "../../../../shared/migration/observed.ts";
import {
  isOutage,
  type Obstacle,
  obstacleOfRestore,
  outage,
  type RestoreFacts,
  refusal,
  type Stillness,
  secondsUntilTold,
  stillSince,
  waitAfter,
} from "../../../../shared/migration/waiting.ts";

const at = (minute: number): Date => new Date(Date.UTC(2025, 10, 24, 12, minute));
const failure = (changes: Partial<EngineFailure> = {}): EngineFailure => ({
  code: "Http503",
  message: "m",
  cause: "Azure could not serve the request.",
  remedy: "None: it is tried again.",
  kind: "wait",
  ...changes,
});

describe("what a run waits for", () => {
  const DMS = "Azure Database Migration Service";
  for (const [words, found, what, needsAPerson] of [
    ["DMS that does not answer", outage(failure()), DMS, false],
    ["a role that is gone", outage(failure({ kind: "user" })), `access to ${DMS}`, true],
    ["a start that is not taken", refusal(failure(), "the start"), `the start at ${DMS}`, false],
    [
      "a runtime that is down",
      refusal(failure({ cause: "The integration runtime is down." }), "the start"),
      "the integration runtime",
      false,
    ],
    [
      "single-user mode",
      refusal(failure({ message: "Login failed for user 'NT Service\\SQLIaaSExtensionQuery'" }), "the start"),
      "SQL Server on the VM",
      false,
    ],
    ["a cancel that is refused", refusal(failure({ kind: "user" }), "the cancel"), `the cancel at ${DMS}`, true],
  ] as const)
    test(`${words}: ${what}`, () => {
      assert.deepEqual([found.what, found.needsAPerson], [what, needsAPerson]);
    });

  test("of a restore is the runtime, the share, then what DMS names, then the VM; a VM of unknown state is no obstacle", () => {
    const share = { uploadErrors: ["Access is denied."], restoreBlockingReason: "Error 3101" };
    const blocked = { restoreBlockingReason: "Error 3101" };
    const found = (facts: Partial<RestoreFacts>) => obstacleOfRestore({ details: {}, isRestorable: true, ...facts });
    assert.equal(found({ details: share, runtimeState: "Offline" })?.what, "the integration runtime");
    assert.equal(found({ details: share, powerState: "stopped" })?.what, "the file share");
    assert.equal(found({ details: blocked, powerState: "stopped" })?.code, "RESTORE_BLOCKED");
    assert.equal(found({ details: blocked, isRestorable: false }), undefined, "of a gap the chain tells");
    assert.match(found({ powerState: "deallocated" })?.cause ?? "", /deallocated/);
    for (const facts of [{ powerState: "running", runtimeState: "Online" }, {}]) assert.equal(found(facts), undefined);
  });

  describe("while a restore shows nothing new", () => {
    const GB = 1_000_000_000;
    const still = (changes: Partial<Stillness>, minutes: number) =>
      stillSince(
        {
          changedAt: at(0).toISOString(),
          newestArrival: "",
          mostBytesLeft: 1,
          bytesPerSecond: 100_000_000,
          isOffline: true,
          ...changes,
        },
        at(minutes),
      );
    const SINCE: readonly [string, Partial<Stillness>, number, number | undefined][] = [
      ["less than an hour is none", {}, 59, undefined],
      ["an hour counts from the last change", {}, 60, 0],
      ["it counts from the newest file, when that came later", { newestArrival: at(30).toISOString() }, 89, undefined],
      ["and then after an hour", { newestArrival: at(30).toISOString() }, 90, 30],
      ["a backup of 720 GB at 100 MB/s may take four hours", { mostBytesLeft: 720 * GB }, 239, undefined],
      ["and no longer", { mostBytesLeft: 720 * GB }, 240, 0],
      ["an offline restore has to complete also when all is restored", { mostBytesLeft: 0 }, 60, 0],
      ["an online one may rest then", { mostBytesLeft: 0, isOffline: false }, 9_999, undefined],
      ["and may not while something is left", { isOffline: false }, 60, 0],
    ];
    for (const [sentence, changes, minutes, since] of SINCE)
      test(sentence, () => {
        assert.equal(still(changes, minutes), since === undefined ? undefined : at(since).toISOString());
      });

    test("the VM that is off is named first, and of a gap the chain tells", () => {
      const facts = { details: {}, isRestorable: true, stillSince: at(0).toISOString() };
      assert.equal(obstacleOfRestore(facts)?.code, "NOTHING_NEW");
      assert.equal(obstacleOfRestore({ ...facts, powerState: "stopped" })?.code, "stopped");
      assert.equal(obstacleOfRestore({ ...facts, isRestorable: false }), undefined);
    });
  });

  test("is over once DMS answers, if DMS was what it waited for", () => {
    const waits = (obstacle: Obstacle): WaitingOn => waitAfter(undefined, obstacle, at(0), 15).waitingOn;
    assert.ok(isOutage(waits(outage(failure()))));
    assert.ok(isOutage(waits(outage(failure({ kind: "user" })))));
    assert.ok(!isOutage(waits(refusal(failure(), "the start"))));
  });
});

describe("people", () => {
  test("are told when a wait has lasted, once", () => {
    const first = waitAfter(undefined, outage(failure()), at(0), 15);
    assert.deepEqual([first.isToBeTold, first.waitingOn.toldAt], [false, undefined]);
    const before = waitAfter(first.waitingOn, outage(failure({ code: "Http429" })), at(14), 15);
    assert.deepEqual([before.isToBeTold, before.waitingOn.since], [false, at(0).toISOString()]);
    assert.equal(secondsUntilTold(before.waitingOn, at(14), 15), 60);
    const due = waitAfter(before.waitingOn, outage(failure()), at(15), 15);
    assert.deepEqual([due.isToBeTold, due.waitingOn.toldAt], [true, at(15).toISOString()]);
    const later = waitAfter(due.waitingOn, outage(failure()), at(90), 15);
    assert.deepEqual([later.isToBeTold, later.waitingOn], [false, due.waitingOn]);
    assert.equal(secondsUntilTold(later.waitingOn, at(90), 15), Number.POSITIVE_INFINITY);
  });

  test("are told at once what only they can mend, also when they know of another wait", () => {
    const told = waitAfter(undefined, outage(failure()), at(0), 0).waitingOn;
    const refused = waitAfter(told, outage(failure({ kind: "user" })), at(1), 15);
    assert.deepEqual([refused.isToBeTold, refused.waitingOn.since], [true, at(1).toISOString()]);
  });

  test("hear of each wait at most once, and of every one that lasts", () => {
    const obstacles = [outage(failure()), outage(failure({ kind: "user" })), refusal(failure(), "the start")];
    const looks = fc.array(fc.record({ which: fc.nat(2), minutes: fc.integer({ min: 1, max: 20 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(looks, (all) => {
        let waits: WaitingOn | undefined;
        let minute = 0;
        const told = new Set<string>();
        for (const { which, minutes } of all) {
          minute += minutes;
          const after = waitAfter(waits, obstacles[which] ?? assert.fail(), at(minute), 15);
          const wait = `${after.waitingOn.what}|${after.waitingOn.since}`;
          if (after.isToBeTold) assert.ok(!told.has(wait));
          if (after.isToBeTold) told.add(wait);
          const lasted = (at(minute).getTime() - Date.parse(after.waitingOn.since)) / 60_000;
          if (lasted >= 15) assert.ok(told.has(wait));
          waits = after.waitingOn;
        }
      }),
    );
  });
});
