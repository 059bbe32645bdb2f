// Names the files of headers as the flat folder of a container would, each differently.
import { computerOf } from "./fileGenerations.ts";
import type { KnownFile } from "./headerRows.ts";

/**
 * The bare name; where two files have one, the path tells them apart, then the computer, then the place in the list.
 */
export function recordNames(files: readonly KnownFile[]): string[] {
  const levels: readonly ((file: KnownFile, index: number) => string)[] = [
    ({ file }) => bareName(file),
    ({ file }) => file.replaceAll("/", "\\"),
    ({ file, backupSets }) => `${computerOf(backupSets?.[0]).toUpperCase()}\\${file.replaceAll("/", "\\")}`,
    ({ file }, index) => `entry ${index + 1}\\${file.replaceAll("/", "\\")}`,
  ];
  const names = files.map((file, index) => (file.file === "" ? `entry ${index + 1}` : ""));
  let open = files.flatMap(({ file }, index) => (file === "" ? [] : [index]));
  for (const nameOf of levels) {
    for (const index of open) names[index] = nameOf(files[index] as KnownFile, index);
    const equal = Map.groupBy(open, (index) => names[index]?.toLowerCase());
    open = [...equal.values()].filter(({ length }) => length > 1).flat();
  }
  return names;
}

/** Behind the last separator of either kind. */
export const bareName = (name: string): string =>
  name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
