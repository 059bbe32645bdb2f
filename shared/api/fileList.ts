// Says what GET /migrations/{id}/files takes and answers: in which order files come, and which of them.
import { z } from "zod";
import { compareText } from "../chain/files/identity.ts";
import { cursorText, cut, keyIn, pageAnswer, top, WRONG_CURSOR } from "./paging.ts";
import type { FileRow } from "./views.ts";

export const FileListQuery = z
  .strictObject({
    top,
    cursor: cursorText.optional(),
    /** By name; or the newest first, by the end of their logs, and what could not be read before everything. */
    order: z.enum(["name", "newest"]).default("name"),
    /** Part of a file's name, type, state, verdict or reason, without case. */
    q: z.string().max(1_024).optional(),
  })
  .transform(({ cursor, ...asked }, context) => {
    const after = cursor === undefined ? undefined : keyIn(listBy(asked.order), cursor);
    if (cursor !== undefined && after === undefined)
      context.addIssue({ code: "custom", path: ["cursor"], message: WRONG_CURSOR });
    return { ...asked, after };
  });

/** A cursor goes on in the order that it was made in. */
const listBy = (order: "name" | "newest") => (order === "name" ? "files" : "newestFiles");

export function fileListAnswer(rows: readonly FileRow[], asked: z.output<typeof FileListQuery>) {
  const { order, q } = asked;
  const part = q?.toLowerCase();
  const wanted = part === undefined ? rows : rows.filter((row) => textOf(row).includes(part));
  const keyOf = order === "name" ? ({ name }: FileRow) => name : placeOf;
  const ascending = wanted.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
  const seen = order === "name" ? cut(ascending, keyOf, asked) : cut(ascending.reverse(), keyOf, asked, "descending");
  return pageAnswer(listBy(order), seen);
}

const textOf = ({ name, type, state, verdict, reason }: FileRow): string =>
  [name, type, state, verdict, reason].join(" ").toLowerCase();

/** The higher, the newer; of a striped backup the first family is the highest. */
const placeOf = ({ lastLsn, familySequenceNumber, name }: FileRow): string =>
  `${lastLsn?.padStart(25, "0") ?? "~"} ${String(99 - (familySequenceNumber ?? 0)).padStart(2, "0")} ${name}`;
