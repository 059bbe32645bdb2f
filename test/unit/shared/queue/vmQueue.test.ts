// Tests whose turn it is on a VM: one holder per kind of slot, by priority, wave and time, a pause at the cap, and a
// turn for everyone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { vmKeyOf } from "../../../../shared/migration/ids.ts";
import { type Elsewhere, elsewhereOn } from "../../../../shared/queue/elsewhere.ts";
import { inLine, nextAskSeconds, type Rank, waitMinutes } from "../../../../shared/queue/queueOrder.ts";
import {
  askForSlot,
  countAsStarted,
  EMPTY_QUEUE,
  giveBack,
  type QueuedRun,
  type SlotAnswer,
  type SlotKind,
  standAside,
  type VmQueue,
} from "../../../../shared/queue/vmQueue.ts";

const LIMITS = { maxDatabases: 2, cooldownMinutes: 30 };
const LIMITS_OF_MANY = { maxDatabases: 100, cooldownMinutes: 30 };
const at = (minute: number): Date => new Date(Date.UTC(2025, 10, 24, 12, minute));
const runOf = (migrationId: string, run = 1): QueuedRun => ({ migrationId, run });
const ask = (queue: VmQueue, who: string, kind: SlotKind, minute = 0, limits = LIMITS): SlotAnswer =>
  askForSlot(queue, { ...runOf(who), kind }, limits, at(minute));
const started = (queue: VmQueue, who: string): VmQueue => giveBack(queue, runOf(who), { stillRestoring: true });
const ended = (queue: VmQueue, who: string, run = 1): VmQueue =>
  giveBack(queue, runOf(who, run), { stillRestoring: false });

describe("a slot", () => {
  test("is granted at once on an idle VM", () => {
    const { granted, position, queue } = ask(EMPTY_QUEUE, "a", "start");
    assert.deepEqual(
      { granted, position, starts: queue.startsSinceCooldown },
      { granted: true, position: 0, starts: 1 },
    );
  });

  test("is granted to one; the others wait in the order in which they came, whoever asks first afterwards", () => {
    const a = ask(EMPTY_QUEUE, "a", "start", 0);
    const c = ask(a.queue, "c", "start", 1);
    const b = ask(c.queue, "b", "start", 2);
    assert.deepEqual([c.position, b.position], [2, 3]);
    const free = started(b.queue, "a");
    assert.equal(ask(free, "b", "start", 3).granted, false);
    assert.equal(ask(free, "c", "start", 3).granted, true);
  });

  test("goes by the migration's id when two came in the same millisecond", () => {
    const holder = ask(EMPTY_QUEUE, "h", "start").queue;
    const both = ask(ask(holder, "b", "start", 1).queue, "a", "start", 1).queue;
    const free = ended(both, "h");
    assert.equal(ask(free, "b", "start", 2).granted, false);
    assert.equal(ask(free, "a", "start", 2).granted, true);
  });

  test("for a cutover is another one than for a start", () => {
    const restoring = started(ask(EMPTY_QUEUE, "a", "start").queue, "a");
    const starting = ask(restoring, "b", "start", 1);
    assert.ok(starting.granted);
    assert.ok(ask(starting.queue, "a", "cutover", 1).granted);
  });

  test("that a cutover was refused is free for the next one", () => {
    const a = ask(started(ask(EMPTY_QUEUE, "a", "start").queue, "a"), "a", "cutover");
    const waiting = ask(a.queue, "b", "cutover", 1);
    assert.equal(waiting.granted, false);
    assert.ok(ask(started(waiting.queue, "a"), "b", "cutover", 2).granted);
  });

  test("of a run is not given back by an earlier run that tidies up late", () => {
    const second = askForSlot(EMPTY_QUEUE, { ...runOf("a", 2), kind: "start" }, LIMITS, at(0)).queue;
    assert.equal(ended(second, "a", 1), second);
    assert.deepEqual(ended(second, "a", 2).tickets, []);
  });

  test("that a dead run held is taken over by the migration's next run", () => {
    const dead = ask(EMPTY_QUEUE, "a", "start").queue;
    assert.ok(askForSlot(dead, { ...runOf("a", 2), kind: "start" }, LIMITS, at(1)).granted);
  });
});

