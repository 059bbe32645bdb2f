// Checks whether the VM and DMS can reach the storage account, as far as the control plane can tell: checks P22 to P24.

import type { Check } from "../migration/migration.ts";
import type { BackupAccountFacts, Sighting } from "../migration/observed.ts";
import { check, type Finding, unreadable } from "./check.ts";
import type { PreflightFacts } from "./preflight.ts";
import { isSameId } from "./targetChecks.ts";

export const storageChecks = (facts: PreflightFacts): Check[] => [
  check(
    "P22",
    "storageAccounts GET, network interfaces",
    "Add the VM's subnet to the storage firewall or a private endpoint in its virtual network; allow outbound 443.",
    network(facts),
  ),
  check("P23", "allowSharedKeyAccess", "Allow shared keys for the time of the migration.", sharedKey(facts)),
  check(
    "P24",
    "storageAccounts listKeys",
    "Grant the app's identity Microsoft.Storage/storageAccounts/listKeys/action on the account.",
    keyReadable(facts),
  ),
];

/** Names resolved and routes inside the VM's network are beyond the control plane. */
function network({ account, vmSubnets }: PreflightFacts): Finding {
  if (account.kind !== "seen") return unseen(account);
  const { publicNetworkAccess, defaultAction, allowedSubnetIds, privateEndpoints } = account.facts;
  const throughEndpoint = `${privateEndpoints} private endpoint${privateEndpoints === 1 ? "" : "s"}`;
  if (publicNetworkAccess !== undefined && publicNetworkAccess !== "Enabled")
    return {
      outcome: privateEndpoints > 0 ? "warn" : "fail",
      observed: `public access ${publicNetworkAccess}, ${throughEndpoint}`,
      message:
        privateEndpoints > 0
          ? "The account is reached by private endpoint only; whether the VM's network has one cannot be told."
          : "The account takes no connection: public access is off, and there is no private endpoint.",
    };
  if (defaultAction === undefined)
    return {
      outcome: "unknown",
      observed: "not reported",
      message: "The storage firewall's default action is not known.",
    };
  if (defaultAction === "Allow")
    return { outcome: "pass", observed: "Allow", message: "The storage account is open to all networks." };
  const observed = `${defaultAction}, ${allowedSubnetIds.length} subnets, ${throughEndpoint}`;
  if (vmSubnets.kind !== "seen")
    return {
      outcome: allowedSubnetIds.length + privateEndpoints > 0 ? "unknown" : "fail",
      observed,
      message: `The storage firewall lets in ${allowedSubnetIds.length} subnets; that of the VM could not be read${
        vmSubnets.kind === "unreadable" ? `: ${vmSubnets.failure.message}` : "."
      }`,
    };
  if (vmSubnets.facts.some((subnet) => allowedSubnetIds.some((allowed) => isSameId(allowed, subnet))))
    return { outcome: "pass", observed, message: "The storage firewall lets the VM's subnet in." };
  return privateEndpoints > 0
    ? {
        outcome: "warn",
        observed,
        message:
          "The firewall does not let the VM's subnet in; whether a private endpoint is in its network cannot be told.",
      }
    : { outcome: "fail", observed, message: "The storage firewall does not let the VM's subnet in." };
}

function sharedKey({ account, blobAuth }: PreflightFacts): Finding {
  if (blobAuth === "ManagedIdentity") return BY_IDENTITY;
  if (account.kind !== "seen") return unseen(account);
  const isAllowed = account.facts.allowSharedKeyAccess !== false; // absent means true
  return {
    outcome: isAllowed ? "pass" : "fail",
    observed: isAllowed ? "allowed" : "not allowed",
    message: isAllowed
      ? "The account takes its keys."
      : "The account does not take its keys, and DMS reads the backups with one.",
  };
}

function keyReadable({ key, blobAuth }: PreflightFacts): Finding {
  if (blobAuth === "ManagedIdentity") return BY_IDENTITY;
  if (key.kind === "seen")
    return { outcome: "pass", observed: "readable", message: "The app may read the account's key." };
  if (key.kind === "unreadable") return unreadable("The account's key", key.failure, "fail");
  return { outcome: "fail", observed: "not found", message: "The storage account does not exist." };
}

const BY_IDENTITY: Finding = {
  outcome: "skip",
  observed: "ManagedIdentity",
  message: "No key is used: DMS_BLOB_AUTH is ManagedIdentity.",
};

const unseen = (account: Exclude<Sighting<BackupAccountFacts>, { kind: "seen" }>): Finding =>
  account.kind === "unreadable"
    ? unreadable("The storage account", account.failure)
    : { outcome: "fail", observed: "not found", message: "The storage account does not exist." };
