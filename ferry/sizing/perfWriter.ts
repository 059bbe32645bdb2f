// Writes what `ferry collect` sees, line by line into a file for each hour, which is compressed when the hour is over.
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { History } from "../../shared/sizing/measured/history.ts";
import type { DatabaseSample, Sample } from "../../shared/sizing/measured/reading.ts";
import { EXIT, FerryError } from "../exit.ts";
import { type CollectEvent, HISTORY, hourFile, isHourFile, type Kind, MANIFEST, Manifest } from "./perfFormat.ts";

export interface PerfWriter {
  /** A FerryError when another server's measurements lie there. */
  claim(server: string): Promise<void>;
  /** Bytes that were appended. */
  sample(sample: Sample, databases: DatabaseSample): Promise<number>;
  event(event: CollectEvent): Promise<void>;
  byDatabase(kind: "cpu" | "cache", at: number, of: Readonly<Record<string, number>>): Promise<void>;
  manifest(manifest: Manifest): Promise<void>;
  history(history: History): Promise<void>;
  /** Compresses the hours that are over by then. */
  compress(now: number): Promise<void>;
}

const gzipped = promisify(gzip);

/** Opens or creates the folder. */
export async function perfWriter(folder: string): Promise<PerfWriter> {
  await mkdir(folder, { recursive: true });
  /** Files that are known to end with a whole line. */
  const whole = new Set<string>();
  const append = async (kind: Kind, at: number, line: object): Promise<number> => {
    const place = join(folder, hourFile(kind, at));
    const text = `${JSON.stringify(line)}\n`;
    // What a crash or a full disk left half written must not swallow this line.
    const isWhole = whole.has(place) || (await endsWhole(place));
    whole.delete(place);
    await appendFile(place, isWhole ? text : `\n${text}`);
    whole.add(place);
    return Buffer.byteLength(text);
  };
  const replace = async (name: string, content: object): Promise<void> => {
    const place = join(folder, name);
    await writeFile(`${place}.new`, `${JSON.stringify(content, undefined, 1)}\n`);
    await rename(`${place}.new`, place);
  };
  return {
    async claim(server) {
      const manifest = await readFile(join(folder, MANIFEST)).catch(absent);
      const earlier = Manifest.safeParse(jsonOf(manifest.toString())).data;
      if (earlier && earlier.server.toLowerCase() !== server.toLowerCase())
        throw new FerryError(
          EXIT.refused,
          `"${folder}" holds measurements of ${earlier.server}, not of ${server}: name another folder with --save.`,
        );
    },
    sample: async (sample, databases) =>
      (await append("samples", sample.at, { sample })) + (await append("databases", sample.at, { databases })),
    event: async (event) => void (await append("samples", event.at, { event })),
    byDatabase: async (kind, at, of) => void (await append("databases", at, { [kind]: { at, of } })),
    manifest: (manifest) => replace(MANIFEST, manifest),
    history: (history) => replace(HISTORY, history),
    async compress(now) {
      for (const name of await readdir(folder)) {
        const kind = (["samples", "databases"] as const).find((one) => isHourFile(one, name));
        if (kind === undefined || name.endsWith(".gz") || name >= hourFile(kind, now)) continue;
        const place = join(folder, name);
        // gzip takes several members in one file: an hour that was compressed before goes on.
        const before = await readFile(`${place}.gz`).catch(absent);
        await writeFile(`${place}.gz.new`, Buffer.concat([before, await gzipped(await readFile(place))]));
        await rename(`${place}.gz.new`, `${place}.gz`);
        await rm(place);
      }
    },
  };
}

async function endsWhole(place: string): Promise<boolean> {
  const bytes = await readFile(place).catch(absent);
  return bytes.length === 0 || bytes.at(-1) === NEW_LINE;
}

const NEW_LINE = 0x0a;

function absent(error: NodeJS.ErrnoException): Buffer {
  if (error.code !== "ENOENT") throw error;
  return Buffer.alloc(0);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half written; it is written anew
  }
}
