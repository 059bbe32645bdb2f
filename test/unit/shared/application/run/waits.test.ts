// Tests that every look that cannot go on reports it once, and goes on by itself, in every state, whether or not
// waiting removes the cause.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lookAtCancel } from "../../../../../functions/activities/lookAtCancel.ts";
import { lookAtCutover } from "../../../../../functions/activities/lookAtCutover.ts";
import { lookAtFolder } from "../../../../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../../../../functions/activities/lookAtRestore.ts";
import { lookAtStart } from "../../../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../../../functions/activities/lookForSlot.ts";
import { runPreflight } from "../../../../../functions/activities/runPreflight.ts";
import { assessEntries } from "../../../../../shared/application/files/assessFolder.ts";
import { NOTHING_RESTORED } from "../../../../../shared/chain/backupRecord.ts";
import type { CutoverRequest, Migration } from "../../../../../shared/migration/migration.ts";
import type { EngineFailure, Observation } from "../../../../../shared/migration/observed.ts";
import { askForSlot, giveBack, type SlotKind, type VmQueue } from "../../../../../shared/queue/vmQueue.ts";
import { full, log, setGuidOf, tail } from "../../../../support/backupRecords.ts";
import { aMigration, fieldOf } from "../../../../support/facts.ts";
import { aWorld, shown, VM, type World, watched } from "../../../../support/world.ts";

const base = full(100, 160);
const files = [base, log(150, 200)];
const DMS = "Azure Database Migration Service";

const throttled: EngineFailure = {
  code: "TooManyRequests",
  message: "m",
  cause: "Azure asks for fewer requests.",
  remedy: "None: it is tried again after the pause.",
  kind: "wait",
};
const forbidden: EngineFailure = {
  code: "AuthorizationFailed",
  message: "The client does not have authorization.",
  cause: "The app's identity may not do this.",
  remedy: "Grant the app's identity the permission that the message names.",
  kind: "user",
};
const unavailable = (failure: EngineFailure): Observation => ({ kind: "unavailable", failure });

/** The request on which the cutover was made. */
function askedFor({ services, migration, records }: World): CutoverRequest {
  const entries = records.map((record) => ({ record }));
  const { planVersion } = assessEntries(services, migration(), entries);
  const requested = { kind: "cutover", requestId: "w", run: 1, by: "Dana", at: "t", planVersion } as const;
  return { ...requested, sourceClosed: true, force: false, outcome: { status: "done", at: "t", detail: "d" } };
}

/** A migration in this state, with the input of its watch and the lines of the log. */
function aWait(changes: Partial<Migration>) {
  const world = aWorld(aMigration("sales-1", { target: { sqlVmResourceId: VM, databaseName: "Sales" }, ...changes }));
  world.records = files;
  if (changes.state === "cuttingOver") world.change({}, { cutover: askedFor(world) });
  const lines: string[] = [];
  const logged = { log: () => undefined, warn: (line: string) => void lines.push(line) };
  const later = (minutes: number) => {
    world.now = new Date(world.now.getTime() + minutes * 60_000);
  };
  const told = () => world.published.filter(({ type }) => type === "com.sqlferry.migration.waiting");
  return { world, lines, logged, later, told };
}

const request = { at: "2025-11-24T00:29:00.000Z", before: "absent", accepted: true, attempts: 1, planVersion: "p" };
const restoring = {
  operationId: "op",
  progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base) },
} as const;
const WATCHES = {
  "a start that was asked for": { changes: { state: "starting", request }, look: lookAtStart },
  "a restore": { changes: { state: "restoring", ...restoring }, look: lookAtRestore },
  "a cutover": { changes: { state: "cuttingOver", ...restoring }, look: lookAtCutover },
} as const;
const cancel = {
  kind: "cancel",
  requestId: "c",
  run: 1,
  by: "Dana",
  at: "2025-11-24T00:30:00.000Z",
  reason: "r",
} as const;
const creating = {
  phase: "creating",
  fingerprint: "x",
  isOffline: false,
  canCutOver: false,
  canCancel: false,
} as const;
const running = shown({ details: { currentFile: "log_150_200.trn", lastRestoredFile: "log_150_200.trn" } });

