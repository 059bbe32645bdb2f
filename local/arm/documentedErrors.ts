// Lists the documented and recorded errors of the service, each by its name with code, text and place, to be met over
// the wire.
//
// Refusals: the error responses of the 2025-06-30 specification for SqlVm, and ARM's own. Outcomes: "Known issues,
// limitations, and troubleshooting" of Azure DMS, the tutorial for SQL Server on Azure VMs, recorded answers (2021,
// 2025), messages of SQL Server.

/** Where an error is told. */
export type Place =
  /** In provisioningError: the run never started. Its code is not told. */
  | "start"
  /** In migrationFailureError: the run failed after its start. */
  | "run"
  /** As the answer to a request of this kind; the migration stays as it is. */
  | "get"
  | "put"
  | "cutover"
  | "cancel"
  | "delete"
  | "deleteService"
  | "listKeys";

export interface DocumentedError {
  readonly at: Place;
  /** Of the refusal. */
  readonly status?: number;
  /** Absent with a refusal: an answer without a body. */
  readonly code?: string;
  readonly message: string;
}

const DB = "{db}";

const start = (message: string): DocumentedError => ({ at: "start", message });
const run = (code: string, message: string): DocumentedError => ({ at: "run", code, message });
const refused = (at: Place, status: number, code: string, message: string): DocumentedError => ({
  at,
  status,
  code,
  message,
});

/** As the service wraps what SQL Server says (2025): the number of its own error stands in the link alone. */
const restoreFailed = (text: string): DocumentedError =>
  run(
    "MigrationRestoreFailed",
    `Migration for Database '${DB}' failed with error '${text}' See link for more details: https://aka.ms/dms-known-issues#error-code-2009---migrationrestorefailed`,
  );
/** As the known issues print it. */
const restoring = (text: string): DocumentedError =>
  restoreFailed(`Non retriable error occurred while restoring backup with index 1 - ${text}`);
const settingsError = (text: string): DocumentedError =>
  run(
    "Ext_RestoreSettingsError",
    `errorCode: Ext_RestoreSettingsError, message: RestoreId: 5b1c3101-3183-4305-9002-0a1b2c3d4e5f, OperationId: 7a507b3d-3241-4333-8fb4-0bb04e3aae61, Detail: Failed to complete restore., RestoreJobState: Restoring, CompleteRestoreErrorMessage: ${text}`,
  );
const URL = "https://backups1.blob.core.windows.net/backups/Sales/f.bak";

const NOT_AUTHORIZED = (action: string): string =>
  `The client 'a' with object id 'b' does not have authorization to perform action '${action}' over scope 'c' or the scope is invalid. If access was recently granted, please refresh your credentials.`;

