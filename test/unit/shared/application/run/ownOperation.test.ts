// Tests whether what DMS shows belongs to this run, for every answer to the request and everything that DMS may show,
// at any time after it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayBeUnderWay, ownershipOf } from "../../../../../shared/application/run/ownOperation.ts";
import type { RestoreRequest } from "../../../../../shared/migration/migration.ts";
import type { Observation } from "../../../../../shared/migration/observed.ts";
import { shown } from "../../../../support/world.ts";

const AT = "2025-11-24T00:30:00.000Z";
const asked: RestoreRequest = { at: AT, before: "absent", accepted: false, attempts: 1, planVersion: "p" };
const accepted: RestoreRequest = { ...asked, accepted: true };
const notTaken: RestoreRequest = { ...asked, refused: true };
const after = (minutes: number): Date => new Date(Date.parse(AT) + minutes * 60_000);
const absent: Observation = { kind: "absent" };

test("what DMS shows is this run's only where this run may have asked for it", () => {
  const older = shown({ startedOn: "2025-11-24T00:20:00Z" });
  for (const [what, request, seen, minutes, whose] of [
    ["nobody asked", undefined, shown(), 0, "notOurs"],
    ["taken and shown", accepted, shown(), 1, "ours"],
    ["taken, not shown yet", accepted, absent, 9, "notShownYet"],
    ["taken, and never shown", accepted, absent, 10, "notOurs"],
    ["no answer, and shown", asked, shown(), 1, "ours"],
    ["no answer, not shown yet: it may have been taken", asked, absent, 0.5, "notShownYet"],
    ["no answer, not shown yet", asked, absent, 4.9, "notShownYet"],
    ["no answer, and never shown: DMS never got it", asked, absent, 5, "notOurs"],
    ["no answer, and an operation that began before it was asked for", asked, older, 1, "notOurs"],
    ["taken or not, what was there before", { ...asked, before: "op" }, shown(), 1, "notShownYet"],
    ["refused", notTaken, absent, 0, "notOurs"],
    ["refused, and somebody else was quicker", notTaken, shown(), 0, "notOurs"],
  ] as const)
    assert.equal(ownershipOf(request, seen, after(minutes)), whose, what);
});

test("DMS may be at a start from the request on, for ten minutes, unless it has refused it", () => {
  for (const [request, minutes, may] of [
    [undefined, 0, false],
    [asked, 9, true],
    [asked, 10, false],
    [accepted, 9, true],
    [notTaken, 0, false],
  ] as const)
    assert.equal(mayBeUnderWay(request, after(minutes)), may);
});
