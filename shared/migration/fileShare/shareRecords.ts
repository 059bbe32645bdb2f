// Turns what DMS tells of backup sets on a file share, which its integration runtime has found there, into records for
// the chain.
import type { BackupSetHeader, BackupType } from "../../backup/backupHeader.ts";
import type { BackupRecord } from "../../chain/backupRecord.ts";
import type { BackupSetProgress, MigrationSource } from "../migration.ts";

const TYPES: Readonly<Record<string, BackupType>> = {
  Database: 1,
  TransactionLog: 2,
  File: 4,
  DifferentialDatabase: 5,
  DifferentialFile: 6,
  Partial: 7,
  DifferentialPartial: 8,
};

/**
 * Records for the chain, named as if the files lay in the migration's folder. Nothing of a header is read: the
 * service tells type, LSNs, times and stripes. It does not tell the checkpoint, a differential's base, or a tail log;
 * the first is taken for the set's first LSN, the second for the newest full before it, and a tail log shows as any
 * other.
 */
export function shareRecords(
  sets: readonly BackupSetProgress[],
  source: MigrationSource,
  arrivedAt: string,
): BackupRecord[] {
  const fulls = sets.filter(({ type }) => type === "Database");
  return sets.flatMap((set) => {
    const header = headerOf(set, source, fulls);
    if (header === undefined) return [];
    return set.files.map((file, index): BackupRecord => {
      const familySequenceNumber = file.familySequenceNumber ?? index + 1;
      return {
        name: source.folder === "" ? file.name : `${source.folder}/${file.name}`,
        etag: `${header.backupSetGuid}-${familySequenceNumber}`,
        sizeBytes: file.sizeBytes ?? 0,
        blobType: "BlockBlob",
        arrivedAt,
        content: {
          kind: "header",
          media: {
            mediaSetId: header.backupSetGuid,
            familyCount: set.familyCount ?? set.files.length,
            familySequenceNumber,
            isCompressed: false,
            blockSize: 0,
          },
          backupSets: [header],
        },
      };
    });
  });
}

/** Undefined as long as the service has not told type and LSNs. */
function headerOf(
  set: BackupSetProgress,
  { databaseName, fileShare }: MigrationSource,
  fulls: readonly BackupSetProgress[],
): BackupSetHeader | undefined {
  const { setId, type = "", firstLsn, lastLsn } = set;
  const backupType = TYPES[type];
  if (setId === undefined || backupType === undefined || firstLsn === undefined || lastLsn === undefined)
    return undefined;
  const base = fulls.findLast((full) => full.firstLsn !== undefined && full.firstLsn < lastLsn);
  return {
    backupSetGuid: setId,
    position: 1,
    backupType,
    serverName: fileShare?.sql.server ?? "",
    databaseName: databaseName ?? "",
    softwareVersionMajor: 0,
    softwareVersionMinor: 0,
    backupStartDate: wallClock(set.backupStartDate),
    backupFinishDate: wallClock(set.backupFinishDate),
    firstLsn,
    lastLsn,
    checkpointLsn: firstLsn,
    databaseBackupLsn: null,
    ...(backupType === 5 &&
      base && { differentialBaseGuid: base.setId ?? null, differentialBaseLsn: base.firstLsn ?? null }),
    flags: 0,
    hasBulkLoggedData: false,
    isSnapshot: false,
    isReadOnly: false,
    isSingleUser: false,
    hasBackupChecksums: set.hasBackupChecksums ?? false,
    isDamaged: false,
    isTailLog: false,
    hasIncompleteMetaData: false,
    isForceOffline: false,
    isCopyOnly: false,
  };
}

/** "2021-12-23T16:40:00.277Z" as headers have it: to the second, without a zone. */
const wallClock = (date: string | undefined): string => (date ?? "").slice(0, 19);
