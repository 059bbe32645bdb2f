// Describes each reason to a DBA: what was found, with numbers, and what to do.
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import type { Lsn } from "../../backup/lsn.ts";
import type { NoFile } from "../backupRecord.ts";
import { isReadOnly, isSnapshot, isTailLog } from "../files/headerFlags.ts";
import { fileNameOf, guidOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";
import { releaseName } from "../files/releases.ts";
import { gapSentence } from "./gapSentences.ts";
import type { Finding } from "./problems.ts";
import { anotherRun, clock, extent, fileOf, finished, forkOf, stripes, takenAlong } from "./wording.ts";

export interface Sentences {
  /** One sentence with numbers. */
  readonly detail: string;
  /** One sentence; empty when there is nothing to do. */
  readonly remedy: string;
}

/** The one place with the words for every reason code. */
export function describe(finding: Finding): Sentences {
  switch (finding.reason) {
    case "PLAN_FULL":
      return say(`${step(finding)}: the restore starts from this full backup, ${extent(finding.set)}.`);
    case "PLAN_DIFF":
      return say(`${step(finding)}: differential backup, ${extent(finding.set)}; earlier log backups are not needed.`);
    case "PLAN_LOG":
      return say(`${step(finding)}: log backup, ${extent(finding.set)}${hint(finding.set.header)}.`);
    case "PLAN_TAIL":
      return say(
        `${step(finding)}: tail-log backup WITH NORECOVERY, ${extent(finding.set)}; it closed the source database.`,
      );
    case "UNREAD":
      return say("The file has arrived; its header is not read yet.");
    case "NO_FULL":
      return {
        detail: `There is no full backup to start from (this one: ${extent(finding.set)}).`,
        remedy: "Upload a full backup that was taken before this backup ended.",
      };
    case "BASE_MISSING":
      return {
        detail: `This differential backup needs the full backup ${baseOf(finding.set)}, which ${finding.base ? `is incomplete or unusable (${fileOf(finding.base)})` : "is not in the folder"}.`,
        remedy: `Upload the full backup ${baseOf(finding.set)}.`,
      };
    case "BASE_NOT_FOUND":
      return {
        detail: `This differential backup needs the full backup ${baseOf(finding.set)}, which is not among the folder's usable backups; the plan starts from ${fileOf(finding.anchor)}.`,
        remedy:
          "Upload its base before the restore starts; if there is no file of it, rely on log backups, or take a new full backup.",
      };
    case "BASE_AFTER_START":
      return {
        detail: `This differential backup belongs to the full backup ${baseOf(finding.set)}, but the restore has started from ${fileOf(finding.anchor)}.`,
        remedy: `Go on with log backups; to use this backup, ${anotherRun(finding.ended)}.`,
      };
    case "STRIPES_MISSING":
      return {
        detail: `The backup was striped over ${finding.set.familyCount} files, of which ${finding.set.files.length} ${finding.set.files.length === 1 ? "is" : "are"} here.`,
        remedy:
          finding.passedLsn === undefined
            ? `Upload ${stripes(finding.set)}.`
            : `The plan reaches LSN ${finding.passedLsn} without it: withdraw these files, or upload ${stripes(finding.set)}.`,
      };
    case "INCONSISTENT_STRIPE":
      return {
        detail: `The files of backup set ${finding.set.id} contradict each other about media set, type, LSNs or number of stripes.`,
        remedy:
          "Upload all files of one and the same backup; if they cannot be had, take a new full or differential backup.",
      };
    case "GAP_BEFORE":
      return { detail: gapSentence(finding.gap), remedy: finding.gap.healedBy[0] ?? "" };
    case "DIFF_AFTER_START":
      return say(
        `The restore is past its base already, so log backups are preferred to this differential backup (${extent(finding.set)}).`,
      );
    case "OLDER_FULL":
      return say(
        `Full backup, ${extent(finding.set)}; the plan starts from ${fileOf(finding.chosen)}, ${extent(finding.chosen)}, and reaches LSN ${finding.endLsn}.`,
      );
    case "OLDER_DIFF":
      return say(
        `Differential backup, ${extent(finding.set)}; ${fileOf(finding.chosen)} reaches LSN ${finding.chosen.lastLsn}.`,
      );
    case "OLDER_BASE":
      return say(
        `Differential backup, ${extent(finding.set)}; its base is the full backup ${baseOf(finding.set)}, not ${fileOf(finding.chosen)}, which the plan starts from.`,
      );
    case "BEFORE_BASE":
      return say(
        `The log backup, ${extent(finding.set)}, ends before LSN ${finding.baseLsn}, where the plan needs logs from.`,
      );
    case "EMPTY_LOG":
      return say(
        `The log backup is empty: nothing was logged since LSN ${finding.set.lastLsn}${finding.set.closesSource ? "; taken WITH NORECOVERY, it closed the source database" : ""}.`,
      );
    case "COVERED":
      return say(
        `Backup, ${extent(finding.set)}; others in the plan cover the same range up to LSN ${finding.endLsn}.`,
      );
    case "ALREADY_RESTORED":
      return say(`Backup, ${extent(finding.set)}; the restore has reached LSN ${finding.endLsn} already.`);
    case "DUPLICATE":
      return say(`This file is a copy of ${fileNameOf(finding.of)}: the same backup set and the same stripe.`);
    case "FULL_AFTER_START":
      return say(
        `Full backup, ${extent(finding.set)}; the restore has started${finding.anchor ? ` from ${fileOf(finding.anchor)}` : ""} and does not need it.`,
      );
    case "AFTER_STOP":
      return say(
        finding.set.backupFinishDate === ""
          ? `Its header does not tell when the backup finished: it may be after the stop at ${clock(finding.stopAt)}.`
          : `The backup finished ${clock(finding.set.backupFinishDate)}, after the stop at ${clock(finding.stopAt)}.`,
      );
    case "MULTI_BASE_DIFF":
      return {
        detail: `This differential backup (${extent(finding.set)}) has several bases (DifferentialBaseLSN is NULL): the database's files were backed up apart.`,
        remedy: "Take a full backup of the whole database, and differentials on it.",
      };
    case "OFF_FORK":
      return {
        detail: `The backup, ${extent(finding.set)}, lies on recovery fork ${forkOf(finding.set)}; the plan follows fork ${finding.target}.`,
        remedy: "It belongs to another recovery path: if that is the one to migrate, name its fork in the migration.",
      };
    case "OTHER_DATABASE":
      return {
        detail: `The backup is of database ${finding.set.header.databaseName}${finding.own === undefined ? ", which this migration does not expect" : `, the folder is that of ${finding.own}`}.`,
        remedy: "Move the file to a folder of its own database.",
      };
    case "RECREATED_DATABASE":
      return {
        detail: `The backup is of another database of the name ${finding.set.header.databaseName} (FamilyGUID ${guidOf(finding.set.header.familyGuid) ?? "not known"}): it was dropped and created again.`,
        remedy: "Move the file to a folder of its own, or name the FamilyGUID to use in the migration.",
      };
    case "UNSUPPORTED_TYPE":
      return {
        detail: `This is a ${typeName(finding.header)} backup of ${finding.header.databaseName}; a migration takes full, differential and log backups of the whole database.`,
        remedy: "Take a full backup of the whole database with BACKUP DATABASE.",
      };
    case "APPENDED_SETS":
      return {
        detail: `The file holds ${finding.headers.length + finding.omitted} backup sets (${appended(finding.headers)}), and the service restores only files that hold one.`,
        remedy: inPlaceOfAppended(finding),
      };
    case "DAMAGED":
      return {
        detail: `SQL Server marked the backup (${extent(finding.set)}) as damaged: it was taken WITH CONTINUE_AFTER_ERROR and met bad pages.`,
        remedy:
          "Find the damage with DBCC CHECKDB, mend it (from a sound backup, if there is one), and take a new full backup.",
      };
    case "NEWER_THAN_TARGET":
      return {
        detail: `The backup comes from ${releaseName(finding.source)}, the target runs ${releaseName(finding.target)}.`,
        remedy:
          "Choose a target with the same or a newer version of SQL Server: a backup cannot be restored to an older one.",
      };
    case "NO_FILE":
      return noFile(finding.set, finding.noFile);
    case "SIMPLE_MODEL":
      return {
        detail: `The log backup (${extent(finding.set)}) was taken in the SIMPLE recovery model, so it continues no log chain.`,
        remedy: "Migrate in offline mode, or switch the database to FULL and take a new full backup.",
      };
    case "TOO_LATE":
      return {
        detail: `The backup, ${extent(finding.set)}, came after the end of the restore was fixed at LSN ${finding.endLsn}, so what was written since then is not on the target.`,
        remedy: `Check what was written to the source since then. ${takenAlong(finding.ended)}`,
      };
    case "NESTED_FOLDER":
      return {
        detail: `The file lies in ${finding.lies || "the container's root"}, not in the database's folder${finding.folder && ` ${finding.folder}`}; the service reads no subfolders.`,
        remedy: `Move the file to ${finding.folder || "the container's root"}, or to the folder of its own database.`,
      };
    case "NO_FOLDER":
      return {
        detail: "The file lies in the container's root, and the container serves several databases.",
        remedy: "Put the file into its database's folder.",
      };
    default:
      return describeUnreadable(finding);
  }
}

/**
 * A new name needs no INIT, which would overwrite what lies in the file. A differential holds what logs held, not
 * what a full did.
 */
const inPlaceOfAppended = ({ headers, omitted }: Extract<Finding, { reason: "APPENDED_SETS" }>): string =>
  `Take a new ${omitted > 0 || headers.some(({ backupType }) => backupType === 1) ? "full" : "differential"} backup to a file of its own, and each later backup as well; leave this file as it is.`;

/** Files whose header could not be read (R1). */
function describeUnreadable(finding: Extract<Finding, { message: string }>): Sentences {
  const { reason } = finding;
  const message = withoutCode(finding);
  switch (reason) {
    case "ZERO_BYTES":
      return { detail: `The file is empty: ${message}`, remedy: "Upload the file again." };
    case "TRUNCATED":
      return {
        detail: `The end of the backup is missing: ${message}`,
        remedy: "Upload the file again, as a whole; where it is here under another name, remove this one.",
      };
    case "CHECKSUM_MISMATCH":
      return {
        detail: `The file was damaged after the backup was written: ${message}`,
        remedy:
          "Upload the file again; if it is damaged at the source as well, take a new full or differential backup, and remove this file.",
      };
    case "NOT_A_BACKUP":
      return {
        detail: `This is no backup in SQL Server's format: ${message}`,
        remedy: "Upload a backup taken with BACKUP DATABASE or BACKUP LOG, or move the file away.",
      };
    case "ENCRYPTED_MEDIA":
      return {
        detail: `The backup is encrypted, so that nothing of its header can be read: ${message}`,
        remedy:
          "Take a full or differential backup in its place, without ENCRYPTION (of a database with TDE: WITH NO_COMPRESSION, and with its certificate on the target), and remove this file.",
      };
    case "UNSUPPORTED_COMPRESSION":
      return {
        detail: `The backup's compression is not one that can be read: ${message}`,
        remedy:
          "Take a full or differential backup in its place, WITH NO_COMPRESSION (or, on SQL Server 2022 and later, WITH COMPRESSION (ALGORITHM = MS_XPRESS)), and remove this file.",
      };
    case "STILL_WRITING":
      return say(`The file is still being written: ${message}`);
    case "UNREACHABLE":
      return {
        detail: `The storage did not answer: ${message}`,
        remedy: "Nothing now: reading is tried again with the next sweep of the folder.",
      };
    case "ARCHIVED":
      return {
        detail: `The file lies in the archive tier, where neither sqlferry nor the service can read it: ${message}`,
        remedy: "Rehydrate it: set its access tier to Hot or Cool (hours), or copy it to a new blob in an online tier.",
      };
    case "ABANDONED_UPLOAD":
      return {
        detail: `The file was never filled, and nobody writes to it any more: ${message}`,
        remedy: "Break the blob's lease if it has one, delete it, and take or copy the backup again.",
      };
    case "READER_FAULT":
      return {
        detail: `sqlferry failed to read the file, which may be well: ${message}`,
        remedy: "Reading is tried again with each sweep. Report it with the output of npx ferry inspect --report.",
      };
    default:
      return reason satisfies never;
  }
}

/** R18: the set was taken, and nobody can supply it. */
function noFile(set: BackupSet, kind: NoFile): Sentences {
  const what = `This ${set.kind} backup (${extent(set)})`;
  const remedy = {
    log: "Where the plan needs it, only a differential or a new full backup heals that.",
    differential: "Where the plan needs it, take another differential backup, to a file.",
    full: "Take a full backup to a file: differentials taken since then are based on this one.",
  }[set.kind];
  switch (kind) {
    case "nul":
      return { detail: `${what} was backed up to NUL, so there is no file of it.`, remedy };
    case "virtualDevice":
      return {
        detail: `${what} was taken by another backup tool through a virtual device, so there is no file of it.`,
        remedy: `${remedy} Until the cutover let that tool take ${set.kind === "log" ? "no log backups" : "copy-only backups, or none"}.`,
      };
    case "tape":
      return { detail: `${what} lies on a tape, not in a file.`, remedy };
    case "overwritten":
      return { detail: `${what} was written over at the source by a later backup to the same file.`, remedy };
    default:
      return kind satisfies never;
  }
}

/** BackupFormatError's message begins with the code, which the sentence has said already. */
const withoutCode = ({ reason, message }: { readonly reason: string; readonly message: string }): string =>
  message.startsWith(`${reason} at byte `) ? message.slice(reason.length + 1).replace(": ", " ") : message;

const say = (detail: string): Sentences => ({ detail, remedy: "" });

const step = ({ position, of }: { readonly position: number; readonly of: number }): string =>
  `Step ${position} of ${of}`;

/** R14: what does not close the source and is still worth knowing. */
function hint(header: BackupSetHeader): string {
  if (isTailLog(header)) return "; a tail-log backup with recovery, so the source may be open";
  return isReadOnly(header) ? "; the database was read-only" : "";
}

function baseOf({ header }: BackupSet): string {
  const guid = guidOf(header.differentialBaseGuid);
  const lsn: Lsn | null | undefined = header.differentialBaseLsn ?? header.databaseBackupLsn;
  if (guid !== undefined) return `with backup set GUID ${guid}`;
  return lsn ? `with checkpoint LSN ${lsn}` : "that it was taken on";
}

function typeName(header: BackupSetHeader): string {
  if (isSnapshot(header)) return "snapshot";
  const names = {
    1: "full",
    2: "log",
    4: "file",
    5: "differential",
    6: "differential file",
    7: "partial",
    8: "differential partial",
  };
  return names[header.backupType] ?? `type ${header.backupType}`;
}

const MOST_LISTED = 5;

function appended(headers: readonly BackupSetHeader[]): string {
  const listed = headers
    .slice(0, MOST_LISTED)
    .map((header) => `${typeName(header)} of ${header.databaseName}${finished(header.backupFinishDate)}`);
  return [...listed, ...(headers.length > MOST_LISTED ? ["and others"] : [])].join("; ");
}
