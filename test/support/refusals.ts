// Lists the inputs that a layer refuses before it begins, with the messages: one line per mistake that Azure would
// report late or never.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Check } from "../../shared/migration/migration.ts";
import { isOverridable } from "../../shared/preflight/preflight.ts";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001";
const OTHER = "/subscriptions/00000000-0000-0000-0000-000000000002";
const subnet = (name: string, subscription = SUBSCRIPTION): string =>
  `${subscription}/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/${name}`;
const resource = (type: string, name: string, subscription = SUBSCRIPTION): string =>
  `${subscription}/resourceGroups/rg/providers/${type}/${name}`;
const targets = { targetSubnetResourceIds: [subnet("sql")] };

/** Valid parameters. */
const USUAL = {
  backups: "param environmentName = 'refused'\nparam location = 'westeurope'\n",
  main: readFileSync("infra/snapshots/small.main.bicepparam", "utf8").replace(/^(\/\/|using).*\n/gm, ""),
};

type Value = string | number | readonly string[];

export interface Refused {
  /** What is wrong; part of the test's name. */
  readonly what: string;
  readonly layer: keyof typeof USUAL;
  readonly inputs: Readonly<Record<string, Value>>;
  /** One for each complaint, in any order, and no others. */
  readonly complaints: readonly RegExp[];
}
const ACCOUNT = resource("Microsoft.Storage/storageAccounts", "contosobackups", OTHER);
const TOPIC = resource("Microsoft.EventGrid/systemTopics", "events");
const ENDPOINT = { privateEndpointSubnetResourceId: subnet("endpoints") };
const ZONE = {
  privateDnsZoneResourceId: resource("Microsoft.Network/privateDnsZones", "privatelink.blob.core.windows.net"),
};

const ILL_FORMED = ["198.51.100.0/31", "198.51.100.7/32", "198.51.100", "198.51.100.256", "a.b.c.d", "::1"];
const NOT_PUBLIC = [
  ...["10.1.2.3", "172.16.0.0/12", "172.31.9.9", "192.168.0.0/16", "127.0.0.1", "169.254.1.1"],
  ...["100.64.0.1", "100.127.255.255", "0.0.0.0/1", "172.0.0.0/8", "224.0.0.1", "255.255.255.255"],
];
/** Public addresses next to ranges that are not public. */
const PUBLIC = ["9.255.255.255", "11.0.0.0/8", "100.63.255.255", "100.128.0.0/9", "172.15.255.255", "172.32.0.0/11"];
const CHECKS = Array.from({ length: 99 }, (_, at) => `P${String(at + 1).padStart(2, "0")}` as Check["id"]);
const NEVER_LOWERED = CHECKS.filter((id) => !isOverridable(id));
const onlyWhen = (variable: string, when: RegExp): RegExp =>
  new RegExp(`${variable}: it would be taken and nothing done with it, since it counts only ${when.source}`);

/**
 * What Azure would refuse late, or accept and ignore. Mistakes that do not hide one another share a case, because each
 * run of the compiler takes a while.
 */
