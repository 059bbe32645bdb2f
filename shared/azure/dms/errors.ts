// What does an error of Azure Database Migration Service mean, and what is to be done about it?
import type { EngineFailure } from "../../migration/ports.ts";

/** One line of the table. It is met when a code fits (none listed: any) and the text fits (none given: any). */
interface Explanation {
  /** Numeric in older answers, a name in newer ones, or only inside the message. */
  readonly codes: readonly string[];
  readonly text?: RegExp;
  readonly cause: string;
  readonly remedy: string;
  readonly kind: EngineFailure["kind"];
}

const CUTOVER_FAILED = ["2007", "CutoverFailedOrCancelled"];
const RESTORE_FAILED = ["2009", "MigrationRestoreFailed"];

/**
 * In order, first hit wins. Sources: "Known issues, limitations, and troubleshooting" of Azure DMS (2022-10, 2023-04),
 * the tutorial for SQL Server on Azure VMs (2024-06-26), the REST reference, answers of the live service (2021, 2025).
 */
const EXPLANATIONS: readonly Explanation[] = [
  {
    codes: [],
    text: /login failed for user 'nt service\\sqliaasextensionquery'/i,
    cause: "SQL Server on the VM is in single-user mode, for example during an upgrade.",
    remedy: "Wait until the upgrade has ended, then start again.",
    kind: "wait",
  },
  {
    codes: [],
    text: /cannot create file[\s\S]*because it already exists/i,
    cause: "A data or log file of an earlier attempt lies on the VM.",
    remedy: "On the VM delete the file that the message names, then start again.",
    kind: "user",
  },
  {
    codes: [],
    text: /\(403\) forbidden|unable to read blobs/i,
    cause: "The VM may not read the storage account.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
  {
    codes: [],
    text: /remote name could not be resolved|unable to connect to the remote server/i,
    cause: "The VM does not reach the storage account: DNS or an outbound rule.",
    remedy: "Allow outbound 443 to *.blob.core.windows.net, repair DNS, then start again.",
    kind: "user",
  },
  {
    codes: [],
    text: /should be the last restore backup file/i,
    cause: "The file named as the last backup is not the newest one of the chain.",
    remedy: "Start again with the last backup that sqlferry proposes.",
    kind: "user",
  },
  {
    codes: CUTOVER_FAILED,
    text: /restore plan is broken because firstlsn/i,
    cause: "The chain has a gap, or a foreign file is in it.",
    remedy: "Supply the missing LSN range shown on the chain page, then start again.",
    kind: "user",
  },
  {
    codes: CUTOVER_FAILED,
    text: /too many full text catalog files/i,
    cause: "The database has full-text catalogs.",
    remedy: "Drop the full-text catalogs at the source, back up anew and start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /cannot find server certificate with thumbprint/i,
    cause: "The certificate of TDE or of the backup is missing on the target.",
    remedy: "Restore the certificate on the VM first, then start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /\b3169\b|running version[\s\S]*incompatible/i,
    cause: "The target's SQL Server is older than the source's.",
    remedy: "Choose a target at least as new as the source.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /missing checksum/i,
    cause: "A backup was taken without checksums.",
    remedy: "Back up WITH CHECKSUM and start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /\b3234\b|is not part of database/i,
    cause: "A file belongs to another database or folder.",
    remedy: "Check the files of the folder, then start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /\b(3634|1450)\b/,
    cause: "The VM ran out of memory, disk or other system resources.",
    remedy: "Free memory and disk on the VM, then start again.",
    kind: "wait",
  },
  {
    codes: RESTORE_FAILED,
    text: /\b12824\b/,
    cause: "Contained database authentication is off on the target.",
    remedy: "Set 'contained database authentication' to 1 on the target, then start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /firewall|storage connection is broken/i,
    cause: "The storage account could not be reached: network or key.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
  {
    codes: RESTORE_FAILED,
    text: /backups from multiple databases/i,
    cause: "The folder holds backups of more than one database.",
    remedy: "Keep one folder per database: move the files that sqlferry lists as foreign.",
    kind: "user",
  },
  {
    codes: [], // 2012 TestConnectionFailed: arrives as a provisioningError, without its code
    text: /test connections using provided integration runtime/i,
    cause: "The integration runtime does not reach the share: path, DNS or credentials.",
    remedy: "Repair the access to the share, then start again.",
    kind: "user",
  },
  {
    codes: ["2014", "IntegrationRuntimeIsNotOnline"],
    text: /online/i,
    cause: "The integration runtime is down.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    codes: [], // 9054: likewise
    text: /failed to connect to integration runtime/i,
    cause: "The integration runtime is down.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    codes: ["2038", "MigrationCompletedDuringCancel"],
    cause: "The migration completed while it was being cancelled.",
    remedy: "None: the database is on the target.",
    kind: "race",
  },
  {
    codes: ["2039", "2040"],
    text: /retr/i,
    cause: "The migration cannot be retried any more.",
    remedy: "Start again.",
    kind: "user",
  },
  {
    codes: ["2043", "CreateContainerFailed"],
    cause: "The staging container could not be created.",
    remedy: "Check network, DNS and key of the staging storage account.",
    kind: "user",
  },
  {
    codes: ["2049", "FileShareTestConnectionFailed"],
    text: /is denied/i,
    cause: "The integration runtime refuses a share on its own host.",
    remedy: "Use another host for the runtime, or switch that validation off.",
    kind: "user",
  },
  {
    codes: ["2056", "SqlInfoValidationFailed"],
    text: /collationmismatch|sqlversionoutofrange/i,
    cause: "Source and target do not fit: collation, or a source older than SQL Server 2008.",
    remedy: "Correct what the message names, then start again.",
    kind: "user",
  },
  {
    codes: ["0"],
    text: /destination database name[\s\S]*already exists/i,
    cause: "A database of this name exists on the target; it is not overwritten.",
    remedy: "Drop or rename the database on the VM, or choose another target name.",
    kind: "user",
  },
  {
    codes: ["DuplicateTargetDatabaseName"],
    cause: "This target name is in use by another migration to the VM.",
    remedy: "Choose another target name, or wait for the other migration to end.",
    kind: "user",
  },
  {
    codes: ["RestoreJobIdsMismatch"],
    cause: "Another operation has taken the place of the one that was meant.",
    remedy: "None: the current state is read again.",
    kind: "race",
  },
  {
    codes: ["RestoreJobSetToAutoCutover"],
    cause: "An offline migration cuts over by itself.",
    remedy: "None: wait for its end, or cancel it.",
    kind: "race",
  },
  {
    codes: ["1001", "1010"],
    text: /failed unexpectedly|internalservererror/i,
    cause: "A fault inside Azure Database Migration Service.",
    remedy: "None at first: one new attempt is made. If it fails as well, start again later.",
    kind: "fault",
  },
  {
    codes: ["1009"],
    text: /429|toomanypipelinerunqueryrequests/i,
    cause: "The migration's status was asked for too often.",
    remedy: "Lengthen DMS_POLL_SECONDS; one new attempt is made.",
    kind: "fault",
  },
  {
    codes: ["1007"],
    text: /does not exist/i,
    cause: "What backs the migration service is gone.",
    remedy: "Create the migration service anew.",
    kind: "user",
  },
  {
    codes: ["MissingSubscriptionRegistration"],
    cause: "The resource provider is not registered in the subscription.",
    remedy: "Register the resource provider Microsoft.DataMigration in the subscription.",
    kind: "user",
  },
  {
    codes: ["InvalidResourceId"],
    cause: "A resource id in the settings or in the migration is malformed.",
    remedy: "Correct the resource id.",
    kind: "user",
  },
];

const UNKNOWN: Explanation = {
  codes: [],
  cause: "Azure gave a reason that sqlferry does not know.",
  remedy: "Read the message; correct what it names, then start again.",
  kind: "user",
};

/** Cause and remedy of a raw pair; never fails, an unknown pair is explained as such. The raw pair is kept. */
export function explain(code: string, message: string): EngineFailure {
  const { cause, remedy, kind } = known(code, message) ?? UNKNOWN;
  return { code, message, cause, remedy, kind };
}

/** True when the table knows the pair. */
export const isKnown = (code: string, message: string): boolean => known(code, message) !== undefined;

const known = (code: string, message: string): Explanation | undefined =>
  EXPLANATIONS.find(
    (line) =>
      (line.codes.length === 0 || line.codes.some((one) => namesCode(one, code, message))) &&
      (line.text?.test(message) ?? true),
  );

// Since 2025 the number stands only in a link of the message: "...#error-code-2009---migrationrestorefailed".
function namesCode(expected: string, code: string, message: string): boolean {
  const wanted = expected.toLowerCase();
  const text = message.toLowerCase();
  if (code.toLowerCase() === wanted) return true;
  return /^\d+$/.test(wanted) ? text.includes(`error-code-${wanted}-`) : text.includes(wanted);
}
