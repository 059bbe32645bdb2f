// Wraps every HTTP handler: checks sign-in and role, reads id, query and body, limits the time, and turns errors into
// problems.
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { z } from "zod";
import type { Caller } from "../../shared/api/roles.ts";
import { type RouteName, roleOf, type SignedInRoute } from "../../shared/api/routes.ts";
import { findMigration } from "../../shared/application/commands/command.ts";
import { MOST_BYTES } from "../../shared/assessed/assessmentShapes.ts";
import { isStorageAway, UnreadableRowError } from "../../shared/migration/faults.ts";
import type { MigrationFacts } from "../../shared/migration/migration.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import type { Invocation, Services } from "../../shared/ports.ts";
import { invocationOf } from "../invocation.ts";
import { callerWith } from "./caller.ts";
import { invalid, problem } from "./problem.ts";

/** What a handler gets: the caller is signed in and has the role. */
export interface Asked {
  readonly request: HttpRequest;
  readonly invocation: Invocation;
  readonly caller: Caller;
}

export type Answer = HttpResponseInit | Refusal | readonly Refusal[];

/** Every caller has an answer within this time, unless Azure has to be called for it. */
const ANSWER_WITHIN_MS = 4_500;
export const ASKS_AZURE_MS = 120_000;
const ASK_AGAIN_SECONDS = 10;

/**
 * Wraps a handler that answers with a response, a refusal, or several (the first gives the status). What it throws
 * becomes a problem.
 */
export const endpoint = (
  services: Services,
  name: SignedInRoute,
  handle: (asked: Asked) => Promise<Answer>,
  answerWithinMs = ANSWER_WITHIN_MS,
): HttpHandler =>
  called(name, async (request, context) => {
    const caller = callerWith(roleOf(name), request, services.config.auth);
    const answer: Answer =
      "problem" in caller
        ? caller
        : await within(answerWithinMs, handle({ request, invocation: invocationOf(context), caller })).catch((error) =>
            refusalFor(error, context),
          );
    if (isRefusal(answer)) return problem(services.config.problemsBase, answer);
    if (!Array.isArray(answer)) return answer as HttpResponseInit;
    const [first, ...others] = answer as readonly Refusal[];
    if (!first) throw new Error("A request was refused without a reason.");
    return problem(services.config.problemsBase, first, others);
  });

/** The same handler under the route's name, by which logs and tests recognize it. */
export const called = (name: RouteName, handler: HttpHandler): HttpHandler =>
  Object.defineProperty(handler, "name", { value: name });

class TooSlowError extends Error {}

/**
 * Resolves as `work` does, or rejects when it is late. `work` itself goes on and may still be carried out, as when an
 * answer is lost on its way.
 */
async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooSlowError(`No answer within ${milliseconds} ms.`)), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The durable client gives the status of the host's answer in its message alone. */
const isHostAway = (error: unknown): boolean => /unexpected status code: 5\d\d/.test(String(error));

function refusalFor(error: unknown, context: InvocationContext): Refusal {
  if (error instanceof TooSlowError || isStorageAway(error) || isHostAway(error)) {
    context.warn(`The storage does not answer: ${String(error)}`);
    return {
      problem: "storage-unavailable",
      detail:
        "The storage that holds sqlferry's records does not answer at the moment. Nothing that was noted is lost. Ask again; whether a request that changes something was noted, its answer says when you repeat it.",
      retryAfterSeconds: ASK_AGAIN_SECONDS,
    };
  }
  context.error(error);
  if (error instanceof UnreadableRowError) return { problem: "row-unreadable", detail: error.message };
  return {
    problem: "internal-error",
    detail: `This is a fault of sqlferry's. Its log has the cause under the invocation ${context.invocationId}.`,
  };
}

/** The same for a handler that calls Azure, which may take longer than the tables do. */
export const azureEndpoint = (
  services: Services,
  name: SignedInRoute,
  handle: (asked: Asked) => Promise<Answer>,
): HttpHandler => endpoint(services, name, handle, ASKS_AZURE_MS);

/** The migration named in the route, or the refusal. */
export const migrationOf = (services: Services, { params }: HttpRequest): Promise<MigrationFacts | Refusal> =>
  findMigration(services, params["id"] ?? "");

/** The request's JSON body, checked strictly by the schema; an empty body counts as {}. */
export async function bodyOf<Shape>(
  request: HttpRequest,
  schema: z.ZodType<Shape>,
): Promise<{ body: Shape } | Refusal> {
  const text = await request.text();
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES)
    return {
      problem: "too-large",
      detail: `The body has ${bytes} bytes; at most ${MOST_BYTES} are taken. Send it in several requests.`,
      mostBytes: MOST_BYTES,
    };
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    return {
      problem: "validation",
      detail: `The body is not JSON: ${(error as Error).message}`,
      errors: [{ pointer: "", message: "not JSON" }],
    };
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? { body: parsed.data } : invalid(parsed.error);
}

/** The request's parameters, checked strictly by the schema: a mistyped filter must not look like an empty list. */
export function queryOf<Query>(request: HttpRequest, schema: z.ZodType<Query>): { query: Query } | Refusal {
  const parsed = schema.safeParse(Object.fromEntries(request.query));
  return parsed.success ? { query: parsed.data } : invalid(parsed.error);
}

/**
 * The tag in If-Match or If-None-Match, without quotes; a proxy may have weakened it. Undefined when the header is
 * missing.
 */
export const tagIn = (request: HttpRequest, header: "if-match" | "if-none-match"): string | undefined =>
  request.headers
    .get(header)
    ?.trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");

export const isRefusal = (value: object): value is Refusal => "problem" in value;
