// Turns headers that may be known only in part into the records that the chain judges.
import type { BackupSetHeader, MediaLabel } from "../backup/backupHeader.ts";
import type { BackupContent, BackupRecord, ReadErrorCode } from "../chain/backupRecord.ts";
import { databaseKey } from "../chain/files/identity.ts";
import type { KnownSet } from "./exportedSet.ts";
import { setKey } from "./fileGenerations.ts";
import type { KnownFile } from "./headerRows.ts";
import { recordNames } from "./recordNames.ts";

/** What stands in for a field that an export leaves out: the value that changes no verdict. 0 is no LSN. */
const STAND_INS = {
  backupSetGuid: "",
  position: 1,
  serverName: "",
  softwareVersionMajor: 0,
  softwareVersionMinor: 0,
  backupStartDate: "",
  backupFinishDate: "",
  checkpointLsn: 0n,
  databaseBackupLsn: null,
  flags: 0,
  isSnapshot: false,
  isReadOnly: false,
  isSingleUser: false,
  hasBackupChecksums: true,
  isDamaged: false,
  isTailLog: false,
  hasIncompleteMetaData: false,
  isForceOffline: false,
  isCopyOnly: false,
} as const satisfies Partial<BackupSetHeader>;

/**
 * One record per file. `arrivedAt`: of files that lie in a folder, UTC; "" where nobody knows, so that no offset is
 * estimated from it.
 */
export function recordsOf(
  files: readonly KnownFile[],
  arrivedAt: (file: KnownFile) => string | undefined = () => undefined,
): BackupRecord[] {
  const seatOf = seats(files);
  const names = recordNames(files);
  return files.map((file, index) => ({
    name: names[index] ?? file.file,
    etag: String(file.size ?? ""),
    sizeBytes: file.size ?? 0,
    blobType: "BlockBlob",
    arrivedAt: arrivedAt(file) ?? "",
    content: contentOf(file, seatOf(file)),
  }));
}

/**
 * Of files that claim to hold the same backup set: which of how many, for exports that know nothing of media
 * families.
 */
interface Seat {
  readonly number: number;
  readonly members: number;
}

function seats(files: readonly KnownFile[]): (file: KnownFile) => Seat {
  const members = new Map<string, KnownFile[]>();
  for (const file of files) {
    const [set] = file.backupSets ?? [];
    if (!set || file.noFile !== undefined) continue;
    const key = setKey(set);
    const known = members.get(key);
    if (known) known.push(file);
    else members.set(key, [file]);
  }
  const seated = new Map<KnownFile, Seat>();
  for (const same of members.values())
    if (same.length > 1)
      for (const [index, file] of same.entries()) seated.set(file, { number: index + 1, members: same.length });
  return (file) => seated.get(file) ?? ALONE;
}

const ALONE: Seat = { number: 1, members: 1 };

function contentOf({ error, media, backupSets = [], noFile }: KnownFile, { number, members }: Seat): BackupContent {
  if (error)
    return {
      kind: "unreadable",
      code: error.code as ReadErrorCode,
      message: withoutSentence(error),
      ...databaseOf(backupSets),
      ...(error.encrypted && { encrypted: error.encrypted }),
      ...(error.provedSpan && { provedSpan: error.provedSpan }),
    };
  const familySequenceNumber = media?.familySequenceNumber ?? number;
  const label: MediaLabel = {
    mediaSetId: "",
    familyCount: Math.max(members, familySequenceNumber),
    isCompressed: false,
    blockSize: 0,
    ...media,
    familySequenceNumber,
  };
  const omittedSets = Math.max(...backupSets.map(({ position = 1 }) => position)) - backupSets.length;
  return {
    kind: "header",
    media: label,
    backupSets: backupSets.map((set) => ({ ...STAND_INS, ...bulkLogged(set), ...set }) as BackupSetHeader),
    ...(omittedSets > 0 && { omittedSets }),
    ...(noFile !== undefined && { noFile }),
  };
}

/** Of all sets of the file, where they are of one. */
function databaseOf(sets: readonly KnownSet[]): { readonly databaseName?: string } {
  const [first, ...others] = new Set(sets.map(({ databaseName = "" }) => databaseKey(databaseName)));
  return first === undefined || first === "" || others.length > 0 ? {} : { databaseName: first };
}

/** Where it is not told, a log of the BULK_LOGGED model may hold bulk-logged changes. */
const bulkLogged = ({ recoveryModel, flags }: KnownSet): Partial<BackupSetHeader> => ({
  hasBulkLoggedData: recoveryModel === "BULK-LOGGED" && flags === undefined,
});

/** `ferry inspect` begins with a sentence that the verdict's own would only repeat. */
const withoutSentence = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  message.slice(Math.max(0, message.indexOf(`${code} at byte `)));
