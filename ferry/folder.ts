// Which files lie in a folder on this computer? At any depth: stripes often lie in several folders.
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

export interface LocalFile {
  readonly path: string;
  /** Last segment. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** A file, or every file below a folder, oldest first; what begins with a dot is left out. Throws when the path does not exist. */
export async function filesBelow(path: string): Promise<LocalFile[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [{ path, name: basename(path), sizeBytes: found.size, modifiedAt: found.mtime }];
  const names = (await readdir(path)).filter((name) => !name.startsWith("."));
  const files = (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat();
  return files.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime() || (a.path < b.path ? -1 : 1));
}

/** Names that would be one blob when the folders are flattened, whatever their case. */
export function equalNames(files: readonly LocalFile[]): readonly (readonly LocalFile[])[] {
  const byName = Map.groupBy(files, ({ name }) => name.toLowerCase());
  return [...byName.values()].filter(({ length }) => length > 1);
}