for (const [name, { changes, look: handler }] of Object.entries(WATCHES))
  describe(name, () => {
    const aLook = () => {
      const wait = aWait(changes);
      return { ...wait, look: () => handler(wait.world.services)(watched, wait.logged) };
    };

    test("that DMS throttles waits on the record from the first look on, tells people once when it lasts, and goes on", async () => {
      const { world, lines, look, later, told } = aLook();
      world.seen = unavailable(throttled);
      const since = world.now.toISOString();
      await look();
      const { cause, remedy } = throttled;
      assert.deepEqual(world.migration().waitingOn, { what: DMS, since, code: "TooManyRequests", cause, remedy });
      later(5);
      const facts = world.migrations.get("sales-1");
      await look();
      assert.equal(world.migrations.get("sales-1"), facts, "nothing has changed, nothing is written");
      assert.deepEqual([told().length, lines], [0, []]);
      later(10);
      await look();
      later(45);
      await look();
      assert.deepEqual(
        told().map(({ data }) => [fieldOf(data, "what"), fieldOf(data, "since"), fieldOf(data, "remedy")]),
        [[DMS, since, throttled.remedy]],
      );
      const wait = { what: DMS, since, code: "TooManyRequests", cause, remedy };
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)),
        [{ event: "RunWaits", migrationId: "sales-1", run: 1, ...wait }],
      );
      const { state } = world.migration();
      world.seen = running;
      await look();
      assert.equal(world.migration().waitingOn, undefined);
      assert.notEqual(world.migration().state, "failed", `it was ${state}`);
    });

    test("looks no later than when people have to be told", async () => {
      const { world, look, later } = aLook();
      world.seen = unavailable({ ...throttled, retryAfterSeconds: 3_600 });
      assert.deepEqual(await look(), { nextLookSeconds: 900 });
      later(15);
      assert.deepEqual(await look(), { nextLookSeconds: 3_600 });
    });

    test("that the app may not see any more is told at once, is not canceled, and goes on when it is mended", async () => {
      const { world, look, told } = aLook();
      world.seen = unavailable(forbidden);
      assert.ok("nextLookSeconds" in (await look()));
      await look();
      assert.deepEqual(
        told().map(({ data }) => [fieldOf(data, "what"), fieldOf(data, "cause")]),
        [[`access to ${DMS}`, forbidden.cause]],
      );
      assert.equal(world.migration().waitingOn?.toldAt, world.now.toISOString());
      assert.deepEqual(world.orders, []);
      world.seen = running;
      await look();
      assert.equal(world.migration().waitingOn, undefined);
    });

    test("that waits twice is told twice: each wait is one", async () => {
      const { world, look, later, told } = aLook();
      for (let times = 0; times < 2; times++) {
        world.seen = unavailable(throttled);
        await look();
        later(15);
        await look();
        world.seen = { kind: "present", operation: creating };
        await look();
        later(1);
      }
      assert.equal(new Set(told().map(({ id }) => id)).size, 2);
    });

    test("writes nothing into the next run that has begun meanwhile", async () => {
      const { world, look } = aLook();
      const { engine } = world.services;
      world.seen = unavailable(throttled);
      const observe = engine.observe;
      engine.observe = async (target) => {
        world.change({ run: 2, state: "waitingForChain", progress: NOTHING_RESTORED });
        return observe(target);
      };
      await look();
      assert.equal(world.migration().waitingOn, undefined);
    });
  });

