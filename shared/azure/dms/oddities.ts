// What did the service say that nobody has heard of, or refuse? Each told once, in words for the log.
import type { ArmRefusal } from "../armRequests.ts";
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
    ...unknown("migrationStatus", [migrationStatus], STATES),
    ...unknown("provisioningState", [provisioningState], STATES),
    ...unknown(
      "status of a backup file",
      files.map(({ status }) => status),
      FILE_STATES,
    ),
    ...unknown("member of a migration", Object.keys(properties), STATUS_FIELDS.migration),
    ...unknown("member of migrationStatusDetails", Object.keys(details ?? {}), STATUS_FIELDS.details),
    ...(error === undefined ? [] : unknownError(error.code ?? "", error.message ?? "")),
  ];
}

const unknown = (what: string, found: readonly (string | undefined)[], known: readonly string[]): string[] => [
  ...new Set(
    found.flatMap((one) =>
      one === undefined || one === "" || known.includes(one) ? [] : `DMS shows an unknown ${what}: "${one}".`,
    ),
  ),
];

const unknownError = (code: string, message: string): string[] =>
  rowOf({ code, message }) === undefined ? [`DMS tells an unknown failure: ${code}: ${message}`] : [];

/** For the log; the request's id is said beside it. */
export const refusalText = ({ operation, status, code, message }: ArmRefusal): string =>
  `Azure refused ${operation}: ${status} ${code}: ${message}`;

/** What is remembered as told; then it may be told anew. */
const MOST_TOLD = 500;

/** Tells each text once; an id beside it does not make it another one. */
export function noteOnce(note: (text: string) => void = () => {}): (text: string, requestId?: string) => void {
  const told = new Set<string>();
  return (text, requestId) => {
    if (told.has(text)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(text);
    note(requestId === undefined ? text : `${text} (x-ms-request-id ${requestId})`);
  };
}
