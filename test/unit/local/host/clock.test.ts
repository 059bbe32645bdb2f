// Tests that the host's clock calls at the right time, however long that is, and leaves few timers to Node.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { realClock } from "../../../../local/host/clock.ts";

const durations = new Set<number | undefined>();
let own: typeof setTimeout;

beforeEach(() => {
  durations.clear();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  own = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign(
    (call: () => void, duration?: number) => {
      durations.add(duration);
      return own(call, duration);
    },
    { __promisify__: own.__promisify__ },
  ) as typeof setTimeout;
});
afterEach(() => {
  globalThis.setTimeout = own;
  mock.timers.reset();
});

const DAY = 86_400_000;

/** Moves time in steps, as it passes: a single step would leave out waits that begin on the way. */
function pass(milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= 500) mock.timers.tick(Math.min(500, left));
}

for (const wait of [0, 1, 999, 1_000, 1_001, 60_000, 61_234, 3_723_456])
  test(`a wait of ${wait} ms ends then, and not before`, () => {
    let calledAt: number | undefined;
    const due = Date.now() + wait;
    realClock.at(due, () => {
      calledAt = Date.now();
    });
    pass(Math.max(0, wait - 1));
    if (wait > 0) assert.equal(calledAt, undefined);
    pass(1);
    assert.ok(calledAt !== undefined && calledAt >= due && calledAt <= due + 1, `${calledAt} instead of ${due}`);
  });

test("what is taken back is not called", () => {
  let calls = 0;
  const forget = realClock.at(Date.now() + 90_000, () => calls++);
  pass(75_000);
  forget();
  pass(30_000);
  assert.equal(calls, 0);
});

test("a wait for a moment beyond what setTimeout can wait for does not end at once", () => {
  let calls = 0;
  realClock.at(Date.now() + 40 * DAY, () => calls++);
  pass(120_000);
  assert.equal(calls, 0);
});

test("ten thousand waits that are taken back take few durations, which Node would remember until they are over", () => {
  for (let n = 0; n < 10_000; n++) realClock.at(Date.now() + 2_000 + 7 * n, () => undefined)();
  assert.ok(durations.size <= 2, `${durations.size} durations`);
});
