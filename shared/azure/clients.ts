// Builds the SDK client for each service from endpoints and credentials; nothing is sent.
import { TableClient } from "@azure/data-tables";
import { AzureKeyCredential, EventGridPublisherClient } from "@azure/eventgrid";
import { DefaultAzureCredential, type TokenCredential } from "@azure/identity";
import { ContainerClient } from "@azure/storage-blob";

/** How a storage account is reached. */
export type Connection =
  | { readonly kind: "connectionString"; readonly connectionString: string }
  | { readonly kind: "identity"; readonly serviceUri: string; readonly clientId: string | undefined };

/**
 * How long one call to the storage, its retries included, may take: of work that nobody sees, and while somebody
 * waits for an answer.
 */
export const WORK_PATIENCE_MS = 60_000;
export const ANSWER_PATIENCE_MS = 3_500;

/** The identity of the app: of the platform in Azure, of whoever signed in on a workstation. */
export const credentialFor = (clientId: string | undefined): TokenCredential =>
  new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });

export function blobContainer(connection: Connection, container: string): ContainerClient {
  if (connection.kind === "connectionString") return new ContainerClient(connection.connectionString, container);
  const url = `${withoutSlash(connection.serviceUri)}/${container}`;
  return new ContainerClient(url, credentialFor(connection.clientId));
}

/**
 * The client refuses http unless told otherwise: Azurite has no other address. A call is given up after `patienceMs`.
 */
export function stateTable(connection: Connection, table: string, patienceMs = WORK_PATIENCE_MS): TableClient {
  const additionalPolicies = [{ policy: givenUpAfter(patienceMs), position: "perCall" as const }];
  if (connection.kind === "identity")
    return new TableClient(connection.serviceUri, table, credentialFor(connection.clientId), { additionalPolicies });
  const { connectionString } = connection;
  const allowInsecureConnection = /(^|;)(TableEndpoint=http:|DefaultEndpointsProtocol=http(;|$))/i.test(
    connectionString,
  );
  return TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection, additionalPolicies });
}

type Policies = NonNullable<NonNullable<ConstructorParameters<typeof TableClient>[2]>["additionalPolicies"]>;

/** The SDK itself waits for ever, and as long between two tries as the service says. */
const givenUpAfter = (milliseconds: number): Policies[number]["policy"] => ({
  name: "givenUpAfter",
  sendRequest(request, next) {
    request.abortSignal ??= AbortSignal.timeout(milliseconds);
    return next(request);
  },
});

/** With the topic's key, or else with the identity; a token is never sent over http. */
export function eventTopic(
  { topicEndpoint, topicKey }: { readonly topicEndpoint: string; readonly topicKey: string | undefined },
  credential: TokenCredential,
): EventGridPublisherClient<"CloudEvent"> {
  const allowInsecureConnection = topicEndpoint.startsWith("http:");
  const key = topicKey === undefined ? credential : new AzureKeyCredential(topicKey);
  // What is not taken at the second try waits in the outbox.
  const retryOptions = { maxRetries: 1, retryDelayInMs: 200 };
  return new EventGridPublisherClient(topicEndpoint, "CloudEvent", key, { allowInsecureConnection, retryOptions });
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");
