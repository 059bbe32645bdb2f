// Lists every address that differs between Azure's clouds: where they answer, and whom their tokens are for.

export interface Cloud {
  /** As `az cloud list` and Bicep's environment() call it. */
  readonly name: "AzureCloud" | "AzureUSGovernment" | "AzureChinaCloud";
  readonly resourceManager: string;
  readonly graph: string;
  /** Where people sign in, and give consent. */
  readonly login: string;
  readonly keyVaultScope: string;
  /**
   * Topics take the audience that Event Grid's SDK asks identities' tokens for, https://eventgrid.azure.net, whatever
   * the cloud. False: no public page says that they do there.
   */
  readonly topicsTakeIdentities: boolean;
}

export const PUBLIC_CLOUD: Cloud = {
  name: "AzureCloud",
  resourceManager: "https://management.azure.com",
  graph: "https://graph.microsoft.com",
  login: "https://login.microsoftonline.com",
  keyVaultScope: "https://vault.azure.net/.default",
  topicsTakeIdentities: true,
};

export const CLOUDS: readonly Cloud[] = [
  PUBLIC_CLOUD,
  {
    name: "AzureUSGovernment",
    resourceManager: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    login: "https://login.microsoftonline.us",
    keyVaultScope: "https://vault.usgovcloudapi.net/.default",
    topicsTakeIdentities: false,
  },
  {
    name: "AzureChinaCloud",
    resourceManager: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    login: "https://login.chinacloudapi.cn",
    keyVaultScope: "https://vault.azure.cn/.default",
    topicsTakeIdentities: false,
  },
];

/**
 * The cloud whose Resource Manager answers there; undefined when nobody has said of that address what else belongs to
 * it.
 */
export const cloudAt = (resourceManager: string): Cloud | undefined =>
  CLOUDS.find((cloud) => cloud.resourceManager === resourceManager.replace(/\/+$/, "").toLowerCase());

/**
 * What a token for the Resource Manager at this address is asked for; an address of no known cloud takes the public
 * one's.
 */
export const resourceManagerScope = (resourceManager: string): string =>
  `${(cloudAt(resourceManager) ?? PUBLIC_CLOUD).resourceManager}/.default`;

/** Stands in for Azure on one machine. */
export const isEmulator = (resourceManager: string): boolean => /^http:/i.test(resourceManager);