describe("a start", () => {
  const look = (world: World) => lookAtStart(world.services)(watched, world.log);

  test("that Azure refuses to let anybody see ends the run at the first look, as nothing was begun", async () => {
    const { world } = aWait({ state: "queued" });
    world.seen = unavailable(forbidden);
    assert.deepEqual(await look(world), { end: { end: "failed", failure: forbidden } });
    assert.deepEqual(world.orders, []);
  });

  test("that DMS has refused has nothing to cancel, though DMS cannot be asked", async () => {
    const { world } = aWait({ state: "starting", request: { ...request, refused: true } });
    world.seen = unavailable(forbidden);
    const end = { end: "failed", failure: forbidden } as const;
    assert.deepEqual(await lookAtCancel(world.services)({ ...watched, end }, world.log), { end });
  });

  test("that fails for a runtime that is down waits for it from the first failure on, through every new attempt", async () => {
    const { world, later, told } = aWait({ state: "queued" });
    const down = { ...throttled, code: "2014", cause: "The integration runtime is down." };
    await look(world);
    const since = world.now.toISOString();
    for (let attempt = 0; attempt < 20; attempt++) {
      world.seen = shown({ phase: "failed", fingerprint: `failure ${attempt}`, failure: down });
      await look(world);
      assert.equal(world.queue.tickets.length, 0, "the others go first");
      assert.deepEqual(
        [world.migration().waitingOn?.what, world.migration().waitingOn?.since],
        ["the integration runtime", since],
      );
      later(1);
      await look(world);
      assert.equal(world.queue.tickets[0]?.status, "holding");
    }
    assert.deepEqual([told().length, world.queue.startsSinceCooldown], [1, 1]);
    world.seen = shown();
    assert.deepEqual(await look(world), { end: { end: "started" } });
    assert.deepEqual([world.migration().waitingOn, world.migration().state], [undefined, "restoring"]);
  });

  test("keeps its turn while DMS may be at work on it, and gives it back when DMS has been silent for longer", async () => {
    const { world, later } = aWait({ state: "queued" });
    await look(world);
    world.seen = unavailable(throttled);
    await look(world);
    assert.equal(world.queue.tickets[0]?.status, "holding");
    later(10);
    await look(world);
    assert.equal(world.queue.tickets[0]?.status, "restoring", "DMS has taken it: it goes on counting");
    world.seen = shown();
    assert.deepEqual(await look(world), { end: { end: "started" } }, "what DMS has started meanwhile is adopted");
    assert.equal(world.orders.length, 1);
  });

  test("that DMS does not take says so, and takes it back once it is taken", async () => {
    const { world } = aWait({ state: "queued" });
    world.answer = { ok: false, failure: throttled };
    await look(world);
    assert.equal(world.migration().waitingOn?.what, `the start at ${DMS}`);
    world.answer = { ok: true };
    await look(world);
    world.seen = shown();
    await look(world);
    assert.equal(world.migration().waitingOn, undefined);
  });
});

describe("a restore", () => {
  const look = (world: World) => lookAtRestore(world.services)(watched, world.log);

  test("waits for its VM once nothing has moved for a while, though logs are pending; and no longer when it runs", async () => {
    const { world, later, told } = aWait({ state: "restoring", ...restoring });
    world.seen = shown({ details: { currentFile: base.name.split("/").at(-1) ?? "", pendingLogBackups: 1 } });
    world.vm = { ...world.vm, powerState: "deallocated" };
    await look(world);
    assert.equal(world.migration().waitingOn, undefined, "nobody has asked the VM yet");
    later(5);
    await look(world);
    assert.deepEqual(
      [world.migration().waitingOn?.what, world.migration().waitingOn?.code],
      ["the power state of the VM", "deallocated"],
    );
    later(15);
    await look(world);
    assert.equal(told().length, 1);
    world.vm = { ...world.vm, powerState: "running" };
    await look(world);
    assert.equal(world.migration().waitingOn, undefined);
  });

  test("waits for the share when the runtime cannot upload", async () => {
    const { world } = aWait({ state: "restoring", ...restoring });
    world.seen = shown({ details: { uploadErrors: ["Access to the path is denied."] } });
    await look(world);
    assert.match(world.migration().waitingOn?.cause ?? "", /Access to the path is denied/);
  });

  test("from a share waits for a runtime that has gone offline under way", async () => {
    const fileShare = {
      path: "\\\\nas\\sales",
      username: "DOM\\reader",
      passwordSecret: "share",
      sql: {
        server: "sql01",
        authentication: "WindowsAuthentication",
        userName: "DOM\\reader",
        passwordSecret: "sql",
        trustServerCertificate: false,
      },
    } as const;
    const source = { container: "backups", folder: "Sales", rootIsADatabase: false, fileShare };
    const { world, later } = aWait({ state: "restoring", ...restoring, source });
    const runtime = (integrationRuntimeState: string) => {
      world.services.migrationServices.find = async () => ({
        kind: "seen",
        facts: { name: "sqlferry-dms", integrationRuntimeState },
      });
    };
    runtime("Offline");
    world.seen = shown({ details: {} });
    await look(world);
    later(5);
    await look(world);
    assert.equal(world.migration().waitingOn?.what, "the integration runtime");
    runtime("Online");
    await look(world);
    assert.equal(world.migration().waitingOn, undefined);
  });

  test("that DMS blocks at a gap is told by the chain alone", async () => {
    const { world } = aWait({ state: "restoring", ...restoring });
    world.records = [...files, log(250, 300)];
    world.seen = shown({ details: { restoreBlockingReason: "Error 4305" } });
    await look(world);
    assert.equal(world.migration().waitingOn, undefined);
    world.records = files;
    await look(world);
    assert.equal(world.migration().waitingOn?.code, "RESTORE_BLOCKED");
  });
});

