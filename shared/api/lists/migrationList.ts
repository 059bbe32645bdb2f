// Defines what GET /migrations takes and answers: pages of lines, filtered, or only those that have changed.
import { z } from "zod";
import type { ListedMigration } from "../../migration/lists/listLine.ts";
import type { LinesSeen } from "../../migration/lists/page.ts";
import { isState } from "../../migration/transitions.ts";
import type { Migrations } from "../answers/migrations.ts";
import { cursorIn, cursorOf, pageAnswer, pageOf, WRONG_CURSOR } from "./paging.ts";

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
    state: words
      .refine((list) => list.every(isState), "states of a migration, with , between them")
      .describe("States of a migration, with , or | between them")
      .optional(),
    vm: words
      .describe("Names of target VMs, without case; one that ends with * stands for all that begin so")
      .optional(),
    source: words.describe("Names of source servers, likewise").optional(),
    wave: words
      .refine((list) => list.every((word) => /^\d{1,4}$/.test(word)), "numbers of waves, with , between them")
      .transform((list) => list.map(Number))
      .describe("Numbers of waves, with , between them")
      .optional(),
    q: z.string().max(1_024).describe("Part of the folder's or of a database's name, without case").optional(),
    since: changeToken
      .describe("changeToken of an earlier answer: only what has changed since, some of it twice. Goes without filters")
      .optional(),
  })
  .refine(({ since, ...filters }) => since === undefined || !FILTERS.some((name) => filters[name] !== undefined), {
    path: ["since"],
    message: "goes without filters: a line that matches no more would be missed",
  });

const FILTERS = ["state", "vm", "source", "wave", "q"] as const;

type Filters = Pick<z.output<typeof MigrationListQuery>, (typeof FILTERS)[number]>;

/** Undefined: every line. */
export function wantedBy({ state, vm, source, wave, q }: Filters): ((one: ListedMigration) => boolean) | undefined {
  if ((state ?? vm ?? source ?? wave ?? q) === undefined) return undefined;
  const part = q?.toLowerCase();
  return ({ line, vmKey }) => {
    const { target, serverName, databaseName } = line;
    if (state && !state.includes(line.state)) return false;
    if (vm && !isAnyOf(vm, target?.vm) && !isAnyOf(vm, vmKey)) return false;
    if (source && !isAnyOf(source, serverName)) return false;
    if (wave && (line.wave === undefined || !wave.includes(line.wave))) return false;
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

/** From a header; undefined when it is not one, or belongs to another answer. */
export const parseChangeToken = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : changeToken.safeParse(text).data;

export function migrationListAnswer({ items, ...seen }: LinesSeen, isFirst: boolean): Migrations {
  const forgotten = items.filter(({ isForgotten }) => isForgotten).map(({ line }) => line.migrationId);
  return {
    ...pageAnswer("migrations", { ...seen, items: items.filter((one) => !one.isForgotten).map(({ line }) => line) }),
    ...(forgotten.length > 0 && { forgotten }),
    ...(isFirst && { changeToken: changeTokenOf(seen) }),
  };
}
