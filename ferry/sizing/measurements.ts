// Reads the measurements in a folder, from the official collector's CSV files or our own samples, as one load per
// instance.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseFilter, Load } from "../../shared/sizing/measured/load.ts";
import { loadOfOfficial, type OfficialFiles } from "../../shared/sizing/measured/officialCounters.ts";
import { SizingError } from "../../shared/sizing/sizingError.ts";
import { EXIT, FerryError } from "../exit.ts";
import { MANIFEST } from "./perfFormat.ts";
import { collectedIn } from "./perfReader.ts";

export interface MeasurementOptions {
  readonly percentile: number;
  readonly filter: DatabaseFilter;
  /** Of the official collector, where the files do not tell it. */
  readonly intervalSeconds?: number;
}

const ENDINGS = {
  instance: "_CommonInstanceLevel_Counters.csv",
  files: "_CommonDbLevel_Counters.csv",
  counters: "_PerformanceAggregated_Counters.csv",
} as const;

/** Every instance that was measured there. Throws a FerryError that says what was found instead. */
export async function measurementsIn(folder: string, options: MeasurementOptions): Promise<Load[]> {
  const names = await namesIn(folder);
  if (names.includes(MANIFEST)) return [await told(() => collectedIn(folder, options.filter))];
  const instances = names.flatMap((name) =>
    name.endsWith(ENDINGS.counters) ? [name.slice(0, -ENDINGS.counters.length)] : [],
  );
  if (instances.length === 0)
    throw new FerryError(
      EXIT.failed,
      `There are no measurements in "${folder}". Expected: what "ferry collect --save" writes, or the official collector's ` +
        `three files, <SERVER>,<INSTANCE>${ENDINGS.counters} and the others. Found: ${names.slice(0, 5).join(", ") || "nothing"}.`,
    );
  return Promise.all(instances.map((instance) => officialIn(folder, instance, names, options)));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") throw new FerryError(EXIT.failed, `"${folder}" is a file; measurements are a folder.`);
    if (code !== "ENOENT") throw error;
    throw new FerryError(EXIT.notFound, `There is no folder "${folder}".`);
  }
}

async function officialIn(
  folder: string,
  instance: string,
  names: readonly string[],
  options: MeasurementOptions,
): Promise<Load> {
  const read = async (ending: string): Promise<OfficialFiles["files"]> => {
    const name = `${instance}${ending}`;
    if (!names.includes(name))
      throw new FerryError(
        EXIT.failed,
        `"${folder}" lacks ${name}: the collector writes three files, and all are needed.`,
      );
    return { name, text: await readFile(join(folder, name), "utf8") };
  };
  const [about, files, counters] = await Promise.all([
    read(ENDINGS.instance),
    read(ENDINGS.files),
    read(ENDINGS.counters),
  ]);
  return told(() => loadOfOfficial({ instance: about, files, counters }, options));
}

/** What the rules refuse ends the command with their words. */
async function told<Result>(use: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof SizingError) throw new FerryError(EXIT.failed, error.message);
    throw error;
  }
}
