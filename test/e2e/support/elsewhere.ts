// Points the suite at a running sqlferry: any host that serves the app: the local one, the official one, or one in
// Azure.
import { BlobServiceClient } from "@azure/storage-blob";
import type { Place } from "./client.ts";

/**
 * E2E_BASE_URL: page and API. E2E_BACKUPS: connection string of the account that backups are dropped into, E2E_CONTAINER: the container
 * there (default "backups"). E2E_ARM_URL: the emulator of Azure that this host talks to; absent: it talks to Azure itself, and what the
 * service accepted is not looked at. Undefined without E2E_BASE_URL: then the suite starts a stack of its own.
 */
export const elsewhere: Place | undefined = placeOf(process.env);

/** Why a test of trouble is left out there. */
export const needsOwnStack =
  elsewhere && "the host that E2E_BASE_URL names can be neither killed nor steered into faults";

function placeOf({ E2E_BASE_URL, E2E_BACKUPS, E2E_CONTAINER, E2E_ARM_URL }: NodeJS.ProcessEnv): Place | undefined {
  if (!E2E_BASE_URL) return undefined;
  if (!E2E_BACKUPS) throw new Error("E2E_BASE_URL needs E2E_BACKUPS: the connection string of the backups' account.");
  return {
    baseUrl: E2E_BASE_URL.replace(/\/+$/, ""),
    backups: BlobServiceClient.fromConnectionString(E2E_BACKUPS).getContainerClient(E2E_CONTAINER ?? "backups"),
    ...(E2E_ARM_URL && { armUrl: E2E_ARM_URL }),
  };
}

/** Ends the names of the databases there: others may be called so already. */
export const suffix = elsewhere ? `_${Date.now().toString(36)}` : "";
