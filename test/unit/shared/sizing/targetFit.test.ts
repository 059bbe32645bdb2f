// Tests that the existing VM is compared with the need, and which dimension does not suffice.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Need, needOf, USUAL } from "../../../../shared/sizing/need.ts";
import { fitOf, performanceOf, type TargetDisk, type TargetVm } from "../../../../shared/sizing/targetFit.ts";
import { sizeNamed, VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";
import { anyPoints, load, minute } from "./support.ts";

const SIZE = VM_SIZES.find(({ name }) => name === "Standard_E8ds_v5");

const P30 = { kind: "Premium SSD", gib: 1_024 } as const;
const DISKS: readonly TargetDisk[] = [
  { lun: 0, ...P30, caching: "ReadOnly", use: "data" },
  { lun: 1, ...P30, caching: "ReadOnly", use: "data" },
  { lun: 2, ...P30, caching: "None", use: "log" },
];
const vm = (disks = DISKS): TargetVm => ({ sizeName: "Standard_E8ds_v5", controller: "SCSI", disks });
const need = (more: Partial<Need> = {}): Need => ({
  ...needOf(load([minute(0, { cores: 2, memoryGib: 20 })])),
  ...more,
});

const fit = (one: Need, target = vm(), size = SIZE) => fitOf(one, target, size, USUAL);

test("a VM that carries everything with comfort fits, the fullest dimension first", () => {
  const { verdict, lines, remarks } = fit(need());
  assert.deepEqual([verdict, remarks], ["fits", []]);
  assert.deepEqual(lines[0]?.dimension, "memory GiB");
});

test("what was measured fits and the comfort does not: tight; not even what was measured: it does not fit", () => {
  assert.equal(fit(need({ cores: 9 })).verdict, "tight");
  const { verdict, lines } = fit(need({ cores: 10 }));
  assert.deepEqual([verdict, lines[0]?.dimension, lines[0]?.verdict], ["doesNotFit", "cores", "doesNotFit"]);
});

for (const [what, more, dimension] of [
  ["data disks", { dataIops: 13_000 }, "data disks IOPS"],
  ["the log's disk", { logMbps: 500 }, "log disks MB/s"],
  ["space for data", { dataGib: 4_000 }, "data disks GiB"],
  ["the VM's own limit", { iops: 16_000 }, "VM IOPS"],
  ["the local disk", { tempdbGib: 400 }, "local disk"],
] as const)
  test(`${what} that is too small is named`, () => {
    const { verdict, lines } = fit(need(more));
    assert.deepEqual([verdict, lines[0]?.dimension], ["doesNotFit", dimension]);
  });

test("tempdb on disks of its own counts there and against the VM's limits", () => {
  const disks: TargetDisk[] = [...DISKS, { lun: 3, ...P30, caching: "ReadOnly", use: "tempdb" }];
  const { lines } = fit(need({ tempdbGib: 2_000, allIops: 14_000 }), vm(disks));
  assert.deepEqual(
    lines.filter(({ verdict }) => verdict === "doesNotFit").map(({ dimension }) => dimension),
    ["tempdb disks GiB"],
  );
  assert.equal(lines.find(({ dimension }) => dimension === "VM IOPS")?.need, 14_000);
  assert.ok(!lines.some(({ dimension }) => dimension === "local disk"));
});

test("disks whose use nobody tells are counted together, and that is said", () => {
  const { lines, remarks } = fit(need({ iops: 16_000 }), vm(DISKS.map(({ use: _, ...disk }) => disk)));
  assert.equal(lines.find(({ dimension }) => dimension === "disks IOPS")?.has, 15_000);
  assert.match(remarks.join(), /counted together/);
});

test("caching, Standard disks and unequal stripes are remarked, whatever the need", () => {
  const disks: TargetDisk[] = [
    { lun: 0, ...P30, caching: "None", use: "data" },
    { lun: 1, kind: "Premium SSD", gib: 512, caching: "ReadWrite", use: "data" },
    { lun: 2, ...P30, caching: "ReadOnly", use: "log" },
    { lun: 3, kind: "other", gib: 1_024, caching: "None" },
  ];
  assert.deepEqual(fit(need(), vm(disks)).remarks, [
    "LUN 3: Standard disks, which are not counted; SQL Server takes Premium SSD or better.",
    "LUN 0: data without host caching; ReadOnly costs nothing.",
    "LUN 2: a log with host caching; None is right.",
    "LUN 1: caching ReadWrite, with which SQL Server can lose data; ReadOnly or None is right.",
    "LUN 0, LUN 1: a stripe of unequal disks is as fast as its slowest.",
  ]);
});

test("a size that is not known leaves the VM unknown, unless its disks do not fit already", () => {
  const unknown = fitOf(need(), vm(), undefined, USUAL);
  assert.deepEqual([unknown.verdict, /not known here/.test(unknown.remarks.join())], ["unknown", true]);
  assert.equal(fitOf(need({ dataGib: 4_000 }), vm(), undefined, USUAL).verdict, "doesNotFit");
});

test("disks whose size Azure does not tell, as of a deallocated VM, are not taken for none", () => {
  const untold = vm(DISKS.map((disk) => ({ ...disk, kind: "other" as const, gib: 0 })));
  const { verdict, lines, remarks } = fit(need({ dataGib: 4_000 }), untold);
  assert.deepEqual([verdict, lines.some(({ dimension }) => /disks/.test(dimension))], ["unknown", false]);
  assert.match(remarks.join(), /LUN 0, LUN 1, LUN 2: Azure does not tell their size/);
  assert.equal(fit(need({ cores: 20 }), untold).verdict, "doesNotFit");
});

test("a VM without data disks is not known to fit", () => {
  assert.equal(fit(need(), vm([])).verdict, "unknown");
});

test("a VM has the higher limits of Premium SSD v2 and Ultra Disk only where all its disks are of these kinds", () => {
  const size = VM_SIZES.find(({ name, controller }) => name === "Standard_E8bds_v5" && controller === "SCSI");
  const v2 = { kind: "Premium SSD v2", gib: 512, caching: "None", iops: 60_000, mbps: 2_000 } as const;
  const limits = (disks: readonly TargetDisk[]) =>
    fitOf(need({ iops: 10, mbps: 10 }), { sizeName: "Standard_E8bds_v5", controller: "SCSI", disks }, size, USUAL)
      .lines.filter(({ dimension }) => dimension.startsWith("VM "))
      .map(({ has }) => has)
      .toSorted((a, b) => b - a);
  assert.deepEqual(
    limits([
      { lun: 0, ...v2, use: "data" },
      { lun: 1, ...v2, use: "log" },
    ]),
    [32_400, 680],
  );
  assert.deepEqual(limits([...DISKS, { lun: 3, ...v2, use: "log" }]), [24_200, 680]);
  const nvme = VM_SIZES.find(({ name, controller }) => name === "Standard_E8bds_v5" && controller === "NVMe");
  const { lines } = fitOf(
    need({ mbps: 10 }),
    vm([
      { lun: 0, ...v2, use: "data" },
      { lun: 1, ...v2, use: "log" },
    ]),
    nvme,
    USUAL,
  );
  assert.equal(lines.find(({ dimension }) => dimension === "VM MB/s")?.has, 1_200);
});

test("a stripe of unequal disks is as fast as its slowest, times their number", () => {
  const disks: TargetDisk[] = [
    { lun: 0, ...P30, caching: "ReadOnly", use: "data" },
    { lun: 1, kind: "Premium SSD", gib: 64, caching: "ReadOnly", use: "data" },
    { lun: 2, ...P30, caching: "None", use: "log" },
  ];
  const { lines } = fit(need({ dataIops: 100, dataMbps: 10 }), vm(disks));
  const has = (dimension: string) => lines.find((line) => line.dimension === dimension)?.has;
  assert.deepEqual([has("data disks IOPS"), has("data disks MB/s"), has("data disks GiB")], [480, 100, 1_088]);
});

test("disks for data and log together carry both", () => {
  const disks: TargetDisk[] = [{ lun: 0, ...P30, caching: "None", use: "data and log" }];
  const { verdict, lines, remarks } = fit(need({ iops: 1_000, mbps: 10 }), vm(disks));
  assert.equal(verdict, "fits");
  assert.equal(lines.find(({ dimension }) => dimension === "data and log disks IOPS")?.has, 5_000);
  assert.match(remarks.join(), /data and log on the same disks/);
});

test("growth is in the space and comfort is not: what was measured fits, and is tight", () => {
  const room = { comfort: 1.2, growth: 2 };
  const space = (dataGib: number) => fitOf(need({ dataGib }), vm(), SIZE, room).verdict;
  assert.deepEqual([space(2_000), space(3_000), space(4_000), space(5_000)], ["fits", "tight", "tight", "doesNotFit"]);
});

test("what was not measured leaves a VM unknown that carries the rest, and is named", () => {
  const { memoryGib: _, ...some } = need();
  const { verdict, notKnown, remarks } = fit(some);
  assert.deepEqual([verdict, notKnown], ["unknown", ["memory"]]);
  assert.match(remarks.join(), /Not measured at the source: memory/);
  assert.equal(fit({ ...some, cores: 40 }).verdict, "doesNotFit");
});

test("a size is found in whatever case, and constrained ones by the size whose disks they have", () => {
  const found = (sizeName: string) => sizeNamed(VM_SIZES, { sizeName, controller: "SCSI" });
  assert.equal(found("standard_e8DS_v5")?.vcpus, 8);
  assert.deepEqual([found("Standard_E8-4ds_v5")?.vcpus, found("Standard_E8-4ds_v5")?.memoryGib], [4, 64]);
  assert.equal(found("Standard_L8s_v3"), undefined);
});

test("a premium disk performs by the tier that holds it, a provisioned one as it is set", () => {
  const of = (disk: Partial<TargetDisk>) => performanceOf({ lun: 0, ...P30, caching: "None", ...disk });
  assert.deepEqual(of({ gib: 1_000 }), { iops: 5_000, mbps: 200 });
  assert.deepEqual([of({ gib: 4 }).iops, of({ gib: 64 })], [120, { iops: 240, mbps: 50 }]);
  assert.deepEqual(of({ kind: "Premium SSD v2" }), { iops: 3_000, mbps: 125 });
  assert.deepEqual(of({ kind: "Ultra Disk", iops: 9_000, mbps: 400 }), { iops: 9_000, mbps: 400 });
});

test("more need never turns a VM that did not fit into one that does", () => {
  const order = ["fits", "tight", "doesNotFit"];
  fc.assert(
    fc.property(anyPoints, fc.double({ min: 1, max: 5, noNaN: true }), (points, factor) => {
      const one = needOf(load(points));
      const more = Object.fromEntries(
        Object.entries(one).map(([name, value]) => [name, value * factor]),
      ) as unknown as Need;
      assert.ok(order.indexOf(fit(one).verdict) <= order.indexOf(fit(more).verdict));
    }),
  );
});
