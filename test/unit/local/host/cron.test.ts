// Tests when a schedule fires next.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nextAfter, parseSchedule } from "../../../../local/host/cron.ts";

const next = (schedule: string, after: string): string =>
  new Date(nextAfter(parseSchedule(schedule), Date.parse(after))).toISOString();

describe("a schedule fires next", () => {
  const table = [
    ["* * * * * *", "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:01.000Z"],
    ["0 */5 * * * *", "2026-01-01T00:00:00.000Z", "2026-01-01T00:05:00.000Z"],
    ["0 */5 * * * *", "2026-01-01T23:57:00.000Z", "2026-01-02T00:00:00.000Z"],
    ["30 10 6 * * *", "2026-03-31T06:10:30.000Z", "2026-04-01T06:10:30.000Z"],
    ["0 0 8-18/2 * * 1-5", "2026-01-02T18:00:00.000Z", "2026-01-05T08:00:00.000Z"],
    ["0 0 0 1,15 * *", "2026-01-02T00:00:00.000Z", "2026-01-15T00:00:00.000Z"],
    ["0 0 0 29 2 *", "2026-01-01T00:00:00.000Z", "2028-02-29T00:00:00.000Z"],
    ["0 0 0 13 * 5", "2026-01-01T00:00:00.000Z", "2026-02-13T00:00:00.000Z"],
    ["5/20 0 0 * * *", "2026-01-01T00:00:05.000Z", "2026-01-01T00:00:25.000Z"],
  ] as const;
  for (const [schedule, after, expected] of table)
    it(`"${schedule}" after ${after}: ${expected}`, () => assert.equal(next(schedule, after), expected));

  it("at the first second that fits all its fields", () => {
    const field = (most: number) =>
      fc.oneof(fc.constant("*"), fc.integer({ min: 0, max: most }).map(String), fc.constantFrom("*/7", "3,5", "2-9/3"));
    fc.assert(
      fc.property(field(59), field(59), fc.integer({ min: 0, max: 10_000_000 }), (second, minute, offset) => {
        const { fields } = parseSchedule(`${second} ${minute} * * * *`);
        const start = Date.UTC(2026, 0, 1) + offset;
        const fits = (time: number) =>
          fields[0]?.has(new Date(time).getUTCSeconds()) && fields[1]?.has(new Date(time).getUTCMinutes());
        let expected = Math.floor(start / 1_000) * 1_000 + 1_000;
        while (!fits(expected)) expected += 1_000;
        assert.equal(nextAfter({ text: "", fields }, start), expected);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a schedule is refused", () => {
  for (const text of [
    "",
    "*/5 * * * *",
    "60 * * * * *",
    "0 0 0 0 * *",
    "0 0 0 * 13 *",
    "0 0 0 * * 7",
    "5-1 * * * * *",
    "*/0 * * * * *",
    "x * * * * *",
    "0 0 0 * * Mon",
  ])
    it(`"${text}"`, () => assert.throws(() => parseSchedule(text), /The schedule/));

  it("when it never fires", () => assert.throws(() => next("0 0 0 31 2 *", "2026-01-01T00:00:00Z"), /never fires/));
});
