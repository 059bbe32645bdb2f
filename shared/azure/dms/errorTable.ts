// Lists what Azure Database Migration Service and Azure Resource Manager can answer, and what it means, most specific
// row first.
//
// Sources: the error responses of the 2025-06-30 specification for SqlVm; "Known issues, limitations, and troubleshooting" of
// Azure DMS (2022-10, 2023-04); the tutorial for SQL Server on Azure VMs (2024-06-26); answers of the live service (2021,
// 2025); SQL Server's own messages (sys.messages) and the errors of Windows that they quote. docs/errors.md is made from it.
import type { EngineFailure } from "../../migration/observed.ts";
import type { ArmOperationId } from "../arm/armOperations.ts";

/** One row. It is met when all that it names fits; what it does not name may be anything. */
export interface Explanation {
  /** Numeric in older answers, a name in newer ones; both also inside the message. */
  readonly codes?: readonly string[];
  /** Phrases of which one stands in the message, whatever its case; "…" stands for any text. */
  readonly says?: readonly string[];
  /** Number of SQL Server's message. The row is met by the number as well as by the phrases. */
  readonly sqlError?: number;
  /** Number of the error of Windows that SQL Server quotes, likewise. */
  readonly osError?: number;
  /** Not published, not recorded: what the service is taken to say. */
  readonly isAssumed?: true;
  /** HTTP statuses of a refusal, "4xx" for all of them. Absent: an outcome of a run as well. */
  readonly statuses?: readonly string[];
  readonly operations?: readonly ArmOperationId[];
  readonly cause: string;
  readonly remedy: string;
  readonly kind: EngineFailure["kind"];
}

export interface Chapter {
  readonly title: string;
  readonly rows: readonly Explanation[];
}

const CREATE: readonly ArmOperationId[] = ["DatabaseMigrationsSqlVm_CreateOrUpdate"];
const CANCEL: readonly ArmOperationId[] = ["DatabaseMigrationsSqlVm_Cancel"];
const REFUSED = ["4xx", "5xx"];

const ALREADY_DONE: readonly Explanation[] = [
  {
    codes: ["AdfCleanupFailureAfterMigration"],
    cause: "The migration has succeeded; only what the service used for it could not be cleaned up.",
    remedy: "None for the database, which is on the target. Delete what is left over at the migration service.",
    kind: "done",
  },
  {
    codes: ["RestoreJobCompletedDuringCancel"],
    operations: CANCEL,
    cause: "The restore was completed while it was being cancelled.",
    remedy: "None: the current state is read again, and decides.",
    kind: "race",
  },
  {
    codes: ["2038", "MigrationCompletedDuringCancel", "RestoreJobCompletedDuringCancel"],
    cause: "The migration completed while it was being cancelled.",
    remedy: "None: the database is on the target.",
    kind: "done",
  },
  {
    says: ["cannot be canceled … was completed during the cancel"],
    cause: "The migration completed before its cancellation did.",
    remedy: "None: the database is on the target.",
    kind: "done",
  },
];

