// Tests what is answered about the VMs' queues, and the metrics: who is at DMS, who waits in which order, and rows that
// cannot be read.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getMetrics } from "../../../../functions/http/status/getMetrics.ts";
import { getQueue } from "../../../../functions/http/status/getQueue.ts";
import { listVms } from "../../../../functions/http/status/listVms.ts";
import { UnreadableRowError } from "../../../../shared/migration/faults.ts";
import { vmKeyOf } from "../../../../shared/migration/ids.ts";
import type { Ticket } from "../../../../shared/queue/vmQueue.ts";
import { aMigration } from "../../../support/facts.ts";
import { ask, aWorld, VM } from "../../../support/world.ts";

const at = (minute: number): string => `2025-11-24T00:${String(minute).padStart(2, "0")}:00.000Z`;
const ticket = (
  migrationId: string,
  status: Ticket["status"],
  kind: Ticket["kind"],
  minute: number,
  more = {},
): Ticket => ({
  ...{ migrationId, run: 1, status, kind, since: at(minute) },
  ...more,
});
const name = vmKeyOf(VM);

function aVm() {
  const world = aWorld(aMigration("a", { state: "starting" }), { VM_MAX_DATABASES: "9", VM_COOLDOWN_MINUTES: "30" });
  world.queue = {
    sqlVmResourceId: VM,
    startsSinceCooldown: 4,
    elsewhere: ["byhand"],
    tickets: [
      ticket("a", "holding", "start", 1),
      ticket("late", "waiting", "start", 9),
      ticket("early", "waiting", "start", 2, { wave: 1 }),
      ticket("first", "waiting", "start", 8, { priority: 90 }),
      ticket("tried", "waiting", "start", 3, { priority: 99, isRetried: true }),
      ticket("over", "waiting", "cutover", 9),
      ticket("r", "restoring", "start", 1),
    ],
  };
  return world;
}

describe("the queue of a VM", () => {
  const look = async (world = aVm()) =>
    (await ask(getQueue(world.services), world, { method: "GET", params: { name } })).body;

  test("shows who is at DMS, and who waits, in the order of their turns, and about how long", async () => {
    const body = await look();
    assert.deepEqual(body.starting, { migrationId: "a", run: 1, since: at(1) });
    assert.equal(body.cuttingOver, undefined);
    assert.deepEqual(
      body.waiting.map((one: Record<string, unknown>) => [
        one["migrationId"],
        one["position"],
        one["priority"],
        one["expectedMinutes"],
      ]),
      [
        ["over", 1, 50, 0],
        ["first", 1, 90, 2],
        ["early", 2, 50, 4],
        ["late", 3, 50, 6],
        ["tried", 4, 99, 8],
      ],
    );
    assert.deepEqual([body.waiting[2].wave, body.waiting[4].isRetried], [1, true]);
  });

  test("tells how far the cap is, what was started by hand, and the VM's id", async () => {
    const { counted, maxDatabases, cooldownMinutes, onVm, elsewhere, sqlVmResourceId, restoring } = await look();
    assert.deepEqual(
      { counted, maxDatabases, cooldownMinutes, onVm, elsewhere, sqlVmResourceId },
      { counted: 5, maxDatabases: 9, cooldownMinutes: 30, onVm: 3, elsewhere: ["byhand"], sqlVmResourceId: VM },
    );
    assert.deepEqual(
      restoring.map(({ migrationId }: Ticket) => migrationId),
      ["r"],
    );
  });

  test("promises no minutes to a start while the VM is full, and those of the pause when it rests", async () => {
    const world = aVm();
    world.queue = { ...world.queue, startsSinceCooldown: 8 };
    const full = (await look(world)).waiting;
    assert.deepEqual([full[0].expectedMinutes, full[1].expectedMinutes], [0, undefined]);
    world.queue = { ...world.queue, cooldownUntil: "2025-11-24T00:40:00.000Z" };
    const rests = await look(world);
    assert.deepEqual([rests.cooldownUntil, rests.waiting[1].expectedMinutes], ["2025-11-24T00:40:00.000Z", 12]);
  });

  test("of a VM that nobody has asked for, or of no VM at all, is not found", async () => {
    const world = aWorld();
    for (const unknown of [name, "", "../x", "a b"])
      assert.equal(
        (await ask(getQueue(world.services), world, { method: "GET", params: { name: unknown } })).status,
        404,
      );
  });
});

describe("the list of VMs", () => {
  test("has a line for each, and says of one that cannot be read what is the matter", async () => {
    const world = aVm();
    const fault = new UnreadableRowError("VmQueues", "odd-1", "queue", new Error("not JSON"));
    const { list } = world.services.queues;
    world.services.queues.list = async () => [{ vmKey: "odd-1", fault }, ...(await list())];
    const { status, body } = await ask(listVms(world.services), world, { method: "GET" });
    assert.equal(status, 200);
    assert.equal(body.items.length, 2);
    assert.match(body.items[0].unreadable, /odd-1/);
    const { vm, waitingForStart, waitingForCutover, onVm, counted } = body.items[1];
    assert.deepEqual([vm, waitingForStart, waitingForCutover, onVm, counted], [name, 4, 1, 3, 5]);
    const metrics = await ask(getMetrics(world.services), world, { method: "GET" });
    assert.match(metrics.body, /^sqlferry_queues_unreadable 1$/m);
    assert.match(metrics.body, new RegExp(`^sqlferry_queue_waiting\\{vm="${name}",kind="start"\\} 4$`, "m"));
  });
});

test("metrics are text of the type that OpenMetrics asks for, from the tables alone", async () => {
  const world = aVm();
  const { status, headers, body } = await ask(getMetrics(world.services), world, { method: "GET" });
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert.match(body, /^sqlferry_migrations\{state="starting"\} 1$/m);
  assert.ok(body.endsWith("# EOF\n"));
});
