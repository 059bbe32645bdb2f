// Tests the contract of every store of migrations: all of a change is written or nothing, and no event is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInstanceId, vmKeyOf } from "../../shared/migration/ids.ts";
import { guidsKeyOf, type ListLine, listed } from "../../shared/migration/lists/listLine.ts";
import type { LinesAsked } from "../../shared/migration/lists/page.ts";
import type {
  CancelRequest,
  CutoverRequest,
  IdempotencyNote,
  Migration,
  MigrationFacts,
  StartRequest,
} from "../../shared/migration/migration.ts";
import type { MigrationStore } from "../../shared/ports.ts";
import { aMigration, anAuditEntry, anEvent, aSummary } from "../support/facts.ts";

const NOON = "2025-11-24T12:00:00.000Z";
const NOBODY = { kind: "nobody" } as const;
const UNDER_WAY = { kind: "underWay" } as const;
const later = (seconds: number): string => new Date(Date.parse(NOON) + seconds * 1000).toISOString();
const requested = (kind: string) => ({ requestId: `request-${kind}`, run: 1, by: "dba@example.com", at: NOON });

export function migrationStoreContract(store: () => MigrationStore, freshId: () => string): void {
  const created = async (): Promise<MigrationFacts> => {
    const migration = aMigration(freshId());
    assert.equal(await store().commit({ migrationId: migration.migrationId, migration }), "committed");
    return known(migration.migrationId);
  };
  const known = async (migrationId: string): Promise<MigrationFacts> => {
    const facts = await store().facts(migrationId);
    assert.ok(facts);
    return facts;
  };
  const lineOf = async (migrationId: string) =>
    (await store().list()).find(({ line }) => line.migrationId === migrationId)?.line;
  /** The line that the list shows. */
  const shown = (migration: Migration) => listed(migration).line;
  /** Reads the list page by page. */
  const walk = async (asked: Omit<LinesAsked, "after">) => {
    const lines: ListLine[] = [];
    let after: string | undefined;
    do {
      const { items, next } = await store().lines({ ...asked, after });
      assert.ok(items.length <= asked.top);
      lines.push(...items.map(({ line }) => line));
      after = next;
    } while (after !== undefined);
    return lines;
  };

  test("a migration that nobody created has no facts, events or audit", async () => {
    const id = freshId();
    assert.equal(await store().facts(id), undefined);
    assert.deepEqual(await store().outbox(id), []);
    assert.deepEqual(await store().events(id), []);
    assert.deepEqual(await store().audit(id), []);
  });

  test("a migration is created once", async () => {
    const { migration } = await created();
    const { migrationId } = migration;
    assert.equal(await store().commit({ migrationId, migration: { ...migration, createdBy: "another" } }), "conflict");
    assert.deepEqual((await known(migrationId)).migration, migration);
  });

  test("a migration larger than a property comes back whole", async () => {
    const message = "ä".repeat(40_000);
    const check = { id: "P06", outcome: "fail", source: "DMS", observed: "", message, remedy: "" } as const;
    const migration = aMigration(freshId(), {
      target: { sqlVmResourceId: "/subscriptions/s/resourceGroups/r/providers/…", databaseName: "Sales" },
      progress: { started: true, positionLsn: 9999999999999999999999999n, restoredSetGuids: [] },
      checks: [check, check],
    });
    await store().commit({ migrationId: migration.migrationId, migration });
    assert.deepEqual((await known(migration.migrationId)).migration, migration);
  });

  test("who decided on old facts is told to decide anew, and nothing of the change is written", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const first = { migrationId, version, migration: { ...migration, state: "queued" } } as const;
    assert.equal(await store().commit(first), "committed");
    const second = {
      ...first,
      migration: { ...migration, state: "canceled" },
      request: { ...requested("cancel"), kind: "cancel", reason: "" },
      events: [anEvent(migrationId, "e1", NOON)],
      audit: [anAuditEntry("a1", NOON)],
    } as const;
    assert.equal(await store().commit(second), "conflict");
    const facts = await known(migrationId);
    assert.equal(facts.migration.state, "queued");
    assert.deepEqual(facts.requests, {});
    assert.deepEqual(await store().outbox(migrationId), []);
    assert.deepEqual(await store().audit(migrationId), []);
    assert.equal((await lineOf(migrationId))?.state, "queued");
  });

  test("requests of each kind are facts, and a later request of the same kind replaces the earlier", async () => {
    const start: StartRequest = { ...requested("start"), kind: "start", planVersion: "p1", chainWasComplete: true };
    const cutover: CutoverRequest = {
      ...requested("cutover"),
      kind: "cutover",
      planVersion: "p1",
      sourceClosed: true,
      force: false,
    };
    const cancel: CancelRequest = { ...requested("cancel"), kind: "cancel", reason: "wrong folder" };
    const { migration } = await created();
    const { migrationId } = migration;
    const answered = { ...cancel, outcome: { status: "done", at: later(1), detail: "Canceled." } } as const;
    for (const request of [start, cutover, cancel, answered]) {
      const { version } = await known(migrationId);
      assert.equal(await store().commit({ migrationId, version, migration, request }), "committed");
    }
    assert.deepEqual((await known(migrationId)).requests, { start, cutover, cancel: answered });
  });

  test("one change may answer several requests", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const start: StartRequest = { ...requested("start"), kind: "start", planVersion: "p1", chainWasComplete: true };
    const cancel: CancelRequest = { ...requested("cancel"), kind: "cancel", reason: "wrong folder" };
    const request = [start, cancel];
    assert.equal(await store().commit({ migrationId, version, migration, request }), "committed");
    assert.deepEqual((await known(migrationId)).requests, { start, cancel });
  });

  test("an event waits in the outbox until it is published, and is listed from then on", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const [early, late] = [anEvent(migrationId, "zzz", later(1)), anEvent(migrationId, "aaa", later(2))];
    await store().commit({ migrationId, version, migration, events: [late, early, early] });
    assert.deepEqual(await store().outbox(migrationId), [early, late]);
    await store().published(migrationId, [early]);
    await store().published(migrationId, [early]);
    assert.deepEqual(await store().outbox(migrationId), [late]);
    assert.deepEqual(await store().events(migrationId), [early]);
    await store().published(migrationId, [late]);
    assert.deepEqual(await store().events(migrationId), [early, late]);
  });

  test("every migration's id is known, once, whatever else lies beside its record", async () => {
    const made = [await created(), await created(), await created()].map(({ migration }) => migration.migrationId);
    for (const id of made) {
      const { migration, version } = await known(id);
      const events = [anEvent(id, "a", NOON), anEvent(id, "b", NOON)];
      await store().commit({ migrationId: id, version, migration, events, audit: [anAuditEntry("z", NOON)] });
    }
    const ids = await store().ids();
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      made.filter((id) => !ids.includes(id)),
      [],
    );
  });

  test("ids are told in portions, in their order", async () => {
    for (let n = 0; n < 3; n++) await created();
    const all = await store().ids();
    const inPortions: string[] = [];
    for (let some = await store().ids("", 2); some.length > 0; some = await store().ids(inPortions.at(-1), 2)) {
      assert.ok(some.length <= 2);
      inPortions.push(...some);
    }
    assert.deepEqual(inPortions, all);
  });

  test("a sweep is told of each line: folder, VM, whether it has ended, and that it is as new as the record", async () => {
    const { migrationId } = (await created()).migration;
    const find = async () => {
      for (let after: string | undefined; ; ) {
        const { folders, next } = await store().listedFolders(after);
        const found = folders.find((one) => one.migrationId === migrationId);
        if (found || next === undefined) return found;
        after = next;
      }
    };
    const first = await find();
    assert.ok(first?.line && (await store().listedIds()).has(migrationId));
    assert.deepEqual([first.line.folder, first.line.hasEnded, first.line.vmKey], ["Sales", false, undefined]);
    const { migration, version } = await known(migrationId);
    const target = { sqlVmResourceId: "/x/sqlvm-07", databaseName: "Sales" };
    await store().commit({ migrationId, version, migration: { ...migration, state: "canceled", target } });
    const second = await find();
    const [before, after] = [first.line.revision ?? assert.fail(), second?.line?.revision ?? assert.fail()];
    assert.ok(second?.line && after > before);
    assert.deepEqual([second.line.hasEnded, second.line.vmKey], [true, vmKeyOf(target.sqlVmResourceId)]);
    assert.deepEqual(
      (await store().listedFolders(migrationId)).folders.filter((one) => one.migrationId <= migrationId),
      [],
    );
    await store().repairLine(await known(migrationId), second); // there is nothing to write
    assert.deepEqual(await find(), second);
  });

  test("facts are told together with whether events wait", async () => {
    const { migrationId } = (await created()).migration;
    const standing = async () => (await store().standing(migrationId)) ?? assert.fail();
    assert.equal((await standing()).hasWaitingEvents, false);
    const { migration, version } = await known(migrationId);
    const event = anEvent(migrationId, "waits", NOON);
    await store().commit({ migrationId, version, migration, events: [event] });
    assert.deepEqual(await standing(), { ...(await known(migrationId)), hasWaitingEvents: true });
    await store().published(migrationId, [event]);
    assert.deepEqual(await standing(), { ...(await known(migrationId)), hasWaitingEvents: false });
    assert.equal(await store().standing("nobody-00000000"), undefined);
  });

  test("an outbox is published by one at a time, by whoever holds its claim, until that is given back or runs out", async () => {
    const { migration } = await created();
    const { migrationId } = migration;
    const claim = (seconds: number) => store().claimOutbox(migrationId, new Date(later(seconds)));
    const first = (await claim(0)) ?? assert.fail("nobody has claimed it");
    assert.equal(await claim(60), undefined);
    const second = (await claim(61)) ?? assert.fail("the first claim has run out");
    await store().dropOutboxClaim(migrationId, first); // dropped too late: the claim belongs to another process by now
    assert.equal(await claim(62), undefined);
    await store().dropOutboxClaim(migrationId, second);
    await store().dropOutboxClaim(migrationId, second);
    assert.ok(await claim(63));
    assert.deepEqual(await store().outbox(migrationId), []);
    assert.deepEqual((await known(migrationId)).migration, migration);
    const other = freshId();
    const both = await Promise.all([1, 2].map(() => store().claimOutbox(other, new Date(NOON))));
    assert.equal(both.filter((one) => one !== undefined).length, 1);
  });

  test("an event that is told again later, as after a crash, is listed once", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const first = anEvent(migrationId, "same", later(1));
    await store().commit({ migrationId, version, migration, events: [first] });
    await store().published(migrationId, [first]);
    const now = await store().facts(migrationId);
    assert.ok(now);
    const again = anEvent(migrationId, "same", later(9));
    await store().commit({ migrationId, version: now.version, migration, events: [again] });
    const other = anEvent(migrationId, "other", later(9));
    const { version: next } = await known(migrationId);
    await store().commit({ migrationId, version: next, migration, events: [other] });
    await store().published(migrationId, await store().outbox(migrationId));
    assert.deepEqual(await store().outbox(migrationId), []);
    assert.deepEqual(await store().events(migrationId), [first, other]);
  });

  test("the audit is listed in order of time", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const entries = [anAuditEntry("b", later(1)), anAuditEntry("a", later(2))];
    await store().commit({ migrationId, version, migration, audit: entries.toReversed() });
    assert.deepEqual(await store().audit(migrationId), entries);
  });

  test("the audit comes in pages, and what is written between them is on a later one", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const entries = ["a", "b", "c"].map((id, index) => anAuditEntry(id, later(index)));
    await store().commit({ migrationId, version, migration, audit: entries });
    const first = await store().auditPage(migrationId, { top: 2 });
    const last = anAuditEntry("d", later(9));
    const facts = await known(migrationId);
    await store().commit({ migrationId, version: facts.version, migration, audit: [last] });
    const second = await store().auditPage(migrationId, { top: 2, after: first.next });
    assert.deepEqual([first.items, second.items], [entries.slice(0, 2), [entries[2], last]]);
    assert.deepEqual(await store().auditPage(freshId(), { top: 2 }), { items: [] });
  });

  test("a change of more than a hundred rows is refused before anything is sent", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const events = Array.from({ length: 100 }, (_, index) => anEvent(migrationId, `e${index}`, NOON));
    await assert.rejects(store().commit({ migrationId, version, migration, events }), RangeError);
    assert.equal(await store().commit({ migrationId, version, migration, events: events.slice(1) }), "committed");
    assert.equal((await store().outbox(migrationId)).length, 99);
  });

  const aNote = (key: string, seconds: number, detail = "Noted."): IdempotencyNote => ({
    key,
    request: `request of ${key}`,
    at: later(seconds),
    outcome: { did: "noted", about: "operations/o-1", retryAfterSeconds: 5, body: { detail, more: [1, { a: null }] } },
  });

  test("a note of a request is written with its change, or not at all", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    assert.equal(await store().note(migrationId, "k1"), undefined);
    const note = aNote("k1", 0, "ä".repeat(40_000));
    assert.equal(await store().commit({ migrationId, version, migration, note }), "committed");
    assert.deepEqual(await store().note(migrationId, "k1"), note);
    const late = { migrationId, version, migration, note: aNote("k2", 0) };
    assert.equal(await store().commit(late), "conflict");
    assert.equal(await store().note(migrationId, "k2"), undefined);
    const facts = await known(migrationId);
    assert.deepEqual([facts.migration, facts.requests], [migration, {}]);
  });

  test("notes that are no longer honoured go when the next one is written, others stay, and a key may be used anew", async () => {
    const { migrationId } = (await created()).migration;
    const write = async (note: IdempotencyNote): Promise<void> => {
      const { version, migration } = await known(migrationId);
      assert.equal(await store().commit({ migrationId, version, migration, note }), "committed");
    };
    const day = 24 * 3_600;
    await write(aNote("old", 0));
    await write(aNote("anew", 0));
    await write(aNote("young", 1));
    const anew = aNote("anew", day);
    await write(anew);
    assert.equal(await store().note(migrationId, "old"), undefined);
    assert.deepEqual(await store().note(migrationId, "young"), aNote("young", 1));
    assert.deepEqual(await store().note(migrationId, "anew"), anew);
  });

  test("a note counts as a row of its change, and old ones that do not fit wait for the next", async () => {
    const { migrationId } = (await created()).migration;
    const write = async (note: IdempotencyNote, events = 0): Promise<void> => {
      const { version, migration } = await known(migrationId);
      const full = Array.from({ length: events }, (_, index) => anEvent(migrationId, `e${index}`, NOON));
      assert.equal(await store().commit({ migrationId, version, migration, note, events: full }), "committed");
    };
    await write(aNote("old", 0));
    await write(aNote("full", 48 * 3_600), 98);
    await write(aNote("next", 49 * 3_600));
    assert.equal(await store().note(migrationId, "old"), undefined);
    assert.ok(await store().note(migrationId, "full"));
    const { version, migration } = await known(migrationId);
    const events = Array.from({ length: 99 }, (_, index) => anEvent(migrationId, `f${index}`, NOON));
    await assert.rejects(
      store().commit({ migrationId, version, migration, events, note: aNote("k", 49 * 3_600) }),
      RangeError,
    );
  });

  test("nobody is woken before a watch listens", async () => {
    const { migration } = await created();
    assert.deepEqual(await store().watchToSignal(migration.migrationId, new Date(NOON)), NOBODY);
  });

  test("a burst of signals wakes the watch once; its next turn, or ten seconds, end the burst", async () => {
    const { migrationId } = (await created()).migration;
    const signalAt = (seconds: number) => store().watchToSignal(migrationId, new Date(later(seconds)));
    await store().beginTurn(migrationId, "watch-1");
    assert.deepEqual(await signalAt(0), { kind: "watch", watch: "watch-1" });
    assert.deepEqual(await signalAt(1), UNDER_WAY);
    await store().beginTurn(migrationId, "watch-2");
    assert.deepEqual(await signalAt(2), { kind: "watch", watch: "watch-2" });
    assert.deepEqual(await signalAt(12), UNDER_WAY);
    assert.deepEqual(await signalAt(12.1), { kind: "watch", watch: "watch-2" });
  });

  test("a turn begins with the facts: whatever somebody had written who was told that a wake-up is under way is among them", async () => {
    const { migrationId } = (await created()).migration;
    const begin = () => store().beginTurn(migrationId, "watch");
    assert.deepEqual(await begin(), await known(migrationId));
    for (let round = 1; round <= 30; round++) {
      const { version, migration } = await known(migrationId);
      const request: CancelRequest = {
        ...requested("cancel"),
        kind: "cancel",
        requestId: `request-${round}`,
        reason: "anew",
      };
      const write = async () => {
        assert.equal(await store().commit({ migrationId, version, migration, request }), "committed");
        return store().watchToSignal(migrationId, new Date(NOON));
      };
      const [facts] = await Promise.all([begin().then(begin), write()]);
      // as before the wake-up: the turn has taken it
      const isTaken = (await store().watchToSignal(migrationId, new Date(NOON))).kind === "watch";
      assert.ok(!isTaken || facts?.requests.cancel?.requestId === request.requestId, `round ${round}`);
      assert.equal((await begin())?.requests.cancel?.requestId, request.requestId);
    }
    assert.equal(await store().beginTurn(freshId(), "watch"), undefined);
  });

  test("a run that is over listens no more, and then one looks for all who come until he has; another run listens on", async () => {
    const { migrationId } = (await created()).migration;
    const signalAt = (seconds: number) => store().watchToSignal(migrationId, new Date(later(seconds)));
    const watchOf = (run: number): string => `${runInstanceId(migrationId, run)}-FollowRestore-1`;
    await store().dropWatch({ migrationId, run: 1 });
    await store().beginTurn(migrationId, watchOf(12));
    await store().dropWatch({ migrationId, run: 1 });
    assert.deepEqual(await signalAt(0), { kind: "watch", watch: watchOf(12) });
    await store().dropWatch({ migrationId, run: 12 });
    assert.deepEqual([await signalAt(1), await signalAt(2)], [NOBODY, UNDER_WAY]);
    await store().signalAnswered(migrationId);
    assert.deepEqual([await signalAt(3), await signalAt(4)], [NOBODY, UNDER_WAY]);
    await store().beginTurn(migrationId, watchOf(13));
    await store().signalAnswered(migrationId);
    assert.deepEqual(await signalAt(5), { kind: "watch", watch: watchOf(13) });
  });

  test("very many events are moved at once, whatever was moved of them before", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const events = Array.from({ length: 99 }, (_, index) => anEvent(migrationId, `e${index}`, later(index)));
    await store().commit({ migrationId, version, migration, events });
    await store().published(migrationId, events.slice(60, 62));
    await store().published(migrationId, [...events, ...events.slice(0, 1)]);
    assert.deepEqual(await store().outbox(migrationId), []);
    assert.deepEqual(await store().events(migrationId), events);
  });

  test("of many who signal at once, one wakes", async () => {
    const { migrationId } = (await created()).migration;
    await store().beginTurn(migrationId, "watch");
    const woken = await Promise.all(
      Array.from({ length: 20 }, () => store().watchToSignal(migrationId, new Date(NOON))),
    );
    assert.deepEqual(
      woken.filter(({ kind }) => kind === "watch"),
      [{ kind: "watch", watch: "watch" }],
    );
  });

  test("a posted card is remembered by its event", async () => {
    const { migrationId } = (await created()).migration;
    const claim = (eventId: string, seconds: number) =>
      store().claimCard(migrationId, eventId, new Date(later(seconds)));
    assert.equal(await claim("e1", 0), "claimed");
    await store().noteCardPosted(migrationId, "e1", NOON);
    await store().noteCardPosted(migrationId, "e1", later(1));
    assert.equal(await claim("e1", 3_600), "posted");
    assert.equal(await claim("e2", 0), "claimed");
  });

  test("of many who would post a card at once, one may; another only after a minute, or when that one gives up", async () => {
    const { migrationId } = (await created()).migration;
    const claim = (seconds: number) => store().claimCard(migrationId, "e1", new Date(later(seconds)));
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim(0)));
    assert.deepEqual(claims.toSorted(), [...Array<string>(9).fill("busy"), "claimed"]);
    assert.equal(await claim(60), "busy");
    assert.equal(await claim(61), "claimed");
    assert.equal(await claim(62), "busy");
    await store().dropCardClaim(migrationId, "e1");
    await store().dropCardClaim(migrationId, "e1");
    assert.equal(await claim(63), "claimed");
  });

  test("wakes, cards, events and audit are no facts", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    await store().commit({
      migrationId,
      version,
      migration,
      events: [anEvent(migrationId, "e1", NOON)],
      audit: [anAuditEntry("a", NOON)],
    });
    await store().beginTurn(migrationId, "watch");
    await store().noteCardPosted(migrationId, "e1", NOON);
    const facts = await known(migrationId);
    assert.deepEqual([facts.migration, facts.requests], [migration, {}]);
  });

  test("the list shows every migration as last committed", async () => {
    const { migration, version } = await created();
    const other = (await created()).migration;
    const restoring = { ...migration, state: "restoring" } as const;
    await store().commit({ migrationId: migration.migrationId, version, migration: restoring });
    assert.deepEqual(await lineOf(migration.migrationId), shown(restoring));
    assert.deepEqual(await lineOf(other.migrationId), shown(other));
  });

  test("a repair never puts an older state over a newer one", async () => {
    const old = await created();
    const { migrationId } = old.migration;
    const restoring = { ...old.migration, state: "restoring" } as const;
    await store().commit({ migrationId, version: old.version, migration: restoring });
    await store().repairLine(old);
    assert.deepEqual(await lineOf(migrationId), shown(restoring));
  });

  test("the list tells, besides the line, by which VM and which database a migration is found", async () => {
    const target = { sqlVmResourceId: "/subscriptions/s/…/SQLVM-07", databaseName: "Sales" };
    const migration = aMigration(freshId(), { target, summary: aSummary({ familyGuid: "F", databaseGuid: "D" }) });
    await store().commit({ migrationId: migration.migrationId, migration });
    const known = (await store().list()).find(({ line }) => line.migrationId === migration.migrationId);
    assert.deepEqual(known, listed(migration));
    assert.deepEqual([known?.vmKey, known?.guidsKey], [vmKeyOf(target.sqlVmResourceId), guidsKeyOf("F", "D")]);
  });

  test("the pages of the list hold each line once, in the order of the ids, whatever comes and goes between them", async () => {
    for (let made = 0; made < 5; made++) await created();
    const all = (await store().list()).map(({ line }) => line);
    for (const top of [1, 2, 200]) assert.deepEqual(await walk({ top }), all);
    const first = await store().lines({ top: 3 });
    const late = (await created()).migration.migrationId;
    const second = await store().lines({ top: 200, after: first.next });
    const ids = [...first.items, ...second.items].map(({ line }) => line.migrationId);
    const others = all.map(({ migrationId }) => migrationId);
    assert.deepEqual(
      ids.filter((id) => id !== late),
      others,
    );
    assert.deepEqual(ids, [...new Set(ids)].sort());
  });

  test("a filtered list leaves out what is not wanted, and none that is", async () => {
    const wanted = [await created(), await created(), await created()].map(({ migration }) => migration.migrationId);
    const isWanted = (id: string) => wanted.includes(id);
    for (const top of [1, 2, 200]) {
      const lines = await walk({ top, wanted: ({ line }) => isWanted(line.migrationId) });
      assert.deepEqual(
        lines.map(({ migrationId }) => migrationId),
        wanted.toSorted(),
      );
    }
  });

  test("what was forgotten is in no page of the list, and is told to whoever asks what has changed, until it is there again", async () => {
    const { migration } = await created();
    const { migrationId } = migration;
    const { asOf } = await store().lines({ top: 1 });
    const write = async (changes: Partial<Migration>): Promise<void> => {
      const { forgottenAt: _, ...before } = (await known(migrationId)).migration;
      const { version } = await known(migrationId);
      await store().commit({ migrationId, version, migration: { ...before, ...changes } });
    };
    const told = async () =>
      (await store().lines({ top: 200, since: asOf })).items.find(({ line }) => line.migrationId === migrationId);
    const isListed = async () => (await walk({ top: 200 })).some((line) => line.migrationId === migrationId);
    await write({ state: "canceled", forgottenAt: NOON });
    assert.deepEqual([(await told())?.isForgotten, await isListed()], [true, false]);
    assert.ok((await store().listedIds()).has(migrationId), "a sweep knows that it has a line");
    await write({ state: "draft" });
    assert.deepEqual([(await told())?.isForgotten, await isListed()], [undefined, true]);
  });

  test("since an earlier answer, the list tells what was written after it, in pages, and nothing when nothing was", async () => {
    const [one, two] = [await created(), await created()];
    const { asOf } = await store().lines({ top: 1 });
    for (const { migration, version } of [one, two])
      await store().commit({
        migrationId: migration.migrationId,
        version,
        migration: { ...migration, state: "queued" },
      });
    const third = (await created()).migration.migrationId;
    const changed = await walk({ top: 2, since: asOf });
    const stateOf = (id: string) => changed.find(({ migrationId }) => migrationId === id)?.state;
    assert.deepEqual([one.migration.migrationId, two.migration.migrationId, third].map(stateOf), [
      "queued",
      "queued",
      "waitingForChain",
    ]);
    assert.deepEqual(await walk({ top: 2, since: new Date("2200-01-01T00:00:00.000Z") }), []);
  });

  test("who asks again and again for what has changed misses nothing that many write meanwhile", async () => {
    const ids = (await Promise.all(Array.from({ length: 6 }, created))).map(({ migration }) => migration.migrationId);
    const copy = new Map<string, ListLine>();
    let since: Date | undefined;
    const look = async (): Promise<void> => {
      let after: string | undefined;
      let asOf: Date | undefined;
      do {
        const seen = await store().lines({ top: 4, since, after });
        for (const { line } of seen.items) copy.set(line.migrationId, line);
        asOf ??= seen.asOf;
        after = seen.next;
      } while (after !== undefined);
      since = asOf;
    };
    let writing = ids.length;
    const write = async (id: string): Promise<void> => {
      for (let round = 1; round <= 8; round++) {
        const { migration, version } = await known(id);
        const summary = aSummary({ files: round });
        assert.equal(
          await store().commit({ migrationId: id, version, migration: { ...migration, summary } }),
          "committed",
        );
      }
      writing--;
    };
    const read = async (): Promise<void> => {
      while (writing > 0) await look();
    };
    await Promise.all([read(), ...ids.map(write)]);
    await look();
    assert.deepEqual(
      ids.map((id) => copy.get(id)?.files),
      ids.map(() => 8),
    );
  });

  test("of many who change a migration at once, one does, and the list shows that one", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const names = Array.from({ length: 10 }, (_, index) => `dba${index}`);
    const ends = await Promise.all(
      names.map((databaseName) => {
        const changed = { ...migration, source: { ...migration.source, databaseName } };
        return store().commit({ migrationId, version, migration: changed });
      }),
    );
    assert.deepEqual(ends.toSorted(), ["committed", ...Array<string>(9).fill("conflict")]);
    const winner = names[ends.indexOf("committed")];
    assert.equal((await known(migrationId)).migration.source.databaseName, winner);
    assert.equal((await lineOf(migrationId))?.databaseName, winner);
  });
}
