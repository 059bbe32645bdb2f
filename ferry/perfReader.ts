// What has `ferry collect` written so far? Read as a stream, also while it goes on collecting.
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import { type DatabaseFilter, isChosen, isFiltered, type Load } from "../shared/sizing/load.ts";
import type { DatabaseSample } from "../shared/sizing/reading.ts";
import { loadOfSamples, Minutes } from "../shared/sizing/samples.ts";
import { EXIT, FerryError } from "./exit.ts";
import {
  DatabaseLine,
  DatabaseRates,
  HISTORY,
  HistoryFile,
  isHourFile,
  type Kind,
  MANIFEST,
  Manifest,
  SampleLine,
} from "./perfFormat.ts";

/** The load that was measured there. Lines that are not whole, as a crash leaves one, are left out and counted as gaps. */
export async function collectedIn(folder: string, filter: DatabaseFilter): Promise<Load> {
  const manifest = await jsonIn(folder, MANIFEST, Manifest);
  const history = (await readdir(folder)).includes(HISTORY) ? await jsonIn(folder, HISTORY, HistoryFile) : {};
  const minutes = new Minutes(filter);
  const cpuOf = new Map<string, number>();
  const cacheOf = new Map<string, number>();
  // Databases are read only where they are asked for: their lines are most of the bytes.
  if (isFiltered(filter))
    await eachLine(folder, "databases", DatabaseLine, (line) => {
      if ("databases" in line) minutes.addDatabases(chosenIn(line.databases, filter));
      else if ("cpu" in line) added(cpuOf, line.cpu.of);
      else added(cacheOf, line.cache.of);
    });
  let restarts = 0;
  let gaps = 0;
  const broken = await eachLine(folder, "samples", SampleLine, (line) => {
    if ("sample" in line) minutes.add(line.sample);
    else if (line.event.kind === "lost") {
      gaps += 1;
      if (/^(restarted|failed over)/.test(line.event.detail)) restarts += 1;
    }
  });
  const { server, productVersion, edition, processors, files, inMemoryGib } = manifest;
  return loadOfSamples({
    instance: {
      server,
      productVersion,
      edition,
      processors,
      files,
      ...(inMemoryGib !== undefined && { inMemoryGib }),
    },
    minutes,
    filter,
    history,
    restarts,
    gaps: gaps + broken,
    cpuOf,
    cacheOf,
  });
}

function chosenIn(
  { at, databases }: { readonly at: number; readonly databases: Readonly<Record<string, unknown>> },
  filter: DatabaseFilter,
): DatabaseSample {
  const chosen = Object.keys(databases).filter((name) => isChosen(filter, name));
  const ratesOf = (name: string): z.infer<typeof DatabaseRates> => {
    const rates = DatabaseRates.safeParse(databases[name]);
    if (rates.success) return rates.data;
    throw new FerryError(
      EXIT.failed,
      `What was measured of ${name} at ${new Date(at).toISOString()} is not what "ferry collect" of this version writes: expected data and log, four numbers each.`,
    );
  };
  return { at, databases: Object.fromEntries(chosen.map((name) => [name, ratesOf(name)])) };
}

function added(sums: Map<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) sums.set(name, (sums.get(name) ?? 0) + value);
}

async function jsonIn<Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const path = join(folder, name);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FerryError(
      EXIT.failed,
      `${path} is not whole: ${error.message}. "ferry collect" writes it anew when it goes on.`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new FerryError(
    EXIT.failed,
    `${path} is not what "ferry collect" of this version writes: ${issue?.path.join(".")}: ${issue?.message}.`,
  );
}

/** How many lines were not whole. An hour may be there plain and compressed, when a crash came between. */
async function eachLine<Schema extends z.ZodType>(
  folder: string,
  kind: Kind,
  schema: Schema,
  use: (line: z.infer<Schema>) => void,
): Promise<number> {
  let broken = 0;
  for (const name of (await readdir(folder)).filter((one) => isHourFile(kind, one)).sort()) {
    const file = createReadStream(join(folder, name));
    const unpacked = name.endsWith(".gz") ? createGunzip() : undefined;
    // readline does not see what goes wrong in the file behind gunzip
    if (unpacked) file.on("error", (error) => unpacked.destroy(error));
    for await (const line of createInterface({ input: unpacked ? file.pipe(unpacked) : file, crlfDelay: Infinity })) {
      const parsed = schema.safeParse(jsonOf(line));
      if (parsed.success) use(parsed.data);
      else if (line !== "") broken += 1;
    }
  }
  return broken;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a line that is not whole; counted by the caller
  }
}