const ASKED_AGAIN: readonly Explanation[] = [
  {
    codes: ["OperationInProgress", "SubscriptionOperationInProgress"],
    operations: CREATE,
    cause: "The target is being worked on, perhaps by an earlier request of ours whose answer was lost.",
    remedy: "None: what is there is looked at first. A migration of this run is adopted, another one is told.",
    kind: "race",
  },
  {
    codes: ["OperationInProgress", "SubscriptionOperationInProgress"],
    cause: "The service is busy with an earlier request for the same resource.",
    remedy: "None: it is asked again.",
    kind: "wait",
  },
  {
    codes: ["ResourceAlreadyExists"],
    cause: "A migration of this target is there already.",
    remedy: "None: what is there is looked at. A migration of this run is adopted, another one is told.",
    kind: "race",
  },
  {
    codes: ["OperationCanceled"],
    cause: "The request was canceled inside the service.",
    remedy: "None: the current state is read again, and decides.",
    kind: "race",
  },
  {
    codes: ["MigrationStillValidating"],
    cause: "The migration is still being validated.",
    remedy: "None: the request stays open and is made again.",
    kind: "wait",
  },
  {
    codes: ["MigrationNotReadyForCutoverError"],
    cause: "The database is not ready for the cutover yet.",
    remedy: "None: the request stays open and is made again.",
    kind: "wait",
  },
  {
    codes: ["CutoverNotAllowedMigrationCompleteError"],
    cause: "The migration was complete before the cutover was asked for.",
    remedy: "None: the current state is read again, and decides.",
    kind: "race",
  },
  {
    codes: ["MigrationNotReadyForCancelError", "MigrationCancelFailed"],
    cause: "The migration is in no state that can be cancelled: it ends by itself, or has ended.",
    remedy: "None: the current state is read again, and decides.",
    kind: "race",
  },
  {
    codes: ["RestoreJobIdsMismatch", "OperationIdNotFound"],
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
    codes: [
      "DeleteMigrationNotAllowedDeleteInProgress",
      "DeleteMigrationNotAllowedCancelInProgress",
      "DeleteMigrationNotAllowedCutoverInProgress",
    ],
    cause: "The migration is being deleted, cancelled or cut over.",
    remedy: "Wait until that has ended.",
    kind: "wait",
  },
  {
    codes: ["DeleteMigrationNotAllowedMigrationInProgress"],
    cause: "The migration is under way.",
    remedy: "Cancel it first, then delete it.",
    kind: "user",
  },
  {
    codes: ["DeleteServiceNotAllowed", "DeleteMigrationServiceTaskNotAllowedInProgress"],
    cause: "Migrations of the service are under way.",
    remedy: "Let them end or cancel them, then delete the service.",
    kind: "user",
  },
  {
    codes: ["MaximumDatabasesReached"],
    isAssumed: true,
    cause: "The VM has taken as many databases as the service allows before a pause.",
    remedy: "None: it is tried again when the others have ended and the VM has rested.",
    kind: "wait",
  },
];

const PERMISSIONS: readonly Explanation[] = [
  {
    codes: ["ExpiredAuthenticationToken"],
    cause: "The token ran out on the way.",
    remedy: "None: it is tried again with a new one. If it lasts, check the host's clock.",
    kind: "wait",
  },
  {
    codes: ["InvalidAuthenticationToken", "InvalidAuthenticationTokenTenant", "AuthenticationFailed"],
    statuses: ["401"],
    cause: "Azure does not accept the token of the app's identity.",
    remedy: "Check ARM_ENDPOINT, the tenant of the subscription and the app's identity.",
    kind: "user",
  },
  {
    codes: ["KeyBasedAuthenticationNotPermitted"],
    cause: "The storage account allows no shared keys, and DMS opens it with one.",
    remedy: "Allow shared keys for the time of the migration.",
    kind: "user",
  },
  {
    codes: ["ScopeLocked"],
    cause: "A lock on the resource or its group forbids the request; to list keys counts as a change.",
    remedy: "Remove the lock that the message names for the time of the migration.",
    kind: "user",
  },
  {
    codes: ["RequestDisallowedByPolicy"],
    cause: "A policy of the subscription forbids the request.",
    remedy: "Exempt the resource from the policy that the message names.",
    kind: "user",
  },
  {
    codes: ["AuthorizationFailed", "LinkedAuthorizationFailed"],
    cause: "The app's identity may not do this: a role assignment is missing or has expired.",
    remedy: "Grant the app's identity the action that the message names, on the scope that it names.",
    kind: "user",
  },
  {
    codes: ["AccessDenied"],
    statuses: ["403"],
    cause: "The service denies the app's identity access.",
    remedy: "Assign the app's identity its custom role on the resource group again.",
    kind: "user",
  },
  {
    codes: ["MissingSubscriptionRegistration", "SubscriptionNotRegistered"],
    cause: "The resource provider is not registered in the subscription.",
    remedy: "Register the resource provider Microsoft.DataMigration in the subscription.",
    kind: "user",
  },
  {
    codes: ["SubscriptionNotReady", "ReadOnlyDisabledSubscription", "SubscriptionDisabled"],
    cause: "The subscription is not active.",
    remedy: "Activate the subscription, then start again.",
    kind: "user",
  },
];

