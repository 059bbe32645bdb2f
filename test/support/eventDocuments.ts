// Writes docs/events.md and docs/events.schema.json from the list of events.
//
//   node test/support/eventDocuments.ts
import { writeFileSync } from "node:fs";
import type { z } from "zod";
import { eventsJsonSchema } from "../../shared/api/eventSchemas.ts";
import { EVENT_DATA, EVERY_EVENT } from "../../shared/api/events.ts";

export const EVENTS_PAGE = "docs/events.md";
export const EVENTS_SCHEMA = "docs/events.schema.json";

const HEAD = `# Events

What sqlferry publishes to its Event Grid topic (\`EVENTS_TOPIC_ENDPOINT\`): CloudEvents 1.0, for cards in Teams and for subscribers of
your own. \`GET /api/v1/migrations/{id}/events\` lists those of a migration. [events.schema.json](events.schema.json) is the JSON Schema of
every event; this page is made from the same list.

Each is delivered **at least once**, and Event Grid does not keep their order; so each is complete in itself. The same happening has the
same \`id\`, however often it is told: drop an \`id\` of the same \`source\` that you have had. Types begin with \`com.sqlferry.\`. Later
versions add members and types; they take none away. What was published by an older version, or is still on its way, may lack newer members.

\`subject\` is \`/migrations/<id>\`, or \`/migrations/<id>/files/<file>\` where a file's verdict is told. LSNs are decimal text. Times that
say so are the source's wall clock, without a zone; all others are UTC.
`;

export const eventsPage = (): string =>
  [
    HEAD,
    "## What every event tells\n",
    ...tableOf(EVERY_EVENT),
    "## What each type tells besides\n",
    ...Object.entries(EVENT_DATA).flatMap(([type, schema]) => [
      `### \`${type}\`\n`,
      `${schema.description}\n`,
      ...tableOf(schema, Object.keys(EVERY_EVENT.shape)),
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");

export const eventsSchema = (): string => `${JSON.stringify(eventsJsonSchema(), null, 2)}\n`;

function tableOf({ shape }: z.ZodObject, without: readonly string[] = []): string[] {
  const members = Object.entries(shape as Record<string, z.ZodType>).filter(([name]) => !without.includes(name));
  if (members.length === 0) return [];
  const rows = members.map(([name, member]) => {
    const { description = "" } = member;
    return `| \`${name}\` | ${kindOf(member)} | ${member.isOptional() ? "may be absent" : "always"} | ${description} |`;
  });
  return ["| Member | Kind | | What |", "|---|---|---|---|", ...rows, ""];
}

function kindOf(member: z.ZodType): string {
  const { type, enum: words } = member.toJSONSchema({ io: "input" }) as { type: string; enum?: readonly string[] };
  return words ? words.map((word) => `\`${word}\``).join(", ") : type === "string" ? "text" : type;
}

if (import.meta.main) {
  writeFileSync(EVENTS_PAGE, eventsPage());
  writeFileSync(EVENTS_SCHEMA, eventsSchema());
}
