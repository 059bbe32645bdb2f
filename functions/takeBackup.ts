// A blob is there, or gone: what is known of it? Reads its header, writes its row.

import { BackupFormatError } from "../shared/backup/backupFormatError.ts";
import { BackupChangedError } from "../shared/backup/byteSource.ts";
import { readBackupHeader } from "../shared/backup/readBackupHeader.ts";
import { type BackupContent, type BackupRecord, versionOf } from "../shared/chain/backupRecord.ts";
import { migrationIdOf } from "../shared/migration/ids.ts";
import { placeOf } from "../shared/migration/placement.ts";
import type { BackupFile, CatalogueEntry } from "../shared/migration/ports.ts";
import type { Services } from "../shared/services.ts";

/** The blob's migration, whether or not it exists yet. */
export const migrationIdOfBlob = ({ config, files }: Services, name: string): string =>
  migrationIdOf(config.backups.accountName, files.container, placeOf(name).folder);

/**
 * Reads the current version of a blob into its folder's row; a blob that is gone is withdrawn. Safe to repeat, in any order:
 * it asks the storage what is there now, whatever the event said. True when the row changed.
 */
export async function takeBackup(services: Services, name: string): Promise<boolean> {
  const { files, catalogue } = services;
  const folderId = migrationIdOfBlob(services, name);
  for (;;) {
    const file = await files.find(name);
    if (!file) return catalogue.withdraw(folderId, name);
    const known = await catalogue.find(folderId, name);
    if (known?.record.etag === file.etag && isFinal(known.record.content)) return false;
    const content = await contentOf(services, file);
    if (content === "changed") continue;
    const record: BackupRecord = { ...file, content };
    const isSame = known !== undefined && holdsTheSame(known.record, record);
    await catalogue.put(folderId, isSame ? { ...record, sameAs: versionOf(known.record) } : record);
    if ((await files.find(name))?.etag === file.etag) return true; // else it was overwritten meanwhile: once more
  }
}

/** R19: the same stripe of the same backup set, of the same size: nothing has happened. */
function holdsTheSame(before: BackupRecord, now: BackupRecord): boolean {
  const [one, other] = [before, now].map(({ sizeBytes, content }) =>
    content.kind === "header"
      ? [
          sizeBytes,
          content.media.familySequenceNumber,
          ...content.backupSets.flatMap(({ backupSetGuid, position }) => [backupSetGuid, position]),
        ].join()
      : undefined,
  );
  return one !== undefined && one === other;
}

/** Read once, a version never changes; except where it could not be read, or a page blob was still being filled. */
export const isFinal = (content: BackupContent): boolean =>
  content.kind === "header" ||
  (content.kind === "unreadable" && content.code !== "UNREACHABLE" && content.code !== "STILL_WRITING");

/** The header, or why there is none: both are data. "changed" when the blob was overwritten during the read. */
async function contentOf(services: Services, file: BackupFile): Promise<BackupContent | "changed"> {
  const { files } = services;
  if (isBeingFilled(services, file))
    return { kind: "unreadable", code: "STILL_WRITING", message: `${file.name} was written to at ${file.arrivedAt}.` };
  try {
    const { media, backupSets } = await readBackupHeader(files.open(file));
    return { kind: "header", media, backupSets: backupSets.map(({ files: _, ...set }) => set) };
  } catch (error) {
    if (error instanceof BackupChangedError) return "changed";
    if (error instanceof BackupFormatError) {
      const { code, message, provedSpan } = error;
      return { kind: "unreadable", code, message, ...(provedSpan && { provedSpan }) };
    }
    return { kind: "unreadable", code: "UNREACHABLE", message: String(error) }; // the SDK has tried several times; the sweep tries again
  }
}

/** A page blob is announced when it is created, and filled afterwards: it is read once it has rested. */
const isBeingFilled = ({ config, clock }: Services, { blobType, arrivedAt }: BackupFile): boolean =>
  blobType === "PageBlob" && clock.now().getTime() - Date.parse(arrivedAt) < config.page.stableSeconds * 1_000;

/** A folder's rows, after another look at the page blobs that were still being filled: no event tells when they are whole. */
export async function filesOfFolder(services: Services, migrationId: string): Promise<readonly CatalogueEntry[]> {
  const entries = await services.catalogue.list(migrationId);
  const growing = entries.filter(isGrowing);
  if (growing.length === 0) return entries;
  for (const { record } of growing) await takeBackup(services, record.name);
  return services.catalogue.list(migrationId);
}

const isGrowing = ({ record: { content } }: CatalogueEntry): boolean =>
  content.kind === "unreadable" && content.code === "STILL_WRITING";

/** Seconds until somebody has to look again, at most `seconds`. */
export const lookAgain = ({ config }: Services, entries: readonly CatalogueEntry[], seconds: number): number =>
  entries.some(isGrowing) ? Math.min(seconds, Math.max(1, config.page.stableSeconds)) : seconds;