const ADDRESSES: readonly Explanation[] = [
  {
    codes: ["SubscriptionNotFound", "SubscriptionDoesNotExist", "InvalidSubscriptionId"],
    cause: "There is no such subscription, or the app's identity does not see it.",
    remedy: "Correct the subscription in the resource id, or grant the app's identity its role there.",
    kind: "user",
  },
  {
    codes: ["ResourceGroupNotFound"],
    cause: "There is no such resource group.",
    remedy: "Correct the resource id that the message names.",
    kind: "user",
  },
  {
    codes: ["ParentResourceNotFound"],
    cause: "The SQL virtual machine of the address is not there.",
    remedy: "Register the VM with the SQL IaaS Agent extension, or correct the target id.",
    kind: "user",
  },
  {
    codes: ["ResourceNotFound"],
    says: ["sqlVirtualMachines/… was not found", "the VM '… was not found"],
    cause: "There is no such SQL virtual machine.",
    remedy: "Register the VM with the SQL IaaS Agent extension, or correct the target id.",
    kind: "user",
  },
  {
    codes: [
      "InvalidApiVersionParameter",
      "MissingApiVersionParameter",
      "NoRegisteredProviderFound",
      "InvalidResourceType",
      "InvalidResourceNamespace",
    ],
    cause: "What answers at this address does not know the operation in this api-version.",
    remedy: "Correct DMS_API_VERSION or ARM_ENDPOINT.",
    kind: "user",
  },
  {
    codes: ["InvalidResourceId", "LinkedInvalidPropertyId"],
    cause: "A resource id in the settings or in the migration is malformed.",
    remedy: "Correct the resource id.",
    kind: "user",
  },
  {
    codes: ["InvalidLocation", "InvalidResourceLocation"],
    cause: "Regions do not fit: the migration service and its target have to be in the same one.",
    remedy: "Create a migration service in the VM's region and name it in DMS_SERVICE_RESOURCE_ID.",
    kind: "user",
  },
  {
    codes: ["NoAdfInRegion"],
    cause: "The service cannot be created in this region.",
    remedy: "Choose another region, the VM's if it is served.",
    kind: "user",
  },
  {
    codes: ["InvalidParameterValue"],
    says: ["parameter 'Scope'"],
    cause: "The migration names another VM than its address.",
    remedy: "Correct the target's resource id.",
    kind: "user",
  },
  {
    codes: ["InvalidParameterValue"],
    says: ["parameter 'MigrationService'"],
    cause: "The migration service is not there, or is still being created.",
    remedy: "Create it or correct DMS_SERVICE_RESOURCE_ID, then start again.",
    kind: "user",
  },
  {
    codes: ["InvalidStorageAccount"],
    cause: "The service does not take this kind of storage account.",
    remedy: "Use a general-purpose v2 account, or BlockBlobStorage for premium.",
    kind: "user",
  },
  {
    codes: ["ServiceNameInvalid"],
    cause: "The name of the migration service is not allowed.",
    remedy: "Choose a name of letters, digits and hyphens.",
    kind: "user",
  },
  {
    codes: ["IntegrationRuntimeIsNotSelfHosted"],
    cause: "The integration runtime is not a self-hosted one.",
    remedy: "Use the runtime of a migration service that `ferry service` has created.",
    kind: "user",
  },
  {
    codes: [
      "EmptyRequiredRequestBody",
      "InvalidRequestContent",
      "InvalidArgument",
      "InvalidParameterValue",
      "OperationTypeNotFound",
    ],
    cause: "The service does not accept a value of the request.",
    remedy: "Correct what the message names. If nothing of yours is wrong, report it with the request id.",
    kind: "user",
  },
  {
    codes: [
      "InvalidContainerName",
      "IntegrationRuntimeDoesNotSupportSqlSchemaMigration",
      "SourceTargetTablesCountMismatch",
      "InvalidTableNameFormat",
      "DatabaseListInputMissingError",
    ],
    cause: "The answer belongs to another kind of migration than that to SQL Server on a VM.",
    remedy: "Check that the target is a SQL virtual machine, and report it with the request id.",
    kind: "user",
  },
];

