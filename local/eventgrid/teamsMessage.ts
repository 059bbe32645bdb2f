// Checks what a Teams Workflows webhook takes: a message with one Adaptive Card ("Post to a channel when a webhook
// request is received").

const CARD = "application/vnd.microsoft.card.adaptive";
/** Teams refuses messages of about 28 KB and more. */
const MAX_BYTES = 28 * 1024;

/** Why the message would be refused; undefined when it is well formed. */
export function refusalOf(body: string): string | undefined {
  if (Buffer.byteLength(body) > MAX_BYTES) return `the message has more than ${MAX_BYTES} bytes`;
  const message = parseJson(body);
  if (!isObject(message)) return "the body is not a JSON object";
  if (message["type"] !== "message") return 'type must be "message"';
  const { attachments } = message;
  if (!Array.isArray(attachments) || attachments.length !== 1) return "attachments must hold exactly one card";
  const [attachment] = attachments as readonly unknown[];
  if (!isObject(attachment) || attachment["contentType"] !== CARD) return `contentType must be "${CARD}"`;
  const { content } = attachment;
  if (!isObject(content) || content["type"] !== "AdaptiveCard") return 'content.type must be "AdaptiveCard"';
  if (typeof content["version"] !== "string") return "content.version must be a text";
  if (!Array.isArray(content["body"]) || content["body"].length === 0)
    return "content.body must be a list that is not empty";
  return undefined;
}

/** The card inside a message that was accepted. */
export const cardOf = (message: unknown): Readonly<Record<string, unknown>> =>
  (message as { attachments: readonly [{ content: Readonly<Record<string, unknown>> }] }).attachments[0].content;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an object: the caller refuses
  }
}
