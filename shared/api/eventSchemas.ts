// Builds for each type of event the schema of the whole event, and the JSON Schema that is published with the
// documents.
import { z } from "zod";
import { EVENT_PREFIX } from "../migration/events/events.ts";
import { EVENT_DATA, EVERY_EVENT, type EventType } from "./events.ts";

/** CloudEvents 1.0, without the members that differ by type. */
const ENVELOPE = z.object({
  specversion: z.literal("1.0"),
  id: z
    .string()
    .describe("The same happening has the same id, however often it is published: ignore what you have had"),
  source: z.string().describe("/sqlferry/<INSTANCE_NAME>"),
  subject: z.string().describe("/migrations/<id>, or /migrations/<id>/files/<file>"),
  time: z.iso.datetime().describe("When it was decided, UTC"),
  datacontenttype: z.literal("application/json"),
});

/** The event as it is published. */
const envelope = (type: EventType) =>
  ENVELOPE.extend({ type: z.literal(`${EVENT_PREFIX}${type}`), data: EVENT_DATA[type] });

const TYPES = Object.keys(EVENT_DATA) as EventType[];
const SCHEMAS = new Map<unknown, ReturnType<typeof envelope>>(
  TYPES.map((type) => [`${EVENT_PREFIX}${type}`, envelope(type)]),
);

/** How an event differs from its schema, members that it does not list included; undefined when it does not. */
export function unlikeItsSchema(event: { readonly type?: unknown }): string | undefined {
  const schema = SCHEMAS.get(event.type);
  if (!schema) return `There is no event of the type "${String(event.type)}".`;
  const parsed = schema.safeParse(event);
  if (!parsed.success) return `${String(event.type)}: ${z.prettifyError(parsed.error)}`;
  const [sent, known] = [event, parsed.data].map((one) => JSON.stringify(one, inOrder));
  return sent === known ? undefined : `${String(event.type)} has members that its schema does not list: ${sent}`;
}

const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** JSON Schema 2020-12 of every event. It allows members that it does not name: later versions add some. */
export const eventsJsonSchema = (): object => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Events of sqlferry",
  ...jsonSchemaOf(ENVELOPE.extend({ type: z.string(), data: EVERY_EVENT })),
  oneOf: TYPES.map((type) => ({
    title: type,
    description: EVENT_DATA[type].description,
    type: "object",
    properties: { type: { type: "string", const: `${EVENT_PREFIX}${type}` }, data: jsonSchemaOf(ownData(type)) },
    required: ["type", "data"],
  })),
});

const ownData = (type: EventType) => {
  const { shape } = EVENT_DATA[type];
  return z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => !(name in EVERY_EVENT.shape))));
};

/** Without what only says how zod represents a moment or a whole number. */
function jsonSchemaOf(schema: z.ZodType): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      delete jsonSchema.maximum;
    },
  });
  return json;
}
