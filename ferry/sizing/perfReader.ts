// Reads what `ferry collect` has written so far, as a stream, also while it goes on collecting.
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import { type DatabaseFilter, isChosen, isFiltered, type Load } from "../../shared/sizing/measured/load.ts";
import { Minutes } from "../../shared/sizing/measured/minutes.ts";
import type { DatabaseSample } from "../../shared/sizing/measured/reading.ts";
import { loadOfSamples } from "../../shared/sizing/measured/samples.ts";
import { EXIT, FerryError } from "../exit.ts";
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

/**
 * The load that was measured there. Lines that are not whole, as a crash leaves one, are left out and counted as
 * gaps.
 */
export async function collectedIn(folder: string, filter: DatabaseFilter): Promise<Load> {
  const manifest = await jsonIn(folder, MANIFEST, Manifest);
  const history = (await readdir(folder)).includes(HISTORY) ? await jsonIn(folder, HISTORY, HistoryFile) : {};
  const { server, productVersion, edition, processors, files, inMemoryGib } = manifest;
  const minutes = new Minutes(filter);
  // Lines by database are most of the bytes: of those that are asked for, or else left out, a piece of the line is
  // read.
  const wanted = [...new Set(files.map(({ database }) => database))].filter((name) =>
    filter.only.length > 0 ? isChosen(filter, name) : !isChosen(filter, name),
  );
  const cpuOf = new Map<string, number>();
  const cacheOf = new Map<string, number>();
  if (isFiltered(filter))
    await eachLine(folder, "databases", (text) => {
      const sample = databasesIn(text, wanted);
      if (sample) {
        minutes.addDatabases(sample);
        return true;
      }
      const line = DatabaseLine.safeParse(jsonOf(text)).data;
      if (line === undefined) return false;
      if ("cpu" in line) added(cpuOf, line.cpu.of);
      else added(cacheOf, line.cache.of);
      return true;
    });
  let restarts = 0;
  let gaps = 0;
  const broken = await eachLine(folder, "samples", (text) => {
    const line = SampleLine.safeParse(jsonOf(text)).data;
    if (line === undefined) return false;
    if ("sample" in line) minutes.add(line.sample);
    else if (line.event.kind === "lost") {
      gaps += 1;
      if (/^(restarted|failed over)/.test(line.event.detail)) restarts += 1;
    }
    return true;
  });
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

/** Of a line by database, those that are wanted; undefined where it is another line, or not whole. */
function databasesIn(line: string, wanted: readonly string[]): DatabaseSample | undefined {
  const [head, at] = /^\{"databases":\{"at":(\d+),"databases":\{/.exec(line) ?? [];
  if (head === undefined || !line.endsWith("}}}")) return undefined;
  const databases = Object.fromEntries(
    wanted.flatMap((name) => {
      const rates = ratesIn(line, name, Number(at));
      return rates ? [[name, rates]] : [];
    }),
  );
  return { at: Number(at), databases };
}

/**
 * What stands behind "name": in the line; within another name the quote before it would be escaped. Undefined: it did
 * nothing then.
 */
function ratesIn(line: string, name: string, at: number): z.infer<typeof DatabaseRates> | undefined {
  const key = `${JSON.stringify(name)}:{`;
  for (let found = line.indexOf(key); found >= 0; found = line.indexOf(key, found + 1)) {
    if (!"{,".includes(line.charAt(found - 1))) continue;
    const from = found + key.length - 1;
    const rates = DatabaseRates.safeParse(jsonOf(line.slice(from, line.indexOf("}", from) + 1)));
    if (rates.success) return rates.data;
    throw new FerryError(
      EXIT.failed,
      `What was measured of ${name} at ${new Date(at).toISOString()} is not what "ferry collect" of this version writes: expected data and log, four numbers each.`,
    );
  }
  return undefined;
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

/**
 * How many lines were not whole, for which `use` says false. An hour may be there plain and compressed, when a crash
 * came between.
 */
async function eachLine(folder: string, kind: Kind, use: (line: string) => boolean): Promise<number> {
  let broken = 0;
  for (const name of (await readdir(folder)).filter((one) => isHourFile(kind, one)).sort()) {
    const file = createReadStream(join(folder, name));
    const unpacked = name.endsWith(".gz") ? createGunzip() : undefined;
    // readline does not see what goes wrong in the file behind gunzip
    if (unpacked) file.on("error", (error) => unpacked.destroy(error));
    try {
      for await (const line of createInterface({ input: unpacked ? file.pipe(unpacked) : file, crlfDelay: Infinity }))
        if (line !== "" && !use(line)) broken += 1;
    } catch (error) {
      if (!/^Z_/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
      throw new FerryError(
        EXIT.failed,
        `${join(folder, name)} cannot be unpacked: ${(error as Error).message}. Expected: gzip, whole. Copy it anew from where it was collected, or move it away: its hour is left out then.`,
      );
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
