// Parses the app settings into Config; the only reader of process.env.
import { z } from "zod";
import type { Connection } from "./azure/clients.ts";
import { CLOUDS, cloudAt, isEmulator } from "./azure/clouds.ts";
import { EARLIER_NAMES, RULES, type Rule, SETTINGS, type Values } from "./settings.ts";

export type Config = ReturnType<typeof configOf>;

/**
 * From app settings; an empty one counts as absent. Throws one error that names everything missing or wrong, and what
 * was expected.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const unresolved = SETTINGS.map(({ name }) => name).filter((name) => isReference(env[name]));
  const given = (name: string): string | undefined =>
    unresolved.includes(name) ? undefined : env[name]?.trim() || env[EARLIER_NAMES[name] ?? ""]?.trim() || undefined;
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, rule] of Object.entries<Rule<unknown>>(RULES)) {
    const text = given(name) ?? rule.default;
    const parsed = rule.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(faultOf(name, rule, text));
  }
  faults.push(...missingTogether(given), ...signInFaults(values["AUTH"], given), ...cloudFaults(given));
  faults.push(...unresolved.filter((name) => isRequired(name)).map((name) => `${name}: ${UNRESOLVED}`));
  if (faults.length > 0)
    throw new Error(`These app settings are missing or wrong:\n${faults.map((one) => `- ${one}`).join("\n")}`);
  return configOf(values as Values, unresolved);
}

/**
 * What App Service hands on when it could not read the secret: no secret of that name, no role, or a firewall in
 * between.
 */
const isReference = (text: string | undefined): boolean => /^\s*@Microsoft\.KeyVault\(/i.test(text ?? "");
const UNRESOLVED = "the Key Vault reference is not resolved. Is the secret there, and may the app's identity read it?";
const isRequired = (name: string): boolean => SETTINGS.some((one) => one.name === name && one.need === "required");

/** An address of Resource Manager says which cloud this is, and with it whom tokens have to be for. */
function cloudFaults(given: (name: string) => string | undefined): string[] {
  const endpoint = given("ARM_ENDPOINT");
  if (endpoint === undefined || isEmulator(endpoint)) return [];
  const cloud = cloudAt(endpoint);
  if (cloud === undefined)
    return [
      `ARM_ENDPOINT is of no cloud that sqlferry knows: expected ${CLOUDS.map((one) => one.resourceManager).join(", ")}, found "${endpoint.slice(0, 200)}".`,
    ];
  if (!cloud.topicsTakeIdentities && !given("EVENTS_TOPIC_KEY"))
    return [
      `EVENTS_TOPIC_KEY is missing: for which audience a topic takes an identity in ${cloud.name} is not known, so it needs a key there.`,
    ];
  return [];
}

function faultOf(name: string, rule: Rule<unknown>, text: string | undefined): string {
  if (text === undefined) return `${name} is missing: ${rule.meaning}. Expected ${rule.expected}.`;
  return `${name} is wrong: expected ${rule.expected}${rule.secret ? "" : `, found "${text.slice(0, 200)}"`}.`;
}

/** What only several settings together can lack. */
function missingTogether(given: (name: string) => string | undefined): string[] {
  const faults: string[] = [];
  if (!given("Backups") && !(given("Backups__blobServiceUri") && given("Backups__queueServiceUri")))
    faults.push(
      "Backups is missing: expected a connection string, or Backups__blobServiceUri and Backups__queueServiceUri.",
    );
  if (!given("State") && !given("State__tableServiceUri"))
    faults.push("State is missing: expected a connection string, or State__tableServiceUri.");
  if (given("EVENTS_TOPIC_ENDPOINT")?.startsWith("http:") && !given("EVENTS_TOPIC_KEY"))
    faults.push("EVENTS_TOPIC_KEY is missing: a topic at an http address can only be reached with a key.");
  return faults;
}

/** Of authsettingsV2, as App Service hands it to its own authentication module. */
const PlatformSignIn = z.object({ platform: z.object({ enabled: z.literal(true) }) });

/**
 * The caller's name and roles come in a header, which anybody can write unless App Service authentication stands
 * before the app. App Service tells by these variables which site it runs and whether it signs callers in
 * (Environment variables and app settings reference).
 */
function signInFaults(auth: unknown, given: (name: string) => string | undefined): string[] {
  const site = given("WEBSITE_SITE_NAME") ?? given("WEBSITE_INSTANCE_ID");
  if (auth === "none" && site !== undefined)
    return [
      `AUTH is none, and App Service runs this app (${site}): everybody could do everything. Remove AUTH, and turn App Service authentication on (azd provision app).`,
    ];
  const isOn =
    given("WEBSITE_AUTH_ENABLED")?.toLowerCase() === "true" ||
    PlatformSignIn.safeParse(jsonOf(given("WEBSITE_AUTH_V2_CONFIG_JSON"))).success;
  if (auth === "easyAuth" && !isOn)
    return [
      "AUTH is easyAuth, and App Service authentication is off (WEBSITE_AUTH_ENABLED is not true): everybody could say that they are an administrator. Turn it on (azd provision app); on a machine of your own, AUTH may be none.",
    ];
  return [];
}

function jsonOf(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // then it says nothing
  }
}

