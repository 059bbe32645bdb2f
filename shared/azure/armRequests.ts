// How is one request sent to Azure Resource Manager, and what can come back? As data, whatever the answer.
import { CloudErrorMapper } from "@azure/ms-rest-azure-js";
import { type AbortSignalLike, type OperationSpec, RestError, Serializer, type ServiceClient } from "@azure/ms-rest-js";
import { ARM_OPERATIONS, type ArmOperationId } from "./armOperations.ts";

export interface ArmRequest {
  readonly operation: ArmOperationId;
  /** Of the path's {names}; percent-encoded one by one. */
  readonly values: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Parts of the body that must not come back in a message. */
  readonly secrets?: readonly string[];
}

/** Sends one request somewhere. */
export type SendArm = (request: ArmRequest) => Promise<ArmAnswer>;

export type ArmAnswer = ArmSuccess | ArmRefusal | ArmSilence;

export interface ArmSuccess {
  readonly kind: "ok";
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
}

/** An HTTP status outside 2xx, with the error of ARM's `{"error":{"code","message"}}`. */
export interface ArmRefusal {
  readonly kind: "refused";
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** No answer: network, timeout, or no token. A mutation may have happened all the same. */
export interface ArmSilence {
  readonly kind: "silent";
  readonly message: string;
}

const ANSWER_WITHIN_MS = 30_000;
const LONGEST_MESSAGE = 4_000;

/** Sends one request through the pipeline of a management client (credential, base address). Throws on programming errors only. */
export async function sendArm(client: ServiceClient, request: ArmRequest): Promise<ArmAnswer> {
  try {
    const result = await client.sendOperationRequest(argumentsOf(request), specOf(request));
    const retryAfter = secondsOf(result._response.headers.get("retry-after"));
    return { kind: "ok", body: result["body"], ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }) };
  } catch (error) {
    return answerOf(error, request.secrets ?? []);
  }
}

// A parameter that is missing from the arguments is looked up on the client, which has an `apiVersion` of its own:
// hence the other name for ours.
const argumentsOf = (request: ArmRequest) => ({
  ...request.values,
  ...request.query,
  armApiVersion: request.apiVersion,
  armBody: request.body,
  // The pipeline's own `timeout` leaves its timer behind, which keeps the process alive.
  options: { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) as AbortSignalLike },
});

const textMapper = (serializedName: string) => ({ required: true, serializedName, type: { name: "String" } }) as const;
const anyBody = { serializedName: "body", type: { name: "Object" } } as const;
const accepted = { bodyMapper: anyBody };

const specOf = (request: ArmRequest): OperationSpec => ({
  httpMethod: ARM_OPERATIONS[request.operation].method,
  path: ARM_OPERATIONS[request.operation].path,
  urlParameters: Object.keys(request.values).map((name) => ({ parameterPath: name, mapper: textMapper(name) })),
  queryParameters: [
    { parameterPath: "armApiVersion", mapper: textMapper("api-version") },
    ...Object.keys(request.query ?? {}).map((name) => ({ parameterPath: name, mapper: textMapper(name) })),
  ],
  ...(request.body === undefined
    ? {}
    : { requestBody: { parameterPath: "armBody", mapper: { ...anyBody, required: true } } }),
  responses: { 200: accepted, 201: accepted, 202: accepted, 204: {}, default: { bodyMapper: CloudErrorMapper } },
  serializer: new Serializer({}, false),
});

// The error object holds the request, and with it keys: only these few fields leave this file.
function answerOf(error: unknown, secrets: readonly string[]): ArmAnswer {
  if (!(error instanceof Error)) throw error;
  if (error instanceof RestError && error.statusCode !== undefined && error.statusCode >= 300) {
    const retryAfterSeconds = secondsOf(error.response?.headers.get("retry-after"));
    return {
      kind: "refused",
      status: error.statusCode,
      code: error.code ?? `Http${error.statusCode}`,
      message: error.code === undefined ? "There is no error of ARM in the body." : quotable(error.message, secrets),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
  }
  if (isSilence(error)) return { kind: "silent", message: quotable(error.message, secrets) };
  throw error;
}

const quotable = (message: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret !== "")
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .reduce((text, secret) => text.replaceAll(secret, "***"), message)
    .slice(0, LONGEST_MESSAGE);

const SILENT_NAMES = [
  "FetchError",
  "AbortError",
  "CredentialUnavailableError",
  "AuthenticationError",
  "AggregateAuthenticationError",
];

const isSilence = (error: Error): boolean => error instanceof RestError || SILENT_NAMES.includes(error.name);

/** Why there is no answer to work with, in one line. */
export const reasonOf = (answer: ArmRefusal | ArmSilence): string =>
  answer.kind === "silent" ? answer.message : `${answer.status} ${answer.code}: ${answer.message}`;

function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