const TARGET: readonly Explanation[] = [
  {
    says: [
      "login failed for user 'nt service\\sqliaasextensionquery",
      "login failed for user nt service\\sqliaasextensionquery",
    ],
    cause: "SQL Server on the VM is in single-user mode, for example during an upgrade.",
    remedy: "Wait until the upgrade has ended, then start again.",
    kind: "wait",
  },
  {
    codes: ["VmInsufficientPermission"],
    cause: "The SQL IaaS Agent extension lacks permissions on the VM's SQL Server.",
    remedy:
      "Give the login NT Service\\SQLIaaSExtensionQuery back its sysadmin role, or repair the extension in Full mode.",
    kind: "user",
  },
  {
    says: [
      "managed identity is not set up",
      "managed identity of the virtual machine is not set up",
      "managed identity is not assigned",
      "managed identity is not configured",
      "managed identity is not enabled",
      "managed identity was not found",
      "managed identity could not be found",
      "no managed identity is",
    ],
    cause: "The VM has no managed identity that may read the backups.",
    remedy:
      "Assign the identity to the VM with the role Storage Blob Data Reader on the account, or use DMS_BLOB_AUTH=AccountKey.",
    kind: "user",
  },
  {
    says: ["cannot create file … because it already exists"],
    sqlError: 5170,
    cause:
      "A data or log file of this name lies on the VM: of an earlier attempt, or of a database that is detached or offline.",
    remedy:
      "On the VM make sure that no database owns the file that the message names (sys.master_files, and detached ones), move it away, then start again.",
    kind: "user",
  },
  {
    says: ["destination database name … already exists", "database '… already exists"],
    sqlError: 1801,
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
];

const SHARES: readonly Explanation[] = [
  {
    codes: ["2043", "CreateContainerFailed"],
    cause: "The staging container could not be created.",
    remedy: "Check network, DNS and key of the staging storage account.",
    kind: "user",
  },
  {
    codes: ["2049", "FileShareTestConnectionFailed"],
    says: ["resolved ip address", "local host", "5.28.8488"],
    cause: "The integration runtime refuses a share on its own host.",
    remedy: "Use another host for the runtime, or switch that validation off.",
    kind: "user",
  },
  {
    codes: ["2049", "FileShareTestConnectionFailed"],
    cause: "The integration runtime may not open the share.",
    remedy: "Check the share's path, and its user's password and permissions, then start again.",
    kind: "user",
  },
  {
    says: ["integration runtime … remote name could not be resolved"],
    cause: "The host of the integration runtime does not resolve the name that the message quotes.",
    remedy: "Repair DNS on the runtime's host, not on the VM, then start again.",
    kind: "user",
  },
  {
    says: ["integration runtime … is denied", "integration runtime … logon failure"],
    cause: "The integration runtime may not open the share.",
    remedy: "Check the share's user, its password and its permissions, then start again.",
    kind: "user",
  },
  {
    codes: ["2014", "IntegrationRuntimeIsNotOnline", "9054"],
    cause: "The integration runtime is down.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    says: [
      "failed to connect to integration runtime",
      "integration runtime … is not online",
      "integration runtime … isn't online",
      "integration runtime … offline",
    ],
    cause: "The integration runtime cannot be reached.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    codes: ["2012", "TestConnectionFailed"],
    cause: "The integration runtime does not reach the share or the source: path, DNS or credentials.",
    remedy: "Repair what the message names, then start again.",
    kind: "user",
  },
  {
    says: ["test connections using provided integration runtime"],
    cause: "The integration runtime does not reach the share: path, DNS or credentials.",
    remedy: "Repair the access to the share, then start again.",
    kind: "user",
  },
];

