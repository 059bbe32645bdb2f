// Defines the files of `ferry collect`: NDJSON, every line complete; zod at the edge, the same for writing and reading.
//
// manifest.json   what is measured: server, interval, files of the databases (written anew now and then)
// history.json    what the server remembered when collecting began
// samples-2026-01-05T10.ndjson(.gz)    {"sample":…} or {"event":…} a line, by the hour (UTC) in which they end
// databases-2026-01-05T10.ndjson(.gz)  {"databases":…} for each sample, {"cpu":…} and {"cache":…} now and then
import { z } from "zod";
import type { History } from "../../shared/sizing/measured/history.ts";
import type { Io, Sample, SourceFile } from "../../shared/sizing/measured/reading.ts";

export const MANIFEST = "manifest.json";
export const HISTORY = "history.json";
const FORMAT = 1;

export const Manifest = z.object({
  format: z.literal(FORMAT),
  server: z.string(),
  productVersion: z.string(),
  edition: z.string(),
  processors: z.number().positive(),
  /** Seconds between two samples, as wished. */
  everySeconds: z.number().positive(),
  /** When collecting began, and when this was written; UTC. */
  startedAt: z.string(),
  writtenAt: z.string(),
  inMemoryGib: z.number().exactOptional(),
  files: z.array(
    z.object({
      databaseId: z.number(),
      fileId: z.number(),
      database: z.string(),
      isLog: z.boolean(),
      gib: z.number(),
    }) satisfies z.ZodType<SourceFile>,
  ),
});
export type Manifest = z.infer<typeof Manifest>;

export const HistoryFile = z.object({
  processor: z.array(z.object({ at: z.number(), percent: z.number() })).exactOptional(),
  hours: z
    .array(z.object({ at: z.number(), cpuMs: z.number(), physicalReads: z.number(), logicalWrites: z.number() }))
    .exactOptional(),
  log: z.array(z.object({ at: z.number(), bytes: z.number() })).exactOptional(),
}) satisfies z.ZodType<History>;

const io = z.object({
  reads: z.number(),
  writes: z.number(),
  readMbps: z.number(),
  writeMbps: z.number(),
  readMs: z.number().nullable(),
  writeMs: z.number().nullable(),
}) satisfies z.ZodType<Io>;

const sample = z.object({
  at: z.number(),
  seconds: z.number().positive(),
  cores: z.number(),
  memoryGib: z.number(),
  cachedGib: z.number(),
  tempdbGib: z.number(),
  batchesPerSecond: z.number(),
  data: io,
  log: io,
  tempdb: io,
  isShortOfMemory: z.literal(true).exactOptional(),
  hasBackup: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Sample>;

/** What is no load: a restart, a lost connection. `kind` is one word for scripts. */
const event = z.object({
  at: z.number(),
  kind: z.enum(["began", "ended", "lost", "connectionLost", "reconnected", "refused"]),
  detail: z.string(),
});
export type CollectEvent = z.infer<typeof event>;

export const SampleLine = z.union([z.object({ sample }), z.object({ event })]);

const rates = z.tuple([z.number(), z.number(), z.number(), z.number()]);
/** Of one database; looked at for those alone that are asked for, as a line may have hundreds. */
export const DatabaseRates = z.object({ data: rates, log: rates });
const byName = z.object({ at: z.number(), of: z.record(z.string(), z.number()) });

/** The lines now and then; those of each sample are longer, and only what is asked for is read of them. */
export const DatabaseLine = z.union([z.object({ cpu: byName }), z.object({ cache: byName })]);

export type Kind = "samples" | "databases";

/** "samples-2026-01-05T10.ndjson". */
export const hourFile = (kind: Kind, at: number): string => `${kind}-${new Date(at).toISOString().slice(0, 13)}.ndjson`;

export const isHourFile = (kind: Kind, name: string): boolean =>
  new RegExp(`^${kind}-\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.ndjson(\\.gz)?$`).test(name);
