// Shows the state of one migration, and what it waits for.
import { chainTrouble } from "./chainTrouble.js";
import { cutoverPanel } from "./cutoverPanel.js";
import { h } from "./dom.js";
import { fileTable } from "./fileTable.js";
import { badge, filesRestored, notice } from "./parts.js";
import { sizePanel } from "./sizePanel.js";
import { sourcePanel } from "./sourcePanel.js";
import * as words from "./words.js";

/** @import { FileRow } from "../../api/answers/chain.ts" */
/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @import { Page } from "./api.js" */
/** @import { Children } from "./dom.js" */
/** @import { Tone } from "./words.js" */

/**
 * The nodes of one migration's page, with something absent in the place of what it does not have.
 * @param {MigrationDetails} details
 * @param {Page<FileRow>} files The newest.
 * @param {string} filter What the reader typed.
 */
export const detailView = (details, files, filter) => [
  h("a", { class: "back", href: "#/" }, "← All migrations"),
  title(details),
  ...notices(details),
  figures(details),
  ...chainTrouble(details),
  cutoverPanel(details),
  sourcePanel(details),
  sizePanel(details),
  fileTable(files, details.files, filter),
  preflight(details),
  facts(details),
];

/** @param {MigrationDetails} details */
const title = (details) =>
  h(
    "div",
    { class: "title" },
    h("h1", {}, h("bdi", {}, words.nameOf(details))),
    badge(words.stateOf(details.state)),
    h("span", { class: "quiet" }, details.mode),
    h("p", {}, words.stateOf(details.state).about),
  );

/** @param {MigrationDetails} details */
function notices({ failure, stalled, waitingOn, requests, state, loss }) {
  const asked = requests.filter(({ outcome }) => !outcome || outcome.status === "refused").map(requestNotice);
  return [
    ...(failure ? [notice("bad", failure.message, ...causeAndRemedy(failure))] : []),
    ...(stalled ? [stalledNotice(stalled)] : []),
    ...(waitingOn
      ? [
          notice(
            "ask",
            `Waits for ${waitingOn.what}`,
            ...causeAndRemedy(waitingOn),
            h("p", { class: "quiet" }, `Since ${words.utc(waitingOn.since)}.`),
          ),
        ]
      : []),
    ...asked,
    ...(state === "succeeded" && !loss.certain
      ? [notice("ask", "Not everything of the source is on the target", h("p", {}, loss.text))]
      : []),
    ...requests.flatMap(forcedNotice),
  ];
}

/**
 * Somebody went past what stood in the way, and gave a reason.
 * @param {MigrationDetails["requests"][number]} request
 */
function forcedNotice(request) {
  const { kind, by, at } = request;
  const passedOver = (kind === "cancel" ? undefined : request.passedOverFiles) ?? [];
  const reason =
    kind === "start" ? request.forced?.reason : kind === "cutover" && request.force ? request.reason : undefined;
  if (reason === undefined) return [];
  return [
    notice(
      "ask",
      `${ASKED[kind]} forced by ${by}`,
      h("p", {}, reason),
      passedOver.length > 0 &&
        h("p", {}, `What these files hold is not on the target: ${passedOver.map(words.nameInFolder).join(", ")}`),
      h("p", { class: "quiet" }, `Asked for at ${words.utc(at)}.`),
    ),
  ];
}

/** @param {Pick<NonNullable<MigrationDetails["failure"]>, "cause" | "remedy" | "code">} failure */
const causeAndRemedy = ({ cause, remedy, code }) => [
  h("p", {}, cause),
  remedy && h("p", { class: "remedy" }, remedy),
  h("p", {}, h("code", {}, code)),
];

/** @param {NonNullable<MigrationDetails["stalled"]>} stalled */
const stalledNotice = ({ what, since }) =>
  notice(
    "bad",
    "The migration stands still",
    h("p", {}, what),
    h(
      "p",
      { class: "remedy" },
      "Nothing was canceled; what Azure Database Migration Service restores goes on. Mend what stands in the way, then resume.",
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "primary", "data-action": "resume" }, "Resume…"),
      h("p", { class: "quiet" }, `Since ${words.utc(since)}.`),
    ),
  );

const ASKED = { start: "Start", cutover: "Cutover", cancel: "Cancel" };
/** @param {MigrationDetails["requests"][number]} request */
const requestNotice = ({ kind, by, at, outcome }) =>
  outcome
    ? notice(
        "ask",
        `${ASKED[kind]} refused`,
        h("p", {}, outcome.detail),
        h("p", { class: "quiet" }, `Asked for by ${by}; refused at ${words.utc(outcome.at)}.`),
      )
    : notice(
        "busy",
        `${ASKED[kind]} asked for`,
        h("p", {}, `By ${by} at ${words.utc(at)}. It is carried out at the next look.`),
      );