export const DOCUMENTED_ERRORS = {
  // Told as the outcome of a run that never started
  loginFailed: start("Login failed for user 'NT Service\\SQLIaaSExtensionQuery."),
  storage403: start(
    "Ext_RestoreSettingsError: Unable to read blobs in storage container, exception: The remote server returned an error: (403) Forbidden.",
  ),
  storageDns: start(
    "Ext_RestoreSettingsError: Unable to read blobs in storage container, exception: The remote name could not be resolved: 'backups1.blob.core.windows.net'",
  ),
  storagePort: start(
    "Ext_RestoreSettingsError: Unable to read blobs in storage container, exception: Unable to connect to the remote server",
  ),
  storage404: start(
    "Ext_RestoreSettingsError: Unable to read blobs in storage container, exception: The remote server returned an error: (404) Not Found.",
  ),
  provisioningFailed: start("The migration could not be provisioned: validation failed."),
  internalErrorAtStart: start("The migration could not be provisioned: InternalServerError."),
  insufficientPermission: start(
    "VmInsufficientPermission: The SQL IaaS extension does not have the permission on the SQL Server instance.",
  ),
  managedIdentityMissing: start("The managed identity of the virtual machine is not set up for the storage account."),
  runtimeOffline: start("Integration Runtime 'default-ir' is not online for resource group 'rg1' subscription 'sub1'"),
  runtimeUnreachable: start("9054: Failed to connect to Integration Runtime. Error code: 9054"),
  runtimeDns: start(
    "Failed to test connections using provided Integration Runtime. Error details: 'The remote name could not be resolved: 'srv01''",
  ),
  shareUnknown: start("2012 TestConnectionFailed: Failed to test connections using provided Integration Runtime."),
  shareWithoutCode: start("Failed to test connections using provided Integration Runtime. Error details: '53'"),
  shareDenied: start(
    "Failed to test connections using provided Integration Runtime. Error details: 'Access to \\\\srv01\\backups is denied.'",
  ),
  shareOnItsHost: run(
    "FileShareTestConnectionFailed",
    "The value of the property '' is invalid: 'Access to \\\\srv01\\backups is denied, resolved IP address is 10.0.0.4, network type is OnPremise'.",
  ),
  shareRefused: run("2049", "The value of the property '' is invalid: 'Access to \\\\srv01\\backups is denied.'"),
  canceledButCompleted: start("Migration cannot be canceled as Migration was completed during the cancel process."),

  // Told as the outcome of a run that had started
  fileExists: settingsError(
    `RESTORE DATABASE failed. Cannot create file 'F:\\data\\${DB}.mdf' because it already exists. Change the file path or the file name, and retry the operation.`,
  ),
  notTheLastBackup: settingsError(
    "The provided backup file name 'l1.trn' should be the last restore backup file 'l2.trn'.",
  ),
  fullTextCatalogs: settingsError(
    "The database contains incompatible physical layout. Too many full text catalog files.",
  ),
  planBroken: restoreFailed(
    "The restore plan is broken because firstLsn 5 of log backup l2.trn is not <= lastLsn 4 of Full backup f.bak. Restore to point in time: .",
  ),
  severalDatabases: restoreFailed(
    "The container folder contains backups from multiple databases. Provide backups of a single database.",
  ),
  missingChecksum: restoreFailed("Backup file f.bak is missing checksum."),
  storageBroken: restoreFailed("Storage connection is broken. Check the firewall rules of the storage account."),
  databaseExists: run("0", `The destination database name '${DB}' already exists on the target.`),
  duplicateTarget: refused("put", 400, "DuplicateTargetDatabaseName", `The target name '${DB}' is used twice.`),
  completedDuringCancel: run(
    "MigrationCompletedDuringCancel",
    "The cancel request came too late; see #error-code-2038---migrationcompletedduringcancel",
  ),
  adfCleanup: run(
    "AdfCleanupFailureAfterMigration",
    `Failed to clean up ADF resources after migration has completed successfully. Target server:'vm1', Target database: '${DB}', Error details: ''.`,
  ),
  sql3101: restoring("3101 Exclusive access could not be obtained because the database is in use."),
  sql1834: restoring("1834 The file 'F:\\data\\x.mdf' cannot be overwritten. It is being used by database 'Other'."),
  sql3013: restoring("3013 RESTORE DATABASE is terminating abnormally."),
  sql3013Behind3183: restoring(
    'Msg 3013 RESTORE DATABASE is terminating abnormally. Msg 3183 RESTORE detected an error on page (1:42) in database "Sales" as read from the backup set.',
  ),
  sql3132: restoring("3132 The media set has 2 media families but only 1 are provided. All members must be provided."),
  sql3136: restoring(
    "3136 This differential backup cannot be restored because the database has not been restored to the correct earlier state.",
  ),
  sql3154: restoring("3154 The backup set holds a backup of a database other than the existing 'Sales' database."),
  sql3156: restoring(
    "3156 File 'Sales' cannot be restored to 'F:\\data\\Sales.mdf'. Use WITH MOVE to identify a valid location for the file.",
  ),
  sql3159: restoring('3159 The tail of the log for the database "Sales" has not been backed up.'),
  sql3169: restoring(
    "3169 The database was backed up on a server running version 16.00.1000. That version is incompatible with this server, which is running version 13.00.7000.",
  ),
  sql3183: restoring('3183 RESTORE detected an error on page (1:42) in database "Sales" as read from the backup set.'),
  sql3201: restoring(`3201 Cannot open backup device '${URL}'. Operating system error 1117(I/O device error).`),
  sql3203: restoring(
    `3203 Read on "${URL}" failed: 1117(The request could not be performed because of an I/O device error.)`,
  ),
  sql3234: restoring("3234 Logical file 'x' is not part of database 'Sales'. Use RESTORE FILELISTONLY."),
  sql3241: restoring(`3241 The media family on device '${URL}' is incorrectly formed. SQL Server cannot process it.`),
  sql3242: restoring(`3242 The file on device '${URL}' is not a valid Microsoft Tape Format backup set.`),
  sql3257: restoring(
    "3257 There is insufficient free space on disk volume 'F:\\' to create the database. The database requires 4096 additional free bytes.",
  ),
  sql3266: restoring(`3266 The backup data at the end of "${URL}" is incorrectly formatted.`),
  sql3271: restoring(`3271 A nonrecoverable I/O error occurred on file "${URL}" 1117.`),
  sql3634: restoring(
    "3634 The operating system returned the error '1117(I/O device error)' while attempting 'Open' on 'F:\\x'.",
  ),
  sql4305: restoring(
    "4305 The log in this backup set begins at LSN 34000000020000001, which is too recent to apply to the database.",
  ),
  sql4319: restoring(
    "4319 A previous restore operation was interrupted and did not complete processing on file 'Sales'.",
  ),
  sql4326: restoring(
    "4326 The log in this backup set terminates at LSN 34000000020000001, which is too early to apply to the database.",
  ),
  sql4333: restoring("4333 The database cannot be recovered because the log was not restored."),
  sql5123: restoring(
    "5123 CREATE FILE encountered operating system error 21(The device is not ready.) while attempting to open 'F:\\x.mdf'.",
  ),
  sql5133: restoring(
    'Msg 5133 Directory lookup for the file "F:\\x.mdf" failed with the operating system error 21(The device is not ready.).',
  ),
  sql9002: restoring("9002 The transaction log for database 'tempdb' is full due to 'ACTIVE_TRANSACTION'."),
  sql12824: restoring(
    "12824 The sp_configure value 'contained database authentication' must be set to 1 in order to restore a contained database.",
  ),
  sql33111: restoring("33111 Cannot find server certificate with thumbprint '0x4F1A5C33D0B2'."),
  certificateMissing: restoreFailed("cannot find server certificate with thumbprint '0x4F1A5C33D0B2'."),
  osError2: restoring(
    'Msg 5133 Directory lookup for the file "F:\\x.mdf" failed with the operating system error 2(The system cannot find the file specified.).',
  ),
  osError2Backup: restoring(
    `3201 Cannot open backup device '${URL}'. Operating system error 2(failed to retrieve text for this error).`,
  ),
  osError2BackupWithoutNumber: restoring(
    `Cannot open backup device '${URL}'. Operating system error 2(The system cannot find the file specified.).`,
  ),
  osError3: restoring(
    'Msg 5133 Directory lookup for the file "F:\\x\\y.mdf" failed with the operating system error 3(The system cannot find the path specified.).',
  ),
  osError1326: restoring(
    "3201 Cannot open backup device '\\\\srv01\\f.bak'. Operating system error 1326(The user name or password is incorrect.).",
  ),
  osError5BackupWithoutNumber: restoring(
    `Cannot open backup device '${URL}'. Operating system error 5(Access is denied.).`,
  ),
  osError5: restoring(
    "5123 CREATE FILE encountered operating system error 5(Access is denied.) while attempting to open 'F:\\x.mdf'.",
  ),
  osError5Backup: restoring(`3201 Cannot open backup device '${URL}'. Operating system error 5(Access is denied.).`),
  osError32: restoring(
    "3634 The operating system returned the error '32(The process cannot access the file because it is being used by another process.)' while attempting 'Open'.",
  ),
  osError50: restoring(
    `3201 Cannot open backup device '${URL}'. Operating system error 50(The request is not supported.).`,
  ),
  osError53: restoring(
    "3201 Cannot open backup device '\\\\srv01\\f.bak'. Operating system error 53(The network path was not found.).",
  ),
  osError86: restoring(
    `3201 Cannot open backup device '${URL}'. Operating system error 86(The specified network password is not correct.).`,
  ),
  osError112: restoring(
    "3634 The operating system returned the error '112(There is not enough space on the disk.)' while attempting 'SetEndOfFile'.",
  ),
  osError1450: restoring(
    "3634 The operating system returned the error '1450(Insufficient system resources exist to complete the requested service.)'.",
  ),
  internalError1010: run("1010", "The migration failed unexpectedly. InternalServerError."),
  internalError1001: run("1001", "Database migration failed with an internal error."),
  unexpectedFailure: run("Failed", "The migration failed unexpectedly."),
  statusAskedTooOften: run("1009", "Status code 429: TooManyPipelineRunQueryRequests."),
  statusAskedTooOften2025: run("Failed", "TooManyPipelineRunQueryRequests: more than 1000 in a minute."),
  serviceGone: run("1007", "The factory 'adf-1' does not exist."),
  containerNotCreated: run(
    "CreateContainerFailed",
    "Create container backups failed with error Error calling the endpoint 'https://backups1.blob.core.windows.net'. Response status code: 'NA - Unknown'.",
  ),
  retryTimeIsOver: run("2040", "Migration retry timeout limit of 8 hours reached."),
  collations: run("SqlInfoValidationFailed", "CollationMismatch: Source database collation A is not the same as B."),
  sourceTooOld: run("2056", "SqlVersionOutOfRange: Source instance version is lower than 2008."),
  systemFailure: run("GenericSystem", "System Failure when calling other Resource Provider."),
  otherRestoreFailure: restoreFailed("Something that nobody has heard of."),
  noReason: run("", ""),
  unknownFailure: run("Unheard", "Of which nobody has heard."),

  // Refusals of the service
  OperationInProgressAtCreate: refused("put", 409, "OperationInProgress", "Operation in progress on resource already."),
  OperationInProgress: refused("cutover", 409, "OperationInProgress", "Operation in progress on resource already."),
  SubscriptionOperationInProgress: refused(
    "put",
    409,
    "SubscriptionOperationInProgress",
    "An operation on subscription is already in progress",
  ),
  ResourceAlreadyExists: refused("put", 409, "ResourceAlreadyExists", "Resource already exists."),
  OperationCanceled: refused("put", 409, "OperationCanceled", "Operation Cancelled."),
  MigrationStillValidating: refused(
    "cutover",
    400,
    "MigrationStillValidating",
    `Migration is still being validated. Cutover cannot be performed. Target server:'vm1', Target database: '${DB}'.`,
  ),
  MigrationNotReadyForCutoverError: refused(
    "cutover",
    400,
    "MigrationNotReadyForCutoverError",
    `Database '${DB}' is not ready for Cutover operation`,
  ),
  CutoverNotAllowedMigrationCompleteError: refused(
    "cutover",
    400,
    "CutoverNotAllowedMigrationCompleteError",
    `Cutover is not allowed as migration for database '${DB}' is already complete`,
  ),
  CutoverFailedOrCancelled: refused(
    "cutover",
    400,
    "CutoverFailedOrCancelled",
    `Cutover failed or cancelled for database '${DB}'. Error details: 'unknown'`,
  ),
  RestoreJobCompletedDuringCancel: refused(
    "cancel",
    400,
    "RestoreJobCompletedDuringCancel",
    `Migration cannot be canceled as Restore Job was completed during the cancel process. Target server:'vm1', Target database: '${DB}'.`,
  ),
  MigrationNotReadyForCancelError: refused(
    "cancel",
    400,
    "MigrationNotReadyForCancelError",
    `Migration cannot be canceled as it is not in a cancelable state. Target server:'vm1', Target database: '${DB}'.`,
  ),
  MigrationCancelFailed: refused(
    "cancel",
    400,
    "MigrationCancelFailed",
    `Cancel could not be performed on operation for database '${DB}'.`,
  ),
  CancelVmRestoreJobFailed: refused(
    "cancel",
    500,
    "CancelVmRestoreJobFailed",
    `Failed to cancel VM restore job. Target server:'vm1', Target database: '${DB}', Error details: ''.`,
  ),
  CancelMigrationFailed: refused("cancel", 500, "CancelMigrationFailed", "Failed to cancel migration."),
  OperationIdNotFound: refused("cutover", 400, "OperationIdNotFound", "Operation ID '1' not found."),
  RestoreJobIdsMismatch: refused("cutover", 400, "RestoreJobIdsMismatch", "The ids do not match."),
  RestoreJobSetToAutoCutover: refused("cutover", 400, "RestoreJobSetToAutoCutover", "Only cancel is accepted."),
  AdfCleanupFailureAfterMigration: refused(
    "cutover",
    500,
    "AdfCleanupFailureAfterMigration",
    `Failed to clean up ADF resources after migration has completed successfully. Target database: '${DB}'.`,
  ),
  DeleteMigrationNotAllowedMigrationInProgress: refused(
    "delete",
    400,
    "DeleteMigrationNotAllowedMigrationInProgress",
    `Database migration to the target resource '${DB}' is currently in progress.`,
  ),
  DeleteMigrationNotAllowedDeleteInProgress: refused(
    "delete",
    400,
    "DeleteMigrationNotAllowedDeleteInProgress",
    `Database migration to the target resource '${DB}' is currently deleting.`,
  ),
  DeleteServiceNotAllowed: refused(
    "deleteService",
    400,
    "DeleteServiceNotAllowed",
    "Migrations are currently running.",
  ),
  MaximumDatabasesReached: refused("put", 400, "MaximumDatabasesReached", "The VM takes 100 databases."),
  MissingSubscriptionRegistration: refused(
    "put",
    409,
    "MissingSubscriptionRegistration",
    "The subscription is not registered to use namespace 'Microsoft.DataMigration'.",
  ),
  SubscriptionNotReady: refused("put", 405, "SubscriptionNotReady", "Subscription is not in Ready state."),
  InvalidStorageAccount: refused(
    "put",
    400,
    "InvalidStorageAccount",
    "Invalid storage account: 'backups1'. Only BlockBlobStorage kind is supported for premium tier.",
  ),
  InvalidLocation: refused(
    "put",
    400,
    "InvalidLocation",
    "Invalid Location: 'a'. Location should match selected Azure target location 'b'.",
  ),
  NoAdfInRegion: refused("put", 500, "NoAdfInRegion", "There is no ADF configured in region 'a'."),
  IntegrationRuntimeIsNotSelfHosted: refused(
    "put",
    400,
    "IntegrationRuntimeIsNotSelfHosted",
    "Integration Runtime is not self-hosted for subscription 'sub1' resource group 'rg1' and name 'x'",
  ),
  IntegrationRuntimeIsNotOnline: refused(
    "put",
    400,
    "IntegrationRuntimeIsNotOnline",
    "Integration Runtime 'x' is not online for resource group 'rg1' subscription 'sub1'",
  ),
  TestConnectionFailed: refused(
    "put",
    400,
    "TestConnectionFailed",
    "Failed to test connections using provided Integration Runtime. Error details: '42'",
  ),
  MigrationRetryNotAllowed: refused(
    "put",
    400,
    "MigrationRetryNotAllowed",
    "Migration is not in a retriable state. Migration must be in state WaitForRetry.",
  ),
  ServiceNameInvalid: refused("put", 400, "ServiceNameInvalid", "Service name 'x' is not valid."),
  InvalidScope: refused(
    "put",
    400,
    "InvalidParameterValue",
    "Invalid value provided for parameter 'Scope'. Specify a valid parameter value.",
  ),
  InvalidMigrationService: refused(
    "put",
    400,
    "InvalidParameterValue",
    "Invalid value provided for parameter 'MigrationService'. Specify a valid parameter value.",
  ),
  InvalidParameterValue: refused(
    "put",
    400,
    "InvalidParameterValue",
    "An invalid value was provided for parameter 'x'.",
  ),
  EmptyRequiredRequestBody: refused("put", 400, "EmptyRequiredRequestBody", "The request body must not be empty."),
  InvalidArgument: refused("put", 400, "InvalidArgument", "Invalid argument 'x'."),
  OperationTypeNotFound: refused("put", 400, "OperationTypeNotFound", "Operation Type 'x' not found."),
  InvalidContainerName: refused(
    "put",
    400,
    "InvalidContainerName",
    "Invalid storage account container name: 'backup'.",
  ),
  InvalidTableNameFormat: refused("put", 400, "InvalidTableNameFormat", "Table name 'x' is not in the format."),
  SqlVmGenericUserError: refused("put", 400, "SqlVmGenericUserError", "The virtual machine agent is not ready."),
  GenericUser: refused("put", 400, "GenericUser", "User Failure when calling other Resource Provider."),
  RequestFailed: refused(
    "put",
    400,
    "RequestFailed",
    "Request to the resource 'x' failed. Error code : 'Conflict'. HTTP status code : '409'. Error message : 'busy'.",
  ),
  OperationTimeout: refused("put", 500, "OperationTimeout", "Operation timed out."),
  UnExpectedErrorOccurred: refused("put", 500, "UnExpectedErrorOccurred", "Unexpected error occurred."),
  GenericSystem: refused("put", 500, "GenericSystem", "System Failure when calling other Resource Provider."),
  ResourceDoesNotExist: refused("get", 404, "ResourceDoesNotExist", "Resource does not exist."),
  ResourceNotFound: refused("get", 404, "ResourceNotFound", "The requested resource was not found."),
  NotFoundWithoutBody: { at: "get", status: 404, message: "" },

  // Refusals of Azure Resource Manager and of the storage account
  AuthorizationFailed: refused(
    "get",
    403,
    "AuthorizationFailed",
    NOT_AUTHORIZED("Microsoft.DataMigration/databaseMigrations/read"),
  ),
  AuthorizationFailedAtCreate: refused(
    "put",
    403,
    "AuthorizationFailed",
    NOT_AUTHORIZED("Microsoft.DataMigration/databaseMigrations/write"),
  ),
  AuthorizationFailedAtCutover: refused(
    "cutover",
    403,
    "AuthorizationFailed",
    NOT_AUTHORIZED("Microsoft.DataMigration/databaseMigrations/cutover/action"),
  ),
  AuthorizationFailedAtCancel: refused(
    "cancel",
    403,
    "AuthorizationFailed",
    NOT_AUTHORIZED("Microsoft.DataMigration/databaseMigrations/cancel/action"),
  ),
  AuthorizationFailedAtListKeys: refused(
    "listKeys",
    403,
    "AuthorizationFailed",
    NOT_AUTHORIZED("Microsoft.Storage/storageAccounts/listKeys/action"),
  ),
  LinkedAuthorizationFailed: refused("put", 403, "LinkedAuthorizationFailed", "No permission on the linked scope."),
  AccessDenied: refused("get", 403, "AccessDenied", "Access denied."),
  ExpiredAuthenticationToken: refused("get", 401, "ExpiredAuthenticationToken", "The access token expiry has passed."),
  InvalidAuthenticationToken: refused("get", 401, "InvalidAuthenticationToken", "The access token is invalid."),
  KeyBasedAuthenticationNotPermitted: refused(
    "listKeys",
    403,
    "KeyBasedAuthenticationNotPermitted",
    "Key based authentication is not permitted on this storage account.",
  ),
  ScopeLocked: refused(
    "listKeys",
    409,
    "ScopeLocked",
    "The scope 'x' cannot perform write operation because following scope(s) are locked: 'y'.",
  ),
  RequestDisallowedByPolicy: refused("put", 403, "RequestDisallowedByPolicy", "Resource 'x' was disallowed by policy."),
  SubscriptionNotFound: refused("get", 404, "SubscriptionNotFound", "The subscription 'x' could not be found."),
  SubscriptionDoesNotExist: refused("get", 404, "SubscriptionDoesNotExist", "Subscription id does not exist."),
  ResourceGroupNotFound: refused("get", 404, "ResourceGroupNotFound", "Resource group 'x' could not be found."),
  ParentResourceNotFound: refused(
    "get",
    404,
    "ParentResourceNotFound",
    "Can not perform requested operation on nested resource. Parent resource 'vm9' not found.",
  ),
  SqlVmNotFound: refused(
    "get",
    404,
    "ResourceNotFound",
    "The Resource 'Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm9' under resource group 'rg1' was not found.",
  ),
  NoRegisteredProviderFound: refused(
    "get",
    404,
    "NoRegisteredProviderFound",
    "No registered resource provider found for location 'westeurope' and API version '2020-01-01'.",
  ),
  InvalidApiVersionParameter: refused("get", 400, "InvalidApiVersionParameter", "The api-version 'x' is invalid."),
  LinkedInvalidPropertyId: refused("put", 400, "LinkedInvalidPropertyId", "Property id 'x' is invalid."),
  TooManyRequests: refused("get", 429, "TooManyRequests", "The request is being throttled."),
  RequestTimeout: refused("get", 408, "RequestTimeout", "The request timed out."),
  ServiceUnavailable: refused("get", 503, "ServiceUnavailable", "The service is unavailable."),
  Unauthorized: refused("get", 401, "Unauthorized", "Who are you?"),
  Forbidden: refused("get", 403, "Forbidden", "No."),
  Conflict: refused("put", 409, "Conflict", "The request conflicts with what is there."),
  NothingAtThisAddress: refused("put", 404, "NotFound", "There is nothing at this address."),
  BadRequest: refused("get", 400, "BadRequest", "Something that nobody has heard of."),
} as const satisfies Record<string, DocumentedError>;

export type DocumentedErrorName = keyof typeof DOCUMENTED_ERRORS;

/** With the name of the database in its text. */
export const documented = (name: DocumentedErrorName, db: string): DocumentedError => {
  const error: DocumentedError = DOCUMENTED_ERRORS[name];
  return { ...error, message: error.message.replaceAll(DB, db) };
};
