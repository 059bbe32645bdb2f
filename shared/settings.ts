// Lists the app settings: what each is for, what a value has to look like, and what counts where there is none.
import { z } from "zod";
import { parseResourceId, type ResourceType } from "./azure/arm/resourceId.ts";
import { PUBLIC_CLOUD } from "./azure/clouds.ts";

/** One line of the README's table of settings. */
export interface Setting {
  readonly name: string;
  readonly need: "required" | "optional";
  readonly default?: string;
  readonly meaning: string;
  /** What a value has to look like. */
  readonly expected: string;
  /** Never shown, not even when it is wrong. */
  readonly secret: boolean;
}

export interface Rule<T> extends Omit<Setting, "name"> {
  readonly schema: z.ZodType<T>;
}

interface Format<T> {
  readonly expected: string;
  readonly schema: z.ZodType<T>;
}

const matching = (pattern: RegExp, expected: string): Format<string> => ({
  expected,
  schema: z.string().regex(pattern),
});
const anyText: Format<string> = { expected: "text", schema: z.string() };
const yesOrNo: Format<boolean> = {
  expected: "true or false",
  schema: z.enum(["true", "false"]).transform((text) => text === "true"),
};
const oneOf = <const T extends readonly string[]>(words: T): Format<T[number]> => ({
  expected: words.join(" or "),
  schema: z.enum(words),
});
const whole = (from: number, to: number): Format<number> => ({
  expected: `a whole number from ${from} to ${to}`,
  schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(from).max(to)),
});
const positive: Format<number> = {
  expected: "a number greater than 0",
  schema: z.string().transform(Number).pipe(z.number().positive()),
};
const httpUrl: Format<string> = { expected: "an http or https address", schema: z.url({ protocol: /^https?$/ }) };
/** Without the slash at its end, so that a path can follow. */
const baseUrl: Format<string> = { ...httpUrl, schema: httpUrl.schema.transform((url) => url.replace(/\/+$/, "")) };
const httpsUrl: Format<string> = { expected: "an https address", schema: z.url({ protocol: /^https$/ }) };
const list = (pattern: RegExp, expected: string): Format<readonly string[]> => ({
  expected,
  schema: z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .pipe(z.array(z.string().regex(pattern))),
});
const connectionString = matching(
  /AccountKey=|SharedAccessSignature=|^UseDevelopmentStorage=true/i,
  "the connection string of a storage account",
);
const resourceId = (type: ResourceType): Format<string> => ({
  expected: `/subscriptions/…/resourceGroups/…/providers/${type}/…`,
  schema: z.string().refine((text) => parseResourceId(text, type) !== undefined),
});

const required = <T>(meaning: string, format: Format<T>): Rule<T> => ({
  ...format,
  need: "required",
  meaning,
  secret: false,
});
const optional = <T>(meaning: string, format: Format<T>): Rule<T | undefined> => ({
  ...format,
  need: "optional",
  meaning,
  secret: false,
  schema: format.schema.optional(),
});
const withDefault = <T>(value: string, meaning: string, format: Format<T>): Rule<T> => ({
  ...format,
  need: "optional",
  default: value,
  meaning,
  secret: false,
});
const secret = <T>(rule: Rule<T>): Rule<T> => ({ ...rule, secret: true });

