// Carries out what an Admin requests of migration services and their integration runtimes. Azure stores them; nothing
// of it is stored here.
//
// Requests are safe to repeat: creating a service that exists changes nothing, a node is deleted once, and a key that
// is regenerated twice only replaces one that nobody has received.
import type { ServiceKeys, ServiceNoted } from "../../api/answers/services.ts";
import type { RegenerateBody, ServiceBody } from "../../api/bodies.ts";
import type { EngineFailure, Sighting } from "../../migration/observed.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Invocation } from "../../ports.ts";
import type { Asked, Command } from "../commands/command.ts";

/** `about` has the service's "name". A service that exists stays as it is. */
export const createService: Command<ServiceBody> = async ({ migrationServices }, invocation, asked) => {
  const named = nameIn(asked.about);
  if ("problem" in named) return named;
  const { name } = named;
  const { location } = asked.body;
  const answer = await migrationServices.create(name, location);
  if (!answer.ok) return refusedByAzure(answer.failure);
  trace(invocation, asked, "service created", { name, location });
  return {
    outcome: {
      did: "noted",
      about: `services/${name}`,
      retryAfterSeconds: answer.retryAfterSeconds ?? 15,
      body: { name, detail: "Azure creates it; look until its provisioningState is Succeeded." } satisfies ServiceNoted,
    },
  };
};

/** The keys with which an integration runtime registers. They are in this answer and stored nowhere. */
export const readKeys: Command<unknown> = async ({ migrationServices }, invocation, asked) => {
  const named = nameIn(asked.about);
  if ("problem" in named) return named;
  const answer = await migrationServices.authKeys(named.name);
  if (!answer.ok) return refusedByAzure(answer.failure);
  trace(invocation, asked, "service keys read", named);
  return { outcome: { did: "done", body: answer.keys satisfies ServiceKeys } };
};

/** Replaces a key, which invalidates the old one. Runtimes that have registered go on working. */
export const regenerateKey: Command<RegenerateBody> = async ({ migrationServices }, invocation, asked) => {
  const named = nameIn(asked.about);
  if ("problem" in named) return named;
  const { keyName } = asked.body;
  const answer = await migrationServices.regenerateAuthKey(named.name, keyName);
  if (!answer.ok) return refusedByAzure(answer.failure);
  trace(invocation, asked, "service key regenerated", { ...named, key: keyName });
  return { outcome: { did: "done", body: answer.keys satisfies ServiceKeys } };
};

/** `about` has a "node" of the service as well: removes that host of its runtime. */
export const deleteNode: Command<unknown> = async ({ migrationServices }, invocation, asked) => {
  const named = nameIn(asked.about);
  if ("problem" in named) return named;
  const { node = "" } = asked.about;
  const answer = await migrationServices.deleteNode(named.name, node);
  if (!answer.ok && answer.failure.code === "NodeNotFound")
    return { problem: "not-found", detail: answer.failure.message };
  if (!answer.ok) return refusedByAzure(answer.failure);
  trace(invocation, asked, "runtime node deleted", { ...named, node });
  return { outcome: { did: "gone" } };
};

/** A warning, because host.json drops lower levels, and the request would leave no trace in Azure. */
const trace = (invocation: Invocation, { caller }: Asked<unknown>, event: string, facts: object): void =>
  invocation.warn({ event, by: caller.name, ...facts });

/** Of a service; it is looked up in the resource group of the configured one. */
export function nameIn({ name = "" }: Readonly<Record<string, string>>): { readonly name: string } | Refusal {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(name)) return { name };
  const message = "letters, digits and hyphens, at most 63";
  return { problem: "validation", detail: message, errors: [{ pointer: "", message }] };
}

/** The facts that were seen, or the refusal. */
export function seenOr<Facts>(seen: Sighting<Facts>, name: string): { readonly facts: Facts } | Refusal {
  if (seen.kind === "seen") return seen;
  if (seen.kind === "unreadable") return refusedByAzure(seen.failure);
  return {
    problem: "not-found",
    detail: `There is no migration service "${name}" beside the configured one. To create it: ferry service create ${name} --location REGION, or PUT /api/v1/services/${name}.`,
  };
}

/** Azure's own error, with cause and remedy; or when to ask again. */
function refusedByAzure({ code, message, cause, remedy, kind, retryAfterSeconds }: EngineFailure): Refusal {
  if (kind === "wait") return { problem: "throttled", detail: message, retryAfterSeconds: retryAfterSeconds ?? 30 };
  return { problem: "dms-error", detail: `${cause} ${remedy}`, code, message, cause, fix: remedy };
}
