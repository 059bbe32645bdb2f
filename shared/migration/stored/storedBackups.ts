// Reads what is stored of a backup file: the shape of the JSON in a row of table Backups.
import { z } from "zod";
import type { ProvedSpan } from "../../backup/backupFormatError.ts";
import {
  type BackupSetHeader,
  type BackupType,
  COMPRESSION_ALGORITHMS,
  type EncryptedMedia,
  type MediaLabel,
  RECOVERY_MODELS,
  TDE_STATES,
  type Tde,
  UNVERIFIED_KINDS,
  type UnverifiedKind,
} from "../../backup/backupHeader.ts";
import { type BackupRecord, BLOB_TYPES, NO_FILES, READ_ERROR_CODES } from "../../chain/backupRecord.ts";
import { type Fields, flag, lsn, maybeFlag, maybeNumber, maybeText, nullableLsn, number, text } from "./storedJson.ts";

const mediaLabel: z.ZodType<MediaLabel> = z.object({
  mediaSetId: text,
  mediaFamilyId: maybeText,
  familyCount: number,
  familySequenceNumber: number,
  mediaSequenceNumber: maybeNumber,
  mirrorCount: maybeNumber,
  mediaName: maybeText,
  mediaDescription: maybeText,
  softwareName: maybeText,
  softwareVendorId: maybeNumber,
  mediaDate: maybeText,
  isPasswordProtected: maybeFlag,
  isCompressed: flag,
  compressionAlgorithm: z.enum(COMPRESSION_ALGORITHMS).exactOptional(),
  blockSize: number,
} satisfies Fields<MediaLabel>);

const backupType: z.ZodType<BackupType> = z.literal([1, 2, 4, 5, 6, 7, 8]);

const tde: z.ZodType<Tde> = z.object({
  state: z.enum(TDE_STATES),
  thumbprints: z.array(text).exactOptional(),
} satisfies Fields<Tde>);

/** Kinds of which a real file has been seen since the row was written are left out. */
const unverified = z
  .array(text)
  .transform((kinds): readonly UnverifiedKind[] => UNVERIFIED_KINDS.filter((kind) => kinds.includes(kind)));

/** Without the file list: it has no part in the chain, and would be most of the row. */
const backupSetHeader: z.ZodType<BackupSetHeader> = z.object({
  backupSetGuid: text,
  position: number,
  backupType,
  backupName: maybeText,
  backupDescription: maybeText,
  expirationDate: text.nullable().exactOptional(),
  serverName: text,
  machineName: maybeText,
  userName: maybeText,
  databaseName: text,
  databaseCreationDate: maybeText,
  databaseVersion: maybeNumber,
  compatibilityLevel: maybeNumber,
  softwareVersionMajor: number,
  softwareVersionMinor: number,
  softwareVersionBuild: maybeNumber,
  backupStartDate: text,
  backupFinishDate: text,
  utcOffsetMinutes: maybeNumber,
  backupSize: maybeNumber,
  compressedBackupSize: maybeNumber,
  firstLsn: lsn,
  lastLsn: lsn,
  checkpointLsn: lsn,
  databaseBackupLsn: nullableLsn,
  differentialBaseLsn: nullableLsn.exactOptional(),
  differentialBaseGuid: text.nullable().exactOptional(),
  lastLogBackupLsn: nullableLsn.exactOptional(),
  familyGuid: maybeText,
  bindingId: maybeText,
  recoveryForkId: maybeText,
  firstRecoveryForkId: maybeText,
  forkPointLsn: nullableLsn.exactOptional(),
  flags: number,
  hasBulkLoggedData: flag,
  isSnapshot: flag,
  isReadOnly: flag,
  isSingleUser: flag,
  hasBackupChecksums: flag,
  isDamaged: flag,
  isTailLog: flag,
  hasIncompleteMetaData: flag,
  isForceOffline: flag,
  isCopyOnly: flag,
  beginsLogChain: maybeFlag,
  recoveryModel: z.enum(RECOVERY_MODELS).exactOptional(),
  sortOrder: maybeNumber,
  unicodeLocaleId: maybeNumber,
  unicodeComparisonStyle: maybeNumber,
  softwareVendorId: maybeNumber,
  tde: tde.exactOptional(),
  unverified: unverified.exactOptional(),
} satisfies Fields<Omit<BackupSetHeader, "files">>);

const readErrorCode = z.enum(READ_ERROR_CODES);

const encrypted: z.ZodType<EncryptedMedia> = z.object({
  isBackupEncrypted: flag,
  isTde: flag,
  encryptorThumbprint: maybeText,
  tdeThumbprint: maybeText,
  isComplete: flag,
  backupSetCount: maybeNumber,
  blockSize: maybeNumber,
} satisfies Fields<EncryptedMedia>);
const provedSpan: z.ZodType<ProvedSpan> = z.object({
  firstLsn: lsn,
  lastLsn: lsn,
  forkId: maybeText,
  isOnlySet: z.literal(true).exactOptional(),
} satisfies Fields<ProvedSpan>);

export const StoredBackupRecord: z.ZodType<BackupRecord> = z.object({
  name: text,
  etag: text,
  sizeBytes: number,
  blobType: z.enum(BLOB_TYPES),
  arrivedAt: text,
  content: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("header"),
      media: mediaLabel,
      backupSets: z.array(backupSetHeader),
      omittedSets: maybeNumber,
      noFile: z.enum(NO_FILES).exactOptional(),
    }),
    z.object({
      kind: z.literal("unreadable"),
      code: readErrorCode,
      message: text,
      encrypted: encrypted.exactOptional(),
      provedSpan: provedSpan.exactOptional(),
    }),
    z.object({ kind: z.literal("unread") }),
  ]),
  sameAs: maybeText,
} satisfies Fields<BackupRecord>);