const configOf = (values: Values, unresolved: readonly string[]) =>
  ({
    /** Settings that count as absent because App Service could not read their secrets. */
    unresolved,
    instanceName: values.INSTANCE_NAME,
    publicBaseUrl: values.PUBLIC_BASE_URL,
    problemsBase: values.PROBLEMS_BASE,
    auth: values.AUTH,
    migrationMode: values.MIGRATION_MODE,
    clientId: values.AZURE_CLIENT_ID,
    backups: {
      connection: connectionOf(
        values.Backups,
        values.Backups__blobServiceUri,
        values.Backups__clientId ?? values.AZURE_CLIENT_ID,
      ),
      container: values.BACKUPS_CONTAINER,
      storageAccountResourceId: values.BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID,
      accountName: accountNameOf(values.BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID),
    },
    state: {
      connection: connectionOf(
        values.State,
        values.State__tableServiceUri,
        values.State__clientId ?? values.AZURE_CLIENT_ID,
      ),
    },
    target: { sqlVmResourceId: values.TARGET_SQL_VM_RESOURCE_ID, sqlVersion: values.TARGET_SQL_VERSION },
    preflight: {
      requireChecksum: values.PREFLIGHT_REQUIRE_CHECKSUM,
      overrides: values.PREFLIGHT_OVERRIDES ?? [],
    },
    keyVault: { uri: values.KEY_VAULT_URI },
    fileShare: { secretPrefix: values.FILE_SHARE_SECRET_PREFIX, servers: values.FILE_SHARE_SERVERS ?? [] },
    dms: {
      serviceResourceId: values.DMS_SERVICE_RESOURCE_ID,
      apiVersion: values.DMS_API_VERSION,
      pollSeconds: values.DMS_POLL_SECONDS,
      maxGetsPerMinute: values.DMS_MAX_GETS_PER_MINUTE,
      blobAuth: values.DMS_BLOB_AUTH,
    },
    arm: { endpoint: values.ARM_ENDPOINT },
    events: { topicEndpoint: values.EVENTS_TOPIC_ENDPOINT, topicKey: values.EVENTS_TOPIC_KEY },
    teams: { webhookUrl: values.TEAMS_WEBHOOK_URL },
    chain: { gapDeadlineMinutes: values.CHAIN_GAP_DEADLINE_MINUTES, allowDamaged: values.CHAIN_ALLOW_DAMAGED },
    offline: { quietMinutes: values.OFFLINE_QUIET_MINUTES },
    vm: { maxDatabases: values.VM_MAX_DATABASES, cooldownMinutes: values.VM_COOLDOWN_MINUTES },
    waiting: { alarmMinutes: values.WAITING_ALARM_MINUTES },
    page: { stableSeconds: values.PAGE_BLOB_STABLE_SECONDS, abandonedMinutes: values.PAGE_ABANDONED_MINUTES },
    eta: { defaultMbps: values.ETA_DEFAULT_MBPS },
    sweep: {
      schedule: values.SWEEP_SCHEDULE,
      lateMinutes: values.SWEEP_LATE_MINUTES,
      settledDays: values.SWEEP_SETTLED_DAYS,
    },
    runs: { keptDays: values.RUNS_KEPT_DAYS },
  }) as const;

/**
 * As the Functions host names connections: `<name>` is a connection string, or `<name>__…ServiceUri` goes with an
 * identity.
 */
function connectionOf(
  text: string | undefined,
  serviceUri: string | undefined,
  clientId: string | undefined,
): Connection {
  if (text !== undefined) return { kind: "connectionString", connectionString: text };
  if (serviceUri !== undefined) return { kind: "identity", serviceUri, clientId };
  throw new Error("Neither a connection string nor the address of the service."); // reported by name before
}

/** Lower case, as storage accounts are named: the folders' ids depend on it. */
const accountNameOf = (storageAccountResourceId: string): string =>
  storageAccountResourceId.trim().replace(/\/+$/, "").split("/").at(-1)?.toLowerCase() ?? "";
