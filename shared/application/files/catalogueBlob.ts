// Reads the header of a blob and writes its row, or withdraws the row of a blob that is gone.

import { BackupFormatError } from "../../backup/backupFormatError.ts";
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import { BackupChangedError } from "../../backup/byteSource.ts";
import { readBackupHeader } from "../../backup/readBackupHeader.ts";
import { type BackupContent, type BackupRecord, type ReadErrorCode, versionOf } from "../../chain/backupRecord.ts";
import type { ChainReport } from "../../chain/chainReport.ts";
import { isArchivedError, isStorageError } from "../../migration/faults.ts";
import { migrationIdOf } from "../../migration/ids.ts";
import type { BackupFile, CatalogueEntry } from "../../migration/observed.ts";
import { placeOf } from "../../migration/placement.ts";
import type { OpenedFile, Services } from "../../ports.ts";

/** The blob's migration, whether or not it exists yet. */
export const migrationIdOfBlob = ({ config, files }: Services, name: string): string =>
  migrationIdOf(config.backups.accountName, files.container, placeOf(name).folder);

/** A blob that changes this often while it is read counts as still being written. */
const MOST_READS = 5;

/**
 * Reads the current version of a blob into its folder's row; a blob that is gone is withdrawn. Safe to repeat, in any
 * order: it asks the storage what is there now, whatever the event said. True when the row changed. Four requests for a
 * new file: its row, the head and the tail of the blob, the row again.
 *
 * An older version is never written over a newer one: the row is read before the blob, and written only if it is still
 * the same. So a version that another process has written meanwhile was read from the blob after ours; and what was
 * uploaded after ours has an event of its own, or is found by the sweep.
 */
export async function catalogueBlob(services: Services, name: string): Promise<boolean> {
  const { catalogue } = services;
  const folderId = migrationIdOfBlob(services, name);
  for (let reads = 1; ; reads++) {
    const known = await catalogue.find(folderId, name); // before the blob
    if (known?.isNewer) return false; // the version that wrote the row takes care of its file
    const opened = await openedOf(services, name);
    if (!opened) return catalogue.withdraw(folderId, name);
    const { file } = opened;
    const before = known?.record.etag === file.etag ? known.record.content : undefined;
    if (before && !isWorthAnotherRead(before)) return false;
    const content = reads > MOST_READS ? writtenTo(file) : await contentOf(services, opened);
    if (content === "changed") continue;
    if (before && isSameRefusal(before, content)) return false;
    const read = recordOf(file, content);
    const isSame = known !== undefined && holdsTheSame(known.record, read);
    const record = isSame ? { ...read, sameAs: versionOf(known.record) } : read;
    if ((await catalogue.save(folderId, record, known?.version)) === "saved") return true;
    if (reads <= MOST_READS) continue; // its row was written meanwhile, perhaps with this very version
    await catalogue.put(folderId, record);
    return true;
  }
}

/** A blob with its bytes, or with the reason why they cannot be read. */
type Opened = OpenedFile | { readonly file: BackupFile; readonly fault: unknown };

async function openedOf({ files }: Services, name: string): Promise<Opened | undefined> {
  try {
    return await files.openCurrent(name);
  } catch (fault) {
    const file = await files.find(name); // throws when the storage cannot be reached at all: then the event comes again
    return file && { file, fault };
  }
}

/**
 * Content that was read before the blob was archived stays, unless the restore still needs the file: then its row says
 * that it is archived. Returns how many rows were written.
 */
export async function noteArchived(
  services: Services,
  { plan }: ChainReport,
  files: readonly BackupFile[],
): Promise<number> {
  const needed = new Set(plan.filter(({ restored }) => !restored).flatMap((member) => member.files));
  const noted = files.filter(({ name, isArchived }) => isArchived && needed.has(name));
  for (const file of noted)
    await services.catalogue.put(migrationIdOfBlob(services, file.name), recordOf(file, archived(file)));
  return noted.length;
}

const recordOf = ({ isArchived: _, ...file }: BackupFile, content: BackupContent): BackupRecord => ({
  ...file,
  content,
});

/** R19: the same stripe of the same backup set, of the same size, counts as unchanged. */
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

/** Errors that may disappear without a new version of the blob. */
const PASSING: readonly ReadErrorCode[] = ["UNREACHABLE", "STILL_WRITING", "ARCHIVED", "READER_FAULT"];

/** A version never changes once it was read; except when it could not be read, or was still being filled. */
export const isFinal = (content: BackupContent): boolean =>
  content.kind === "header" || (content.kind === "unreadable" && !PASSING.includes(content.code));

