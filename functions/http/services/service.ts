// Which migration service does a request mean, and how is it told that Azure refused?
import type { HttpRequest } from "@azure/functions";
import { z } from "zod";
import type { EngineFailure, Sighting } from "../../../shared/migration/observed.ts";
import type { Refusal } from "../../../shared/migration/refusals.ts";
import { invalid } from "../problem.ts";

const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, "letters, digits and hyphens, at most 63");

/** The name in the route. It is looked up in the group of the configured service. */
export function serviceNameOf(request: HttpRequest): { readonly name: string } | Refusal {
  const name = Name.safeParse(request.params["name"]);
  return name.success ? { name: name.data } : invalid(name.error);
}

/** What was seen, or the refusal. */
export function seenOr<Facts>(seen: Sighting<Facts>, name: string): { readonly facts: Facts } | Refusal {
  if (seen.kind === "seen") return seen;
  if (seen.kind === "unreadable") return refusedByAzure(seen.failure);
  return {
    problem: "not-found",
    detail: `There is no migration service "${name}" beside the configured one. To create it: ferry service create ${name} --location REGION, or PUT /api/v1/services/${name}.`,
  };
}

/** Azure's own words, with cause and remedy; or when to ask again. */
export function refusedByAzure({ code, message, cause, remedy, kind, retryAfterSeconds }: EngineFailure): Refusal {
  if (kind === "wait") return { problem: "throttled", detail: message, retryAfterSeconds: retryAfterSeconds ?? 30 };
  return { problem: "dms-error", detail: `${cause} ${remedy}`, code, message, cause, fix: remedy };
}
