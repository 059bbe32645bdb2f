// Lists the migrations, and marks those that need a person.
import { h } from "./dom.js";
import { badge, filesRestored } from "./parts.js";
import * as words from "./words.js";

/** @import { ListLine } from "../../api/answers/migrations.ts" */

/** More rows than anybody reads, fewer than a browser minds. */
const MOST_ROWS = 200;

/**
 * The nodes of the list.
 * @param {readonly ListLine[]} lines
 * @param {string} filter What the reader typed.
 */
export function listView(lines, filter) {
  if (lines.length === 0) return [h("h1", {}, "Migrations"), howToBegin()];
  const wanted = filter.trim().toLowerCase();
  const shown = lines.filter((line) => textOf(line).includes(wanted));
  return [
    h(
      "div",
      { class: "bar" },
      h("h1", {}, "Migrations"),
      h("input", {
        type: "search",
        "data-filter": "list",
        "aria-label": "Show only migrations that contain",
        placeholder: "Filter",
        autocomplete: "off",
      }),
    ),
    shown.length > MOST_ROWS &&
      h(
        "p",
        { class: "quiet" },
        `The first ${MOST_ROWS} of ${shown.length} migrations are shown. Filter to see others.`,
      ),
    shown.length === 0 ? h("p", { class: "quiet" }, "No migration matches the filter.") : table(shown),
  ];
}

/** @param {ListLine} line */
const textOf = (line) =>
  [
    words.nameOf(line),
    line.source.folder,
    line.serverName,
    line.target?.vm,
    words.stateOf(line.state).word,
    words.hindranceOf(line)?.word,
    line.mode,
    words.verdictOf(line.verdict, line.files).word,
  ]
    .join(" ")
    .toLowerCase();

const COLUMNS = ["Database", "State", "Backup chain", "Restored to", "Files restored", "Target"];

/** @param {readonly ListLine[]} lines */
const table = (lines) =>
  h(
    "div",
    { class: "wide" },
    h(
      "table",
      { class: "list" },
      h("caption", { class: "unseen" }, "Migrations, those that need somebody first"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          COLUMNS.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      words
        .grouped(lines, MOST_ROWS)
        .map(({ group, count, members }) =>
          h(
            "tbody",
            { "data-key": group },
            h(
              "tr",
              { class: "group", "data-key": "group" },
              h("th", { scope: "rowgroup", colspan: COLUMNS.length }, `${group} `, h("span", {}, count)),
            ),
            members.map(row),
          ),
        ),
    ),
  );

/** @param {ListLine} line */
function row(line) {
  const { migrationId, state, mode, verdict, gaps = 0, serverName, restoredTo, restorableTo, source } = line;
  const hindrance = words.hindranceOf(line);
  return h(
    "tr",
    { "data-key": migrationId },
    h(
      "th",
      { scope: "row" },
      h("a", { href: `#/migrations/${encodeURIComponent(migrationId)}` }, h("bdi", {}, words.nameOf(line))),
      h("small", {}, h("bdi", {}, serverName ? `from ${serverName}` : source.folder)),
    ),
    h("td", {}, badge(words.stateOf(state)), hindrance && [" ", badge(hindrance)], h("small", {}, mode)),
    h("td", {}, badge(words.verdictOf(verdict, line.files)), gaps > 0 && h("small", {}, words.countOf(gaps, "gap"))),
    h(
      "td",
      {},
      h("span", { class: "number" }, placeOf(restoredTo) || "–"),
      restorableTo && h("small", {}, `restorable to ${placeOf(restorableTo)}`),
    ),
    h("td", {}, filesRestored(line)),
    h("td", {}, h("bdi", {}, line.target?.vm ?? "–")),
  );
}

/** @param {ListLine["restoredTo"]} position */
const placeOf = (position) => (position && "lsn" in position ? `LSN ${position.lsn}` : words.clock(position?.time));

const howToBegin = () =>
  h(
    "section",
    { class: "panel begin" },
    h("h2", {}, "No migration yet"),
    h(
      "p",
      {},
      "Upload SQL Server backups of one database to one folder of the container. A few seconds after its first file the database appears here, with a verdict for every file.",
    ),
    h("pre", {}, "npx ferry upload ./my-backups --database Sales --mode online"),
    h("p", {}, "Any tool that uploads block blobs does as well:"),
    h("pre", {}, 'azcopy copy "./my-backups/*" "https://<account>.blob.core.windows.net/<container>/Sales/"'),
    h(
      "p",
      { class: "quiet" },
      "Full, differential and log backups (.bak, .dif, .trn), striped or not, in any order. One folder per database, no folders inside it.",
    ),
  );
