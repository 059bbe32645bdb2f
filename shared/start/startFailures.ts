// Explains why a run fails before its restore has begun: failures that sqlferry itself finds, and the one that DMS
// gives no reason for.
import type { ChainReport } from "../chain/chainReport.ts";
import type { Failure } from "../migration/migration.ts";
import type { EngineFailure, EngineOperation } from "../migration/observed.ts";
import { beyondThePlan } from "./planRefusals.ts";
import { canStart } from "./startPolicy.ts";

/** Another operation has the target. */
export const targetBusy = (databaseName: string): Failure => ({
  code: "TARGET_BUSY",
  message: `A migration of "${databaseName}" that this run did not start is under way on the VM.`,
  cause: "Somebody started it outside sqlferry, or another folder has the same target.",
  remedy: "Let it end or cancel it, or choose another target name; then restart this migration.",
});

/** Offline only: it completes by itself, so that what may lie beyond its plan would be lost. */
export const unusableBeyond = (report: ChainReport): Failure => ({
  code: "UNUSABLE_BACKUPS",
  message: beyondThePlan(report),
  cause: "While the migration waited for its turn, a file came that cannot be used and may reach beyond the plan.",
  remedy:
    "Replace or remove each of them, then restart this migration; or restart it and force its start with a reason.",
});

/** What was found ready to start is not there any more. */
export const planGone = (report: ChainReport): Failure => ({
  code: "PLAN_GONE",
  message: `When the turn came the folder was ${canStart(report) ? "no longer what the start was meant for" : report.verdict}, no longer ready to start.`,
  cause: "A file was deleted or overwritten while the migration waited.",
  remedy: "Look at the files' verdicts, supply what is missing, then restart this migration.",
});

/** Of an operation that has failed without an error. */
export const noReason = ({ migrationStatus, provisioningState }: EngineOperation): EngineFailure => ({
  code: migrationStatus ?? provisioningState ?? "Failed",
  message: "The service gave no reason.",
  cause: "The service reported a failure without a text.",
  remedy: "Look at the migration service in the Azure portal, then restart the migration.",
  kind: "user",
});
