// What does every HTTP function do before its own work? Sign-in and role, the id in the route, the body, errors as problems.
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { z } from "zod";
import type { MigrationFacts } from "../../shared/migration/migration.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import type { Services } from "../../shared/services.ts";
import { type Caller, callerWith, type Role } from "./caller.ts";
import { invalid, problem } from "./problem.ts";

/** What a handler is given: the caller is signed in and has the role. */
export interface Asked {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly caller: Caller;
}

export type Answer = HttpResponseInit | Refusal | readonly Refusal[];

/** Ids are made of these characters only; anything else is simply not found. */
const MigrationId = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** Wraps a handler that answers with a response, a refusal, or several (the first gives the status). */
export const endpoint =
  (services: Services, role: Role, handle: (asked: Asked) => Promise<Answer>): HttpHandler =>
  async (request, context) => {
    const caller = callerWith(role, request, services.config.auth);
    const answer = "problem" in caller ? caller : await handle({ request, context, caller });
    if (isRefusal(answer)) return problem(services.config.problemsBase, answer);
    if (!Array.isArray(answer)) return answer as HttpResponseInit;
    const [first, ...others] = answer as readonly Refusal[];
    if (!first) throw new Error("A request was refused without a reason.");
    return problem(services.config.problemsBase, first, others);
  };

/** The migration named in the route, or the refusal. */
export async function migrationOf({ migrations }: Services, request: HttpRequest): Promise<MigrationFacts | Refusal> {
  const asked = request.params["id"] ?? "";
  const id = MigrationId.safeParse(asked);
  const facts = id.success ? await migrations.facts(id.data) : undefined;
  return (
    facts ?? {
      problem: "not-found",
      detail: `There is no migration "${asked.slice(0, 80)}". GET /api/v1/migrations lists them with their ids.`,
    }
  );
}

/** The request's JSON body, strictly of the schema's shape; an empty body counts as {}. */
export async function bodyOf<Shape>(
  request: HttpRequest,
  schema: z.ZodType<Shape>,
): Promise<{ body: Shape } | Refusal> {
  const text = await request.text();
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

/** The plan version in If-Match or If-None-Match, without quotes; a proxy may have weakened it. Undefined when the header is missing. */
export const planVersionIn = (request: HttpRequest, header: "if-match" | "if-none-match"): string | undefined =>
  request.headers
    .get(header)
    ?.trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");

export const isRefusal = (value: object): value is Refusal => "problem" in value;