describe("a wait that nobody saw", () => {
  /** Looks once an hour for two days; the run never ends. */
  async function forTwoDays({ later }: { later: (minutes: number) => void }, look: () => Promise<unknown>) {
    for (let hour = 0; hour < 48; hour++) {
      await look();
      later(60);
    }
  }
  const whats = (told: () => readonly { readonly data: object }[]) =>
    told().map(({ data }) => (data as { what?: string }).what);

  test("for room on a VM that has had as many databases as it takes is told once, and over when the VM takes a start", async () => {
    const wait = aWait({ state: "preflighting" });
    const { world, told } = wait;
    const others = { status: "restoring", kind: "start", since: "2025-11-01T00:00:00.000Z" } as const;
    world.queue = { startsSinceCooldown: 100, tickets: [{ migrationId: "x", run: 1, ...others }] };
    const look = () => lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
    await forTwoDays(wait, look);
    assert.deepEqual(whats(told), ["room on the VM"]);
    assert.match(world.migration().waitingOn?.cause ?? "", /100 databases .*; 1 of them are not over/);
    world.queue = { ...world.queue, startsSinceCooldown: 0 };
    assert.deepEqual(await look(), { end: { end: "granted" } });
    assert.deepEqual([world.migration().state, world.migration().waitingOn], ["queued", undefined]);
  });

  test("for room on a VM stands on every record, and people hear of it from the next in line alone", async () => {
    const wait = aWait({ state: "queued" });
    const { world, told } = wait;
    const others = { run: 1, kind: "start", since: "2025-11-01T00:00:00.000Z" } as const;
    const before = { migrationId: "y", status: "waiting", ...others } as const;
    world.queue = {
      startsSinceCooldown: 100,
      tickets: [{ migrationId: "x", status: "restoring", ...others }, before],
    };
    const look = () => lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
    await forTwoDays(wait, look);
    assert.deepEqual([world.migration().waitingOn?.what, told().length], ["room on the VM", 0]);
    world.queue = giveBack(world.queue, before, { stillRestoring: false });
    await look();
    assert.deepEqual(whats(told), ["room on the VM"]);
  });

  test("for others' turns is none: each takes minutes", async () => {
    const { world } = aWait({ state: "queued" });
    world.queue = askForSlot(
      world.queue,
      { migrationId: "other-1", run: 1, kind: "start" },
      world.services.config.vm,
      world.now,
    ).queue;
    await lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
    assert.equal(world.migration().waitingOn, undefined);
  });

  test("for a target is told a quarter of an hour after the first full backup, and over once there is one", async () => {
    const { world, later, told } = aWait({ state: "draft" });
    const { target, ...draft } = world.migration();
    world.migrations.set("sales-1", { migration: draft, version: "1", requests: {} });
    world.records = [log(150, 200)];
    const look = () => lookAtFolder(world.services)(watched, world.log);
    await look();
    assert.equal(world.migration().waitingOn, undefined, "nothing to begin with");
    world.records = files;
    assert.deepEqual(await look(), { nextLookSeconds: 900 });
    later(15);
    await look();
    await look();
    assert.deepEqual(whats(told), ["a target"]);
    world.change(target ? { target } : {});
    await look();
    assert.equal(world.migration().waitingOn, undefined);
  });

  test("for progress of an offline restore is told once, and over when DMS shows something new", async () => {
    const wait = aWait({ state: "restoring", mode: "offline", ...restoring });
    const { world, told } = wait;
    world.seen = shown({ isOffline: true, details: { currentFile: "log_150_200.trn", pendingLogBackups: 5 } });
    const look = () => lookAtRestore(world.services)(watched, world.log);
    await forTwoDays(wait, look);
    assert.deepEqual(whats(told), [`progress of the restore at ${DMS}`]);
    assert.equal(world.migration().waitingOn?.code, "NOTHING_NEW");
    world.seen = running;
    await look();
    assert.equal(world.migration().waitingOn, undefined);
  });
});

