// Which reasons and problems are there, and how are they told to a DBA? The one place with English.
import type { ReadErrorCode } from "./backupRecord.ts";

/** Why a file has its verdict. Stable: scripts and cards hang on them. */
export type ReasonCode =
  | "PLAN_FULL"
  | "PLAN_DIFF"
  | "PLAN_LOG"
  | "PLAN_TAIL" // selected
  | "UNREAD" // reading
  | "NO_FULL"
  | "BASE_MISSING"
  | "STRIPES_MISSING"
  | "GAP_BEFORE"
  | "DIFF_AFTER_START" // waiting
  | "OLDER_FULL"
  | "OLDER_DIFF"
  | "OLDER_BASE"
  | "BEFORE_BASE" // superseded
  | "EMPTY_LOG"
  | "COVERED"
  | "DUPLICATE"
  | "FULL_AFTER_START"
  | "ALREADY_RESTORED" // redundant
  | "BASE_NOT_FOUND"
  | "BASE_AFTER_START"
  | "MULTI_BASE_DIFF"
  | "OFF_FORK"
  | "OTHER_DATABASE"
  | "RECREATED_DATABASE"
  | "UNSUPPORTED_TYPE"
  | "APPENDED_SETS"
  | "DAMAGED"
  | "INCONSISTENT_STRIPE"
  | "NEWER_THAN_TARGET"
  | "SIMPLE_MODEL"
  | "TOO_LATE" // rejected
  | "NESTED_FOLDER"
  | "NO_FOLDER"
  | ReadErrorCode; // notABackup, reading (STILL_WRITING), rejected (ENCRYPTED_MEDIA)

/** Problems of the folder as a whole. */
export type ProblemCode =
  | "MIXED_DATABASES"
  | "FORK_AMBIGUOUS"
  | "SOURCE_REOPENED"
  | "INCOMPLETE_METADATA"
  | "NO_CHECKSUM"
  | "UNKNOWN_EXTENSION"
  | "SIMPLE_MODEL"
  | "REANCHORED"
  | "TOO_LATE"
  | "RESTORED_FILE_CHANGED"
  | "PLANNED_FILE_MISSING"
  | "BULK_LOGGED";
