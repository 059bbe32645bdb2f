// Builds the small schemas that many answers share, and records which schemas have a name in the OpenAPI document.
import { z } from "zod";

/** The schemas of the document's `components`, by their names. */
export const COMPONENTS = z.registry<{ id: string }>();

/** The same schema, under this name in the document. */
export function component<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  COMPONENTS.add(schema, { id });
  return schema;
}

export const text = (description?: string) => (description ? z.string().describe(description) : z.string());
export const maybe = (description?: string) => text(description).exactOptional();

/** Answers are written by sqlferry or Azure, so times are described and not checked again. */
export const moment = (description = "UTC") => text(description);

export const amount = (description?: string) => (description ? z.number().describe(description) : z.number());
export const count = (description?: string) => (description ? z.int().min(0).describe(description) : z.int().min(0));
export const flag = (description?: string) => (description ? z.boolean().describe(description) : z.boolean());

/** Readonly, as in our types: nobody changes a list that was answered. */
export const list = <Item extends z.ZodType>(item: Item, description?: string) =>
  description ? z.array(item).readonly().describe(description) : z.array(item).readonly();

/** What the answer of every list has besides its items. */
export const NEXT = {
  nextCursor: maybe(
    "The next page begins behind it; absent: this was the last. A page may be short, or empty, and have one",
  ),
};

/** A log sequence number in decimal: it does not fit into a JSON number. */
export const lsn = (description = "A log sequence number, in decimal") =>
  z
    .string()
    .regex(/^\d{1,25}$/)
    .describe(description);
