// Lists what goes wrong with backups: on their way from a share, in the storage account, and with each other.
import type { Explanation } from "./explanation.ts";

export const SHARES: readonly Explanation[] = [
  {
    codes: ["2043", "CreateContainerFailed"],
    cause: "The staging container could not be created.",
    remedy: "Check network, DNS and key of the staging storage account.",
    kind: "user",
  },
  {
    codes: ["2049", "FileShareTestConnectionFailed"],
    says: ["resolved ip address", "local host", "5.28.8488"],
    cause: "The integration runtime refuses a share on its own host.",
    remedy: "Use another host for the runtime, or switch that validation off.",
    kind: "user",
  },
  {
    codes: ["2049", "FileShareTestConnectionFailed"],
    cause: "The integration runtime may not open the share.",
    remedy: "Check the share's path, and its user's password and permissions, then start again.",
    kind: "user",
  },
  {
    says: ["integration runtime … remote name could not be resolved"],
    cause: "The host of the integration runtime does not resolve the name that the message quotes.",
    remedy: "Repair DNS on the runtime's host, not on the VM, then start again.",
    kind: "user",
  },
  {
    says: ["integration runtime … is denied", "integration runtime … logon failure"],
    cause: "The integration runtime may not open the share.",
    remedy: "Check the share's user, its password and its permissions, then start again.",
    kind: "user",
  },
  {
    codes: ["2014", "IntegrationRuntimeIsNotOnline", "9054"],
    cause: "The integration runtime is down.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    says: [
      "failed to connect to integration runtime",
      "integration runtime … is not online",
      "integration runtime … isn't online",
      "integration runtime … offline",
    ],
    cause: "The integration runtime cannot be reached.",
    remedy: "Start or register the integration runtime.",
    kind: "wait",
  },
  {
    codes: ["2012", "TestConnectionFailed"],
    cause: "The integration runtime does not reach the share or the source: path, DNS or credentials.",
    remedy: "Repair what the message names, then start again.",
    kind: "user",
  },
  {
    says: ["test connections using provided integration runtime"],
    cause: "The integration runtime does not reach the share: path, DNS or credentials.",
    remedy: "Repair the access to the share, then start again.",
    kind: "user",
  },
];

export const STORAGE: readonly Explanation[] = [
  {
    says: [
      "remote name could not be resolved",
      "unable to connect to the remote server",
      "port 443",
      "no such host is known",
    ],
    cause: "The VM does not reach the storage account: DNS or an outbound rule.",
    remedy: "Allow outbound 443 to *.blob.core.windows.net, repair DNS, then start again.",
    kind: "user",
  },
  {
    says: [
      "unable to read blobs … (404)",
      "ContainerNotFound",
      "BlobNotFound",
      "the specified container does not exist",
    ],
    cause: "The container, or a file in it, is not there.",
    remedy: "Check that the backups lie where the migration looks for them, then start again.",
    kind: "user",
  },
  {
    says: ["(403) forbidden", "unable to read blobs", "not authorized to perform this operation"],
    cause: "The VM may not read the storage account.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
  {
    says: [
      "storage connection is broken",
      "storage account's firewall",
      "storage firewall",
      "storage account firewall",
    ],
    cause: "The storage account could not be reached: network or key.",
    remedy:
      "Open the storage firewall to the VM's subnet or add a private endpoint, check the account key, then start again.",
    kind: "user",
  },
];

export const CHAIN: readonly Explanation[] = [
  {
    says: ["should be the last restore backup file"],
    cause: "The file named as the last backup is not the newest one of the chain.",
    remedy: "Start again with the last backup that sqlferry proposes.",
    kind: "user",
  },
  {
    says: ["restore plan is broken"],
    cause: "The chain has a gap, or a foreign file is in it.",
    remedy: "Supply the missing LSN range shown on the chain page, then start again.",
    kind: "user",
  },
  {
    says: ["backups from multiple databases"],
    cause: "The folder holds backups of more than one database.",
    remedy: "Keep one folder per database: move the files that sqlferry lists as foreign.",
    kind: "user",
  },
  {
    says: ["missing checksum"],
    cause: "A backup was taken without checksums.",
    remedy: "Back up WITH CHECKSUM and start again.",
    kind: "user",
  },
  {
    says: ["too many full text catalog", "too many full-text catalog"],
    cause: "The database has full-text catalogs.",
    remedy: "Drop the full-text catalogs at the source, back up anew and start again.",
    kind: "user",
  },
];
