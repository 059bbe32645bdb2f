// Lists reasons and problems, and the verdict that goes with each reason. Their sentences are in sentences.ts.
import type { BackupSetHeader } from "../../backup/backupHeader.ts";
import type { Lsn } from "../../backup/lsn.ts";
import { type NoFile, READ_ERROR_CODES, type ReadErrorCode, type RestoreProgress } from "../backupRecord.ts";
import type { Gap, Verdict } from "../chainReport.ts";
import type { BackupSet } from "../files/mediaSets.ts";

/** Why a file has its verdict. Stable: scripts and cards hang on them. */
export const REASON_CODES = [
  "PLAN_FULL",
  "PLAN_DIFF",
  "PLAN_LOG",
  "PLAN_TAIL", // selected
  "UNREAD", // reading
  "NO_FULL",
  "BASE_MISSING",
  "STRIPES_MISSING",
  "GAP_BEFORE",
  "DIFF_AFTER_START", // waiting
  "OLDER_FULL",
  "OLDER_DIFF",
  "OLDER_BASE",
  "BEFORE_BASE", // superseded
  "EMPTY_LOG",
  "COVERED",
  "DUPLICATE",
  "FULL_AFTER_START",
  "ALREADY_RESTORED",
  "AFTER_STOP", // redundant
  "BASE_NOT_FOUND",
  "BASE_AFTER_START",
  "MULTI_BASE_DIFF",
  "OFF_FORK",
  "OTHER_DATABASE",
  "RECREATED_DATABASE",
  "UNSUPPORTED_TYPE",
  "APPENDED_SETS",
  "DAMAGED",
  "INCONSISTENT_STRIPE",
  "NEWER_THAN_TARGET",
  "NO_FILE",
  "SIMPLE_MODEL",
  "TOO_LATE", // rejected
  "NESTED_FOLDER",
  "NO_FOLDER",
  // notABackup, reading (STILL_WRITING, UNREACHABLE), rejected (ENCRYPTED_MEDIA, ARCHIVED, ABANDONED_UPLOAD,
  // READER_FAULT)
  ...READ_ERROR_CODES,
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Problems of the folder as a whole. */
export const PROBLEM_CODES = [
  "MIXED_DATABASES",
  "FORK_AMBIGUOUS",
  "SOURCE_REOPENED",
  "INCOMPLETE_METADATA",
  "NO_CHECKSUM",
  "UNKNOWN_EXTENSION",
  "SIMPLE_MODEL",
  "REANCHORED",
  "UNUSABLE_NEWER",
  "OTHER_NAME",
  "TOO_LATE",
  "PLANNED_FILE_MISSING",
  "FORK_UNREACHED",
  "BULK_LOGGED",
  "STOP_NOT_REACHED",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** A reason with the facts that its sentence needs. */
export type Finding =
  | {
      readonly reason: "PLAN_FULL" | "PLAN_DIFF" | "PLAN_LOG" | "PLAN_TAIL";
      readonly set: BackupSet;
      readonly position: number;
      readonly of: number;
    }
  | {
      readonly reason: "UNREAD" | "NO_FOLDER";
    }
  | { readonly reason: "NO_FULL" | "DAMAGED" | "MULTI_BASE_DIFF" | "SIMPLE_MODEL"; readonly set: BackupSet }
  | { readonly reason: "BASE_MISSING"; readonly set: BackupSet; readonly base: BackupSet | undefined }
  | { readonly reason: "BASE_NOT_FOUND"; readonly set: BackupSet; readonly anchor: BackupSet }
  | {
      readonly reason: "BASE_AFTER_START";
      readonly set: BackupSet;
      readonly anchor: BackupSet;
      readonly ended: RestoreProgress["ended"];
    }
  | { readonly reason: "INCONSISTENT_STRIPE"; readonly set: BackupSet }
  | {
      readonly reason: "STRIPES_MISSING";
      readonly set: BackupSet;
      /** The plan's end, where it lies beyond the set: nobody needs the missing stripes. */
      readonly passedLsn?: Lsn;
    }
  | { readonly reason: "GAP_BEFORE"; readonly gap: Gap }
  | { readonly reason: "DIFF_AFTER_START" | "EMPTY_LOG"; readonly set: BackupSet }
  | {
      readonly reason: "OLDER_FULL";
      readonly set: BackupSet;
      readonly chosen: BackupSet;
      /** How far the plan from the chosen full reaches. */
      readonly endLsn: Lsn;
    }
  | { readonly reason: "OLDER_DIFF" | "OLDER_BASE"; readonly set: BackupSet; readonly chosen: BackupSet }
  | { readonly reason: "BEFORE_BASE"; readonly set: BackupSet; readonly baseLsn: Lsn }
  | {
      readonly reason: "COVERED" | "ALREADY_RESTORED";
      readonly set: BackupSet;
      /** Of the plan, or of what is restored. */
      readonly endLsn: Lsn;
    }
  | {
      readonly reason: "TOO_LATE";
      readonly set: BackupSet;
      /** Of the plan, or of what is restored. */
      readonly endLsn: Lsn;
      readonly ended: RestoreProgress["ended"];
    }
  | { readonly reason: "FULL_AFTER_START"; readonly set: BackupSet; readonly anchor: BackupSet | undefined }
  | { readonly reason: "AFTER_STOP"; readonly set: BackupSet; readonly stopAt: string }
  | { readonly reason: "DUPLICATE"; readonly of: string }
  | { readonly reason: "OFF_FORK"; readonly set: BackupSet; readonly target: string }
  | {
      readonly reason: "OTHER_DATABASE" | "RECREATED_DATABASE";
      readonly set: BackupSet;
      /** The folder's own database; undefined when nothing in it is what the migration expects. */
      readonly own: string | undefined;
    }
  | { readonly reason: "UNSUPPORTED_TYPE"; readonly header: BackupSetHeader }
  | {
      readonly reason: "APPENDED_SETS";
      readonly headers: readonly BackupSetHeader[];
      /** Sets of the file that `headers` leaves out. */
      readonly omitted: number;
    }
  | { readonly reason: "NO_FILE"; readonly set: BackupSet; readonly noFile: NoFile }
  | { readonly reason: "NEWER_THAN_TARGET"; readonly source: number; readonly target: number }
  | { readonly reason: "NESTED_FOLDER"; readonly lies: string; readonly folder: string }
  | { readonly reason: ReadErrorCode; readonly message: string };

/** What a file with this reason is to the plan. */
export function verdictOf(reason: ReasonCode): Verdict {
  switch (reason) {
    case "UNREAD":
    case "STILL_WRITING":
    case "UNREACHABLE":
      return "reading";
    case "PLAN_FULL":
    case "PLAN_DIFF":
    case "PLAN_LOG":
    case "PLAN_TAIL":
      return "selected";
    case "NO_FULL":
    case "BASE_MISSING":
    case "STRIPES_MISSING":
    case "GAP_BEFORE":
    case "DIFF_AFTER_START":
      return "waiting";
    case "OLDER_FULL":
    case "OLDER_DIFF":
    case "OLDER_BASE":
    case "BEFORE_BASE":
      return "superseded";
    case "EMPTY_LOG":
    case "COVERED":
    case "DUPLICATE":
    case "FULL_AFTER_START":
    case "ALREADY_RESTORED":
    case "AFTER_STOP":
      return "redundant";
    case "BASE_NOT_FOUND":
    case "BASE_AFTER_START":
    case "MULTI_BASE_DIFF":
    case "OFF_FORK":
    case "OTHER_DATABASE":
    case "RECREATED_DATABASE":
    case "UNSUPPORTED_TYPE":
    case "APPENDED_SETS":
    case "DAMAGED":
    case "INCONSISTENT_STRIPE":
    case "NEWER_THAN_TARGET":
    case "NO_FILE":
    case "SIMPLE_MODEL":
    case "TOO_LATE":
    case "ENCRYPTED_MEDIA":
    case "ARCHIVED":
    case "ABANDONED_UPLOAD":
    case "READER_FAULT":
      return "rejected";
    case "NESTED_FOLDER":
    case "NO_FOLDER":
    case "ZERO_BYTES":
    case "TRUNCATED":
    case "CHECKSUM_MISMATCH":
    case "NOT_A_BACKUP":
    case "UNSUPPORTED_COMPRESSION":
      return "notABackup";
    default:
      return reason satisfies never;
  }
}
