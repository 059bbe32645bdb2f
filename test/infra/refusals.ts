// Which inputs does a layer refuse before it begins, and in which words? One line per mistake that Azure would tell late or never.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001";
const OTHER = "/subscriptions/00000000-0000-0000-0000-000000000002";
const subnet = (name: string, subscription = SUBSCRIPTION): string =>
  `${subscription}/resourceGroups/rg-sql/providers/Microsoft.Network/virtualNetworks/vnet-sql/subnets/${name}`;
const resource = (type: string, name: string, subscription = SUBSCRIPTION): string =>
  `${subscription}/resourceGroups/rg/providers/${type}/${name}`;
const targets = { targetSubnetResourceIds: [subnet("sql")] };

/** Parameters that are in order. */
const USUAL = {
  backups: "param environmentName = 'refused'\nparam location = 'westeurope'\n",
  main: readFileSync("infra/snapshots/small.main.bicepparam", "utf8").replace(/^(\/\/|using).*\n/gm, ""),
};

export interface Refused {
  readonly layer: keyof typeof USUAL;
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly complaint: RegExp;
}
const ACCOUNT = resource("Microsoft.Storage/storageAccounts", "contosobackups", OTHER);
const TOPIC = resource("Microsoft.EventGrid/systemTopics", "events");