describe("the order of those that wait", () => {
  const holder = ask(EMPTY_QUEUE, "holder", "start").queue;
  const wait = (queue: VmQueue, who: string, minute: number, rank: Rank = {}): VmQueue =>
    askForSlot(queue, { ...runOf(who), kind: "start", ...rank }, LIMITS_OF_MANY, at(minute)).queue;
  const line = (queue: VmQueue): string =>
    inLine(queue)
      .map(({ migrationId }) => migrationId)
      .join(" ");

  test("is by priority, then by wave, then by the time of the request; who has no priority has 50, who has no wave comes last", () => {
    let queue = wait(holder, "late", 1);
    queue = wait(queue, "wave2", 2, { wave: 2 });
    queue = wait(queue, "wave1", 3, { wave: 1 });
    queue = wait(queue, "low", 4, { priority: 10, wave: 0 });
    queue = wait(queue, "high", 5, { priority: 90 });
    queue = wait(queue, "fifty", 6, { priority: 50 });
    assert.equal(line(queue), "high wave1 wave2 late fifty low");
  });

  test("is kept by whoever asks first when the slot becomes free", () => {
    const queue = started(wait(wait(holder, "usual", 1), "high", 2, { priority: 90 }), "holder");
    assert.deepEqual([ask(queue, "usual", "start", 3, LIMITS_OF_MANY).granted], [false]);
    assert.ok(askForSlot(queue, { ...runOf("high"), kind: "start", priority: 90 }, LIMITS_OF_MANY, at(3)).granted);
  });

  test("takes nobody's turn that has begun", () => {
    assert.equal(askForSlot(holder, { ...runOf("high"), kind: "start", priority: 100 }, LIMITS, at(1)).granted, false);
  });

  test("changes with the rank of a migration, which keeps the time of its request", () => {
    let queue = wait(wait(wait(holder, "a", 1), "b", 2), "c", 3);
    queue = wait(queue, "c", 9, { priority: 60 });
    assert.equal(line(queue), "c a b");
    assert.equal(line(wait(queue, "c", 10)), "a b c");
  });

  test("has cutovers before starts, which they neither wait for nor hold up", () => {
    let queue = wait(started(started(holder, "holder"), "holder"), "a", 1);
    queue = ask(queue, "holder", "cutover", 2).queue;
    queue = started(wait(queue, "b", 3, { priority: 100 }), "a");
    queue = ask(queue, "a", "cutover", 4).queue;
    assert.equal(line(queue), "a b");
    assert.ok(
      wait(queue, "b", 5, { priority: 100 }).tickets.some((one) => one.migrationId === "b" && one.status === "holding"),
    );
  });

  test("has who is asked again after a turn that came to nothing behind all that have had none, until it is given another rank", () => {
    let queue = wait(wait(holder, "a", 1), "b", 2, { priority: 0 });
    queue = standAside(wait(queue, "dead", 3, { priority: 100 }), runOf("dead"));
    queue = askForSlot(
      queue,
      { ...runOf("dead"), kind: "start", priority: 100, isRetried: true },
      LIMITS_OF_MANY,
      at(4),
    ).queue;
    assert.equal(line(queue), "a b dead");
    assert.equal(line(wait(queue, "dead", 5, { priority: 99 })), "dead a b");
  });

  test("tells who is next from who is not", () => {
    const first = askForSlot(holder, { ...runOf("a"), kind: "start" }, LIMITS_OF_MANY, at(1));
    const second = askForSlot(first.queue, { ...runOf("b"), kind: "start" }, LIMITS_OF_MANY, at(2));
    assert.deepEqual([first.isNext, second.isNext, first.position, second.position], [true, false, 2, 3]);
  });
});

