// Makes loads and markets for tests of sizing.
import fc from "fast-check";
import type { IoRates, Load, LoadPoint } from "../../../../shared/sizing/measured/load.ts";
import { type Measured, type Need, needOf } from "../../../../shared/sizing/need.ts";
import { type Prices, shippedPrices } from "../../../../shared/sizing/prices.ts";
import type { Market } from "../../../../shared/sizing/recommend.ts";
import { USUAL_SERIES, VM_SIZES } from "../../../../shared/sizing/vmSizes.ts";

const SHIPPED = shippedPrices("westeurope") as Prices;

/** The shipped prices, and an invented one for Premium SSD v2: none is shipped. */
export const PRICES: Prices = {
  ...SHIPPED,
  disks: {
    ...SHIPPED.disks,
    premiumV2: { of: { gib: 0.081, iops: 0.0052, mbps: 0.041 }, region: "test", asOf: "2026-01-01", source: "shipped" },
  },
};

export const MARKET: Market = {
  sizes: [...VM_SIZES.filter(({ controller }) => controller === "SCSI"), ...VM_SIZES].filter(({ series }) =>
    USUAL_SERIES.includes(series),
  ),
  prices: PRICES,
};

export const MINUTE = 60_000;

export const NO_IO: IoRates = { dataIops: 0, dataMbps: 0, logIops: 0, logMbps: 0, tempdbIops: 0, tempdbMbps: 0 };

/** One minute; `at` counts minutes from a Monday. */
export const minute = (
  at: number,
  more: Partial<Omit<LoadPoint, "at" | "io">> & { io?: Partial<IoRates> } = {},
): LoadPoint => {
  const { io, ...rest } = more;
  return {
    at: Date.UTC(2026, 0, 5) + at * MINUTE,
    seconds: 60,
    cores: 1,
    memoryGib: 8,
    ...rest,
    io: { ...NO_IO, ...io },
  };
};

export const load = (points: readonly LoadPoint[], more: Partial<Load> = {}): Load => ({
  server: "SRC01",
  processors: 8,
  origin: "samples",
  points,
  dataGib: 100,
  logGib: 10,
  tempdbGib: 8,
  restarts: 0,
  gaps: 0,
  notes: [],
  ...more,
});

/** The need of a load in which everything was measured. */
export type WholeNeed = Need & Readonly<Record<Measured, number>>;
export const wholeNeedOf = (...of: Parameters<typeof needOf>): WholeNeed => needOf(...of) as WholeNeed;

const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** Points of very different instances, within the capacity of some size. */
export const anyPoint = fc
  .record({
    at: fc.nat(10_000),
    cores: upTo(40),
    memoryGib: upTo(250),
    io: fc.record({
      dataIops: upTo(30_000),
      dataMbps: upTo(800),
      logIops: upTo(8_000),
      logMbps: upTo(300),
      tempdbIops: upTo(20_000),
      tempdbMbps: upTo(400),
    }),
  })
  .map(({ at, ...more }) => minute(at, more));

export const anyPoints = fc.array(anyPoint, { minLength: 1, maxLength: 40 });
