// Says what GET /migrations takes and answers: pages of lines, filtered, or only those that have changed.
import { z } from "zod";
import { StoredListLine } from "../migration/contracts.ts";
import type { ListedMigration } from "../migration/lists/listLine.ts";
import type { LinesSeen } from "../migration/lists/page.ts";
import { isState } from "../migration/transitions.ts";
import { cursorIn, cursorOf, listAnswer, pageAnswer, pageOf, WRONG_CURSOR } from "./paging.ts";

export type { ListLine } from "../migration/lists/listLine.ts";

/** Several words, with , or | between them. */
const words = z
  .string()
  .max(2_000)
  .transform((text) => text.split(/[,|]/).map((word) => word.trim()))
  .refine((list) => list.every((word) => word !== ""), "words with , or | between them");

const changeToken = cursorIn("changes").transform((instant, context) => {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) context.addIssue(WRONG_CURSOR);
  return time;
});

export const MigrationListQuery = z
  .strictObject({
    ...pageOf("migrations"),
    state: words.refine((list) => list.every(isState), "states of a migration, with , between them").optional(),
    /** Names of target VMs, without case; one that ends with * stands for all that begin so. */
    vm: words.optional(),
    /** Names of source servers, likewise. */
    source: words.optional(),
    /** Part of the folder's or of a database's name, without case. */
    q: z.string().max(1_024).optional(),
    /** changeToken of an earlier answer: only what has changed since. */
    since: changeToken.optional(),
  })
  .refine(({ since, ...filters }) => since === undefined || !FILTERS.some((name) => filters[name] !== undefined), {
    path: ["since"],
    message: "goes without filters: a line that matches no more would not be told",
  });

const FILTERS = ["state", "vm", "source", "q"] as const;

type Filters = Pick<z.output<typeof MigrationListQuery>, (typeof FILTERS)[number]>;

export const MigrationListAnswer = listAnswer(StoredListLine).extend({
  /**
   * Of the first page: what to ask `since` with, to be told what has changed; the same is the ETag. Some of it is told twice. What was
   * deleted is not told: ask for the whole list now and then.
   */
  changeToken: z.string().exactOptional(),
});

/** Undefined: every line. */
export function wantedBy({ state, vm, source, q }: Filters): ((one: ListedMigration) => boolean) | undefined {
  if ((state ?? vm ?? source ?? q) === undefined) return undefined;
  const part = q?.toLowerCase();
  return ({ line, vmKey }) => {
    const { target, serverName, databaseName } = line;
    if (state && !state.includes(line.state)) return false;
    if (vm && !isAnyOf(vm, target?.vm) && !isAnyOf(vm, vmKey)) return false;
    if (source && !isAnyOf(source, serverName)) return false;
    const called = [line.source.folder, databaseName, target?.databaseName, line.migrationId];
    return part === undefined || called.some((name) => name?.toLowerCase().includes(part));
  };
}

function isAnyOf(patterns: readonly string[], name: string | undefined): boolean {
  if (name === undefined) return false;
  const known = name.toLowerCase();
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    return wanted.endsWith("*") ? known.startsWith(wanted.slice(0, -1)) : known === wanted;
  });
}

export const changeTokenOf = ({ asOf }: Pick<LinesSeen, "asOf">): string => cursorOf("changes", asOf.toISOString());

/** In a header; undefined: it is none, or of another answer. */
export const parseChangeToken = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : changeToken.safeParse(text).data;

export const migrationListAnswer = (seen: LinesSeen, isFirst: boolean): z.output<typeof MigrationListAnswer> => ({
  ...pageAnswer("migrations", { ...seen, items: seen.items.map(({ line }) => line) }),
  ...(isFirst && { changeToken: changeTokenOf(seen) }),
});