describe("databases that DMS restores to the VM for somebody else", () => {
  const byHand = (databaseName: string, isAt?: SlotKind): Elsewhere => ({ databaseName, ...(isAt && { isAt }) });
  const askBeside = (
    queue: VmQueue,
    who: string,
    minute: number,
    elsewhere: readonly Elsewhere[],
    kind: SlotKind = "start",
  ) => askForSlot(queue, { ...runOf(who), kind }, LIMITS, at(minute), elsewhere);

  test("count for the cap, and are waited for before the pause", () => {
    const one = askBeside(EMPTY_QUEUE, "a", 0, [byHand("x")]);
    assert.ok(one.granted);
    const full = askBeside(started(one.queue, "a"), "b", 1, [byHand("x")]);
    assert.deepEqual([full.granted, full.queue.startsSinceCooldown, full.queue.elsewhere], [false, 1, ["x"]]);
    const still = askBeside(ended(full.queue, "a"), "b", 2, [byHand("x")]);
    assert.equal(still.queue.cooldownUntil, undefined);
    const pause = askBeside(still.queue, "b", 3, []);
    assert.equal(pause.queue.cooldownUntil, at(33).toISOString());
    const after = askBeside(pause.queue, "b", 33, []);
    assert.deepEqual([after.granted, after.queue.elsewhere], [true, undefined]);
  });

  test("hold the slot that DMS is at, and no other", () => {
    const busy = askBeside(EMPTY_QUEUE, "a", 0, [byHand("x", "start")]);
    assert.deepEqual([busy.granted, busy.position, busy.isNext], [false, 2, true]);
    assert.ok(askBeside(busy.queue, "a", 1, [byHand("x")]).granted);
    assert.ok(askBeside(EMPTY_QUEUE, "a", 0, [byHand("x", "cutover")]).granted);
    assert.equal(askBeside(EMPTY_QUEUE, "a", 0, [byHand("x", "cutover")], "cutover").granted, false);
  });

  test("that are seen again change nothing", () => {
    const once = askBeside(EMPTY_QUEUE, "a", 0, [byHand("x", "start")]).queue;
    assert.equal(askBeside(once, "a", 1, [byHand("x", "start")]).queue, once);
  });

  test("are those on this VM that have not ended and are no migration's target, whatever the case of names and ids", () => {
    const vm = "/subscriptions/S/…/sqlVirtualMachines/VM1";
    const running = [
      { sqlVmResourceId: vm.toLowerCase(), databaseName: "ByHand", status: "Creating" },
      { sqlVmResourceId: vm, databaseName: "SALES", status: "InProgress" },
      { sqlVmResourceId: `${vm}2`, databaseName: "Far", status: "InProgress" },
      { sqlVmResourceId: `${vm}/`, databaseName: "Late", status: "Completing" },
    ];
    assert.deepEqual(elsewhereOn(vm, running, [{ vmKey: vmKeyOf(vm), databaseName: "Sales" }]), [
      { databaseName: "byhand", isAt: "start" },
      { databaseName: "late", isAt: "cutover" },
    ]);
  });
});

describe("a start that waits for something outside", () => {
  const aside = (queue: VmQueue, who: string): VmQueue => standAside(queue, runOf(who));

  test("lets the others go first, and queues behind them when it asks again", () => {
    const first = ask(ask(EMPTY_QUEUE, "dead", "start").queue, "b", "start", 1).queue;
    const free = aside(first, "dead");
    const again = ask(free, "dead", "start", 2);
    assert.equal(again.granted, false);
    assert.equal(ask(again.queue, "b", "start", 3).granted, true);
  });

  test("gives back its place in the queue as well: nobody waits behind what cannot start", () => {
    const holder = ask(EMPTY_QUEUE, "a", "start").queue;
    const waiting = ask(ask(holder, "dead", "start", 1).queue, "b", "start", 2).queue;
    assert.ok(ask(aside(started(waiting, "a"), "dead"), "b", "start", 3).granted);
  });

  test("counts once, however often it is tried: the pause is for databases that were started", () => {
    let queue = EMPTY_QUEUE;
    for (let minute = 0; minute < 10; minute++) queue = aside(ask(queue, "dead", "start", minute).queue, "dead");
    assert.deepEqual(queue, EMPTY_QUEUE);
  });

  test("has nothing to give back once it is restoring or waits for its cutover", () => {
    const restoring = started(ask(EMPTY_QUEUE, "a", "start").queue, "a");
    assert.equal(aside(restoring, "a"), restoring);
    const cutover = ask(restoring, "a", "cutover", 1).queue;
    assert.equal(aside(cutover, "a"), cutover);
  });
});

