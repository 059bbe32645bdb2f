// Tests that virtual time stands still while work is in progress or about to begin.
import assert from "node:assert/strict";
import { it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { virtualClock } from "../../../../local/host/clock.ts";
import { idle, newLife, track } from "../../../../local/host/lifecycle.ts";

it("a host is idle when a chain of work, each piece begun a turn after the last, has come to its end", async () => {
  const life = newLife();
  let left = 20;
  const piece = async (): Promise<void> => {
    if (left % 2 === 0) await nextTurn();
    if (--left > 0) setImmediate(() => void track(life, piece()));
  };
  setImmediate(() => void track(life, piece()));
  await idle(life);
  assert.equal(left, 0);
});

it("a host is not idle while something slow goes on that was begun by what has ended since", async () => {
  const life = newLife();
  let isDone = false;
  const slow = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    isDone = true;
  };
  void track(
    life,
    nextTurn().then(() => void track(life, slow())),
  );
  await idle(life);
  assert.ok(isDone);
});

it("a host is idle although something has failed", async () => {
  const life = newLife();
  track(life, Promise.reject(new Error("no"))).catch(() => undefined);
  await idle(life);
  assert.equal(life.underWay.size, 0);
});

it("a virtual clock stands still, jumps from call to call in their order, and no further than it is told", () => {
  const clock = virtualClock(100);
  const calls: string[] = [];
  const note = (what: string) => () => calls.push(`${what} ${clock.now()}`);
  clock.at(300, note("third"));
  clock.at(200, note("first"));
  clock.at(200, note("second"));
  clock.at(50, note("past"));
  clock.at(250, note("taken back"))();
  clock.at(1_000, note("beyond"));
  while (clock.jump(500));
  assert.deepEqual(calls, ["past 100", "first 200", "second 200", "third 300"]);
  assert.equal(clock.now(), 500);
});
