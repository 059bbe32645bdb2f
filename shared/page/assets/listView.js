// Which migrations are there, and which of them needs somebody?
import { h } from "./dom.js";
import { badge, filesRestored } from "./parts.js";
import * as words from "./words.js";

/** @import { MigrationLine } from "../../api/answers/migrations.ts" */

/**
 * The nodes of the list.
 * @param {readonly MigrationLine[]} lines
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
    shown.length === 0 ? h("p", { class: "quiet" }, "No migration matches the filter.") : table(shown),
  ];
}

/** @param {MigrationLine} line */
const textOf = (line) =>
  [
    words.nameOf(line),
    line.source.folder,
    line.serverName,
    words.vmOf(line),
    words.stateOf(line.state).word,
    words.hindranceOf(line)?.word,
    line.mode,
    words.verdictOf(line.verdict, line.files).word,
  ]
    .join(" ")
    .toLowerCase();

const COLUMNS = ["Database", "State", "Backup chain", "Restored to", "Files restored", "Target"];

/** @param {readonly MigrationLine[]} lines */
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
        .grouped(lines)
        .map(({ group, members }) =>
          h(
            "tbody",
            { "data-key": group },
            h(
              "tr",
              { class: "group", "data-key": "group" },
              h("th", { scope: "rowgroup", colspan: COLUMNS.length }, `${group} `, h("span", {}, members.length)),
            ),
            members.map(row),
          ),
        ),
    ),
  );

/** @param {MigrationLine} line */
function row(line) {
  const { migrationId, state, mode, verdict, gaps, serverName, restoredTo, restorableTo, source } = line;
  const hindrance = words.hindranceOf(line);
  return h(
    "tr",
    { "data-key": migrationId },
    h(
      "th",
      { scope: "row" },
      h("a", { href: `#/migrations/${encodeURIComponent(migrationId)}` }, h("bdi", {}, words.nameOf(line))),
      h("small", {}, h("bdi", {}, serverName ? `from ${serverName}` : `${source.container}/${source.folder}`)),
    ),
    h("td", {}, badge(words.stateOf(state)), hindrance && [" ", badge(hindrance)], h("small", {}, mode)),
    h("td", {}, badge(words.verdictOf(verdict, line.files)), gaps > 0 && h("small", {}, words.countOf(gaps, "gap"))),
    h(
      "td",
      {},
      h("span", { class: "number" }, words.clock(restoredTo?.time) || "–"),
      restorableTo &&
        restorableTo.lsn !== restoredTo?.lsn &&
        h("small", {}, `restorable to ${words.clock(restorableTo.time)}`),
    ),
    h("td", {}, filesRestored(line)),
    h("td", {}, h("bdi", {}, words.vmOf(line) || "–")),
  );
}

const howToBegin = () =>
  h(
    "section",
    { class: "panel begin" },
    h("h2", {}, "No migration yet"),
    h(
      "p",
      {},
      "Drop SQL Server backups of one database into one folder of the container. A few seconds after its first file the database appears here, with a verdict for every file.",
    ),
    h("pre", {}, "npx ferry drop ./my-backups --database Sales --mode online"),
    h("p", {}, "Any tool that uploads block blobs does as well:"),
    h("pre", {}, 'azcopy copy "./my-backups/*" "https://<account>.blob.core.windows.net/<container>/Sales/"'),
    h(
      "p",
      { class: "quiet" },
      "Full, differential and log backups (.bak, .dif, .trn), striped or not, in any order. One folder per database, no folders inside it.",
    ),
  );
