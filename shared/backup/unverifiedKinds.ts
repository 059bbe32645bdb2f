// Is what was read of a backup set proven on real files? Which kinds are not (backup-format, section 9).
import { type BackupSetHeader, type MediaLabel, UNVERIFIED_KINDS, type UnverifiedKind } from "./backupHeader.ts";

/** SoftwareVersionMajor of the compressed full backups that were seen: 2014, 2016, 2022. */
const COMPRESSED_SEEN = [12, 13, 16];
const BLOCK_SIZES_SEEN = [512, 4096];

/** In the order of the type. */
export function unverifiedKinds(
  media: MediaLabel,
  set: BackupSetHeader,
  hasUnknownRecord: boolean,
): readonly UnverifiedKind[] {
  const isSeenCompressed = set.backupType === 1 && COMPRESSED_SEEN.includes(set.softwareVersionMajor);
  const applies: Readonly<Record<UnverifiedKind, boolean>> = {
    copyOnly: set.isCopyOnly,
    tailLog: set.isTailLog || set.isForceOffline,
    bulkLogged: set.hasBulkLoggedData || set.recoveryModel === "BULK-LOGGED",
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
    backupDescription: set.backupDescription !== undefined,
    expirationDate: typeof set.expirationDate === "string",
    recoveryFork: set.forkPointLsn != null,
    otherFileType: (set.files ?? []).some(({ type }) => type === undefined),
    unknownRecord: hasUnknownRecord,
    compressed: media.isCompressed && !isSeenCompressed,
    blockSize: !BLOCK_SIZES_SEEN.includes(media.blockSize),
  };
  return UNVERIFIED_KINDS.filter((kind) => applies[kind]);
}