export const REFUSED: readonly Refused[] = [
  {
    what: "ids of the wrong kind, names and ranges that are none",
    layer: "backups",
    inputs: {
      network: "2b",
      existingStorageAccountResourceId: "contosobackups",
      existingSystemTopicResourceId: `${TOPIC}/`,
      targetSubnetResourceIds: [subnet("sql").replace("/subnets/sql", "")],
      privateDnsZoneResourceId: resource("Microsoft.Network/privateDnsZones", "contoso.internal"),
      container: "Sql_Backups",
      appNetworkRange: "10.83.0.0/27",
    },
    complaints: [
      /EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: "contosobackups" is not the resource id of a Microsoft\.Storage/,
      /EXISTING_SYSTEM_TOPIC_RESOURCE_ID: ".*events\/" is not the resource id/,
      /EXISTING_SYSTEM_TOPIC_RESOURCE_ID: a system topic lies in the subscription of its account/,
      /TARGET_SUBNET_RESOURCE_IDS: ".*vnet-sql" is not the resource id of a Microsoft\.Network/,
      /PRIVATE_DNS_ZONE_RESOURCE_ID: ".*contoso\.internal" is not a zone privatelink\.blob/,
      /BACKUPS_CONTAINER: "Sql_Backups" is no name of a container/,
      /APP_NETWORK_RANGE: "10\.83\.0\.0\/27" is not/,
      onlyWhen("TARGET_SUBNET_RESOURCE_IDS", /with NETWORK=1a, 1b, 2a or 2b, and for an account that is created/),
      onlyWhen("PRIVATE_DNS_ZONE_RESOURCE_ID", /with NETWORK=2b, and for an account that is created/),
    ],
  },
  {
    what: "a system topic in another subscription than its account's",
    layer: "backups",
    inputs: { existingStorageAccountResourceId: ACCOUNT, existingSystemTopicResourceId: TOPIC },
    complaints: [/EXISTING_SYSTEM_TOPIC_RESOURCE_ID: a system topic lies in the subscription of its account/],
  },
  {
    what: "a system topic without its account",
    layer: "backups",
    inputs: { existingSystemTopicResourceId: TOPIC, container: "sql--backups" },
    complaints: [/EXISTING_SYSTEM_TOPIC_RESOURCE_ID: it belongs to an account/, /BACKUPS_CONTAINER: "sql--backups"/],
  },
  {
    what: "case 1a without addresses and subnets, and with what is case 1b's",
    layer: "backups",
    inputs: { network: "1a", runtimeSubnetResourceIds: [subnet("runtime")] },
    complaints: [
      /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=1a/,
      /RUNTIME_ADDRESSES: with NETWORK=1a/,
      onlyWhen("RUNTIME_SUBNET_RESOURCE_IDS", /with NETWORK=1b/),
    ],
  },
  {
    what: "case 1b without subnets, and with a private endpoint",
    layer: "backups",
    inputs: { network: "1b", ...ENDPOINT },
    complaints: [
      /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=1b/,
      /RUNTIME_SUBNET_RESOURCE_IDS: with NETWORK=1b/,
      onlyWhen("PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID", /with NETWORK=2b/),
    ],
  },
  {
    what: "case 2a without subnets, and with a runtime and a private endpoint",
    layer: "backups",
    inputs: {
      network: "2a",
      runtimeAddresses: ["203.0.113.1"],
      runtimeSubnetResourceIds: [subnet("runtime")],
      ...ENDPOINT,
      ...ZONE,
    },
    complaints: [
      /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=2a/,
      onlyWhen("RUNTIME_ADDRESSES", /with NETWORK=1a/),
      onlyWhen("RUNTIME_SUBNET_RESOURCE_IDS", /with NETWORK=1b/),
      onlyWhen("PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID", /with NETWORK=2b/),
      onlyWhen("PRIVATE_DNS_ZONE_RESOURCE_ID", /with NETWORK=2b/),
    ],
  },
  {
    what: "case 2b without subnets",
    layer: "backups",
    inputs: { network: "2b" },
    complaints: [
      /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=2b/,
      /PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: NETWORK=2b needs/,
    ],
  },
  {
    what: "a private endpoint in another subscription, and a range for a network that is taken",
    layer: "backups",
    inputs: {
      network: "2b",
      ...targets,
      privateEndpointSubnetResourceId: subnet("endpoints", OTHER),
      existingAppSubnetResourceId: subnet("app"),
      appNetworkRange: "10.84.0.0/24",
    },
    complaints: [
      /PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: a private endpoint lies in its network's subscription/,
      onlyWhen("APP_NETWORK_RANGE", /with NETWORK=1a, 1b, 2a or 2b, and without EXISTING_APP_SUBNET_RESOURCE_ID/),
    ],
  },
  {
    what: "networks where every network is let in",
    layer: "backups",
    inputs: {
      ...targets,
      ...ENDPOINT,
      ...ZONE,
      runtimeAddresses: ["203.0.113.1"],
      runtimeSubnetResourceIds: [subnet("runtime")],
      uploadAddresses: ["203.0.113.1"],
      operatorAddresses: ["203.0.113.1"],
      existingAppSubnetResourceId: subnet("app"),
      appNetworkRange: "10.84.0.9/24",
    },
    complaints: [
      /APP_NETWORK_RANGE: .*did you mean 10\.84\.0\.0\/24/,
      ...[
        "TARGET_SUBNET_RESOURCE_IDS",
        "UPLOAD_ADDRESSES",
        "OPERATOR_ADDRESSES",
        "EXISTING_APP_SUBNET_RESOURCE_ID",
      ].map((variable) => onlyWhen(variable, /with NETWORK=1a, 1b, 2a or 2b/)),
      onlyWhen("APP_NETWORK_RANGE", /with NETWORK=1a, 1b, 2a or 2b/),
      onlyWhen("RUNTIME_ADDRESSES", /with NETWORK=1a/),
      onlyWhen("RUNTIME_SUBNET_RESOURCE_IDS", /with NETWORK=1b/),
      onlyWhen("PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID", /with NETWORK=2b/),
      onlyWhen("PRIVATE_DNS_ZONE_RESOURCE_ID", /with NETWORK=2b/),
    ],
  },
  {
    what: "a firewall and copies for an account that is taken as it is",
    layer: "backups",
    inputs: {
      existingStorageAccountResourceId: ACCOUNT,
      network: "2b",
      ...targets,
      ...ENDPOINT,
      ...ZONE,
      uploadAddresses: ["203.0.113.1"],
      redundancy: "Standard_ZRS",
    },
    complaints: [
      ...["TARGET_SUBNET_RESOURCE_IDS", "UPLOAD_ADDRESSES"].map((variable) =>
        onlyWhen(variable, /with NETWORK=1a, 1b, 2a or 2b, and for an account that is created/),
      ),
      ...["PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID", "PRIVATE_DNS_ZONE_RESOURCE_ID"].map((variable) =>
        onlyWhen(variable, /with NETWORK=2b, and for an account that is created/),
      ),
      onlyWhen("BACKUPS_REDUNDANCY", /for an account that is created/),
    ],
  },
  {
    what: "addresses that a storage firewall does not know",
    layer: "backups",
    inputs: {
      network: "2a",
      ...targets,
      uploadAddresses: [...ILL_FORMED, "203.0.113.9/24", ...PUBLIC],
      operatorAddresses: NOT_PUBLIC,
    },
    complaints: [
      ...ILL_FORMED.map((one) => new RegExp(`UPLOAD_ADDRESSES: "${one}" is neither an IPv4 address nor a range`)),
      /UPLOAD_ADDRESSES: "203\.0\.113\.9\/24" does not begin at a border of its size; did you mean 203\.0\.113\.0\/24/,
      ...NOT_PUBLIC.map((one) => new RegExp(`OPERATOR_ADDRESSES: "${one}" is not public`)),
    ],
  },
  {
    what: "the machine for the SQL virtual machine, and what is no id, mail address, range, check or schedule",
    layer: "main",
    inputs: {
      targetSqlVmResourceIds: [resource("Microsoft.Compute/virtualMachines", "sqlvm-01")],
      existingMigrationServiceResourceId: resource("Microsoft.DataMigration/services", "dms"),
      existingWorkspaceResourceId: "contoso-logs",
      diagnosticsWorkspaceResourceId: "logs",
      backupsStorageAccountResourceId: "",
      alertEmails: ["dba", "dba@example.com dba2@example.com", "dba@example.com"],
      callerAddresses: ["198.51.100.0/33", "198.51.100.0/32"],
      preflightOverrides: ["P05", " P5", "Q05", "P0x", ...NEVER_LOWERED].join(),
      sweepSchedule: "*/10 * * * *",
    },
    complaints: [
      /TARGET_SQL_VM_RESOURCE_IDS: ".*sqlvm-01" is the machine/,
      /TARGET_SQL_VM_RESOURCE_ID: the default target is not among/,
      /EXISTING_DMS_SERVICE_RESOURCE_ID: /,
      /EXISTING_WORKSPACE_RESOURCE_ID: /,
      /DIAGNOSTICS_WORKSPACE_RESOURCE_ID: /,
      /BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: "" is not/,
      /ALERT_EMAILS: "dba" is not a mail address/,
      /ALERT_EMAILS: "dba@example\.com dba2@example\.com" is not a mail address/,
      /CALLER_ADDRESSES: "198\.51\.100\.0\/33" is neither/,
      ...["P5", "Q05", "P0x"].map((one) => new RegExp(`PREFLIGHT_OVERRIDES: "${one}" is no id of a preflight check`)),
      ...NEVER_LOWERED.map((one) => new RegExp(`PREFLIGHT_OVERRIDES: ${one} holds up a start`)),
      /SWEEP_SCHEDULE: "\*\/10 \* \* \* \*" is no NCRONTAB expression/,
    ],
  },
  {
    what: "sizes of what is not made",
    layer: "main",
    inputs: {
      existingMigrationServiceResourceId: resource("Microsoft.DataMigration/sqlMigrationServices", "dms"),
      migrationServiceLocation: "northeurope",
      existingWorkspaceResourceId: resource("Microsoft.OperationalInsights/workspaces", "logs"),
      logRetentionDays: 90,
      logDailyCapGB: 5,
      schedulerSku: "Dedicated",
      schedulerCapacity: 2,
      sweepSchedule: "0  */10 * * * *",
    },
    complaints: [
      onlyWhen("DMS_SERVICE_LOCATION", /without EXISTING_DMS_SERVICE_RESOURCE_ID/),
      onlyWhen("LOG_RETENTION_DAYS", /without EXISTING_WORKSPACE_RESOURCE_ID/),
      onlyWhen("LOG_DAILY_CAP_GB", /without EXISTING_WORKSPACE_RESOURCE_ID/),
      onlyWhen("SCHEDULER_SKU", /with DURABLE_BACKEND=DurableTaskScheduler/),
      onlyWhen("SCHEDULER_CAPACITY", /with DURABLE_BACKEND=DurableTaskScheduler and SCHEDULER_SKU=Dedicated/),
      /SWEEP_SCHEDULE: /,
    ],
  },
];

const literal = (value: Value): string => {
  if (typeof value === "number") return `${value}`;
  return typeof value === "string" ? `'${value}'` : `[${value.map((one) => `'${one}'`).join(", ")}]`;
};

/** The complaints in the compiler's message: each begins with its variable. */
export const complaintsIn = (message: string): string[] => message.split(/(?<=[.?] )(?=[A-Z_]{4,}: )/);

/** Writes a file with the usual parameters of the layer and these inputs into the folder, and returns its path. */
export function parametersOfRefused({ layer, inputs }: Refused, folder: string): string {
  const lines = Object.entries(inputs).reduce(
    (text, [name, value]) =>
      `${text.replace(new RegExp(`^param ${name} = (\\[[^\\]]*\\]|.*)\n`, "m"), "")}param ${name} = ${literal(value)}\n`,
    USUAL[layer],
  );
  return `using '${relative(folder, `infra/${layer}.bicep`)}'\n${lines}`;
}
