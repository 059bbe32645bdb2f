// Wraps every verb that changes something: reads the caller, the idempotency key, the parameters and the body, makes
// one call, and turns its outcome into an HTTP answer.
import { createHash } from "node:crypto";
import type { HttpHandler, HttpRequest } from "@azure/functions";
import { z } from "zod";
import type { Caller } from "../../shared/api/roles.ts";
import type { SignedInRoute } from "../../shared/api/routes.ts";
import type { Asked, Command } from "../../shared/application/commands/command.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";
import type { Services } from "../../shared/ports.ts";
import { ASKS_AZURE_MS, bodyOf, endpoint, isRefusal, tagIn } from "./endpoint.ts";
import { answered } from "./respond.ts";

/**
 * A handler that calls `carryOut` with the parsed request. `answerWithinMs`: for a verb that takes longer than table
 * requests do.
 */
export const command =
  <Body>(name: SignedInRoute, schema: z.ZodType<Body>, carryOut: Command<Body>, answerWithinMs?: number) =>
  (services: Services): HttpHandler =>
    endpoint(
      services,
      name,
      async ({ request, invocation, caller }) => {
        const parsed = await bodyOf(request, schema);
        if (isRefusal(parsed)) return parsed;
        const planVersion = tagIn(request, "if-match");
        const key = keyOf(request, caller, [planVersion, parsed.body]);
        if (key && isRefusal(key)) return key;
        const about = { ...Object.fromEntries(request.query), ...request.params };
        const asked = { caller, body: parsed.body, about, planVersion, key };
        const done = await carryOut(services, invocation, asked);
        return "outcome" in done ? answered(done) : done;
      },
      answerWithinMs,
    );

/** The same for a verb that calls Azure, which may take longer than the tables do. */
export const azureCommand = <Body>(
  name: SignedInRoute,
  schema: z.ZodType<Body>,
  carryOut: Command<Body>,
): ((services: Services) => HttpHandler) => command(name, schema, carryOut, ASKS_AZURE_MS);

/** For a verb that takes nothing from its body. */
export const Anything = z.unknown();

/** What a client may choose as a key: printable ASCII. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The key of one caller: the same key of another caller neither reveals nor repeats an answer. Requests are compared by
 * hash alone.
 */
function keyOf(request: HttpRequest, { id, name }: Caller, parts: readonly unknown[]): Asked<unknown>["key"] | Refusal {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!KEY.test(key)) {
    const message = "Idempotency-Key: 1 to 255 printable ASCII characters";
    return { problem: "validation", detail: `${message}.`, errors: [{ pointer: "", message }] };
  }
  const { pathname, search } = new URL(request.url);
  return { key: hash([id ?? name, key]), request: hash([request.method, pathname + search, ...parts]) };
}

const hash = (parts: readonly unknown[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