export const RULES = {
  Backups: secret(
    optional(
      "Storage account that backups are uploaded to; or the Backups__ settings, with an identity",
      connectionString,
    ),
  ),
  Backups__blobServiceUri: optional("Instead of Backups: its blob endpoint", httpsUrl),
  Backups__queueServiceUri: optional(
    "Besides: its queue endpoint; files that were given up are listed there",
    httpsUrl,
  ),
  Backups__clientId: optional("Client id of a user-assigned identity for it; absent: AZURE_CLIENT_ID", anyText),
  State: secret(
    optional("Storage account of sqlferry's own tables; or the State__ settings, with an identity", connectionString),
  ),
  State__tableServiceUri: optional("Instead of State: its table endpoint", httpsUrl),
  State__clientId: optional("Client id of a user-assigned identity for it; absent: AZURE_CLIENT_ID", anyText),
  BACKUPS_CONTAINER: required(
    "Container that backups are uploaded to, one folder per database",
    matching(/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/, "the name of a container"),
  ),
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: required(
    "The same account for DMS, which reads the backups with its key",
    resourceId("Microsoft.Storage/storageAccounts"),
  ),
  TARGET_SQL_VM_RESOURCE_ID: optional(
    "Target of migrations that name none; absent: they stay drafts until somebody does",
    resourceId("Microsoft.SqlVirtualMachine/sqlVirtualMachines"),
  ),
  DMS_SERVICE_RESOURCE_ID: required(
    "The Database Migration Service that restores",
    resourceId("Microsoft.DataMigration/sqlMigrationServices"),
  ),
  DMS_API_VERSION: withDefault(
    "2025-06-30",
    "api-version of DMS's operations",
    matching(/^\d{4}-\d\d-\d\d(-preview)?$/, "a date such as 2025-06-30"),
  ),
  DMS_POLL_SECONDS: withDefault("30", "How often DMS is asked about a restore that runs", whole(1, 3600)),
  DMS_MAX_GETS_PER_MINUTE: withDefault(
    "300",
    "Most questions to DMS per minute, over all migrations",
    whole(1, 10_000),
  ),
  DMS_BLOB_AUTH: withDefault(
    "AccountKey",
    "How DMS gets at the backups; ManagedIdentity is modelled in its API and not proven for SQL VM targets",
    oneOf(["AccountKey", "ManagedIdentity"]),
  ),
  KEY_VAULT_URI: optional("Key Vault that holds the passwords which file shares need, by secret name", baseUrl),
  FILE_SHARE_SECRET_PREFIX: withDefault(
    "fileshare-",
    "Secrets that an Operator may name for a file share begin with it; other secrets take an Admin",
    matching(/^[0-9A-Za-z-]{1,60}$/, "letters, digits and hyphens, at most 60"),
  ),
  FILE_SHARE_SERVERS: optional(
    "File servers and source SQL Servers that an Operator may name for a file share; others take an Admin",
    list(/^(\*\.)?[\w-]+(\.[\w-]+)*$/, "names of servers, separated by commas: filer1.contoso.com,*.sql.contoso.com"),
  ),
  TARGET_SQL_VERSION: optional(
    "SQL Server release on the target VMs, where their image does not name it",
    oneOf(["2008", "2012", "2014", "2016", "2017", "2019", "2022", "2025"]),
  ),
  PREFLIGHT_REQUIRE_CHECKSUM: withDefault("false", "Refuse backups that were taken without CHECKSUM", yesOrNo),
  PREFLIGHT_OVERRIDES: optional(
    "Preflight checks whose failure does not hold up a start; each use is audited. Never P13, P14, P15, P20, P28",
    list(/^P\d\d$/, "ids of checks, separated by commas: P05,P22"),
  ),
  ARM_ENDPOINT: withDefault(PUBLIC_CLOUD.resourceManager, "Azure Resource Manager", baseUrl),
  EVENTS_TOPIC_ENDPOINT: required("Event Grid topic (schema CloudEvents 1.0) that events are published to", httpUrl),
  EVENTS_TOPIC_KEY: secret(optional("Key of the topic; absent: the identity, which needs https", anyText)),
  TEAMS_WEBHOOK_URL: secret(optional("Workflow in Teams that posts cards; absent: no cards", httpUrl)),
  INSTANCE_NAME: withDefault(
    "sqlferry",
    "Names this instance as the source of its events",
    matching(/^[A-Za-z0-9-]{1,60}$/, "letters, digits and hyphens, at most 60"),
  ),
  PUBLIC_BASE_URL: optional("Address that links in events and cards begin with", baseUrl),
  AUTH: withDefault(
    "easyAuth",
    "easyAuth: App Service authentication signs callers in, and has to be on. none: everybody may do everything; never in Azure",
    oneOf(["easyAuth", "none"]),
  ),
  MIGRATION_MODE: withDefault(
    "online",
    "Mode of a migration that a folder's first file creates",
    oneOf(["online", "offline"]),
  ),
  CHAIN_GAP_DEADLINE_MINUTES: withDefault(
    "60",
    "How long a gap in the log chain may wait before a person is needed",
    whole(0, 100_000),
  ),
  CHAIN_ALLOW_DAMAGED: withDefault("false", "Restore backups that were taken WITH CONTINUE_AFTER_ERROR", yesOrNo),
  OFFLINE_QUIET_MINUTES: withDefault(
    "0",
    "Offline: start after so many minutes without a new file; 0: never by itself",
    whole(0, 100_000),
  ),
  VM_MAX_DATABASES: withDefault("100", "Databases that are started on a VM before it rests", whole(1, 1000)),
  VM_COOLDOWN_MINUTES: withDefault("30", "How long it rests", whole(0, 10_000)),
  WAITING_ALARM_MINUTES: withDefault(
    "15",
    "How long a migration may wait for something outside sqlferry before people are told",
    whole(0, 10_000),
  ),
  PAGE_BLOB_STABLE_SECONDS: withDefault(
    "30",
    "A page blob counts as whole when it has not changed for so long. Its earlier name, PAGE_STABLE_SECONDS, is read where this one is absent",
    whole(0, 3600),
  ),
  PAGE_ABANDONED_MINUTES: withDefault(
    "60",
    "A file that is not filled counts as broken off when it has not changed for so long",
    whole(1, 100_000),
  ),
  ETA_DEFAULT_MBPS: withDefault("100", "Restore rate in megabytes per second, until one was measured", positive),
  PROBLEMS_BASE: withDefault(
    "https://sqlferry.dev/problems/",
    "What the types of problems in HTTP answers begin with",
    httpUrl,
  ),
  SWEEP_SCHEDULE: withDefault(
    "0 */10 * * * *",
    "When folders are listed to find what events missed",
    matching(/^\S+( \S+){5}$/, "an NCRONTAB expression of six fields"),
  ),
  SWEEP_LATE_MINUTES: withDefault(
    "30",
    "GET /health is degraded when no sweep has come to its end, or got on, for so long",
    whole(1, 100_000),
  ),
  SWEEP_SETTLED_DAYS: withDefault(
    "30",
    "An ended migration is swept once a day; when nothing has changed for so long, only the listing of its folder",
    whole(1, 3650),
  ),
  RUNS_KEPT_DAYS: withDefault(
    "30",
    "How long after its start the history of an orchestration that has ended is kept",
    whole(1, 3650),
  ),
  AZURE_CLIENT_ID: optional("Client id of the user-assigned identity that the app signs in as", anyText),
} satisfies Record<string, Rule<unknown>>;

type Name = keyof typeof RULES;
/** What the settings hold, each by its rule. */
export type Values = { readonly [K in Name]: z.output<(typeof RULES)[K]["schema"]> };

/** By its present name, the name that a setting had in an earlier version. */
export const EARLIER_NAMES: { readonly [name: string]: string | undefined } = {
  PAGE_BLOB_STABLE_SECONDS: "PAGE_STABLE_SECONDS",
} satisfies { readonly [K in Name]?: string };

/** Every setting, in the order of the README's table. */
export const SETTINGS: readonly Setting[] = Object.entries<Rule<unknown>>(RULES).map(([name, { schema, ...line }]) => ({
  name,
  ...line,
}));
