// Defines what GET /migrations/{id}/files takes and answers: the order of files, and which of them.
import { z } from "zod";
import { lsnKey, parseLsn } from "../../backup/lsn.ts";
import { compareText } from "../../chain/files/identity.ts";
import type { FileRow } from "../answers/chain.ts";
import { cursorText, cut, keyIn, type ListName, pageAnswer, top, WRONG_CURSOR } from "./paging.ts";

type Order = "name" | "newest";

export const FileListQuery = z
  .strictObject({
    top,
    cursor: cursorText.describe("nextCursor of the page before, which was asked for in the same order").optional(),
    order: z
      .enum(["name", "newest"] satisfies Order[])
      .default("name")
      .describe("newest: by the end of their logs, and what could not be read before everything"),
    q: z.string().max(1_024).describe("Part of a file's name, type, state, verdict or reason, without case").optional(),
  })
  .refine(({ cursor, order }) => cursor === undefined || keyIn(LIST_BY[order], cursor) !== undefined, {
    path: ["cursor"],
    message: WRONG_CURSOR,
  });

/** A cursor continues in the order in which it was made. */
const LIST_BY: Readonly<Record<Order, ListName>> = { name: "files", newest: "newestFiles" };

/** One page of all rows; `asked` has passed the schema. */
export function fileListAnswer(rows: readonly FileRow[], asked: z.output<typeof FileListQuery>) {
  const { order, q, top, cursor } = asked;
  const page = { top, after: cursor === undefined ? undefined : keyIn(LIST_BY[order], cursor) };
  const part = q?.toLowerCase();
  const wanted = part === undefined ? rows : rows.filter((row) => textOf(row).includes(part));
  const keyOf = order === "name" ? ({ name }: FileRow) => name : placeOf;
  const ascending = wanted.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
  const seen = order === "name" ? cut(ascending, keyOf, page) : cut(ascending.reverse(), keyOf, page, "descending");
  return pageAnswer(LIST_BY[order], seen);
}

const textOf = ({ name, type, state, verdict, reason }: FileRow): string =>
  [name, type, state, verdict, reason].join(" ").toLowerCase();

/** A higher key is newer; of a striped backup the first family has the highest. */
const placeOf = ({ lastLsn, familySequenceNumber, name }: FileRow): string =>
  `${lastLsn === undefined ? "~" : lsnKey(parseLsn(lastLsn))} ${String(99 - (familySequenceNumber ?? 0)).padStart(2, "0")} ${name}`;
