// Shows each file with its place in the plan, the reason, and what to do about it.
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { FileRow } from "../../api/answers/chain.ts" */
/** @import { Page } from "./api.js" */

/** @type {Readonly<Record<string, words.Tone>>} */
const TONES = { selected: "good", waiting: "ask", reading: "busy", rejected: "bad", notABackup: "bad" };
const COLUMNS = ["File", "State", "Verdict, reason and remedy", "Plan", "First and last LSN", "Taken"];

/**
 * @param {Page<FileRow>} files The newest of those that match what was typed a moment ago; a cursor tells that there
 * are more.
 * @param {number} count Of all in the folder.
 * @param {string} filter What the reader typed.
 */
export function fileTable({ items, nextCursor }, count, filter) {
  const wanted = filter.trim().toLowerCase();
  const shown = items.filter((file) => textOf(file).includes(wanted));
  return h(
    "section",
    { "data-key": "files", "aria-labelledby": "files" },
    h(
      "div",
      { class: "bar" },
      h("h2", { id: "files" }, "Files ", h("span", { class: "quiet" }, count)),
      h("input", {
        type: "search",
        "data-filter": "files",
        "aria-label": "Show only files that contain",
        placeholder: "Filter by name, state, reason",
        autocomplete: "off",
      }),
    ),
    nextCursor !== undefined &&
      h("p", { class: "quiet" }, `The newest ${items.length} files are shown. Filter to see others.`),
    shown.length === 0
      ? h("p", { class: "quiet" }, count === 0 ? "No file has arrived yet." : "No file matches the filter.")
      : table(shown),
  );
}

/** @param {FileRow} file */
const textOf = ({ name, state, verdict, reason, type }) => [name, state, verdict, reason, type].join(" ").toLowerCase();

/** @param {readonly FileRow[]} files */
const table = (files) =>
  h(
    "div",
    { class: "wide" },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Files of this migration, newest first"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          COLUMNS.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h("tbody", {}, files.map(row)),
    ),
  );

/** @param {FileRow} file */
const row = (file) =>
  h(
    "tr",
    { "data-key": file.name },
    h("th", { scope: "row", class: "name" }, h("bdi", {}, words.nameInFolder(file.name)), h("small", {}, kindOf(file))),
    h("td", {}, file.state),
    h(
      "td",
      { class: "why" },
      h(
        "p",
        {},
        h("span", { class: `word ${TONES[file.verdict] ?? "calm"}` }, file.verdict),
        " ",
        h("code", {}, file.reason),
      ),
      h("p", {}, file.detail),
      file.remedy && h("p", { class: "remedy" }, file.remedy),
    ),
    h("td", { class: "number" }, file.position ? `${file.position} of ${file.of}` : "–"),
    h("td", { class: "number lsn" }, file.firstLsn ?? "–", h("br"), file.lastLsn),
    h(
      "td",
      { class: "number" },
      words.clock(file.backupFinishDate) || "–",
      h("small", {}, `arrived ${words.utc(file.arrivedAt)}`),
    ),
  );

/**
 * "log, 1.0 MB, stripe 1 of 2, no checksum".
 * @param {FileRow} file
 */
const kindOf = (file) =>
  [
    words.typeOf(file),
    words.size(file.sizeBytes),
    (file.familyCount ?? 1) > 1 && `stripe ${file.familySequenceNumber} of ${file.familyCount}`,
    file.hasBackupChecksums === false && "no checksum",
  ]
    .filter(Boolean)
    .join(", ");
