// Defines the shape of a published sizing in a request and in a row: zod over what `ferry recommend --publish` sends.
import { z } from "zod";
import type { JsonRowKind } from "../migration/stored/storedJson.ts";
import { MEASURED, type Measured, type Need } from "./need.ts";
import { DIMENSIONS } from "./recommend.ts";

/** Every field of T is listed: one that is forgotten would be lost on its way. */
type Fields<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

const amount = z.number().min(0).max(1e9);
const text = z
  .string()
  .max(300)
  .regex(/^\P{Cc}*$/u);
const moment = z.iso.datetime();

/** What was not measured is absent. */
const measured = Object.fromEntries(MEASURED.map((name) => [name, amount.exactOptional()])) as Record<
  Measured,
  z.ZodExactOptional<typeof amount>
>;

const need = z.strictObject({
  ...measured,
  dataGib: amount,
  logGib: amount,
  tempdbGib: amount,
  logWriteMs: amount.exactOptional(),
} satisfies Fields<Need>);

const option = z.strictObject({
  size: text,
  vcpus: amount,
  memoryGib: amount,
  /** USD; absent: no price is known. */
  month: amount.exactOptional(),
  /** Share by dimension: 1 is full; absent where the need is not known. */
  use: z.partialRecord(z.enum(DIMENSIONS), amount),
  binding: z.enum(DIMENSIONS),
  /** "data 2 x P30 …". */
  disks: z.array(text).max(3),
});

/** What a server needs, as it was measured: one document for each server. */
export const PublishedSizing = z.strictObject({
  server: text.min(1).max(256),
  /**
   * Of the first and the last point; the last one is as of when it is true. UTC, or the clock that the source wrote.
   */
  from: moment,
  takenAt: moment,
  percentile: z.number().min(50).max(100),
  comfort: z.number().min(1).max(10),
  growth: z.number().min(1).max(100),
  need,
  confidence: z.strictObject({
    level: z.enum(["preliminary", "fair", "good"]),
    hours: amount,
    weekdays: z.number().int().min(0).max(7),
    seenOfPeak: amount.exactOptional(),
    reasons: z.array(text).max(5),
  }),
  options: z.array(option).max(3),
  refused: z.array(z.strictObject({ name: text, why: text })).max(10),
  /** Region and date of the prices. */
  prices: text,
  /** For charts: the highest of each part of the time that was measured, at most 168 of them. */
  course: z
    .array(z.strictObject({ at: moment, cores: amount, memoryGib: amount, iops: amount, mbps: amount }))
    .max(168),
});
export type PublishedSizing = z.infer<typeof PublishedSizing>;

/** With who has published it. */
export const StoredSizing = PublishedSizing.extend({ publishedAt: z.string(), publishedBy: z.string() });
export type StoredSizing = z.infer<typeof StoredSizing>;

/** In table Assessments, beside its server. */
export const SIZING_ROW: JsonRowKind<StoredSizing> = { schema: 1, shape: StoredSizing };