test("an offline start waits for a file that nobody has read, lets the others go first, and begins once it is read", async () => {
  const { world } = aWait({ mode: "offline", state: "waitingForChain" });
  const closing = [...files, tail(200, 250)];
  world.records = closing;
  await lookAtFolder(world.services)(watched, world.log);
  world.change({ state: "starting" });
  const [{ content: _, ...unread }] = [log(250, 300)];
  world.files = [...closing.map(({ content: __, ...file }) => file), unread];
  await lookAtStart(world.services)(watched, world.log);
  assert.equal(world.migration().waitingOn?.what, "the backup storage");
  assert.match(world.migration().waitingOn?.cause ?? "", /log_250_300\.trn/);
  assert.deepEqual([world.orders, world.queue.tickets], [[], []]);
  world.files = undefined;
  await lookAtStart(world.services)(watched, world.log);
  assert.deepEqual([world.migration().waitingOn, world.orders.length], [undefined, 1]);
});

test("a cutover that DMS does not take waits for it on the record, and no longer once DMS is at it", async () => {
  const cutoverRequestedAt = "2025-11-24T00:25:00.000Z";
  const progress = { ...restoring.progress, cutoverRequestedAt };
  const { world, logged } = aWait({ state: "cuttingOver", operationId: "op", progress });
  world.seen = running;
  world.answer = { ok: false, failure: throttled };
  await lookAtCutover(world.services)(watched, logged);
  assert.equal(world.migration().waitingOn?.what, `the cutover at ${DMS}`);
  world.seen = shown({ phase: "completing", canCutOver: false });
  await lookAtCutover(world.services)(watched, logged);
  assert.deepEqual([world.migration().waitingOn, world.migration().state], [undefined, "cuttingOver"]);
});

test("a cancel that DMS refuses to the app is told at once, and is asked for again until it is taken", async () => {
  const { world, logged, told } = aWait({ state: "restoring", request, ...restoring });
  world.change({}, { cancel });
  world.seen = running;
  world.answer = { ok: false, failure: forbidden };
  const look = () => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, logged);
  await look();
  await look();
  assert.deepEqual(
    [told().length, world.orders.length, world.migration().waitingOn?.code],
    [1, 2, "AuthorizationFailed"],
  );
  world.answer = { ok: true };
  await look();
  assert.equal(world.migration().waitingOn, undefined);
});

test("a cancel waits for a DMS that does not answer, and the record says so", async () => {
  const { world, logged } = aWait({ state: "canceling", request, ...restoring });
  world.seen = unavailable(throttled);
  const look = () => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, logged);
  assert.ok("nextLookSeconds" in (await look()));
  assert.equal(world.migration().waitingOn?.what, DMS);
  world.seen = shown({ phase: "canceled" });
  assert.deepEqual(await look(), { end: { end: "canceled" } });
});

test("a preflight that cannot find out what it has to know says so while it is tried again, then takes it back", async () => {
  const { world, logged } = aWait({ state: "preflighting" });
  world.vm = { exists: "unreadable", unreadable: "429", isPassing: true };
  const look = () => runPreflight(world.services)(watched, logged);
  assert.deepEqual(await look(), { nextLookSeconds: 30 });
  assert.equal(world.migration().waitingOn?.what, "answers of Azure to the preflight");
  world.vm = { exists: true, sqlManagement: "Full", powerState: "running", location: "westeurope", versionMajor: 16 };
  assert.deepEqual(await look(), { end: { end: "passed" } });
  assert.equal(world.migration().waitingOn, undefined);
});

test("what DMS is at for longer than usual is told as a wait: a start, a cutover, a cancel", async () => {
  const asked = cancel.at;
  const progress = { ...restoring.progress, cutoverRequestedAt: asked };
  const slow = [
    [
      "the start",
      { state: "starting", request: { ...request, at: asked } },
      { kind: "present", operation: creating },
      (world: World) => lookAtStart(world.services)(watched, world.log),
    ],
    [
      "the cutover",
      { state: "cuttingOver", operationId: "op", progress },
      shown({ phase: "completing", canCutOver: false }),
      (world: World) => lookAtCutover(world.services)(watched, world.log),
    ],
    [
      "the cancel",
      { state: "canceling", request, ...restoring },
      shown({ phase: "canceling", canCancel: false }),
      (world: World) => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, world.log),
    ],
  ] as const;
  for (const [what, changes, seen, look] of slow) {
    const { world, later, told } = aWait(changes);
    world.change({}, what === "the cancel" ? { cancel } : {});
    world.seen = seen;
    await look(world);
    later(9);
    await look(world);
    assert.equal(world.migration().waitingOn, undefined, what);
    later(1);
    await look(world);
    assert.equal(world.migration().waitingOn?.what, `${what} at ${DMS}`);
    later(15);
    await look(world);
    assert.equal(told().length, 1, what);
  }
});

