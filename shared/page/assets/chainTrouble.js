// What is wrong with the chain, and what heals it?
import { h } from "./dom.js";
import { notice } from "./parts.js";
import * as words from "./words.js";

/** Gaps with their cure, what is awaited, and what concerns the folder as a whole. */
export function chainTrouble({ gaps, waitingFor, problems, databases }) {
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

const fileName = (name) => h("bdi", { class: "file" }, words.nameInFolder(name));

const namesOf = (files) => {
  const names = files.slice(0, 5).map(words.nameInFolder).join(", ");
  return files.length > 5 ? `${names} and ${files.length - 5} more` : names;
};
