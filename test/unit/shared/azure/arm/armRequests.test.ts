// Tests that every form in which Azure asks for a pause is understood.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pauseOf } from "../../../../../shared/azure/arm/armRequests.ts";

const pause = (headers: Readonly<Record<string, string>>) => pauseOf((name) => headers[name]);
const NOON = "Mon, 24 Nov 2025 12:00:00 GMT";

for (const [what, headers, seconds] of [
  ["seconds", { "retry-after": "17" }, 17],
  ["a part of a second", { "retry-after": "0.5" }, 1],
  ["blanks around it", { "retry-after": " 15 " }, 15],
  ["milliseconds", { "retry-after-ms": "1500" }, 2],
  ["Azure's own milliseconds", { "x-ms-retry-after-ms": "200", "retry-after": "9" }, 1],
  ["a date, by the service's clock", { "retry-after": "Mon, 24 Nov 2025 12:00:30 GMT", date: NOON }, 30],
  ["a date that has passed", { "retry-after": "Mon, 24 Nov 2025 11:00:00 GMT", date: NOON }, 0],
  ["a date beside no clock", { "retry-after": NOON }, undefined],
  ["more than an hour", { "retry-after": "86400" }, 3600],
  ["no number", { "retry-after": "soon" }, undefined],
  ["less than nothing", { "retry-after": "-5" }, undefined],
  ["nothing", {}, undefined],
] as const)
  test(`Retry-After: ${what}`, () => assert.equal(pause(headers), seconds));

test("whatever stands there, the pause is a whole number of seconds within an hour, or none", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (after, date) => {
      const seconds = pause({ "retry-after": after, date }) ?? 0;
      assert.ok(Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600);
    }),
  );
});
