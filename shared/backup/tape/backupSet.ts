// Assembles the columns of one backup set, a row of RESTORE HEADERONLY, from start of set, machine and final
// configuration.
import type { BackupSetHeader, MediaLabel, Tde } from "../backupHeader.ts";
import { unverifiedKinds } from "../unverifiedKinds.ts";
import { withoutAbsent } from "../withoutAbsent.ts";
import type { Configuration } from "./sqlServerStream.ts";
import type { StartOfSet } from "./tapeFormat.ts";

/**
 * Bits of HEADERONLY's Flags (Microsoft's documentation of RESTORE HEADERONLY), and copyOnly, which is not documented
 * and was seen.
 */
const FLAG = {
  bulkLoggedData: 1,
  snapshot: 2,
  readOnly: 4,
  singleUser: 8,
  checksums: 16,
  damaged: 32,
  tailLog: 64,
  incompleteMetaData: 128,
  forceOffline: 256,
  copyOnly: 1024,
} as const;

/** SSET attributes, MTF 1.00a: MTF_SSET_COPY. */
const SSET_COPY = 2;

/** The row for a backup set whose final configuration has been read. */
export function backupSetOf(
  media: MediaLabel,
  start: StartOfSet,
  machineName: string | undefined,
  configuration: Configuration,
  tde: Tde | undefined,
): BackupSetHeader {
  const { flags, backupType, firstLsn, logChainStartLsn, previousForkId, forkPointLsn, recoveryForkId, files } =
    configuration;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const spansFork = backupType === 2 && forkPointLsn != null && firstLsn < forkPointLsn;
  const set = withoutAbsent<BackupSetHeader>({
    backupSetGuid: start.backupSetGuid,
    position: start.position,
    backupType,
    backupName: start.backupName,
    backupDescription: start.backupDescription,
    expirationDate: start.expirationDate,
    serverName: configuration.serverName,
    machineName,
    userName: start.userName,
    databaseName: configuration.databaseName,
    databaseCreationDate: configuration.databaseCreationDate,
    databaseVersion: configuration.databaseVersion,
    compatibilityLevel: configuration.compatibilityLevel,
    softwareVersionMajor: configuration.softwareVersionMajor,
    softwareVersionMinor: configuration.softwareVersionMinor,
    softwareVersionBuild: configuration.softwareVersionBuild,
    backupStartDate: configuration.backupStartDate,
    backupFinishDate: configuration.backupFinishDate,
    utcOffsetMinutes: start.utcOffsetMinutes,
    backupSize: configuration.backupSize,
    compressedBackupSize: configuration.compressedBackupSize,
    firstLsn,
    lastLsn: configuration.lastLsn,
    checkpointLsn: configuration.checkpointLsn,
    databaseBackupLsn: configuration.databaseBackupLsn,
    differentialBaseLsn: configuration.differentialBaseLsn,
    differentialBaseGuid: configuration.differentialBaseGuid,
    lastLogBackupLsn: configuration.lastLogBackupLsn,
    familyGuid: configuration.familyGuid,
    bindingId: configuration.bindingId,
    recoveryForkId,
    firstRecoveryForkId: spansFork ? previousForkId : recoveryForkId,
    forkPointLsn: spansFork ? forkPointLsn : null,
    flags,
    hasBulkLoggedData: has(FLAG.bulkLoggedData),
    isSnapshot: has(FLAG.snapshot),
    isReadOnly: has(FLAG.readOnly),
    isSingleUser: has(FLAG.singleUser),
    hasBackupChecksums: has(FLAG.checksums),
    isDamaged: has(FLAG.damaged),
    isTailLog: has(FLAG.tailLog),
    hasIncompleteMetaData: has(FLAG.incompleteMetaData),
    isForceOffline: has(FLAG.forceOffline),
    isCopyOnly: has(FLAG.copyOnly) || (start.attributes & SSET_COPY) !== 0 || isNotTheBase(start, configuration),
    beginsLogChain: logChainStartLsn === undefined ? undefined : backupType === 2 && firstLsn === logChainStartLsn,
    recoveryModel: configuration.recoveryModel,
    sortOrder: configuration.sortOrder,
    unicodeLocaleId: configuration.unicodeLocaleId,
    unicodeComparisonStyle: configuration.unicodeComparisonStyle,
    softwareVendorId: start.softwareVendorId,
    tde,
    unverified: undefined,
    files,
  });
  const unverified = unverifiedKinds(media, set, configuration);
  return unverified.length > 0 ? { ...set, unverified } : set;
}

/**
 * Section 4: a full backup that its own data files do not name as their differential base is copy-only, whatever the
 * flags say.
 */
const isNotTheBase = ({ backupSetGuid }: StartOfSet, { backupType, files }: Configuration): boolean => {
  const bases = files.filter(({ type }) => type === "D").map(({ differentialBaseGuid }) => differentialBaseGuid);
  return backupType === 1 && bases.length > 0 && bases.every((base) => base !== undefined && base !== backupSetGuid);
};
