// Cuts lists into pages: defines the parameters of a page, cursors that stay valid when the list changes, and the
// answer.
import { z } from "zod";
import type { PageAsked, PageSeen } from "../../migration/lists/page.ts";

/** Most items of a page, and the default. */
const MOST_ITEMS = 200;

/** The longest key is a blob's name, of 1,024 characters. */
const MOST_CHARACTERS_OF_A_CURSOR = 8_192;

/** The name of a list: a cursor of one list is refused by another. */
export type ListName =
  | "migrations"
  | "changes"
  | "files"
  | "newestFiles"
  | "events"
  | "audit"
  | "assessments"
  | "databases";

/**
 * Opaque to clients. It holds the key of the last item that was looked at, so that the next page continues behind it
 * whatever was added or removed.
 */
export const cursorOf = (list: ListName, key: string): string =>
  Buffer.from(JSON.stringify([list, key])).toString("base64url");

/** The key in a cursor; undefined when it is not a cursor of this list. */
export function keyIn(list: ListName, cursor: string): string | undefined {
  try {
    const [name, key, ...more] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    return name === list && typeof key === "string" && more.length === 0 ? key : undefined;
  } catch {
    return undefined; // not one of ours
  }
}

export const cursorText = z.string().max(MOST_CHARACTERS_OF_A_CURSOR);

export const WRONG_CURSOR = "not a cursor of this list";

/** A parameter that takes a cursor; parsed, it is the key. */
export const cursorIn = (list: ListName) =>
  cursorText.transform((cursor, context) => {
    const key = keyIn(list, cursor);
    if (key === undefined) context.addIssue(WRONG_CURSOR);
    return key ?? z.NEVER;
  });

export const top = z.coerce.number().int().min(1).max(MOST_ITEMS).default(MOST_ITEMS).describe("How many at most");

/** The parameters of every list: `top`, and as `cursor` the `nextCursor` of the page before. */
export const pageOf = (list: ListName) => ({
  top,
  cursor: cursorIn(list).describe("nextCursor of the page before").optional(),
});

/** For a list that takes no other parameters. */
export const pageQuery = (list: ListName) => z.strictObject(pageOf(list));

/** One page out of all items, which are sorted by `keyOf`, ascending as code units, or descending. */
export function cut<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { top: most, after }: PageAsked,
  order: "ascending" | "descending" = "ascending",
): PageSeen<Item> {
  const isBehind = (key: string, other: string): boolean => (order === "ascending" ? key > other : key < other);
  const rest = after === undefined ? items : items.filter((item) => isBehind(keyOf(item), after));
  const seen = rest.slice(0, most);
  const last = seen.at(-1);
  return { items: seen, ...(last !== undefined && rest.length > seen.length && { next: keyOf(last) }) };
}

/** The members of every list's answer. */
export const pageAnswer = <Item>(list: ListName, { items, next }: PageSeen<Item>) => ({
  items,
  ...(next !== undefined && { nextCursor: cursorOf(list, next) }),
});
