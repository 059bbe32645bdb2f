// Sends a verb of the API to an estate, as a person or a script does.
import type { HttpHandler } from "@azure/functions";
import { HttpRequest } from "@azure/functions";
import type { Migration } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import type { Worker } from "./estate.ts";

export interface Said {
  readonly status: number;
}

/** `bound`: with If-Match for the present plan. */
export async function say(
  handler: (services: Services) => HttpHandler,
  { services, context }: Worker,
  body: object,
  { migration }: { readonly migration?: Migration } = {},
  bound = false,
): Promise<Said> {
  const request = new HttpRequest({
    method: "POST",
    url: "https://ferry.test/",
    params: { id: migration?.migrationId ?? "" },
    body: { string: JSON.stringify(body) },
    ...(bound && { headers: { "if-match": `"${migration?.summary?.planVersion ?? ""}"` } }),
  });
  const { status = 200 } = (await handler(services)(request, context)) as { status?: number };
  return { status };
}
