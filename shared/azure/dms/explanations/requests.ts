// Lists why a request was not carried out, or need not be: what is done already, who asks, and for what.
import type { ArmOperationId } from "../../arm/armOperations.ts";
import type { Explanation } from "./explanation.ts";

const CREATE: readonly ArmOperationId[] = ["DatabaseMigrationsSqlVm_CreateOrUpdate"];
const CANCEL: readonly ArmOperationId[] = ["DatabaseMigrationsSqlVm_Cancel"];

export const ALREADY_DONE: readonly Explanation[] = [
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

export const ASKED_AGAIN: readonly Explanation[] = [
  {
    codes: ["OperationInProgress", "SubscriptionOperationInProgress"],
    operations: CREATE,
    cause: "The target is being worked on, perhaps by an earlier request of ours whose answer was lost.",
    remedy: "None: what is there is looked at first. A migration of this run is adopted, another one is reported.",
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
    remedy: "None: what is there is looked at. A migration of this run is adopted, another one is reported.",
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

export const PERMISSIONS: readonly Explanation[] = [
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

export const ADDRESSES: readonly Explanation[] = [
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