const STORAGE: readonly Explanation[] = [
  {
    says: [
      "remote name could not be resolved",
      "unable to connect to the remote server",
      "port 443",
      "no such host is known",
    ],
    cause: "The VM does not reach the storage account: DNS or an outbound rule.",
    remedy: "Allow outbound 443 to *.blob.core.windows.net, repair DNS, then start again.",
    kind: "user",
  },
  {
    says: [
      "unable to read blobs … (404)",
      "ContainerNotFound",
      "BlobNotFound",
      "the specified container does not exist",
    ],
    cause: "The container, or a file in it, is not there.",
    remedy: "Check that the backups lie where the migration looks for them, then start again.",
    kind: "user",
  },
  {
    says: ["(403) forbidden", "unable to read blobs", "not authorized to perform this operation"],
    cause: "The VM may not read the storage account.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
  {
    says: [
      "storage connection is broken",
      "storage account's firewall",
      "storage firewall",
      "storage account firewall",
    ],
    cause: "The storage account could not be reached: network or key.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
];

const CHAIN: readonly Explanation[] = [
  {
    says: ["should be the last restore backup file"],
    cause: "The file named as the last backup is not the newest one of the chain.",
    remedy: "Start again with the last backup that sqlferry proposes.",
    kind: "user",
  },
  {
    says: ["restore plan is broken"],
    cause: "The chain has a gap, or a foreign file is in it.",
    remedy: "Supply the missing LSN range shown on the chain page, then start again.",
    kind: "user",
  },
  {
    says: ["backups from multiple databases"],
    cause: "The folder holds backups of more than one database.",
    remedy: "Keep one folder per database: move the files that sqlferry lists as foreign.",
    kind: "user",
  },
  {
    says: ["missing checksum"],
    cause: "A backup was taken without checksums.",
    remedy: "Back up WITH CHECKSUM and start again.",
    kind: "user",
  },
  {
    says: ["too many full text catalog", "too many full-text catalog"],
    cause: "The database has full-text catalogs.",
    remedy: "Drop the full-text catalogs at the source, back up anew and start again.",
    kind: "user",
  },
];

/** Errors of Windows that SQL Server quotes: 3201, 3634, 5123 and 5133 say little without them. */
const WINDOWS: readonly Explanation[] = [
  {
    osError: 86,
    says: ["network password is not correct"],
    cause: "The key with which the backup was opened is not the storage account's: it was changed.",
    remedy: "Start again: the current key is read anew. Do not change keys while a migration runs.",
    kind: "user",
  },
  {
    osError: 50,
    says: ["the request is not supported"],
    cause: "SQL Server 2014 and older cannot read block blobs.",
    remedy: "Upload the backups again as page blobs, or choose a target of SQL Server 2016 or later.",
    kind: "user",
  },
  {
    osError: 53,
    says: ["network path was not found"],
    cause: "The host that the path names does not answer.",
    remedy: "Check the path, DNS and the network from the VM and the runtime's host, then start again.",
    kind: "user",
  },
  {
    osError: 1326,
    says: ["unknown user name or bad password", "the user name or password is incorrect"],
    cause: "Windows does not accept the user or the password with which a share is opened.",
    remedy: "Check the share's user and its password, then start again.",
    kind: "user",
  },
  {
    osError: 3,
    says: ["cannot find the path specified"],
    cause: "A folder in the path that the message names does not exist.",
    remedy:
      "On the VM create the folder or correct SQL Server's default paths; of a share correct the path. Then start again.",
    kind: "user",
  },
  {
    osError: 1450,
    says: ["insufficient system resources"],
    cause: "The VM ran out of memory or other system resources.",
    remedy: "Stop other work on the VM, or give it more memory.",
    kind: "wait",
  },
  {
    osError: 112,
    says: ["not enough space on the disk"],
    cause: "A disk of the VM is full.",
    remedy: "Free or add space on the disk that the message names, then start again.",
    kind: "user",
  },
  {
    osError: 32,
    says: ["being used by another process"],
    cause: "Another process holds the file: an antivirus scan, a backup, or a database that is still attached.",
    remedy: "Exclude SQL Server's folders from the scan or detach the database, then start again.",
    kind: "user",
  },
  {
    sqlError: 3201,
    osError: 5,
    says: ["cannot open backup device … operating system error 5("],
    cause: "SQL Server on the VM may not open the backup.",
    remedy: "Check the account key, and whether the storage firewall lets the VM in, then start again.",
    kind: "user",
  },
  {
    osError: 5,
    says: ["5(access is denied"],
    cause: "SQL Server's service account may not write to the folder on the VM.",
    remedy: "Give the service account full control of the folder that the message names, then start again.",
    kind: "user",
  },
  {
    sqlError: 3201,
    osError: 2,
    says: ["cannot open backup device … operating system error 2("],
    cause: "The backup is not there any more.",
    remedy: "Upload the file that the message names again, and delete none while a migration runs.",
    kind: "user",
  },
  {
    osError: 2,
    says: ["cannot find the file specified"],
    cause: "A folder that SQL Server writes to does not exist on the VM.",
    remedy: "Create the folder that the message names, or correct SQL Server's default paths, then start again.",
    kind: "user",
  },
];

const SQL_SERVER: readonly Explanation[] = [
  {
    sqlError: 1834,
    says: ["cannot be overwritten … being used by database"],
    cause: "A file of another database on the VM has the name and place that a file of this one would get.",
    remedy: "Move or drop the database on the VM that the message names, or choose another target, then start again.",
    kind: "user",
  },
  {
    sqlError: 3101,
    says: ["exclusive access could not be obtained"],
    cause: "Somebody uses the database on the target.",
    remedy: "Close the connections to it on the VM, or drop it if it is a left-over, then start again.",
    kind: "user",
  },
  {
    sqlError: 3132,
    says: ["media families but only"],
    cause: "A backup is striped over several files, and not all of them lie in the folder.",
    remedy: "Upload the stripes that are missing, then start again.",
    kind: "user",
  },
  {
    sqlError: 3136,
    says: ["has not been restored to the correct earlier state"],
    cause: "A differential backup belongs to another full backup than the one that was restored.",
    remedy: "Supply the full backup that it is based on, or remove the differential, then start again.",
    kind: "user",
  },
  {
    sqlError: 3154,
    says: ["holds a backup of a database other than the existing"],
    cause: "The target has another database of this name.",
    remedy: "Drop or rename it on the VM, or choose another target name.",
    kind: "user",
  },
  {
    sqlError: 3156,
    says: ["use with move to identify a valid location"],
    cause: "A file of the database cannot be put where SQL Server wants to put it.",
    remedy: "See that the folder exists on the VM and the file name is free, then start again.",
    kind: "user",
  },
  {
    sqlError: 3159,
    says: ["the tail of the log for the database"],
    cause: "A database of this name is on the target, with work in its log that was never backed up.",
    remedy: "Save what is needed of it, drop it on the VM, then start again.",
    kind: "user",
  },
  {
    sqlError: 3169,
    says: ["running version … incompatible"],
    cause: "The target's SQL Server is older than the source's.",
    remedy: "Choose a target at least as new as the source.",
    kind: "user",
  },
  {
    sqlError: 3183,
    says: ["restore detected an error on page"],
    cause: "A page in the backup is damaged.",
    remedy: "Run DBCC CHECKDB at the source, back up anew WITH CHECKSUM and start again.",
    kind: "user",
  },
  {
    sqlError: 3201,
    says: ["cannot open backup device"],
    cause: "SQL Server on the VM cannot open the backup.",
    remedy: "Check network, key and the file that the message names, then start again.",
    kind: "user",
  },
  {
    sqlError: 3203,
    says: ["read on … failed"],
    cause: "Reading the backup broke off: the network or the storage failed in between.",
    remedy:
      "At the start one new attempt is made. Else, or if it fails as well, check the file with RESTORE VERIFYONLY.",
    kind: "fault",
  },
  {
    sqlError: 3234,
    says: ["is not part of database", "isn't part of database"],
    cause: "A file belongs to another database or folder.",
    remedy: "Check the files of the folder, then start again.",
    kind: "user",
  },
  {
    sqlError: 3241,
    says: ["media family … is incorrectly formed"],
    cause: "SQL Server cannot read a file: it is damaged, cut off, or written by a newer version.",
    remedy: "Upload the file again; if that does not help, back up anew.",
    kind: "user",
  },
  {
    sqlError: 3242,
    says: ["not a valid microsoft tape format backup set"],
    cause: "A file is no backup in SQL Server's format.",
    remedy: "Remove it from the folder, or take the backup with SQL Server's BACKUP statement, then start again.",
    kind: "user",
  },
  {
    sqlError: 3257,
    says: ["insufficient free space on disk volume"],
    cause: "The VM has not enough free disk space for the database.",
    remedy: "Free or add the space that the message names, then start again.",
    kind: "user",
  },
  {
    sqlError: 3266,
    says: ["backup data at the end of … is incorrectly formatted"],
    cause: "The end of a backup file is damaged or was cut off.",
    remedy: "Upload the file again; if that does not help, back up anew.",
    kind: "user",
  },
  {
    sqlError: 3271,
    says: ["nonrecoverable i/o error"],
    cause: "Reading the backup or writing the database failed.",
    remedy:
      "At the start one new attempt is made. Else, or if it fails as well, check the VM's disks and the network to the storage account.",
    kind: "fault",
  },
  {
    sqlError: 3634,
    says: ["the operating system returned the error"],
    cause: "Windows on the VM refused an access to a file.",
    remedy: "Put right what the message names, then start again.",
    kind: "user",
  },
  {
    sqlError: 4305,
    says: ["too recent to apply to the database"],
    cause: "An earlier log backup is missing.",
    remedy: "Supply the missing LSN range shown on the chain page, then start again.",
    kind: "user",
  },
  {
    sqlError: 4319,
    says: ["previous restore operation was interrupted"],
    cause: "A restore was interrupted, and its database lies half restored on the VM.",
    remedy: "Drop the database on the VM, then start again.",
    kind: "user",
  },
  {
    sqlError: 4326,
    says: ["too early to apply to the database"],
    cause: "A log backup ends before what was restored: it belongs to an earlier time.",
    remedy: "Remove the file, or supply the logs that follow, then start again.",
    kind: "user",
  },
  {
    sqlError: 4333,
    says: ["cannot be recovered because the log was not restored"],
    cause: "The full backup was restored without the log that belongs to it.",
    remedy: "Supply the log backup that covers the end of the full backup, then start again.",
    kind: "user",
  },
  {
    sqlError: 5123,
    says: ["create file encountered operating system error"],
    cause: "SQL Server cannot create a file of the database on the VM.",
    remedy: "Check the folder, its permissions and the disk, then start again.",
    kind: "user",
  },
  {
    sqlError: 5133,
    says: ["directory lookup for the file"],
    cause: "A folder of the database cannot be found or opened on the VM.",
    remedy: "Create the folder or correct SQL Server's default paths, then start again.",
    kind: "user",
  },
  {
    sqlError: 9002,
    says: ["the transaction log for database … is full"],
    cause: "A transaction log on the VM is full.",
    remedy:
      "On the VM, SELECT log_reuse_wait_desc FROM sys.databases tells why the log is not reused: end that, or add space on its disk. Then start again.",
    kind: "user",
  },
  {
    sqlError: 12824,
    says: ["contained database authentication"],
    cause: "Contained database authentication is off on the target.",
    remedy: "Set 'contained database authentication' to 1 on the target, then start again.",
    kind: "user",
  },
  {
    sqlError: 33111,
    says: ["cannot find server certificate with thumbprint", "cannot find server asymmetric key with thumbprint"],
    cause: "The certificate of TDE or of the backup is missing on the target.",
    remedy: "Restore the certificate on the VM first, then start again.",
    kind: "user",
  },
  {
    // Ends every failed restore, so that any other number or text says more.
    sqlError: 3013,
    says: ["is terminating abnormally"],
    cause: "SQL Server ended the restore, and the message does not quote the error before it, which says why.",
    remedy: "Look into the error log of SQL Server on the VM for that error, mend it, then start again.",
    kind: "user",
  },
];

const SERVICE: readonly Explanation[] = [
  {
    codes: ["2039", "MigrationRetryNotAllowed"],
    cause: "The migration cannot be retried any more.",
    remedy: "Start again.",
    kind: "user",
  },
  {
    codes: ["2040", "MigrationTimeoutWaitingForRetry"],
    cause: "The time within which the migration could be retried, eight hours, is over.",
    remedy: "Start again.",
    kind: "user",
  },
  {
    codes: ["2056", "SqlInfoValidationFailed"],
    says: ["CollationMismatch"],
    cause: "The collations of source and target do not fit.",
    remedy: "Give the target the source's collation, or choose another target.",
    kind: "user",
  },
  {
    codes: ["2056", "SqlInfoValidationFailed"],
    cause: "Source and target do not fit: a source older than SQL Server 2008, for example.",
    remedy: "Correct what the message names, then start again.",
    kind: "user",
  },
  {
    codes: ["1007"],
    cause: "What backs the migration service is gone: the service was deleted.",
    remedy: "Create the migration service anew, then start again.",
    kind: "user",
  },
  {
    codes: ["1009"],
    cause: "The migration's status was asked for too often.",
    remedy: "Lengthen DMS_POLL_SECONDS; at the start one new attempt is made.",
    kind: "fault",
  },
  {
    codes: ["TooManyPipelineRunQueryRequests"],
    cause: "The status of migrations was asked for too often.",
    remedy: "Lengthen DMS_POLL_SECONDS; at the start one new attempt is made.",
    kind: "fault",
  },
  {
    codes: ["1001", "1010"],
    cause: "A fault inside Azure Database Migration Service.",
    remedy: "At the start one new attempt is made. Else, or if it fails as well, start again later.",
    kind: "fault",
  },
  {
    codes: [
      "RequestFailed",
      "CancelVmRestoreJobFailed",
      "CancelMigrationFailed",
      "OperationTimeout",
      "UnExpectedErrorOccurred",
      "GenericSystem",
    ],
    statuses: REFUSED,
    cause: "The service could not carry the request out.",
    remedy: "None: it is asked again.",
    kind: "wait",
  },
  {
    codes: [
      "RequestFailed",
      "CancelVmRestoreJobFailed",
      "CancelMigrationFailed",
      "OperationTimeout",
      "UnExpectedErrorOccurred",
      "GenericSystem",
      "InternalServerError",
    ],
    cause: "The service could not carry the migration out.",
    remedy: "At the start one new attempt is made. Else, or if it fails as well, start again later.",
    kind: "fault",
  },
  {
    says: ["failed unexpectedly"],
    cause: "A fault inside Azure Database Migration Service.",
    remedy: "At the start one new attempt is made. Else, or if it fails as well, start again later.",
    kind: "fault",
  },
  {
    codes: [
      "2009",
      "MigrationRestoreFailed",
      "2007",
      "CutoverFailedOrCancelled",
      "Ext_RestoreSettingsError",
      "SqlVmGenericUserError",
      "GenericUser",
    ],
    cause: "SQL Server or the VM refused the restore, for the reason that the message names.",
    remedy: "Put right what the message names, then start again.",
    kind: "user",
  },
];

/** Told by sqlferry itself, of what came back or did not. */
const OWN: readonly Explanation[] = [
  {
    codes: ["NoAnswer"],
    cause: "Azure Resource Manager did not answer, or no token could be had.",
    remedy: "None: it is tried again. If it lasts, check ARM_ENDPOINT, the network and the app's identity.",
    kind: "wait",
  },
  {
    codes: ["NotAMigration", "UnexpectedAnswer"],
    cause: "What answered does not speak as the service does: a proxy or another service, perhaps.",
    remedy: "None: it is tried again. If it lasts, check ARM_ENDPOINT and DMS_API_VERSION.",
    kind: "wait",
  },
  {
    codes: ["EndlessList"],
    cause: "The service's list of migrations has no end.",
    remedy: "None: it is tried again. If it lasts, report it.",
    kind: "wait",
  },
  {
    codes: ["NoAccountKey"],
    cause: "The storage account told no keys.",
    remedy: "Create a key of the storage account, then start again.",
    kind: "user",
  },
  {
    codes: ["NoReasonGiven"],
    cause: "The service reported a failure without a reason.",
    remedy: "Look at the migration service in the Azure portal, then start again.",
    kind: "user",
  },
];

const ANSWERS: readonly Explanation[] = [
  {
    statuses: ["429"],
    cause: "Azure asks for fewer requests.",
    remedy: "None: it is tried again after the pause.",
    kind: "wait",
  },
  {
    statuses: ["408"],
    cause: "Azure waited too long for the request.",
    remedy: "None: it is tried again. If it lasts, check the network between the app and Azure Resource Manager.",
    kind: "wait",
  },
  {
    statuses: ["5xx"],
    cause: "Azure could not serve the request.",
    remedy: "None: it is tried again.",
    kind: "wait",
  },
  {
    statuses: ["409"],
    cause: "The request does not fit what is there.",
    remedy: "None: the current state is read again, and decides.",
    kind: "race",
  },
  {
    statuses: ["401"],
    cause: "Azure does not know who asks.",
    remedy: "Check the app's identity and the tenant of the subscription.",
    kind: "user",
  },
  {
    statuses: ["403"],
    cause: "The app's identity may not do this.",
    remedy: "Grant the app's identity the permission that the message names.",
    kind: "user",
  },
  {
    statuses: ["404"],
    cause: "Azure does not know the resource.",
    remedy: "Correct the resource id that the message names.",
    kind: "user",
  },
];

export const UNKNOWN: Explanation = {
  cause: "Azure gave a reason that sqlferry does not know.",
  remedy: "Read the message; correct what it names, then start again.",
  kind: "user",
};

/** In order: the first row that is met explains. What stands later may be wider, never narrower. */
export const ERROR_TABLE: readonly Chapter[] = [
  { title: "Already done", rows: ALREADY_DONE },
  { title: "Looked at or asked again by itself", rows: ASKED_AGAIN },
  { title: "Permissions and subscriptions", rows: PERMISSIONS },
  { title: "Addresses and settings", rows: ADDRESSES },
  { title: "The SQL Server on the VM", rows: TARGET },
  { title: "Shares and their integration runtime", rows: SHARES },
  { title: "The storage account, seen from the VM", rows: STORAGE },
  { title: "The backups together", rows: CHAIN },
  { title: "Errors of Windows that SQL Server quotes", rows: WINDOWS },
  { title: "Errors of SQL Server", rows: SQL_SERVER },
  { title: "The migration service itself", rows: SERVICE },
  { title: "Codes of sqlferry's own", rows: OWN },
  { title: "Whatever else is answered", rows: ANSWERS },
];