describe("a start that DMS has begun with", () => {
  const begun = (queue: VmQueue, who: string, run = 1): VmQueue => countAsStarted(queue, runOf(who, run), at(9));
  const counted = ({ tickets, startsSinceCooldown }: VmQueue) => [
    tickets.map(({ migrationId, status }) => `${migrationId} ${status}`),
    startsSinceCooldown,
  ];

  test("counts once, whether it held the slot, had let others go first, or waits for another turn", () => {
    const holding = ask(EMPTY_QUEUE, "a", "start").queue;
    const aside = standAside(holding, runOf("a"));
    for (const queue of [holding, aside, begun(holding, "a")])
      assert.deepEqual(counted(begun(queue, "a")), [["a restoring"], 1]);
    const waiting = ask(ask(aside, "b", "start", 1).queue, "a", "start", 2).queue;
    assert.deepEqual(counted(begun(waiting, "a")), [["b holding", "a restoring"], 2]);
  });

  test("is left alone once it waits for its cutover, or when a later run has a place", () => {
    const cutover = ask(begun(EMPTY_QUEUE, "a"), "a", "cutover", 1).queue;
    assert.equal(begun(cutover, "a"), cutover);
    const second = askForSlot(EMPTY_QUEUE, { ...runOf("a", 2), kind: "start" }, LIMITS, at(0)).queue;
    assert.equal(begun(second, "a", 1), second);
  });

  test("and that is asked for anew, because DMS lost it, counts once all the same", () => {
    const lost = begun(ask(EMPTY_QUEUE, "a", "start").queue, "a");
    assert.deepEqual(counted(ask(lost, "a", "start", 20).queue), [["a holding"], 1]);
  });
});

describe("at the cap", () => {
  const two = started(ask(started(ask(EMPTY_QUEUE, "a", "start").queue, "a"), "b", "start").queue, "b");

  test("a start waits for the end of all, then for the pause; then the count begins anew", () => {
    const full = ask(two, "c", "start", 1);
    assert.equal(full.granted, false);
    const oneLeft = ask(ended(full.queue, "a"), "c", "start", 2);
    assert.deepEqual([oneLeft.granted, oneLeft.queue.cooldownUntil], [false, undefined]);
    const pause = ask(ended(oneLeft.queue, "b"), "c", "start", 3);
    assert.deepEqual([pause.granted, pause.queue.cooldownUntil], [false, at(33).toISOString()]);
    assert.equal(ask(pause.queue, "c", "start", 32).granted, false);
    const after = ask(pause.queue, "c", "start", 33);
    assert.deepEqual([after.granted, after.queue.startsSinceCooldown, after.queue.cooldownUntil], [true, 1, undefined]);
  });

  test("a database that waits for its cutover is still being restored: no pause begins", () => {
    const holder = ask(two, "a", "cutover", 1).queue;
    const waiter = ask(holder, "b", "cutover", 2).queue;
    const asked = ask(ended(waiter, "a"), "c", "start", 3);
    assert.deepEqual([asked.granted, asked.queue.cooldownUntil], [false, undefined]);
  });

  test("a cutover goes on, also during the pause", () => {
    assert.ok(ask(ask(two, "c", "start", 1).queue, "a", "cutover", 2).granted);
  });

  test("below the cap an idle VM takes no pause", () => {
    const idle = ended(started(ask(EMPTY_QUEUE, "a", "start").queue, "a"), "a");
    assert.ok(ask(idle, "b", "start", 1).granted);
  });
});

// Random histories of a VM: migrations ask, are started, cut over and end, in any order; each step moves the clock on
// by a minute.

type Deed = { readonly who: string; readonly what: "ask" | "done" | "gone" | "aside" };
const deeds = fc.array(
  fc.record({ who: fc.constantFrom("a", "b", "c", "d"), what: fc.constantFrom("ask", "ask", "done", "gone", "aside") }),
  { maxLength: 80 },
) as fc.Arbitrary<Deed[]>;

const ticketOf = (queue: VmQueue, who: string) => queue.tickets.find(({ migrationId }) => migrationId === who);

/** A migration that is restoring asks for the cutover, any other for its start; "done" ends what it holds. */
function lived(queue: VmQueue, { who, what }: Deed, minute: number): VmQueue {
  const ticket = ticketOf(queue, who);
  if (what === "ask")
    return ask(
      queue,
      who,
      ticket && (ticket.status === "restoring" || ticket.kind === "cutover") ? "cutover" : "start",
      minute,
    ).queue;
  if (what === "gone") return ended(queue, who);
  if (what === "aside") return standAside(queue, runOf(who));
  if (ticket?.status !== "holding") return queue;
  return ticket.kind === "start" ? started(queue, who) : ended(queue, who);
}

function* lives(all: readonly Deed[]): Generator<VmQueue> {
  let queue = EMPTY_QUEUE;
  for (const [minute, deed] of all.entries()) {
    queue = lived(queue, deed, minute);
    yield queue;
  }
}

test("two never hold a slot of one kind, and nobody has two tickets", () => {
  fc.assert(
    fc.property(deeds, (all) => {
      for (const { tickets } of lives(all)) {
        for (const kind of ["start", "cutover"])
          assert.ok(tickets.filter((ticket) => ticket.status === "holding" && ticket.kind === kind).length <= 1);
        assert.equal(new Set(tickets.map(({ migrationId }) => migrationId)).size, tickets.length);
      }
    }),
  );
});

