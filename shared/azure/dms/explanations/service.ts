// Lists what the migration service says of itself, what sqlferry says of an answer, and what a bare status means.
import type { Explanation } from "./explanation.ts";

/** The service's own: a refused request is asked again, what fails in a run gets a new attempt. */
const FAULTS: readonly string[] = [
  "RequestFailed",
  "CancelVmRestoreJobFailed",
  "CancelMigrationFailed",
  "OperationTimeout",
  "UnExpectedErrorOccurred",
  "GenericSystem",
];

export const SERVICE: readonly Explanation[] = [
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
    codes: FAULTS,
    statuses: ["4xx", "5xx"],
    cause: "The service could not carry the request out.",
    remedy: "None: it is asked again.",
    kind: "wait",
  },
  {
    codes: [...FAULTS, "InternalServerError"],
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
export const OWN: readonly Explanation[] = [
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
    cause: "The storage account returned no keys.",
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

export const ANSWERS: readonly Explanation[] = [
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
