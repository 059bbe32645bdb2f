// Finds the container that dropped backups go to, and checks that it may be written, before anything is registered or
// sent.
import type { ContainerClient, RestError } from "@azure/storage-blob";
import type { Given } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { withoutSignature } from "./blobUrl.ts";

/**
 * From --connection or SQLFERRY_BACKUPS: a connection string, or the blob service's URL, which takes the identity of
 * whoever signed in (az login). The local stack's storage where the API is that of the local stack, too. The SDK is
 * loaded here: it takes ten times as long as everything else, and no other verb needs it.
 */
export async function containerOf(given: Given): Promise<ContainerClient> {
  const place = given.text("connection") ?? process.env["SQLFERRY_BACKUPS"] ?? localStorage(given);
  const name = given.text("container") ?? "backups";
  const { blobContainer } = await import("../../shared/azure/clients.ts");
  if (/^https:\/\//i.test(place))
    return blobContainer({ kind: "identity", serviceUri: place, clientId: undefined }, name);
  try {
    return blobContainer({ kind: "connectionString", connectionString: place }, name);
  } catch {
    throw new FerryError(
      EXIT.usage,
      "--connection (or SQLFERRY_BACKUPS) is neither a connection string of a storage account (DefaultEndpointsProtocol=…) nor the URL of its blob service (https://…).",
    );
  }
}

function localStorage(given: Given): string {
  if (given.text("api") === undefined && process.env["SQLFERRY_API"] === undefined) return "UseDevelopmentStorage=true";
  throw new FerryError(
    EXIT.usage,
    "Where do the backups go? This API is not that of the local stack: say --connection or SQLFERRY_BACKUPS, the URL of the storage account's blob service or its connection string.",
  );
}

/**
 * A FerryError when the container is not there, cannot be reached, or may not be used. A blob is asked for, there or
 * not: a SAS for the container lets nobody ask for the container itself.
 */
export async function lookAt(container: ContainerClient, blobName: string): Promise<void> {
  const patience = setTimeout(
    () => console.error(`Waiting for an answer of ${withoutSignature(container.url)} ...`),
    SILENCE_MS,
  );
  try {
    await toldApart(container, "Nothing was sent or registered", () =>
      container
        .getBlobClient(blobName)
        .getProperties()
        .catch((error: RestError) => {
          if (error.statusCode !== 404 || codeOf(error) === "ContainerNotFound") throw error;
        }),
    );
  } finally {
    clearTimeout(patience);
  }
}

/** The SDK tries several times before it gives up: by then somebody wonders what it is that hangs. */
const SILENCE_MS = 2_000;

/** An answer without a body (HEAD) has its code in a header only. */
const codeOf = ({ code, response }: RestError): string | undefined => response?.headers.get("x-ms-error-code") ?? code;

/** What the storage refuses or does not answer becomes a FerryError; `standing` says how things stand. */
export async function toldApart<Answer>(
  container: ContainerClient,
  standing: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const { RestError: StorageError } = await import("@azure/storage-blob");
  const place = withoutSignature(container.url);
  try {
    return await send();
  } catch (error) {
    if (isNotSignedIn(error))
      throw new FerryError(EXIT.failed, `${place} takes an identity, and nobody is signed in (az login). ${standing}.`);
    if (!(error instanceof StorageError)) throw error;
    if (error.statusCode === 404) throw new FerryError(EXIT.notFound, `There is no container ${place}. ${standing}.`);
    const why = error.statusCode === undefined ? "cannot be reached" : "refuses the request";
    const code = [error.statusCode, codeOf(error)].filter((part) => part !== undefined).join(" ");
    throw new FerryError(EXIT.failed, `${place} ${why}: ${code || "no answer"}. ${standing}.`);
  }
}

/** What DefaultAzureCredential throws when none of its ways leads to a token. */
const isNotSignedIn = (error: unknown): boolean =>
  error instanceof Error && /^(CredentialUnavailable|(Aggregate)?Authentication)/.test(error.name);