test("a preflight that waits hears a cancel", async () => {
  const { world, logged } = aWait({ state: "preflighting" });
  world.vm = { exists: "unreadable", unreadable: "429", isPassing: true };
  const look = () => runPreflight(world.services)(watched, logged);
  await look();
  world.change({}, { cancel });
  assert.deepEqual(await look(), { end: { end: "canceled" } });
});

describe("the place on the VM of what waits for DMS", () => {
  const asked = "2025-11-24T00:29:00.000Z";
  const progress = { ...restoring.progress, cutoverRequestedAt: asked };
  const holding = (kind: SlotKind): VmQueue => ({
    startsSinceCooldown: 1,
    tickets: [{ migrationId: "sales-1", run: 1, status: "holding", kind, since: asked }],
  });
  /** Whether another database of the VM could have the slot. */
  const isFree = (world: World, kind: SlotKind): boolean =>
    askForSlot(world.queue, { migrationId: "other-1", run: 1, kind }, world.services.config.vm, world.now).granted;

  const CUTOVER = { state: "cuttingOver", operationId: "op", progress } as const;
  const START = { state: "starting", request: { ...request, at: asked } } as const;
  const UNANSWERED = { ...START, request: { ...START.request, accepted: false } } as const;
  const CANCEL = { state: "canceling", request: { ...request, at: asked }, ...restoring } as const;
  const STARTING = { state: "canceling", request: { ...request, at: asked } } as const;
  const cutover = (world: World) => lookAtCutover(world.services)(watched, world.log);
  const start = (world: World) => lookAtStart(world.services)(watched, world.log);
  const stop = (world: World) => lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, world.log);

  for (const [what, kind, changes, seen, look] of [
    ["a cutover of which DMS says nothing", "cutover", CUTOVER, unavailable(throttled), cutover],
    ["a cutover that the app may not see any more", "cutover", CUTOVER, unavailable(forbidden), cutover],
    ["a cutover that DMS does not take", "cutover", CUTOVER, running, cutover],
    ["a start of which DMS says nothing", "start", START, unavailable(throttled), start],
    ["a start whose answer was lost", "start", UNANSWERED, unavailable(throttled), start],
    ["a cancel of which DMS says nothing", "start", CANCEL, unavailable(throttled), stop],
    ["a cancel that DMS does not take", "start", CANCEL, running, stop],
    ["a cancel that DMS is at", "start", CANCEL, shown({ phase: "canceling", canCancel: false }), stop],
  ] as const)
    test(`${what} is kept for ten minutes, and is the others' afterwards`, async () => {
      const { world, later } = aWait(changes);
      world.change({}, { ...world.requests(), ...(look === stop && { cancel: { ...cancel, at: asked } }) });
      world.queue = holding(kind);
      world.answer = { ok: false, failure: throttled };
      world.seen = seen;
      await look(world);
      assert.ok(!isFree(world, kind), "DMS may be at it");
      later(10);
      await look(world);
      await look(world);
      assert.ok(isFree(world, kind));
      assert.ok(world.migration().waitingOn, "and it says what it waits for");
      const isCounted = changes !== UNANSWERED; // it is not known whether it has begun
      assert.deepEqual(
        [world.queue.tickets.map(({ status }) => status), world.queue.startsSinceCooldown],
        isCounted ? [["restoring"], 1] : [[], 0],
        "it counts as a database of the VM",
      );
    });

  for (const [what, kind, changes, seen, look] of [
    ["a cutover that DMS is at", "cutover", CUTOVER, shown({ phase: "completing", canCutOver: false }), cutover],
    ["a start that DMS is at", "start", START, { kind: "present", operation: creating }, start],
    [
      "a start that is to be canceled, and that DMS is at",
      "start",
      STARTING,
      { kind: "present", operation: creating },
      stop,
    ],
  ] as const)
    test(`${what} is kept however long DMS is at it: it takes one of a kind at a time`, async () => {
      const { world, later } = aWait(changes);
      world.change({}, { ...world.requests(), ...(look === stop && { cancel: { ...cancel, at: asked } }) });
      world.queue = holding(kind);
      world.seen = seen;
      for (const minutes of [0, 10, 60, 600]) {
        later(minutes);
        await look(world);
        assert.ok(!isFree(world, kind), `after ${minutes} minutes`);
      }
      assert.ok(world.migration().waitingOn?.toldAt, "people are told");
    });

  for (const [what, changes] of [
    ["that DMS has taken", START],
    ["whose answer was lost", UNANSWERED],
  ] as const)
    test(`a start ${what}, of which DMS says nothing for a while, counts for the VM's cap once it shows`, async () => {
      const { world, later } = aWait(changes);
      world.queue = holding("start");
      world.seen = unavailable(throttled);
      later(11);
      await start(world);
      world.seen = shown();
      assert.deepEqual(await start(world), { end: { end: "started" } });
      assert.deepEqual(
        [world.queue.tickets.map(({ status, kind }) => [status, kind]), world.queue.startsSinceCooldown],
        [[["restoring", "start"]], 1],
      );
    });

  for (const [what, kind, changes, look] of [
    ["a start that was asked for", "start", START, start],
    ["a start that was not asked for yet", "start", { state: "queued" }, start],
    ["a cutover", "cutover", CUTOVER, cutover],
  ] as const)
    test(`of ${what} is the others' while its look fails, which is still told`, async () => {
      const { world, later } = aWait(changes);
      world.queue = holding(kind);
      world.services.engine.observe = async () => Promise.reject(new Error("A fault of sqlferry."));
      await assert.rejects(look(world), /A fault of sqlferry/);
      assert.equal(isFree(world, kind), changes.state === "queued", "DMS may be at the others");
      later(10);
      await assert.rejects(look(world), /A fault of sqlferry/);
      assert.ok(isFree(world, kind));
    });

  test("of a cutover is asked for again before DMS is asked again, and DMS is not asked while another has it", async () => {
    const { world, later } = aWait(CUTOVER);
    world.queue = holding("cutover");
    world.seen = unavailable(throttled);
    later(10);
    await cutover(world);
    const other = { migrationId: "other-1", run: 1 };
    world.queue = askForSlot(world.queue, { ...other, kind: "cutover" }, world.services.config.vm, world.now).queue;
    world.seen = running;
    await cutover(world);
    assert.deepEqual(world.orders, []);
    world.queue = giveBack(world.queue, other, { stillRestoring: false });
    await cutover(world);
    assert.deepEqual(world.orders, ["cutOver"]);
    assert.ok(!isFree(world, "cutover"), "it is this one's turn again");
  });

  test("of a start that DMS refuses with a time to come back is the others' at once, else from the next try on", async () => {
    for (const retryAfterSeconds of [3_600, undefined]) {
      const { world } = aWait({ state: "queued" });
      world.answer = {
        ok: false,
        failure: { ...throttled, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) },
      };
      await start(world);
      assert.equal(isFree(world, "start"), retryAfterSeconds !== undefined);
      const other = { migrationId: "other-1", run: 1, kind: "start" } as const;
      world.queue = askForSlot(world.queue, other, world.services.config.vm, world.now).queue;
      await start(world);
      assert.deepEqual(
        [world.orders.length, world.queue.tickets[0]?.migrationId],
        [1, "other-1"],
        "who asks again goes to the end of the line",
      );
    }
  });

  test("of an offline start that waits for quiet once more is the others'", async () => {
    const { world, later } = aWait({ mode: "offline", state: "waitingForChain" });
    world.records = files;
    const { config } = world.services;
    const quiet = { ...world.services, config: { ...config, offline: { ...config.offline, quietMinutes: 30 } } };
    later(60);
    assert.deepEqual(await lookAtFolder(quiet)(watched, world.log), { end: { end: "startable" } });
    await lookForSlot(quiet)({ ...watched, kind: "start" }, world.log);
    assert.ok(!isFree(world, "start"));
    world.records = [...files, log(200, 260, { arrivedAt: world.now.toISOString() })];
    assert.deepEqual(await lookAtStart(quiet)(watched, world.log), { nextLookSeconds: 1_800 });
    assert.ok(isFree(world, "start"));
    assert.deepEqual(world.orders, []);
  });
});
