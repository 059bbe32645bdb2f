// Measures how soon files that are dropped at once are judged and announced, on the whole local stack.
import { loadavg } from "node:os";
import { sourceDatabase } from "../../local/backups/history.ts";
import { startStack } from "../../local/stack.ts";
import { parseConfig } from "../../shared/config.ts";
import { migrationIdOf } from "../../shared/migration/ids.ts";
import { createServices } from "../../shared/services.ts";

const UPLOADS_AT_ONCE = 16;
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 900_000;

export async function benchBursts(): Promise<void> {
  console.log(
    "\nFiles dropped at once (whole local stack: event, header, row, verdict, events told; uploads included)",
  );
  await burst({ folders: 100, files: 10 });
  await burst({ folders: 1, files: 10_000 });
}

/** Prints files per second until the last row is written, and until the last file is announced. */
export async function burst({ folders, files }: { readonly folders: number; readonly files: number }): Promise<void> {
  const stack = await startStack();
  try {
    const { catalogue, config } = createServices(parseConfig({ ...stack.settings, AUTH: "none" }));
    const names = Array.from({ length: folders }, (_, index) => `Burst${index}`);
    const ids = names.map((folder) => migrationIdOf(config.backups.accountName, config.backups.container, folder));
    const blobs = names.flatMap((folder) => {
      const source = sourceDatabase({ name: folder, startedAt: "2025-11-24T21:00:00" });
      return Array.from({ length: files }, (_, index) => {
        const { fileName, bytes } = index === 0 ? source.full() : source.log();
        return { name: `${folder}/${fileName}`, bytes };
      });
    });
    const loadBefore = loadavg()[0] ?? 0;
    const began = performance.now();
    const waiting = blobs.values();
    const upload = async (): Promise<void> => {
      for (const { name, bytes } of waiting) await stack.backups.getBlockBlobClient(name).uploadData(bytes);
    };
    const uploads = Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, upload)).then(() => performance.now() - began);
    const at: { rows?: number; announced?: number } = {};
    while (at.announced === undefined) {
      if (performance.now() - began > PATIENCE_MS) throw new Error("The files were not announced in time.");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const entries = (await Promise.all(ids.map((id) => catalogue.list(id)))).flat();
      if (entries.length < blobs.length) continue;
      at.rows ??= performance.now() - began;
      if (entries.every(({ announced }) => announced !== undefined)) at.announced = performance.now() - began;
    }
    const told = (milliseconds: number): string =>
      `${(milliseconds / 1_000).toFixed(1)} s (${Math.round(blobs.length / (milliseconds / 1_000))} files a second)`;
    console.log(
      `  ${folders} folders of ${files} files: uploaded in ${told(await uploads)}, in their rows after ` +
        `${told(at.rows ?? 0)}, announced after ${told(at.announced)}; load of the machine before: ${loadBefore.toFixed(1)}`,
    );
  } finally {
    await stack.stop();
  }
}
