// Reads what is published to a topic: CloudEvents 1.0, one or a batch (REST operation "Publish Cloud Event Events").

export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly [attribute: string]: unknown;
}

export type PublishRequest =
  | { readonly ok: true; readonly events: readonly CloudEvent[] }
  | { readonly ok: false; readonly status: 400 | 413; readonly message: string };

/** Event Grid takes 1 MB per request, and per event. */
export const MAX_BYTES = 1024 * 1024;

/** The events of a request, or why it is refused: as Event Grid, all or none. */
export function readEvents(contentType: string | undefined, body: Uint8Array): PublishRequest {
  const refuse = (status: 400 | 413, message: string): PublishRequest => ({ ok: false, status, message });
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase();
  const isBatch = mediaType === "application/cloudevents-batch+json";
  if (!isBatch && mediaType !== "application/cloudevents+json")
    return refuse(
      400,
      `This topic takes application/cloudevents+json and application/cloudevents-batch+json, not "${mediaType ?? ""}".`,
    );
  if (body.byteLength > MAX_BYTES)
    return refuse(413, `The request has ${body.byteLength} bytes; at most ${MAX_BYTES} are allowed.`);
  const parsed = parseJson(body);
  if (parsed === undefined) return refuse(400, "The body is not JSON.");
  if (Array.isArray(parsed) !== isBatch)
    return refuse(400, isBatch ? "A batch is a JSON array of events." : "A single event is a JSON object.");
  const events: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  for (const [index, event] of events.entries()) {
    const missing = missingAttribute(event);
    if (missing !== undefined) return refuse(400, `Event ${index + 1} of ${events.length}: ${missing}.`);
  }
  return { ok: true, events: events as readonly CloudEvent[] };
}

function missingAttribute(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null) return "it is not an object";
  const attributes = event as Readonly<Record<string, unknown>>;
  if (attributes["specversion"] !== "1.0") return 'specversion must be "1.0"';
  return ["id", "source", "type"]
    .filter((name) => typeof attributes[name] !== "string" || attributes[name] === "")
    .map((name) => `${name} must be a text that is not empty`)[0];
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined; // no JSON text is undefined: the caller refuses
  }
}
