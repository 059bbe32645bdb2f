// Lists what a request may be refused for, typed, with what the caller needs to go on. HTTP statuses are given in
// functions/http/problem.ts.
import type { DatabaseInFolder, Gap, UnusableFile, WaitingFor } from "../chain/chainReport.ts";
import type { Check } from "./migration.ts";
import type { MigrationState } from "./words.ts";

/** The names are those of the API's problem types. `detail` says what was found, what was expected and what to do. */
export type Refusal =
  | {
      readonly problem: "validation";
      readonly detail: string;
      readonly errors: readonly { pointer: string; message: string }[];
    }
  | { readonly problem: "not-found"; readonly detail: string }
  | { readonly problem: "headers-unusable"; readonly detail: string }
  | { readonly problem: "not-signed-in"; readonly detail: string }
  | { readonly problem: "role-missing"; readonly detail: string; readonly needed: string }
  | { readonly problem: "duplicate-target"; readonly detail: string; readonly migrationId: string }
  | { readonly problem: "already-exists"; readonly detail: string; readonly migrationId: string }
  | { readonly problem: "preflight-failed"; readonly detail: string; readonly checks: readonly Check[] }
  | { readonly problem: "chain-gap"; readonly detail: string; readonly gaps: readonly Gap[] }
  | { readonly problem: "chain-incomplete"; readonly detail: string; readonly waitingFor: readonly WaitingFor[] }
  | {
      readonly problem: "unusable-backups";
      readonly detail: string;
      /** They cannot be used, and may reach beyond the plan. */
      readonly unusableNewer: readonly UnusableFile[];
    }
  | { readonly problem: "mixed-databases"; readonly detail: string; readonly databases: readonly DatabaseInFolder[] }
  | {
      readonly problem: "other-database-name";
      readonly detail: string;
      /** Of all backups in the folder; absent when none tells it. */
      readonly sourceDatabaseName?: string;
    }
  | {
      readonly problem: "not-in-sync";
      readonly detail: string;
      readonly currentFile?: string;
      readonly lastRestoredFile?: string;
      readonly pending?: number;
    }
  | { readonly problem: "unrestored-backups"; readonly detail: string; readonly files: readonly string[] }
  | {
      readonly problem: "last-backup-mismatch";
      readonly detail: string;
      readonly expected: string;
      readonly given: string;
    }
  | { readonly problem: "source-not-closed"; readonly detail: string; readonly lossIfCutOverNow: Loss }
  | { readonly problem: "not-cutover-able"; readonly detail: string; readonly migrationStatus: string }
  | { readonly problem: "not-cancelable"; readonly detail: string; readonly migrationStatus: string }
  | { readonly problem: "not-changeable"; readonly detail: string; readonly state: MigrationState }
  | { readonly problem: "not-forgettable"; readonly detail: string; readonly state: MigrationState }
  | { readonly problem: "registration-changed"; readonly detail: string; readonly registrationVersion: string }
  | { readonly problem: "not-startable"; readonly detail: string; readonly state: MigrationState }
  | { readonly problem: "not-restartable"; readonly detail: string; readonly state: MigrationState }
  | { readonly problem: "not-resumable"; readonly detail: string; readonly state: MigrationState }
  | { readonly problem: "vm-not-running"; readonly detail: string; readonly powerState: string }
  | {
      readonly problem: "plan-changed";
      readonly detail: string;
      readonly planVersion: string;
      /**
       * Files that the plan has gained since the version that was named; absent when that version is no beginning of
       * today's plan.
       */
      readonly added?: readonly string[];
      readonly lossIfCutOverNow?: Loss;
    }
  | { readonly problem: "finding-changed"; readonly detail: string; readonly fingerprint: string }
  | { readonly problem: "too-large"; readonly detail: string; readonly mostBytes: number }
  /** The key was sent before, with another request. */
  | { readonly problem: "idempotency-mismatch"; readonly detail: string }
  | { readonly problem: "if-match-required"; readonly detail: string; readonly planVersion: string }
  | {
      readonly problem: "dms-error";
      readonly detail: string;
      readonly code: string;
      readonly message: string;
      readonly cause: string;
      readonly fix: string;
    }
  | {
      readonly problem: "dms-unavailable";
      readonly detail: string;
      readonly code: string;
      readonly retryAfterSeconds: number;
    }
  /** Others were quicker each time that it was decided. */
  | { readonly problem: "busy"; readonly detail: string; readonly retryAfterSeconds: number }
  | { readonly problem: "throttled"; readonly detail: string; readonly retryAfterSeconds: number }
  | { readonly problem: "storage-unavailable"; readonly detail: string; readonly retryAfterSeconds: number }
  | { readonly problem: "row-unreadable"; readonly detail: string }
  | { readonly problem: "internal-error"; readonly detail: string };

/** What cutting over now would lose. */
export interface Loss {
  /** Everything after this is lost: the source's wall clock; absent when nothing is restored yet. */
  readonly since?: string;
  /** Absent when it cannot be known. */
  readonly seconds?: number;
  readonly knownFiles: number;
  readonly knownBytes: number;
  /** Nothing is lost for sure: the source was closed and everything is restored. */
  readonly certain: boolean;
  /** "Cutting over now loses everything after 21:45:00." */
  readonly text: string;
}
