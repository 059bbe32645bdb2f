// Lists states and fields in Azure's answers about a migration, a service or a VM that are not known, in sentences for
// the log.
import { unknownTo } from "../arm/notes.ts";
import { rowOf } from "./errors.ts";
import { type SqlVmProperties, STATUS_FIELDS } from "./models.ts";
import { CANCELABLE } from "./operation.ts";

const STATES = [...CANCELABLE, "Completing", "Canceling", "Canceled", "Cancelled", "Dropping", "Succeeded", "Failed"];

const FILE_STATES = [
  "Initial",
  "Arrived",
  "Queued",
  "Uploading",
  "Uploaded",
  "Restoring",
  "Restored",
  "Canceled",
  "Cancelled",
  "Ignored",
  "Skipped",
];

/** Unknown states and fields. None of them changes what is decided: an unknown state counts as running. */
export function oddities(properties: SqlVmProperties): string[] {
  const {
    migrationStatus,
    provisioningState,
    migrationStatusDetails: details,
    migrationFailureError: error,
  } = properties;
  const files = [details?.fullBackupSetInfo, ...(details?.activeBackupSets ?? [])].flatMap(
    (set) => set?.listOfBackupFiles ?? [],
  );
  return [
    ...unknownTo(STATES, "migrationStatus", [migrationStatus]),
    ...unknownTo(STATES, "provisioningState", [provisioningState]),
    ...unknownTo(
      FILE_STATES,
      "status of a backup file",
      files.map(({ status }) => status),
    ),
    ...unknownTo(STATUS_FIELDS.migration, "member of a migration", Object.keys(properties)),
    ...unknownTo(STATUS_FIELDS.details, "member of migrationStatusDetails", Object.keys(details ?? {})),
    ...(error === undefined ? [] : unknownError(error.code ?? "", error.message ?? "")),
  ];
}

const unknownError = (code: string, message: string): string[] =>
  rowOf({ code, message }) === undefined ? [`DMS reports an unknown failure: ${code}: ${message}`] : [];

const SERVICE_STATES = ["Creating", "Provisioning", "Updating", "Deleting", "Succeeded", "Failed", "Canceled"];
/** As Microsoft's own client knows them. */
const RUNTIME_STATES = ["NeedRegistration", "Online", "Offline", "Limited", "Upgrading", "Initializing"];

/** Unknown states of a migration service and its integration runtime; neither is taken for a good one. */
export const serviceOddities = (seen: {
  readonly provisioningState?: string | undefined;
  readonly integrationRuntimeState?: string | undefined;
}): readonly string[] => [
  ...unknownTo(SERVICE_STATES, "provisioningState of a migration service", [seen.provisioningState]),
  ...unknownTo(RUNTIME_STATES, "integrationRuntimeState", [seen.integrationRuntimeState]),
];

const MANAGEMENT_MODES = ["Full", "LightWeight", "NoAgent"];
const POWER_STATES = ["running", "starting", "stopping", "stopped", "deallocating", "deallocated"];

/** Unknown states of the target VM, likewise. */
export const vmOddities = (seen: {
  readonly sqlManagement?: string | undefined;
  readonly powerState?: string | undefined;
}): readonly string[] => [
  ...unknownTo(MANAGEMENT_MODES, "sqlManagement of a SQL virtual machine", [seen.sqlManagement]),
  ...unknownTo(POWER_STATES, "power state of a VM", [seen.powerState]),
];
