// Sends one request to Azure Resource Manager and returns whatever comes back as data.
import type { DataMigrationServiceModels } from "@azure/arm-datamigration";
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  isRestError,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { resourceManagerScope } from "../clouds.ts";
import { missing } from "../dms/failures.ts";
import { ARM_OPERATIONS, type ArmOperationId } from "./armOperations.ts";
import { type Note, refusalText } from "./notes.ts";

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

interface ArmSuccess {
  readonly kind: "ok";
  /** Undefined when the body is empty, or no JSON. */
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
}

/** An HTTP status outside 2xx, with the error of ARM's `{"error":{"code","message","details"}}`. */
export interface ArmRefusal {
  readonly kind: "refused";
  readonly operation: ArmOperationId;
  readonly status: number;
  /** "Http404" when the body holds no error of ARM. */
  readonly code: string;
  /** With those of the details. */
  readonly message: string;
  /** x-ms-request-id: what Microsoft's support asks for. */
  readonly requestId?: string;
  readonly retryAfterSeconds?: number;
}

/** No answer: network, timeout, or no token. A mutation may have happened all the same. */
export interface ArmSilence {
  readonly kind: "silent";
  readonly message: string;
}

export interface ArmAccess {
  readonly credential: TokenCredential;
  /** Of Azure Resource Manager: "https://management.azure.com". */
  readonly endpoint: string;
  /** Takes what was refused, and what nobody has heard of. */
  readonly note?: Note;
}

const ANSWER_WITHIN_MS = 30_000;
const LONGEST_MESSAGE = 4_000;
/** Whatever a service asks for, somebody looks again after this. */
const LONGEST_PAUSE_SECONDS = 3_600;

/**
 * Nothing is sent twice: retries belong to the orchestrator's durable timers. Refusals are noted; that something is
 * not there is none. The returned function throws on programming errors only.
 */
export function armSender({ credential, endpoint, note }: ArmAccess): SendArm {
  const scope = resourceManagerScope(endpoint);
  const pipeline = createPipelineFromOptions({});
  pipeline.removePolicy({ phase: "Retry" });
  const client = createDefaultHttpClient();
  return async (request) => {
    try {
      const token = await credential.getToken(scope);
      const headers = createHttpHeaders({
        accept: "application/json",
        authorization: `Bearer ${token?.token ?? ""}`,
        ...(request.body !== undefined && { "content-type": "application/json; charset=utf-8" }),
      });
      const response = await pipeline.sendRequest(
        client,
        createPipelineRequest({
          url: urlOf(endpoint, request),
          method: ARM_OPERATIONS[request.operation].method,
          headers,
          ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
          allowInsecureConnection: endpoint.startsWith("http:"),
          abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        }),
      );
      const answer = answerOf(response, request);
      if (answer.kind === "refused" && missing(answer) === undefined) note?.(refusalText(answer), answer.requestId);
      return answer;
    } catch (error) {
      if (isSilence(error)) return { kind: "silent", message: quotable(error.message, request.secrets ?? []) };
      throw error;
    }
  };
}

function urlOf(endpoint: string, { operation, values, apiVersion, query = {} }: ArmRequest): string {
  const path = ARM_OPERATIONS[operation].path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${operation} needs a value for {${name}}.`);
    return encodeURIComponent(value);
  });
  const search = Object.entries({ "api-version": apiVersion, ...query }).map(
    ([name, value]) => `${encodeURIComponent(name).replace(/^%24/, "$")}=${encodeURIComponent(value)}`,
  );
  return `${endpoint.replace(/\/+$/, "")}${path}?${search.join("&")}`;
}

function answerOf({ status, bodyAsText, headers }: PipelineResponse, request: ArmRequest): ArmAnswer {
  const pause = pauseOf((name) => headers.get(name));
  const retryAfter = pause === undefined ? {} : { retryAfterSeconds: pause };
  const body = parsed(bodyAsText);
  if (status >= 200 && status < 300) return { kind: "ok", body, ...retryAfter };
  const { code, message } = errorIn(body) ?? {
    code: `Http${status}`,
    message: "There is no error of ARM in the body.",
  };
  const requestId = headers.get("x-ms-request-id");
  return {
    kind: "refused",
    operation: request.operation,
    status,
    code,
    message: quotable(message, request.secrets ?? []),
    ...(requestId !== undefined && { requestId }),
    ...retryAfter,
  };
}

function parsed(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/**
 * ODataError, or what comes in its place: a code that is a number, members in capitals, an error without the
 * envelope.
 */
type LooseError = { readonly [Name in keyof DataMigrationServiceModels.ODataError]?: unknown };

function errorIn(body: unknown): { readonly code: string; readonly message: string } | undefined {
  const outer = lowered(body);
  const error: LooseError = typeof outer["error"] === "object" ? lowered(outer["error"]) : outer;
  const code = textOf(error.code);
  return code === undefined ? undefined : { code, message: messagesIn(error).join(" ") };
}

/** The message, then those of the details, each once: the cause often stands in a detail alone. */
function messagesIn(error: LooseError): string[] {
  const details = Array.isArray(error.details) ? error.details.map(lowered) : [];
  const inner = details.flatMap((detail: LooseError) => {
    const code = textOf(detail.code);
    const text = messagesIn(detail).join(" ");
    return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
  });
  return [...new Set([textOf(error.message) ?? "", ...inner].filter((text) => text !== ""))];
}

/** The members of an object under names that begin with a small letter. */
const lowered = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name.charAt(0).toLowerCase() + name.slice(1), inner]),
      )
    : {};

const textOf = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;

const quotable = (message: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret !== "")
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .reduce((text, secret) => text.replaceAll(secret, "***"), message)
    .slice(0, LONGEST_MESSAGE);

const SILENT_NAMES = [
  "AbortError",
  "TimeoutError",
  "CredentialUnavailableError",
  "AuthenticationError",
  "AggregateAuthenticationError",
];

const isSilence = (error: unknown): error is Error =>
  isRestError(error) || (error instanceof Error && SILENT_NAMES.includes(error.name));

/** Why there is no answer to work with, in one line. */
export const reasonOf = (answer: ArmRefusal | ArmSilence): string =>
  answer.kind === "silent" ? answer.message : `${answer.status} ${answer.code}: ${answer.message}`;

/** Retry-After in seconds or as a date (by the service's own clock), or in milliseconds as some services send it. */
export function pauseOf(header: (name: string) => string | undefined): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const ms = header(name);
    if (ms !== undefined && /^\d+$/.test(ms)) return bounded(Math.ceil(Number(ms) / 1000));
  }
  const text = header("retry-after")?.trim();
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Math.ceil(Number(text)));
  const [until, now] = [Date.parse(text), Date.parse(header("date") ?? "")];
  return Number.isNaN(until) || Number.isNaN(now) ? undefined : bounded(Math.ceil((until - now) / 1000));
}

const bounded = (seconds: number): number => Math.min(Math.max(seconds, 0), LONGEST_PAUSE_SECONDS);