test("asking twice is asking once, and changes nothing the second time", () => {
  fc.assert(
    fc.property(deeds, fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("start", "cutover"), (all, who, kind) => {
      const queue = [...lives(all)].at(-1) ?? EMPTY_QUEUE;
      const once = ask(queue, who, kind, all.length);
      const twice = ask(once.queue, who, kind, all.length);
      assert.equal(twice.queue, once.queue);
      assert.deepEqual([twice.granted, twice.position], [once.granted, once.position]);
    }),
  );
});

test("between two pauses no more are started than the cap allows, and the pause lasts", () => {
  fc.assert(
    fc.property(deeds, (all) => {
      let before = EMPTY_QUEUE;
      for (const [minute, queue] of [...lives(all)].entries()) {
        assert.ok(queue.startsSinceCooldown >= 0 && queue.startsSinceCooldown <= LIMITS.maxDatabases);
        if (before.cooldownUntil !== undefined && queue.cooldownUntil === undefined)
          assert.ok(at(minute).toISOString() >= before.cooldownUntil);
        before = queue;
      }
    }),
  );
});

test("giving back twice is giving back once", () => {
  fc.assert(
    fc.property(deeds, fc.constantFrom("a", "b", "c", "d"), fc.boolean(), (all, who, stillRestoring) => {
      const once = giveBack([...lives(all)].at(-1) ?? EMPTY_QUEUE, runOf(who), { stillRestoring });
      assert.equal(giveBack(once, runOf(who), { stillRestoring }), once);
    }),
  );
});

test("everybody who waits is served in the end, when those that hold come to their end", () => {
  fc.assert(
    fc.property(deeds, (all) => {
      let queue = [...lives(all)].at(-1) ?? EMPTY_QUEUE;
      let minute = all.length;
      for (let round = 0; round < 200 && queue.tickets.length > 0; round++)
        for (const { migrationId } of queue.tickets) {
          minute += LIMITS.cooldownMinutes;
          queue = lived(queue, { who: migrationId, what: "ask" }, minute);
          queue = lived(queue, { who: migrationId, what: "done" }, minute);
        }
      assert.deepEqual(queue.tickets, []);
    }),
  );
});

test("who waits is told the minutes of those before it, two a start and one a cutover, and the rest of a pause", () => {
  const now = new Date("2025-11-24T21:00:00.000Z");
  const ticket = (migrationId: string, status: "waiting" | "holding", kind: "start" | "cutover", minute: number) =>
    ({ migrationId, run: 1, status, kind, since: `2025-11-24T20:0${minute}:00.000Z` }) as const;
  const tickets = [
    ticket("a", "holding", "start", 0),
    ticket("b", "waiting", "start", 1),
    ticket("c", "waiting", "start", 2),
    ticket("d", "waiting", "cutover", 1),
    ticket("e", "waiting", "cutover", 2),
  ];
  const queue = { startsSinceCooldown: 1, tickets };
  assert.equal(waitMinutes(queue, "c", now), 4);
  assert.equal(waitMinutes(queue, "e", now), 1);
  assert.equal(waitMinutes(queue, "a", now), 0, "it has its turn");
  assert.equal(waitMinutes(queue, "nobody", now), 0);
  assert.equal(waitMinutes({ ...queue, cooldownUntil: "2025-11-24T21:10:00.000Z" }, "c", now), 14);
});

test("who is next asks every few seconds, and at the end of a pause; everybody else as usual", () => {
  const now = new Date("2025-11-24T21:00:00.000Z");
  const asks = (isNext: boolean, isFull: boolean, cooldownUntil?: string, usual = 30): number =>
    nextAskSeconds(
      { isNext, queue: { ...EMPTY_QUEUE, ...(cooldownUntil !== undefined && { cooldownUntil }) } },
      isFull,
      usual,
      now,
    );
  assert.equal(asks(false, false), 30);
  assert.equal(asks(true, false), 5);
  assert.equal(asks(true, false, undefined, 2), 2);
  assert.equal(asks(true, true), 30, "until the last of them is over nobody gets anything");
  assert.equal(asks(true, true, "2025-11-24T21:00:12.000Z"), 12);
  assert.equal(asks(true, true, "2025-11-24T20:59:00.000Z"), 1);
});
