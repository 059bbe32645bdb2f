// Receives deliveries of Event Grid and checks whether it may deliver. The same door for blob triggers and Event Grid
// triggers.
import { type Incoming, json, jsonBody, type Reply } from "./reply.ts";

/** What was delivered, or the answer when there is nothing to work on. */
export type Delivery =
  | { readonly kind: "events"; readonly events: readonly unknown[] }
  | { readonly kind: "answered"; readonly reply: Reply };

/**
 * The handshake of Event Grid's webhooks: key, `aeg-event-type`, validation. Throws a SyntaxError when the body is no
 * JSON.
 */
export function receive(request: Incoming, systemKey: string): Delivery {
  const answered = (reply: Reply): Delivery => ({ kind: "answered", reply });
  const { headers, url } = request;
  if ((url.searchParams.get("code") ?? headers["x-functions-key"]) !== systemKey) return answered({ status: 401 });
  if (request.method === "OPTIONS")
    return answered({ status: 200, headers: { "Webhook-Allowed-Origin": headers["webhook-request-origin"] ?? "*" } });
  if (request.method !== "POST") return answered({ status: 404 });
  const type = headers["aeg-event-type"]?.toLowerCase();
  if (type !== "notification" && type !== "subscriptionvalidation") return answered({ status: 400 });
  const body = jsonBody(request);
  const events: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (type === "notification") return { kind: "events", events };
  const [first] = events as readonly { readonly data?: { readonly validationCode?: string } }[];
  return answered(json(200, { validationResponse: first?.data?.validationCode }));
}
