// Lists the problem types of the API: for each its status, its title, and the further members of its answer (RFC 9457).
import { z } from "zod";
import type { Refusal } from "../migration/refusals.ts";
import { DatabaseInFolder, Gap, UnusableFile, WaitingFor } from "./answers/chain.ts";
import { Check, Loss } from "./answers/migrations.ts";
import { StateWord } from "./answers/words.ts";
import type { AsJson } from "./asJson.ts";
import { list, maybe, text } from "./shapes.ts";

export type ProblemName = Refusal["problem"];

type MembersOf<Name extends ProblemName> = AsJson<Omit<Extract<Refusal, { problem: Name }>, "problem" | "detail">>;

interface ProblemType<Name extends ProblemName> {
  readonly status: number;
  readonly title: string;
  /** Besides type, title, status and detail. */
  readonly members: z.ZodObject & z.ZodType<MembersOf<Name>>;
  /** Values of detail and members. */
  readonly example: MembersOf<Name> & { readonly detail: string };
}

const retryAfterSeconds = z.int().describe("As in the header Retry-After");
const planVersion = text("The plan of now, as in the header ETag");
const migrationStatus = text("The state it is in, or DMS's word for it");
const ofState = { state: StateWord };

/** The one table from problem to status. */
export const PROBLEMS: { readonly [Name in ProblemName]: ProblemType<Name> } = {
  validation: {
    status: 400,
    title: "The request is not understood.",
    members: z.object({
      errors: list(z.object({ pointer: text('JSON Pointer into the body; "" is all of it'), message: text() })),
    }),
    example: {
      detail: '/mode: Invalid option: expected one of "online"|"offline"',
      errors: [{ pointer: "/mode", message: 'Invalid option: expected one of "online"|"offline"' }],
    },
  },
  "not-signed-in": {
    status: 401,
    title: "Sign in first.",
    members: z.object({}),
    example: { detail: "No signed-in caller was found: sign in with Entra ID and ask again." },
  },
  "role-missing": {
    status: 403,
    title: "This needs another role.",
    members: z.object({ needed: text("The role") }),
    example: { detail: "Dana has the roles Ferry.Reader; this needs Ferry.Operator.", needed: "Ferry.Operator" },
  },
  "not-found": {
    status: 404,
    title: "There is nothing of this name.",
    members: z.object({}),
    example: {
      detail: 'There is no migration "sales-1a2b3c4e". GET /api/v1/migrations lists them with their ids.',
    },
  },
  "duplicate-target": {
    status: 409,
    title: "Another migration has this target.",
    members: z.object({ migrationId: text("Which one") }),
    example: {
      detail:
        'The migration sales2-5e6f7a8b already has the target "Sales" on this VM. Choose another target database name.',
      migrationId: "sales2-5e6f7a8b",
    },
  },
  "already-exists": {
    status: 409,
    title: "This folder's migration is registered already.",
    members: z.object({ migrationId: text("Its id") }),
    example: {
      detail: 'The folder "Sales" has the migration sales-1a2b3c4d since 2026-11-30T08:00:00.000Z. It is restoring.',
      migrationId: "sales-1a2b3c4d",
    },
  },
  "preflight-failed": {
    status: 409,
    title: "The preflight failed.",
    members: z.object({ checks: list(Check, "Those that failed") }),
    example: {
      detail: "S10 TDE certificate: the certificate is not on the VM. Restore it there, or acknowledge the finding.",
      checks: [
        {
          id: "P28",
          outcome: "fail",
          source: "the published assessment",
          observed: "S10 blocks",
          message: "S10 TDE certificate: the certificate is not on the VM.",
          remedy: "Restore it there, or acknowledge the finding.",
        },
      ],
    },
  },
  "chain-gap": {
    status: 409,
    title: "The backup chain has a gap.",
    members: z.object({ gaps: list(Gap) }),
    example: {
      detail: "The log backups between full.bak and log3.trn are missing.",
      gaps: [
        {
          fromLsn: "37000000041600001",
          toLsn: "37000000052000001",
          after: { setGuid: "7B0E…", file: "Sales/full.bak", time: "2026-11-30T21:00:00" },
          before: { setGuid: "1C9A…", file: "Sales/log3.trn", time: "2026-11-30T21:45:00" },
          likelyCause: "FILE_MISSING",
          healedBy: ["Upload the log backups that were taken between 21:00:00 and 21:45:00."],
          deadline: "2026-12-01T09:45:00.000Z",
          overdue: false,
        },
      ],
    },
  },
  "chain-incomplete": {
    status: 409,
    title: "The backup chain is not complete.",
    members: z.object({ waitingFor: list(WaitingFor) }),
    example: { detail: "A full backup is missing.", waitingFor: [{ what: "full" }] },
  },
  "unusable-backups": {
    status: 409,
    title: "There are backups beyond the plan that cannot be used.",
    members: z.object({ unusableNewer: list(UnusableFile, "They may reach beyond the plan") }),
    example: {
      detail: "log4.trn cannot be used (TRUNCATED) and may be newer than the last backup of the plan.",
      unusableNewer: [{ file: "Sales/log4.trn", reason: "TRUNCATED" }],
    },
  },
  "mixed-databases": {
    status: 409,
    title: "The folder holds several databases.",
    members: z.object({ databases: list(DatabaseInFolder) }),
    example: {
      detail: "The folder holds backups of Sales and Wages.",
      databases: [
        { name: "Sales", files: ["Sales/full.bak"], suggestedFolder: "stay" },
        { name: "Wages", files: ["Sales/wages.bak"], suggestedFolder: "Wages" },
      ],
    },
  },
  "other-database-name": {
    status: 409,
    title: "The backups are of a database of another name.",
    members: z.object({ sourceDatabaseName: maybe("Of all backups in the folder; absent when none tells it") }),
    example: {
      detail: 'The folder "Sales" holds backups of "Orders". Confirm the name if it is meant to.',
      sourceDatabaseName: "Orders",
    },
  },
  "not-in-sync": {
    status: 409,
    title: "The restore has not caught up.",
    members: z.object({
      currentFile: maybe(),
      lastRestoredFile: maybe(),
      pending: z.int().describe("Log backups that DMS has not restored").exactOptional(),
    }),
    example: { detail: "DMS is at log3.trn.", currentFile: "log3.trn", lastRestoredFile: "log2.trn", pending: 1 },
  },
  "unrestored-backups": {
    status: 409,
    title: "There are backups that are not restored.",
    members: z.object({ files: list(z.string()) }),
    example: { detail: "1 file is not restored: log3.trn.", files: ["Sales/log3.trn"] },
  },
  "last-backup-mismatch": {
    status: 409,
    title: "Another file is the last backup.",
    members: z.object({ expected: text(), given: text() }),
    example: { detail: "The last backup is log3.trn, and not log2.trn.", expected: "log3.trn", given: "log2.trn" },
  },
  "source-not-closed": {
    status: 409,
    title: "The source is not closed.",
    members: z.object({ lossIfCutOverNow: Loss }),
    example: {
      detail: "No tail log closes the source, and nobody has said that it is closed.",
      lossIfCutOverNow: {
        since: "2026-11-30T21:45:00",
        seconds: 540,
        knownFiles: 0,
        knownBytes: 0,
        certain: false,
        text: "Cutting over now loses everything after 2026-11-30 21:45:00.",
      },
    },
  },
  "not-cutover-able": {
    status: 409,
    title: "The migration cannot be cut over in this state.",
    members: z.object({ migrationStatus }),
    example: { detail: "The migration is queued; it can be cut over while it is restored.", migrationStatus: "queued" },
  },
  "not-cancelable": {
    status: 409,
    title: "The migration cannot be canceled in this state.",
    members: z.object({ migrationStatus }),
    example: { detail: "The migration is succeeded: there is nothing to cancel.", migrationStatus: "succeeded" },
  },
  "not-changeable": {
    status: 409,
    title: "The migration cannot be changed like this in this state.",
    members: z.object(ofState),
    example: {
      detail: "The migration is restoring: its start is fixed, and mode, target and source stay as they are.",
      state: "restoring",
    },
  },
  "not-forgettable": {
    status: 409,
    title: "The migration cannot be forgotten in this state.",
    members: z.object(ofState),
    example: { detail: "The migration is restoring. Cancel it first.", state: "restoring" },
  },
  "not-startable": {
    status: 409,
    title: "The migration cannot be started in this state.",
    members: z.object(ofState),
    example: { detail: "The migration is restoring: it has started by itself.", state: "restoring" },
  },
  "not-restartable": {
    status: 409,
    title: "The migration cannot be restarted in this state.",
    members: z.object(ofState),
    example: {
      detail: "The migration is restoring; a restart follows a run that failed or was canceled.",
      state: "restoring",
    },
  },
  "not-resumable": {
    status: 409,
    title: "The migration cannot be resumed in this state.",
    members: z.object(ofState),
    example: { detail: "The migration is failed: there is no run to go on with.", state: "failed" },
  },
  "vm-not-running": {
    status: 409,
    title: "The target VM is not running.",
    members: z.object({ powerState: text() }),
    example: { detail: "The VM is deallocated. Start it, then ask again.", powerState: "deallocated" },
  },
  "plan-changed": {
    status: 412,
    title: "The plan has changed.",
    members: z.object({
      planVersion,
      added: list(
        z.string(),
        "Files that it has gained; absent when the version that was named is no beginning of it",
      ).exactOptional(),
      lossIfCutOverNow: Loss.exactOptional(),
    }),
    example: {
      detail: "The plan has gained log3.trn since the version that was named.",
      planVersion: "9f2c41d07a3be658",
      added: ["Sales/log3.trn"],
    },
  },
  "finding-changed": {
    status: 412,
    title: "The finding has changed.",
    members: z.object({ fingerprint: text("Of the finding of now") }),
    example: { detail: "S10 is another finding by now. Look at it, then acknowledge it.", fingerprint: "41d0" },
  },
  "registration-changed": {
    status: 412,
    title: "The registration has changed.",
    members: z.object({ registrationVersion: text("Of now") }),
    example: {
      detail: 'The registration is "41d0a7c2b3e45f60", not "9c1185a5c5e9fc54". Look at it, then change it.',
      registrationVersion: "41d0a7c2b3e45f60",
    },
  },
  "too-large": {
    status: 413,
    title: "The request is too large.",
    members: z.object({ mostBytes: z.int() }),
    example: { detail: "The body has 2000000 bytes; at most 1048576 are taken.", mostBytes: 1_048_576 },
  },
  "headers-unusable": {
    status: 422,
    title: "The headers cannot be used.",
    members: z.object({}),
    example: { detail: "Row 1 has no LSN: RESTORE HEADERONLY has FirstLSN and LastLSN." },
  },
  "idempotency-mismatch": {
    status: 422,
    title: "The key belongs to another request.",
    members: z.object({}),
    example: {
      detail:
        "Another request was carried out under this Idempotency-Key at 2026-11-30T21:54:00.000Z. Send this one under a key of its own.",
    },
  },
  "if-match-required": {
    status: 428,
    title: "Say which plan you mean.",
    members: z.object({ planVersion }),
    example: {
      detail: 'A cutover is bound to the plan that you have seen: send If-Match: "<planVersion>".',
      planVersion: "9f2c41d07a3be658",
    },
  },
  throttled: {
    status: 429,
    title: "Too many requests to Azure.",
    members: z.object({ retryAfterSeconds }),
    example: { detail: "Azure asks for a pause.", retryAfterSeconds: 30 },
  },
  "row-unreadable": {
    status: 500,
    title: "A stored row cannot be read.",
    members: z.object({}),
    example: { detail: "The row migration of sales-1a2b3c4d in the table Migrations cannot be read." },
  },
  "internal-error": {
    status: 500,
    title: "sqlferry has failed.",
    members: z.object({}),
    example: {
      detail:
        "This is a fault of sqlferry's. Its log has the cause under the invocation 0f8fad5b-d9cb-469f-a165-70867728950e.",
    },
  },
  "dms-error": {
    status: 502,
    title: "Azure Database Migration Service refused.",
    members: z.object({
      code: text("DMS's own"),
      message: text("In DMS's words"),
      cause: text(),
      fix: text("What to do"),
    }),
    example: {
      detail: "sqlferry's identity may not read the service.",
      code: "AuthorizationFailed",
      message: "The client does not have authorization to perform the action.",
      cause: "sqlferry's identity may not read the service.",
      fix: "Give it the role of infra/README.md.",
    },
  },
  busy: {
    status: 503,
    title: "It changes faster than the request can be decided.",
    members: z.object({ retryAfterSeconds }),
    example: {
      detail:
        "The migration changed 10 times while this request was being decided. Nothing was changed by it; ask again.",
      retryAfterSeconds: 5,
    },
  },
  "dms-unavailable": {
    status: 503,
    title: "Azure Database Migration Service does not answer.",
    members: z.object({ code: text(), retryAfterSeconds }),
    example: { detail: "DMS does not answer.", code: "Http503", retryAfterSeconds: 30 },
  },
  "storage-unavailable": {
    status: 503,
    title: "The storage does not answer.",
    members: z.object({ retryAfterSeconds }),
    example: {
      detail: "The storage that holds sqlferry's records does not answer at the moment. Ask again.",
      retryAfterSeconds: 10,
    },
  },
};

export const PROBLEM_NAMES = Object.keys(PROBLEMS) as ProblemName[];

/** What a client may find in a problem of any type. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly alsoRefusedFor?: readonly {
    readonly problem: ProblemName;
    readonly type: string;
    readonly detail: string;
  }[];
} & Partial<
  MembersOf<"validation"> & MembersOf<"already-exists"> & MembersOf<"other-database-name"> & MembersOf<"not-startable">
>;
