// Reads the version of sqlferry from package.json, which lies above the sources, the build and the bundle.
import { readFile } from "node:fs/promises";

/** Of the nearest package.json above a module, whose import.meta.url is given. Throws when there is none. */
export async function packageVersion(from: string): Promise<string> {
  let folder = new URL(".", from);
  for (;;) {
    const text = await readFile(new URL("package.json", folder), "utf8").catch(absent);
    if (text !== undefined) return String((JSON.parse(text) as { version?: unknown }).version);
    const above = new URL("..", folder);
    if (above.href === folder.href) throw new Error(`There is no package.json above ${from}.`);
    folder = above;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
