// Lists the routes by which people request something of a migration, and read the outcome.
import { Accepted, Acknowledged, MigrationLine, Operation, Preflight } from "../answers/migrations.ts";
import { AcknowledgeBody, CancelBody, CutoverBody, RestartBody, ResumeBody, StartBody } from "../bodies.ts";
import { CHECK, ID_OF_MIGRATION, KEYED, REPLAYED, REQUEST, type Route } from "./route.ts";

const ask = {
  method: "POST",
  tag: "commands",
  role: "Ferry.Operator",
  parameters: ID_OF_MIGRATION,
  ...KEYED,
} as const;

const noted = {
  description: "Noted. The same request again is answered alike, and changes nothing",
  body: Accepted,
  headers: ["Location", "Retry-After"],
  ...REPLAYED,
  example: {
    requestId: "sales-1a2b3c4d-run-1-cutover-1",
    operationId: "sales-1a2b3c4d-run-1-cutover-1",
    status: "accepted",
    detail: "The cutover is noted; the gate is checked once more when its turn comes.",
  },
} as const;
const goesOn = { body: MigrationLine, headers: ["Location"], ...REPLAYED } as const;

export const COMMANDS = {
  StartMigration: {
    ...ask,
    path: "/api/v1/migrations/{id}/start",
    summary: "The word to start; of an offline migration it says that all files are here, and names the plan",
    headers: ["If-Match", ...KEYED.headers],
    body: { schema: StartBody, example: { sourceDatabaseName: "Sales" } },
    answers: { 202: noted },
    problems: [
      "not-found",
      "not-startable",
      "other-database-name",
      "preflight-failed",
      "chain-gap",
      "chain-incomplete",
      "mixed-databases",
      "unusable-backups",
      "plan-changed",
      "if-match-required",
    ],
  },
  RequestCutover: {
    ...ask,
    path: "/api/v1/migrations/{id}/cutover",
    summary: "Asks for the cutover of the plan that you have seen; refused while that would lose data unknowingly",
    headers: ["If-Match", ...KEYED.headers],
    body: { schema: CutoverBody, example: { sourceClosed: true } },
    answers: { 202: noted },
    problems: [
      "not-found",
      "not-cutover-able",
      "chain-gap",
      "chain-incomplete",
      "mixed-databases",
      "unusable-backups",
      "not-in-sync",
      "unrestored-backups",
      "last-backup-mismatch",
      "source-not-closed",
      "vm-not-running",
      "plan-changed",
      "if-match-required",
      "throttled",
      "dms-error",
      "dms-unavailable",
    ],
  },
  CancelMigration: {
    ...ask,
    path: "/api/v1/migrations/{id}/cancel",
    summary: "Ends the run; nothing at the source changes",
    body: { schema: CancelBody, example: { reason: "not tonight" } },
    answers: { 202: noted },
    problems: ["not-found", "not-cancelable"],
  },
  RestartMigration: {
    ...ask,
    path: "/api/v1/migrations/{id}/restart",
    summary: "Begins another run after one that failed or was canceled, with another target where that was wrong",
    body: { schema: RestartBody, example: { reason: "the certificate is on the VM now" } },
    answers: { 202: { description: "Another run begins", ...goesOn } },
    problems: ["not-found", "not-restartable", "duplicate-target"],
  },
  ResumeMigration: {
    ...ask,
    path: "/api/v1/migrations/{id}/resume",
    summary: "Goes on with a run that stands still, once what failed was mended",
    body: { schema: ResumeBody, example: { reason: "the role is back" } },
    answers: { 202: { description: "It goes on", ...goesOn } },
    problems: ["not-found", "not-resumable"],
  },
  PreflightMigration: {
    ...ask,
    path: "/api/v1/migrations/{id}/preflight",
    summary: "Runs the checks now; they change nothing in Azure, and the last result is kept",
    answers: { 200: { description: "What was found", body: Preflight, ...REPLAYED } },
    problems: ["not-found", "not-startable"],
  },
  AcknowledgeFinding: {
    ...ask,
    path: "/api/v1/migrations/{id}/findings/{check}/acknowledge",
    parameters: { ...ID_OF_MIGRATION, ...CHECK },
    summary: "Somebody answers for a finding of the source, which then refuses no start to this VM any more",
    body: { schema: AcknowledgeBody, example: { reason: "the certificate is on the VM" } },
    answers: { 200: { description: "Acknowledged, or it was before", body: Acknowledged, ...REPLAYED } },
    problems: ["not-found", "not-startable", "finding-changed"],
  },
  GetOperation: {
    method: "GET",
    path: "/api/v1/operations/{requestId}",
    tag: "commands",
    summary: "What became of a start, a cutover or a cancel that was answered with 202",
    role: "Ferry.Reader",
    parameters: REQUEST,
    answers: { 200: { description: "A cutover is done when the database is online", body: Operation } },
    problems: ["not-found"],
  },
} as const satisfies Record<string, Route>;
