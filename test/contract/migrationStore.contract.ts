// Tests what everybody relies on who reads or moves a migration: all of a change or nothing, and no event lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInstanceId } from "../../shared/migration/ids.ts";
import type {
  CancelWish,
  CutoverWish,
  IdempotencyNote,
  MigrationFacts,
  StartWish,
} from "../../shared/migration/migration.ts";
import type { MigrationStore } from "../../shared/ports.ts";
import { aMigration, anAuditEntry, anEvent } from "../support/facts.ts";

const NOON = "2025-11-24T12:00:00.000Z";
const NOBODY = { kind: "nobody" } as const;
const UNDER_WAY = { kind: "underWay" } as const;
const later = (seconds: number): string => new Date(Date.parse(NOON) + seconds * 1000).toISOString();
const said = (kind: string) => ({ wishId: `wish-${kind}`, run: 1, by: "dba@example.com", at: NOON });

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
  const lineOf = async (migrationId: string) => (await store().list()).find((line) => line.migrationId === migrationId);

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
      wish: { ...said("cancel"), kind: "cancel", reason: "" },
      events: [anEvent(migrationId, "e1", NOON)],
      audit: [anAuditEntry("a1", NOON)],
    } as const;
    assert.equal(await store().commit(second), "conflict");
    const facts = await known(migrationId);
    assert.equal(facts.migration.state, "queued");
    assert.deepEqual(facts.wishes, {});
    assert.deepEqual(await store().outbox(migrationId), []);
    assert.deepEqual(await store().audit(migrationId), []);
    assert.equal((await lineOf(migrationId))?.state, "queued");
  });

  test("wishes of each kind are facts, and a later wish of the same kind replaces the earlier", async () => {
    const start: StartWish = { ...said("start"), kind: "start", planVersion: "p1", chainWasComplete: true };
    const cutover: CutoverWish = {
      ...said("cutover"),
      kind: "cutover",
      planVersion: "p1",
      sourceClosed: true,
      force: false,
    };
    const cancel: CancelWish = { ...said("cancel"), kind: "cancel", reason: "wrong folder" };
    const { migration } = await created();
    const { migrationId } = migration;
    const answered = { ...cancel, outcome: { status: "done", at: later(1), detail: "Canceled." } } as const;
    for (const wish of [start, cutover, cancel, answered]) {
      const { version } = await known(migrationId);
      assert.equal(await store().commit({ migrationId, version, migration, wish }), "committed");
    }
    assert.deepEqual((await known(migrationId)).wishes, { start, cutover, cancel: answered });
  });

  test("one change may answer several wishes", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const start: StartWish = { ...said("start"), kind: "start", planVersion: "p1", chainWasComplete: true };
    const cancel: CancelWish = { ...said("cancel"), kind: "cancel", reason: "wrong folder" };
    const wish = [start, cancel];
    assert.equal(await store().commit({ migrationId, version, migration, wish }), "committed");
    assert.deepEqual((await known(migrationId)).wishes, { start, cancel });
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

  test("an outbox is published by one at a time, by whoever holds its claim, until that is given back or runs out", async () => {
    const { migration } = await created();
    const { migrationId } = migration;
    const claim = (seconds: number) => store().claimOutbox(migrationId, new Date(later(seconds)));
    const first = (await claim(0)) ?? assert.fail("nobody has claimed it");
    assert.equal(await claim(60), undefined);
    const second = (await claim(61)) ?? assert.fail("the first claim has run out");
    await store().dropOutboxClaim(migrationId, first); // by one that was late: it is another's by now
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
    assert.deepEqual([facts.migration, facts.wishes], [migration, {}]);
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

  test("a burst of knocks wakes the watch once; its next turn, or ten seconds, end the burst", async () => {
    const { migrationId } = (await created()).migration;
    const knockAt = (seconds: number) => store().watchToSignal(migrationId, new Date(later(seconds)));
    await store().registerWatch(migrationId, "watch-1");
    assert.deepEqual(await knockAt(0), { kind: "watch", watch: "watch-1" });
    assert.deepEqual(await knockAt(1), UNDER_WAY);
    await store().registerWatch(migrationId, "watch-2");
    assert.deepEqual(await knockAt(2), { kind: "watch", watch: "watch-2" });
    assert.deepEqual(await knockAt(12), UNDER_WAY);
    assert.deepEqual(await knockAt(12.1), { kind: "watch", watch: "watch-2" });
  });

  test("a run that is over listens no more, and then one looks for all who come until he has; another run listens on", async () => {
    const { migrationId } = (await created()).migration;
    const knockAt = (seconds: number) => store().watchToSignal(migrationId, new Date(later(seconds)));
    const watchOf = (run: number): string => `${runInstanceId(migrationId, run)}-FollowRestore-1`;
    await store().dropWatch({ migrationId, run: 1 });
    await store().registerWatch(migrationId, watchOf(12));
    await store().dropWatch({ migrationId, run: 1 });
    assert.deepEqual(await knockAt(0), { kind: "watch", watch: watchOf(12) });
    await store().dropWatch({ migrationId, run: 12 });
    assert.deepEqual([await knockAt(1), await knockAt(2)], [NOBODY, UNDER_WAY]);
    await store().signalAnswered(migrationId);
    assert.deepEqual([await knockAt(3), await knockAt(4)], [NOBODY, UNDER_WAY]);
    await store().registerWatch(migrationId, watchOf(13));
    await store().signalAnswered(migrationId);
    assert.deepEqual(await knockAt(5), { kind: "watch", watch: watchOf(13) });
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

  test("of many who knock at once, one wakes", async () => {
    const { migrationId } = (await created()).migration;
    await store().registerWatch(migrationId, "watch");
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
    await store().registerWatch(migrationId, "watch");
    await store().noteCardPosted(migrationId, "e1", NOON);
    const facts = await known(migrationId);
    assert.deepEqual([facts.migration, facts.wishes], [migration, {}]);
  });

  test("the list shows every migration as last committed", async () => {
    const { migration, version } = await created();
    const other = (await created()).migration;
    const restoring = { ...migration, state: "restoring" } as const;
    await store().commit({ migrationId: migration.migrationId, version, migration: restoring });
    assert.deepEqual(await lineOf(migration.migrationId), restoring);
    assert.deepEqual(await lineOf(other.migrationId), other);
  });

  test("a repair never puts an older state over a newer one", async () => {
    const old = await created();
    const { migrationId } = old.migration;
    const restoring = { ...old.migration, state: "restoring" } as const;
    await store().commit({ migrationId, version: old.version, migration: restoring });
    await store().repairLine(old);
    assert.deepEqual(await lineOf(migrationId), restoring);
  });

  test("of many who change a migration at once, one does, and the list shows that one", async () => {
    const { migration, version } = await created();
    const { migrationId } = migration;
    const names = Array.from({ length: 10 }, (_, index) => `dba${index}`);
    const ends = await Promise.all(
      names.map((createdBy) => store().commit({ migrationId, version, migration: { ...migration, createdBy } })),
    );
    assert.deepEqual(ends.toSorted(), ["committed", ...Array<string>(9).fill("conflict")]);
    const winner = names[ends.indexOf("committed")];
    assert.equal((await known(migrationId)).migration.createdBy, winner);
    assert.equal((await lineOf(migrationId))?.createdBy, winner);
  });
}
