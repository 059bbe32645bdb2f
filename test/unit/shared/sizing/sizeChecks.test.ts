// Tests that P29 and P31 compare the target's VM with the need and the files, and prevent only what cannot be restored.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sighting } from "../../../../shared/migration/observed.ts";
import { courseOf } from "../../../../shared/sizing/publishedSizing.ts";
import { type SeenSizing, sizeCheck, spaceCheck } from "../../../../shared/sizing/sizeChecks.ts";
import { PublishedSizing, type StoredSizing } from "../../../../shared/sizing/sizingShapes.ts";
import type { TargetDisk, TargetVm } from "../../../../shared/sizing/targetFit.ts";
import { aSizing } from "../../../support/sizings.ts";
import { minute } from "./support.ts";

const P30 = { kind: "Premium SSD", gib: 1_024 } as const;
const seenVm = (more: Partial<TargetVm> = {}): Sighting<TargetVm> => ({
  kind: "seen",
  facts: {
    sizeName: "Standard_E8ds_v5",
    controller: "SCSI",
    disks: [
      { lun: 0, ...P30, caching: "ReadOnly", use: "data" },
      { lun: 1, ...P30, caching: "None", use: "log" },
    ],
    ...more,
  },
});
const stored = (sizing: PublishedSizing): StoredSizing => ({
  ...sizing,
  publishedAt: "2026-01-06T00:00:00.000Z",
  publishedBy: "dba",
});
const sized = (...of: Parameters<typeof aSizing>): SeenSizing => ({ kind: "sized", sizing: stored(aSizing(...of)) });

test("P29 passes where the VM carries the need with comfort", () => {
  const { id, outcome, observed } = sizeCheck(sized(), seenVm());
  assert.deepEqual([id, outcome, observed], ["P29", "pass", "Standard_E8ds_v5: fits"]);
});

test("P29 warns, and never fails, where the VM does not carry it, with dimension, measure and a size that does", () => {
  const { outcome, observed, message, remedy } = sizeCheck(sized({}, { cores: 30 }), seenVm());
  assert.deepEqual([outcome, observed], ["warn", "Standard_E8ds_v5: does not fit, cores 450 %"]);
  assert.match(
    message,
    /SQL01, measured until 2026-01-06 00:00 \(fair\): the VM does not fit\. Beyond it: cores 450 %/,
  );
  assert.match(remedy, /Resize the VM to Standard_E(48|64)\w+_v5/);
});

test("P29 warns of caching that is wrong, whatever the need", () => {
  const disks: TargetDisk[] = [
    { lun: 0, ...P30, caching: "ReadWrite", use: "data" },
    { lun: 1, ...P30, caching: "None", use: "log" },
  ];
  const { outcome, message } = sizeCheck(sized(), seenVm({ disks }));
  assert.deepEqual([outcome, /ReadWrite/.test(message)], ["warn", true]);
});

test("P29 is unknown where something was not measured, whatever the rest", () => {
  const { need, ...sizing } = aSizing();
  const { memoryGib: _, ...some } = need;
  const { outcome, message, remedy } = sizeCheck(
    { kind: "sized", sizing: stored({ ...sizing, need: some }) },
    seenVm(),
  );
  assert.deepEqual([outcome, /Not measured at the source: memory/.test(message)], ["unknown", true]);
  assert.match(remedy, /Measure the source/);
});

const unread: Sighting<never> = {
  kind: "unreadable",
  failure: { kind: "wait", code: "Throttled", message: "too many requests", cause: "", remedy: "" } as never,
};

for (const [what, seen, vm] of [
  ["nothing was published", { kind: "none" }, seenVm()],
  ["its row cannot be read", { kind: "unreadable", why: "row" }, seenVm()],
  ["the VM is not there", sized(), { kind: "absent" }],
  ["the VM cannot be read", sized(), unread],
  ["the VM's size is not in the table", sized(), seenVm({ sizeName: "Standard_L8s_v3" })],
] as const)
  test(`P29 is unknown, and holds nothing up, where ${what}`, () => {
    assert.equal(sizeCheck(seen, vm).outcome, "unknown");
  });

test("P31 fails where the files take more than all data disks have: RESTORE allocates them at once", () => {
  const { id, outcome, message, source } = spaceCheck(3_000 * 1024, seenVm());
  assert.deepEqual([id, outcome], ["P31", "fail"]);
  assert.match(message, /The files take 3000 GB, and all data disks of the VM have 2048 GB/);
  assert.match(source, /3257/);
});

test("P31 passes without a promise where they fit, and is unknown where nobody tells", () => {
  assert.equal(spaceCheck(100 * 1024, seenVm()).outcome, "pass");
  assert.equal(spaceCheck(undefined, seenVm()).outcome, "unknown");
  assert.equal(spaceCheck(100, { kind: "absent" }).outcome, "unknown");
  assert.equal(spaceCheck(100, unread).outcome, "unknown");
  assert.equal(spaceCheck(100, seenVm({ disks: [] })).outcome, "warn");
  const untold: TargetDisk[] = [{ lun: 0, kind: "other", gib: 0, caching: "None" }];
  assert.equal(spaceCheck(100, seenVm({ disks: untold })).outcome, "unknown", "a deallocated VM tells no sizes");
});

test("space of disks for tempdb is not space for databases", () => {
  const disks: TargetDisk[] = [
    { lun: 0, ...P30, caching: "ReadOnly", use: "data" },
    { lun: 1, ...P30, caching: "ReadOnly", use: "tempdb" },
  ];
  assert.equal(spaceCheck(1_500 * 1024, seenVm({ disks })).outcome, "fail");
});

test("what is published is what the service takes, however long and odd the measurement", () => {
  const points = Array.from({ length: 3_000 }, (_, at) => minute(at * 7, { cores: at % 11 }));
  const sizing = aSizing({ points, server: "SRC01\\PROD" });
  assert.deepEqual(PublishedSizing.parse(JSON.parse(JSON.stringify(sizing))), sizing);
  assert.ok(JSON.stringify(sizing).length < 60_000);
});

test("the course keeps the highest of each part, in at most 168 parts", () => {
  const week = Array.from({ length: 7 * 24 * 60 }, (_, at) => minute(at, { cores: at === 5_000 ? 9 : 1 }));
  const course = courseOf(week);
  assert.deepEqual([course.length, Math.max(...course.map(({ cores }) => cores)), course[83]?.cores], [168, 9, 9]);
  const month = [...week, minute(30 * 24 * 60, { cores: 2 })];
  assert.ok(courseOf(month).length <= 168);
  assert.deepEqual(courseOf([]), []);
});
