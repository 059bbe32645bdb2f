// Shows what was found at the source, what has to be done about it, and who has answered for it.
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @import { Tone } from "./words.js" */
/** @typedef {NonNullable<MigrationDetails["assessment"]>} Source */
/** @typedef {Source["findings"][number]} Finding */

/** From the start on, no finding refuses anything any more. */
const BEFORE_THE_START = ["waitingForChain", "preflighting", "preflightFailed", "failed", "canceled"];

/** @param {MigrationDetails} details */
export function sourcePanel({ assessment, state, target }) {
  if (!assessment) return undefined;
  const { server, takenAt, isByName, findings, unknown } = assessment;
  const mayAcknowledge = target !== undefined && BEFORE_THE_START.includes(state);
  return h(
    "details",
    { class: "panel", "data-key": "source", open: findings.some(words.isHoldingUp) },
    h("summary", {}, h("h2", {}, "Source"), h("span", { class: "quiet" }, summaryOf(findings, unknown.length))),
    h(
      "p",
      { class: "quiet" },
      "Assessment of ",
      h("bdi", {}, server),
      takenAt === "" ? "." : `, as of ${words.utc(takenAt)}.`,
    ),
    isByName &&
      h(
        "p",
        { class: "remedy" },
        "It was joined by the names of server and database alone. Make sure that it is of the same database.",
      ),
    h(
      "ul",
      { class: "lines findings" },
      findings.map((finding) => line(finding, mayAcknowledge)),
    ),
    unknown.length > 0 &&
      h(
        "p",
        { class: "quiet" },
        `Unknown, which is not fine: ${unknown.join(", ")}. Assess the server itself to know.`,
      ),
  );
}

/**
 * @param {readonly Finding[]} findings
 * @param {number} unknown
 */
function summaryOf(findings, unknown) {
  const holding = findings.filter(words.isHoldingUp).length;
  const acknowledged = findings.filter((finding) => finding.acknowledged !== undefined).length;
  const acts = findings.filter(
    ({ outcome, severity, acknowledged: by }) => outcome === "found" && severity === "act" && !by,
  ).length;
  return [
    holding > 0 ? `${words.countOf(holding, "finding")} refuse${holding === 1 ? "s" : ""} the start` : "",
    acts > 0 ? `${acts} to act upon` : "",
    acknowledged > 0 ? `${acknowledged} acknowledged` : "",
    unknown > 0 ? `${unknown} unknown` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * @param {Finding} finding
 * @param {boolean} mayAcknowledge
 */
function line(finding, mayAcknowledge) {
  const { check, title, observed, objects = [], message, remedy, sqlErrors = [], outcome, severity } = finding;
  const { acknowledged, isByName } = finding;
  const isOpen = outcome === "found" && severity !== "info" && !acknowledged;
  return h(
    "li",
    { "data-key": check },
    h("span", { class: `word ${toneOf(finding)}` }, wordOf(finding)),
    h("code", {}, check),
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, title), `: ${observed}`, isByName && " (known of a database of this name)"),
      objects.length > 0 && h("p", {}, h("bdi", {}, objects.join(", "))),
      h("p", {}, message, sqlErrors.length > 0 && ` SQL Server says ${sqlErrors.join(", ")}.`),
      remedy && h("p", { class: "remedy" }, remedy),
      acknowledged &&
        h(
          "p",
          {},
          `Acknowledged by ${acknowledged.by} at ${words.utc(acknowledged.at)}: `,
          h("q", {}, acknowledged.reason),
        ),
      isOpen &&
        mayAcknowledge &&
        h("button", { "data-action": "acknowledge", "data-check": check }, `Acknowledge ${check}…`),
    ),
  );
}

/**
 * @param {Finding} finding
 * @returns {string}
 */
function wordOf({ outcome, severity, acknowledged }) {
  if (acknowledged) return "acknowledged";
  return outcome === "unknown" ? `perhaps ${severity}` : severity;
}

/**
 * @param {Finding} finding
 * @returns {Tone}
 */
function toneOf(finding) {
  if (words.isHoldingUp(finding)) return "bad";
  return finding.outcome === "found" && finding.severity !== "info" ? "ask" : "calm";
}
