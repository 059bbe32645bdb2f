// Describes the bodies of requests. Unknown fields are refused, so that a typing error is never silently ignored.
import { z } from "zod";
import { PublishAssessmentBody } from "../assessed/assessmentShapes.ts";
import { PublishedSizing } from "../sizing/sizingShapes.ts";
import { component } from "./shapes.ts";

/** One path segment of a blob name, as DMS accepts it; "" is the container's root. */
const Folder = z
  .string()
  .max(120)
  .regex(/^[^/\\?#%$\p{Cc}]*$/u, "a folder is one path segment without / \\ ? # % $ and control characters")
  .refine(
    (folder) => folder === folder.trim() && folder !== "." && folder !== "..",
    "no blanks at the ends, no dots alone",
  );

/** sysname: 1 to 128 characters. */
const DatabaseName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}/\\?#%]+$/u, "a database name without control characters and / \\ ? # %");

const SqlVmResourceId = z
  .string()
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.SqlVirtualMachine\/sqlVirtualMachines\/[^/]+$/i,
    "an ARM id: /subscriptions/{id}/resourceGroups/{group}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{name}",
  );

const Guid = z.guid().transform((guid) => guid.toUpperCase());

const SecretName = z.string().regex(/^[0-9A-Za-z-]{1,127}$/, "the name of a secret in the Key Vault");

const FileShare = z.strictObject({
  path: z
    .string()
    .max(400)
    .regex(/^\\\\[^\\\p{Cc}]+(\\[^\\\p{Cc}]+)+$/u, "a UNC path: \\\\server\\share\\folder"),
  username: z.string().min(1).max(256),
  passwordSecret: SecretName,
  sql: z.strictObject({
    server: z.string().min(1).max(256),
    authentication: z.enum(["WindowsAuthentication", "SqlAuthentication"]),
    userName: z.string().min(1).max(256),
    passwordSecret: SecretName,
    trustServerCertificate: z.boolean().default(false),
  }),
});

const Target = z.strictObject({ sqlVmResourceId: SqlVmResourceId.optional(), databaseName: DatabaseName.optional() });

export const CreateBody = z.strictObject({
  source: z
    .strictObject({
      container: z.string().optional(),
      folder: Folder,
      databaseName: DatabaseName.optional(),
      familyGuid: Guid.optional(),
      forkId: Guid.optional(),
      fileShare: FileShare.optional(),
    })
    .refine((source) => source.fileShare === undefined || source.databaseName !== undefined, {
      message: "a file share needs the name of the source database: nothing of it can be read before DMS looks",
      path: ["databaseName"],
    }),
  target: Target.optional(),
  mode: z.enum(["online", "offline"]).optional(),
  start: z.enum(["auto", "manual"]).optional(),
});
export type CreateBody = z.infer<typeof CreateBody>;

/** JSON Merge Patch: what is left out stays, null removes a value. */
export const ChangeBody = component(
  "ChangeBody",
  z.strictObject({
    priority: z.int().min(0).max(100).nullable().describe("The higher first; without one: 50").optional(),
    wave: z.int().min(0).max(9_999).nullable().describe("The lower first; without one: after all waves").optional(),
    mode: z.enum(["online", "offline"]).optional(),
    start: z.enum(["auto", "manual"]).optional(),
    source: z
      .strictObject({
        databaseName: DatabaseName.nullable().optional(),
        familyGuid: Guid.nullable().optional(),
        forkId: Guid.nullable().optional(),
      })
      .optional(),
    target: Target.optional(),
  }),
);
export type ChangeBody = z.infer<typeof ChangeBody>;

export const ServiceBody = z.strictObject({
  location: z.string().regex(/^[A-Za-z0-9 ]{1,60}$/, "an Azure region, such as westeurope"),
});
export type ServiceBody = z.infer<typeof ServiceBody>;

export const RegenerateBody = z.strictObject({ keyName: z.enum(["authKey1", "authKey2"]) });
export type RegenerateBody = z.infer<typeof RegenerateBody>;

const reason = z.string().trim().min(1).max(500);
const forceNeedsAReason = {
  message: "force needs a reason: it is written into the audit",
  path: ["reason"],
};

export const StartBody = z
  .strictObject({
    ifReady: z.boolean().default(false),
    /**
     * Confirms that the folder is meant to hold backups of this database, though folder and target have other names.
     */
    sourceDatabaseName: DatabaseName.optional(),
    force: z.boolean().default(false),
    reason: reason.optional(),
  })
  .refine((body) => !body.force || body.reason !== undefined, forceNeedsAReason);
export type StartBody = z.infer<typeof StartBody>;

export const CutoverBody = z
  .strictObject({
    lastBackupName: z.string().min(1).max(260).optional(),
    sourceClosed: z.boolean().default(false),
    force: z.boolean().default(false),
    reason: reason.optional(),
  })
  .refine((body) => !body.force || body.reason !== undefined, forceNeedsAReason);
export type CutoverBody = z.infer<typeof CutoverBody>;

export const CancelBody = z.strictObject({ reason });
export type CancelBody = z.infer<typeof CancelBody>;

export const AcknowledgeBody = z.strictObject({
  reason,
  /** Of the finding that the caller has seen; absent: the finding as it is now. */
  fingerprint: z.string().max(64).optional(),
});
export type AcknowledgeBody = z.infer<typeof AcknowledgeBody>;

export const ResumeBody = z.strictObject({ reason: reason.optional() });
export type ResumeBody = z.infer<typeof ResumeBody>;

export const RestartBody = z.strictObject({
  reason: reason.optional(),
  /** Corrects the target; what is left out stays. */
  target: Target.optional(),
});
export type RestartBody = z.infer<typeof RestartBody>;

/** Headers in one request; a larger folder is given by its container and name, or planned with ferry plan. */
const MOST_HEADERS = 5_000;

/**
 * Either headers, in the shape of `ferry inspect --json` or rows of RESTORE HEADERONLY, or a folder whose files are
 * catalogued.
 */
export const PlanBody = z
  .strictObject({
    headers: z.array(z.unknown()).min(1).max(MOST_HEADERS).optional(),
    container: z.string().optional(),
    folder: Folder.optional(),
    /** The time to stop at: the source's wall clock, or an instant with its zone. */
    at: z.string().max(40).optional(),
    /** "2019", or SQL Server's own number. */
    targetVersion: z.string().max(10).optional(),
  })
  .refine(({ headers, folder }) => (headers === undefined) !== (folder === undefined), {
    message: "either headers, or container and folder",
  })
  .refine(({ container, folder }) => container === undefined || folder !== undefined, {
    message: "a container needs its folder",
    path: ["folder"],
  });
export type PlanBody = z.infer<typeof PlanBody>;

/** By their names in the OpenAPI document. */
const NAMED = {
  CreateBody,
  ServiceBody,
  RegenerateBody,
  StartBody,
  CutoverBody,
  CancelBody,
  AcknowledgeBody,
  ResumeBody,
  RestartBody,
  PlanBody,
  PublishAssessmentBody,
  PublishSizingBody: PublishedSizing,
};
for (const [id, schema] of Object.entries(NAMED)) component(id, schema);
