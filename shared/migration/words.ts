// Lists the words that stand in records, answers and events alike: states of a migration, and what an audit tells.

export const MIGRATION_STATES = [
  "draft", // no target yet
  "waitingForChain", // files, or the word to start
  "preflighting", // the start is fixed: mode, target and plan no longer change; the checks run
  "preflightFailed",
  "queued", // for its turn on the VM
  "starting", // DMS was asked to create the migration
  "restoring",
  "readyForCutover",
  "cuttingOver",
  "succeeded",
  "failed",
  "canceling",
  "canceled",
] as const;
export type MigrationState = (typeof MIGRATION_STATES)[number];

export const AUDIT_ACTIONS = [
  "create",
  "start",
  "cutover",
  "cancel",
  "restart",
  "resume",
  "publish",
  "delete",
  "change",
  "forget",
  "acknowledge",
  "decision",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_RESULTS = ["accepted", "refused", "done", "failed"] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];
