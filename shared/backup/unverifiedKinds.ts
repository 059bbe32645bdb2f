// Lists which kinds of backup sets are read by rules that are not proven on real files (backup-format, section 9, and
// additions, section 7).
import { type BackupSetHeader, type MediaLabel, UNVERIFIED_KINDS, type UnverifiedKind } from "./backupHeader.ts";
import type { Configuration } from "./tape/sqlServerStream.ts";

const BLOCK_SIZES_SEEN = [512, 4096];
const SQL_SERVER_2014 = 12;

/** In the order of the type. */
export function unverifiedKinds(
  media: MediaLabel,
  set: BackupSetHeader,
  { unknownRecords, hasUnknownField }: Pick<Configuration, "unknownRecords" | "hasUnknownField">,
): readonly UnverifiedKind[] {
  const applies: Readonly<Record<UnverifiedKind, boolean>> = {
    tailLog: set.isTailLog || set.isForceOffline,
    bulkLogged: set.hasBulkLoggedData,
    snapshot: set.isSnapshot,
    damaged: set.isDamaged,
    readOnly: set.isReadOnly,
    singleUser: set.isSingleUser,
    incompleteMetaData: set.hasIncompleteMetaData,
    file: set.backupType === 4,
    fileDifferential: set.backupType === 6,
    partial: set.backupType === 7,
    partialDifferential: set.backupType === 8,
    moreThanTwoStripes: media.familyCount > 2,
    mirrored: media.mirrorCount !== undefined && media.mirrorCount !== 1,
    mediaName: media.mediaName !== undefined || media.mediaDescription !== undefined,
    recoveryFork: set.forkPointLsn != null,
    otherFileType: (set.files ?? []).some(({ type }) => type === undefined),
    unknownRecord: unknownRecords.length > 0,
    unknownField: hasUnknownField,
    tde: set.tde?.state === "encrypted" || set.tde?.state === "unknown",
    compressed: media.isCompressed && !isSeenCompressed(media, set),
    blockSize: !BLOCK_SIZES_SEEN.includes(media.blockSize),
  };
  return UNVERIFIED_KINDS.filter((kind) => applies[kind]);
}

/** MS_XPRESS of every kind since SQL Server 2014; of the older container first fulls of 2008 in blocks of 512. */
function isSeenCompressed({ compressionAlgorithm, blockSize }: MediaLabel, set: BackupSetHeader): boolean {
  const { backupType, position, softwareVersionMajor, softwareVersionMinor } = set;
  if (compressionAlgorithm !== "MS_XPRESS") return false;
  if (softwareVersionMajor >= SQL_SERVER_2014) return true;
  const is2008 = softwareVersionMajor === 10 && softwareVersionMinor === 0;
  return is2008 && backupType === 1 && position === 1 && blockSize === 512;
}
