// Lists the files of a folder on this computer, at any depth: stripes often lie in several folders.
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { usualExtensionOf } from "../../shared/chain/folderProblems.ts";
import { EXIT, FerryError } from "../exit.ts";

export interface LocalFile {
  readonly path: string;
  /** Last segment. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/**
 * A file, or every file below a folder, oldest first; what begins with a dot is left out, unless it is called like a
 * backup. Throws when the path does not exist, and a FerryError that names what lies in the folder and leads nowhere.
 */
export async function filesBelow(path: string): Promise<LocalFile[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [{ path, name: basename(path), sizeBytes: found.size, modifiedAt: found.mtime }];
  const names = (await readdir(path)).filter((name) => !isHidden(name));
  const files = (await Promise.all(names.map((name) => filesBelow(join(path, name)).catch(leadsNowhere)))).flat();
  return files.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime() || (a.path < b.path ? -1 : 1));
}

/** "._Sales.bak" is what macOS writes beside Sales.bak. */
const isHidden = (name: string): boolean =>
  name.startsWith(".") && (name.startsWith("._") || usualExtensionOf(name) === undefined);

function leadsNowhere(error: NodeJS.ErrnoException): never {
  if (error.code !== "ENOENT") throw error;
  throw new FerryError(
    EXIT.failed,
    `"${error.path}" is a link to nothing, or was removed meanwhile: bring the file back, or remove the link.`,
  );
}

/** Names that would be one blob when the folders are flattened, whatever their case. */
export function equalNames(files: readonly LocalFile[]): readonly (readonly LocalFile[])[] {
  const byName = Map.groupBy(files, ({ name }) => name.toLowerCase());
  return [...byName.values()].filter(({ length }) => length > 1);
}
