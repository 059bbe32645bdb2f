// Keeps which files a person has accepted to lose: a forced request lists each by its name and version, in little room.
import { createHash } from "node:crypto";
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { ChainReport } from "../chain/chainReport.ts";

/** Another version of a name is another file: nobody has accepted to lose that one. */
export type FileVersion = Pick<BackupRecord, "name" | "etag">;

/** At 15 characters each they fit into the row of a request, which takes 520,000. */
export const MOST_PASSED_OVER = 30_000;

/** What a forced request keeps of the files that were there: 12 hex digits of SHA-256 over name and ETag, each once. */
export const passedOverOf = (files: readonly FileVersion[]): string[] => [...new Set(files.map(keyOf))];

/** Those of the files that a forced request does not pass over: they came, or were overwritten, after it. */
export function notPassedOver<File extends FileVersion>(files: readonly File[], passedOver: readonly string[]): File[] {
  const keys = new Set(passedOver);
  return files.filter((file) => !keys.has(keyOf(file)));
}

/** Names of those that a forced request passes over, as far as they are still there in the version that was seen. */
export function passedOverIn(files: readonly FileVersion[], passedOver: readonly string[]): string[] {
  if (passedOver.length === 0) return [];
  const keys = new Set(passedOver);
  return files.filter((file) => keys.has(keyOf(file))).map(({ name }) => name);
}

/** The files of `unusableNewer` with their versions. */
export function unusableVersions({
  unusableNewer,
  files,
}: Pick<ChainReport, "unusableNewer" | "files">): FileVersion[] {
  if (unusableNewer.length === 0) return [];
  const etags = new Map(files.map(({ name, etag }) => [name, etag]));
  return unusableNewer.map(({ file }) => ({ name: file, etag: etags.get(file) ?? "" }));
}

const keyOf = ({ name, etag }: FileVersion): string =>
  createHash("sha256").update(`${name}\n${etag}`).digest("hex").slice(0, 12);