/** What Azure would refuse late, or take and do nothing with. */
export const REFUSED: readonly Refused[] = [
  {
    layer: "backups",
    inputs: { existingStorageAccountResourceId: "contosobackups" },
    complaint:
      /EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: "contosobackups" is not the resource id of a Microsoft\.Storage/,
  },
  {
    layer: "backups",
    inputs: { existingStorageAccountResourceId: `${ACCOUNT}/` },
    complaint: /EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: ".*\/" is not/,
  },
  {
    layer: "backups",
    inputs: { existingStorageAccountResourceId: ACCOUNT, existingSystemTopicResourceId: TOPIC },
    complaint: /EXISTING_SYSTEM_TOPIC_RESOURCE_ID: a system topic lies in the subscription of its account/,
  },
  {
    layer: "backups",
    inputs: { existingSystemTopicResourceId: TOPIC },
    complaint: /EXISTING_SYSTEM_TOPIC_RESOURCE_ID: it belongs to an account/,
  },
  {
    layer: "backups",
    inputs: { network: "1a", runtimeAddresses: ["203.0.113.1"] },
    complaint: /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=1a/,
  },
  { layer: "backups", inputs: { network: "2a" }, complaint: /TARGET_SUBNET_RESOURCE_IDS: with NETWORK=2a/ },
  { layer: "backups", inputs: { network: "1a", ...targets }, complaint: /RUNTIME_ADDRESSES: with NETWORK=1a/ },
  {
    layer: "backups",
    inputs: { network: "1b", ...targets },
    complaint: /RUNTIME_SUBNET_RESOURCE_IDS: with NETWORK=1b/,
  },
  {
    layer: "backups",
    inputs: { network: "2b", ...targets },
    complaint: /PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: NETWORK=2b needs/,
  },
  {
    layer: "backups",
    inputs: { network: "2b", ...targets, privateEndpointSubnetResourceId: subnet("endpoints", OTHER) },
    complaint: /PRIVATE_ENDPOINT_SUBNET_RESOURCE_ID: a private endpoint lies in its network's subscription/,
  },
  {
    layer: "backups",
    inputs: { network: "2a", targetSubnetResourceIds: [subnet("sql").replace("/subnets/sql", "")] },
    complaint: /TARGET_SUBNET_RESOURCE_IDS: ".*vnet-sql" is not the resource id of a Microsoft\.Network/,
  },
  { layer: "backups", inputs: targets, complaint: /NETWORK: public lets every network in/ },
  ...["198.51.100.0/31", "198.51.100.7/32", "198.51.100", "198.51.100.256", "a.b.c.d", "::1"].map(
    (address): Refused => ({
      layer: "backups",
      inputs: { network: "2a", ...targets, uploadAddresses: [address] },
      complaint: new RegExp(`UPLOAD_ADDRESSES: "${address}" is neither an IPv4 address nor a range`),
    }),
  ),
  ...["10.1.2.3", "172.16.0.0/12", "172.31.9.9", "192.168.0.0/16"].map(
    (address): Refused => ({
      layer: "backups",
      inputs: { network: "2a", ...targets, operatorAddresses: [address] },
      complaint: new RegExp(`OPERATOR_ADDRESSES: "${address}" is private`),
    }),
  ),
  ...["Sql_Backups", "sql--backups"].map(
    (container): Refused => ({
      layer: "backups",
      inputs: { container },
      complaint: new RegExp(`BACKUPS_CONTAINER: "${container}" is no name of a container`),
    }),
  ),
  {
    layer: "backups",
    inputs: {
      network: "2b",
      ...targets,
      privateEndpointSubnetResourceId: subnet("endpoints"),
      privateDnsZoneResourceId: resource("Microsoft.Network/privateDnsZones", "contoso.internal"),
    },
    complaint: /PRIVATE_DNS_ZONE_RESOURCE_ID: ".*contoso\.internal" is not a zone privatelink\.blob/,
  },
  {
    layer: "backups",
    inputs: { appNetworkRange: "10.83.0.0/27" },
    complaint: /APP_NETWORK_RANGE: "10\.83\.0\.0\/27" is not/,
  },
  { layer: "backups", inputs: { appNetworkRange: "10.83.0.9/24" }, complaint: /did you mean 10\.83\.0\.0\/24/ },
  {
    layer: "main",
    inputs: {
      targetSqlVmResourceIds: [resource("Microsoft.Compute/virtualMachines", "sqlvm-01")],
      defaultTargetSqlVmResourceId: "",
    },
    complaint: /TARGET_SQL_VM_RESOURCE_IDS: ".*sqlvm-01" is the machine/,
  },
  {
    layer: "main",
    inputs: { targetSqlVmResourceIds: [] },
    complaint: /TARGET_SQL_VM_RESOURCE_ID: the default target is not among/,
  },
  {
    layer: "main",
    inputs: { existingMigrationServiceResourceId: resource("Microsoft.DataMigration/services", "dms") },
    complaint: /EXISTING_DMS_SERVICE_RESOURCE_ID: /,
  },
  {
    layer: "main",
    inputs: { existingWorkspaceResourceId: "contoso-logs" },
    complaint: /EXISTING_WORKSPACE_RESOURCE_ID: /,
  },
  {
    layer: "main",
    inputs: { diagnosticsWorkspaceResourceId: "logs" },
    complaint: /DIAGNOSTICS_WORKSPACE_RESOURCE_ID: /,
  },
  {
    layer: "main",
    inputs: { backupsStorageAccountResourceId: "" },
    complaint: /BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: "" is not/,
  },
  ...["dba", "dba@example.com dba2@example.com"].map(
    (address): Refused => ({
      layer: "main",
      inputs: { alertEmails: [address] },
      complaint: new RegExp(`ALERT_EMAILS: "${address}" is not a mail address`),
    }),
  ),
  {
    layer: "main",
    inputs: { callerAddresses: ["198.51.100.0/33"] },
    complaint: /CALLER_ADDRESSES: "198\.51\.100\.0\/33" is neither/,
  },
];

const literal = (value: string | readonly string[]): string =>
  typeof value === "string" ? `'${value}'` : `[${value.map((one) => `'${one}'`).join(", ")}]`;

/** The usual parameters of the layer with these in their places, as a file in the folder. */
export function parametersOfRefused({ layer, inputs }: Refused, folder: string): string {
  const lines = Object.entries(inputs).reduce(
    (text, [name, value]) =>
      `${text.replace(new RegExp(`^param ${name} = (\\[[^\\]]*\\]|.*)\n`, "m"), "")}param ${name} = ${literal(value)}\n`,
    USUAL[layer],
  );
  return `using '${relative(folder, `infra/${layer}.bicep`)}'\n${lines}`;
}
