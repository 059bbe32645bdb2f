// Shows what is wrong with the chain of a migration, and what repairs it.
import { h } from "./dom.js";
import { notice } from "./parts.js";
import * as words from "./words.js";

/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @typedef {{ readonly file: string; readonly reason: string }} UnusableFile */
/** @typedef {Pick<MigrationDetails, "gaps" | "waitingFor" | "problems" | "databases" | "lastBackupName">} ChainNow */

/** More are counted. */
const MOST_NAMES = 5;

/**
 * Gaps with their cure, what is awaited, and what concerns the folder as a whole.
 * @param {ChainNow & { readonly unusableNewer?: readonly UnusableFile[] }} details
 */
export function chainTrouble({ gaps, waitingFor, problems, databases, unusableNewer = [], lastBackupName }) {
  const others = waitingFor.filter(({ what }) => what !== "range" || gaps.length === 0);
  return [
    ...gaps.map(gapNotice),
    ...(others.length > 0
      ? [
          notice(
            "ask",
            "The chain waits for",
            h(
              "ul",
              {},
              others.map((wait) => h("li", {}, words.waitSentence(wait))),
            ),
          ),
        ]
      : []),
    ...(unusableNewer.length > 0 ? [unusableNotice(unusableNewer, lastBackupName)] : []),
    ...(databases ? [splitNotice(databases)] : []),
    ...problems.map(({ severity, message, code, files }) =>
      notice(
        severity === "alarm" ? "bad" : "ask",
        message,
        h("p", { class: "quiet" }, h("code", {}, code), ` ${namesOf(files)}`),
      ),
    ),
  ];
}

/** @param {ChainNow["gaps"][number]} gap */
const gapNotice = ({ fromLsn, toLsn, after, before, likelyCause, healedBy, deadline, overdue }) =>
  notice(
    overdue ? "bad" : "ask",
    `Log backups are missing between ${words.clock(after.time)} and ${words.clock(before.time)}`,
    h(
      "p",
      {},
      "After ",
      fileName(after.file),
      " and before ",
      fileName(before.file),
      `: LSN ${fromLsn} to ${toLsn}. ${words.causeOf(likelyCause)}`,
    ),
    h(
      "ul",
      { class: "remedy" },
      healedBy.map((sentence) => h("li", {}, sentence)),
    ),
    h(
      "p",
      { class: "quiet" },
      overdue
        ? `Awaited in vain until ${words.utc(deadline)}: the chain counts as broken.`
        : `Awaited until ${words.utc(deadline)}; from then on the chain counts as broken.`,
    ),
  );

/**
 * @param {readonly UnusableFile[]} files
 * @param {string | undefined} lastBackupName
 */
const unusableNotice = (files, lastBackupName) =>
  notice(
    "bad",
    `${words.countOf(files.length, "file")} that may be newer than the plan cannot be used`,
    h(
      "p",
      {},
      "The plan ends with ",
      lastBackupName ? fileName(lastBackupName) : "nothing",
      "; what these files hold would be lost:",
    ),
    h(
      "ul",
      {},
      files.slice(0, MOST_NAMES).map(({ file, reason }) => h("li", {}, fileName(file), " ", h("code", {}, reason))),
      files.length > MOST_NAMES && h("li", {}, `and ${files.length - MOST_NAMES} more`),
    ),
    h(
      "p",
      { class: "remedy" },
      "Replace each, or remove it; its row below says how. Past them leads only force, with a reason.",
    ),
  );

/** @param {NonNullable<ChainNow["databases"]>} databases */
const splitNotice = (databases) =>
  notice(
    "bad",
    "The folder holds several databases",
    h("p", {}, "Move the files of all but one into folders of their own:"),
    h(
      "ul",
      { class: "remedy" },
      databases.map(({ name, files, suggestedFolder }) =>
        h(
          "li",
          {},
          h("bdi", {}, name),
          ` (${words.countOf(files.length, "file")}): ${suggestedFolder === "stay" ? "may stay" : `into ${suggestedFolder}`}`,
        ),
      ),
    ),
  );

/** @param {string} name */
const fileName = (name) => h("bdi", { class: "file" }, words.nameInFolder(name));

/** @param {readonly string[]} files */
const namesOf = (files) => {
  const names = files.slice(0, MOST_NAMES).map(words.nameInFolder).join(", ");
  return files.length > MOST_NAMES ? `${names} and ${files.length - MOST_NAMES} more` : names;
};
