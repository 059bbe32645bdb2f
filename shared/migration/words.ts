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

/**
 * Preflight checks: rooms `preflight`, `assessed` (P28, P30) and `sizing` (P29, P31). docs/operations.md lists them
 * all.
 */
export const CHECK_IDS = [
  "P01", // provider Microsoft.DataMigration registered
  "P02", // SQL virtual machine exists and can be read
  "P03", // SQL IaaS Agent extension in Full mode
  "P04", // VM is on
  "P05", // provisioning state of the SQL VM
  "P06", // SQL Server on the target
  "P07", // kind of source and target version
  "P08", // migration service there, in the VM's region
  "P09", // integration runtime, for shares
  "P10", // kind of blobs
  "P11", // one flat folder
  "P12", // names of files
  "P13", // one database, and the one that is meant
  "P14", // chain is whole
  "P15", // there is a last backup to name
  "P16", // one backup per file
  "P17", // versions of source and target
  "P18", // checksums, damage
  "P19", // certificates of TDE
  "P20", // target is free: no other migration has it
  "P21", // containment, full text
  "P22", // network of the storage account
  "P23", // shared keys of the account allowed
  "P24", // key of the account readable
  "P25", // places on the VM
  "P26", // recovery model, online
  "P27", // source closed, offline
  "P28", // published assessment: what blocks at the source
  "P29", // published need against size and disks of the VM
  "P30", // databases beside this one that it needs, or that need it
  "P31", // files against the data disks of the VM
] as const;
export type PreflightCheckId = (typeof CHECK_IDS)[number];

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
