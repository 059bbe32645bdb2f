// Points the suite at a sqlferry that is already running: on the local host, the official host, or in Azure.
import { BlobServiceClient } from "@azure/storage-blob";
import type { Place } from "./client.ts";

/**
 * E2E_BASE_URL: page and API. E2E_BACKUPS: connection string of the account that backups are uploaded to,
 * E2E_CONTAINER: the container there (default "backups"). E2E_ARM_URL: the emulator of Azure that the host uses;
 * absent: the host uses Azure itself, and what the service accepted is not checked. Undefined without E2E_BASE_URL:
 * then the suite starts a stack of its own.
 */
export const elsewhere: Place | undefined = placeOf(process.env);

/** The reason why a test with injected faults is skipped there. */
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

/** Makes database names unique there, since the usual ones may be taken. */
export const suffix = elsewhere ? `_${Date.now().toString(36)}` : "";