/** @param {MigrationDetails} details */
function figures(details) {
  const { restoredTo, restorableTo, lagSeconds, pending, etaSeconds, estimatedTime } = details;
  const sourceTime = estimatedTime ? "source's clock, offset estimated" : "source's clock";
  return h(
    "dl",
    { class: "figures", "data-key": "figures" },
    figure(
      "Backup chain",
      badge(words.verdictOf(details.verdict, details.files)),
      details.closed ? "closed by a tail log" : `${words.countOf(details.planLength, "backup")} in the plan`,
    ),
    figure("Restored to", words.clock(restoredTo?.time) || "–", restoredTo ? sourceTime : "nothing yet"),
    figure("Restorable to", words.clock(restorableTo?.time) || "–", details.lastBackupName ?? "no plan yet"),
    !words.hasEnded(details) &&
      figure(
        "Behind the source",
        lagSeconds === undefined ? "–" : words.duration(lagSeconds),
        lagSeconds === 0
          ? "the source is closed"
          : `since the last ${restoredTo ? "restored backup" : "backup of the plan"}`,
      ),
    figure(
      "Pending",
      words.countOf(pending.files, "file"),
      etaSeconds ? `${words.size(pending.bytes)}, about ${words.duration(etaSeconds)}` : words.size(pending.bytes),
    ),
    figure("Restored", filesRestored(details), ignored(details)),
  );
}

/**
 * @param {string} name
 * @param {Children} value
 * @param {string} note
 */
const figure = (name, value, note) => h("div", {}, h("dt", {}, name), h("dd", {}, value, h("small", {}, note)));

/** @param {MigrationDetails} details */
const ignored = ({ states }) => `${states["Ignored"] ?? 0} ignored`;

/** @param {MigrationDetails} details */
function preflight({ checks = [], checksAt }) {
  if (checks.length === 0) return undefined;
  const bad = checks.filter(({ outcome }) => outcome === "fail" || outcome === "warn");
  return h(
    "details",
    { class: "panel", "data-key": "preflight", open: bad.some(({ outcome }) => outcome === "fail") },
    h(
      "summary",
      {},
      h("h2", {}, "Preflight"),
      h(
        "span",
        { class: "quiet" },
        bad.length === 0
          ? `${checks.length} checks, nothing found`
          : `${bad.length} of ${checks.length} checks found something`,
        checksAt && `, as of ${words.utc(checksAt)}`,
      ),
    ),
    h("ul", { class: "lines" }, [...bad, ...checks.filter((check) => !bad.includes(check))].map(checkLine)),
  );
}

/** @typedef {NonNullable<MigrationDetails["checks"]>[number]} Check */
/** @type {Readonly<Record<Check["outcome"], Tone>>} */
const OUTCOMES = { pass: "good", warn: "ask", fail: "bad", unknown: "calm", skip: "calm" };
/** @param {Check} check */
const checkLine = ({ id, outcome, message, observed, remedy }) =>
  h(
    "li",
    { "data-key": id },
    h("span", { class: `word ${OUTCOMES[outcome] ?? "calm"}` }, outcome),
    h("code", {}, id),
    h(
      "div",
      {},
      h("p", {}, message),
      remedy && h("p", { class: "remedy" }, remedy),
      observed && h("small", {}, observed),
    ),
  );

/** @param {MigrationDetails} details */
function facts(details) {
  const { source, target, mode, run, service, startedAt, endedAt, createdAt, migrationId, planVersion } = details;
  const known = [
    ["Source", [details.databaseName, details.serverName].filter(Boolean).join(" on ")],
    ["Backups", `${source.container}/${source.folder}`],
    ["Target", target ? `${target.databaseName} on ${words.vmOf(details)}` : "none yet"],
    ["Mode", `${mode}, run ${run}${details.start === "manual" ? ", started by hand" : ""}`],
    ["Created", words.utc(createdAt)],
    ["Started", words.utc(startedAt)],
    ["Ended", words.utc(endedAt)],
    ["Plan version", planVersion],
    ["Migration id", migrationId],
    ["DMS status", [service?.migrationStatus, service?.migrationState].filter(Boolean).join(", ")],
    ["DMS restores", service?.currentFile],
    ["DMS restored last", service?.lastRestoredFile],
    ["DMS is blocked by", service?.restoreBlockingReason],
    ["DMS calls invalid", service?.invalidFiles?.join(", ")],
    ["DMS seen at", words.utc(service?.seenAt)],
  ].filter(([, value]) => value);
  return h(
    "section",
    { class: "panel", "data-key": "facts", "aria-labelledby": "facts" },
    h("h2", { id: "facts" }, "Facts"),
    h(
      "dl",
      { class: "facts" },
      known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, h("bdi", {}, value))]),
    ),
  );
}