/** What one version of the app cannot read, a later one may: for instance containers of 2008 to 2012. */
export const isWorthAnotherRead = (content: BackupContent): boolean =>
  !isFinal(content) || (content.kind === "unreadable" && content.code === "UNSUPPORTED_COMPRESSION");

/** An unreachable blob is written each time, since the time for which it has been unreachable is reported. */
const isSameRefusal = (one: BackupContent, other: BackupContent): boolean =>
  one.kind === "unreadable" &&
  other.kind === "unreadable" &&
  one.code === other.code &&
  one.message === other.message &&
  one.code !== "UNREACHABLE";

/** The header, or why there is none: both are data. "changed" when the blob was overwritten during the read. */
async function contentOf(services: Services, opened: Opened): Promise<BackupContent | "changed"> {
  const { file } = opened;
  if (file.isArchived) return archived(file);
  if (isBeingFilled(services, file)) return writtenTo(file);
  try {
    if ("fault" in opened) throw opened.fault;
    const { media, backupSets } = await readBackupHeader(opened.source);
    return { kind: "header", media, ...kept(backupSets.map(({ files: _, ...set }) => set)) };
  } catch (error) {
    if (error instanceof BackupChangedError) return "changed";
    if (error instanceof BackupFormatError)
      return isAbandoned(services, file, error)
        ? unreadable("ABANDONED_UPLOAD", `${file.name} was last written to at ${file.arrivedAt}.`)
        : {
            ...unreadable(error.code, error.message),
            ...(error.encrypted && { encrypted: error.encrypted }),
            ...(error.provedSpan && { provedSpan: error.provedSpan }),
          };
    if (isArchivedError(error)) return archived(file);
    // after the SDK's own retries; the sweep tries again
    if (isStorageError(error)) return unreadable("UNREACHABLE", String(error));
    services.faults.note(
      `Reading ${file.name} (version ${file.etag}) failed: ${(error as Error).stack ?? String(error)}`,
    );
    return unreadable("READER_FAULT", String(error));
  }
}

const unreadable = (code: ReadErrorCode, message: string): BackupContent => ({ kind: "unreadable", code, message });
const archived = ({ name }: BackupFile): BackupContent =>
  unreadable("ARCHIVED", `${name} has the access tier Archive.`);
const writtenTo = ({ name, arrivedAt }: BackupFile): BackupContent =>
  unreadable("STILL_WRITING", `${name} was written to at ${arrivedAt}.`);

/**
 * A file of several sets is refused as a whole: some of them, with the last, suffice to describe it. All of them may
 * not fit into a row.
 */
const MOST_SETS = 50;

function kept(sets: readonly BackupSetHeader[]): {
  readonly backupSets: readonly BackupSetHeader[];
  readonly omittedSets?: number;
} {
  if (sets.length <= MOST_SETS) return { backupSets: sets };
  return { backupSets: [...sets.slice(0, MOST_SETS - 1), ...sets.slice(-1)], omittedSets: sets.length - MOST_SETS };
}

const ageOf = ({ clock }: Services, { arrivedAt }: BackupFile): number => clock.now().getTime() - Date.parse(arrivedAt);

/** It has its full size and is not filled, and was not written to for long: the upload was abandoned. */
const isAbandoned = (services: Services, file: BackupFile, { code }: BackupFormatError): boolean =>
  code === "STILL_WRITING" && ageOf(services, file) >= services.config.page.abandonedMinutes * 60_000;

/** A page blob is announced when it is created, and filled afterwards: it is read once it has rested. */
const isBeingFilled = (services: Services, file: BackupFile): boolean =>
  file.blobType === "PageBlob" && ageOf(services, file) < services.config.page.stableSeconds * 1_000;

/**
 * A folder's rows, after another look at the page blobs that were still being filled: no event says when they are
 * complete.
 */
export async function filesOfFolder(services: Services, migrationId: string): Promise<readonly CatalogueEntry[]> {
  const entries = await services.catalogue.list(migrationId);
  const growing = entries.filter(isGrowing);
  if (growing.length === 0) return entries;
  // one that cannot be read now does not stop the others: it counts as unread
  for (const { record } of growing) await catalogueBlob(services, record.name).catch(() => false);
  return services.catalogue.list(migrationId);
}

const isGrowing = ({ record: { content } }: CatalogueEntry): boolean =>
  content.kind === "unreadable" && content.code === "STILL_WRITING";

/** Seconds until the next look, at most `seconds`. */
export const lookAgain = ({ config }: Services, entries: readonly CatalogueEntry[], seconds: number): number =>
  entries.some(isGrowing) ? Math.min(seconds, Math.max(1, config.page.stableSeconds)) : seconds;
