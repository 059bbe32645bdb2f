// Shows the view that the address names, and asks the API for its contents every few seconds while the page is visible.
import { get } from "./api.js";
import { detailView } from "./detailView.js";
import { h, update } from "./dom.js";
import { listView } from "./listView.js";
import { forget, knownMigrations, lookAtMigrations } from "./migrationList.js";
import {
  askForAcknowledgement,
  askForCancel,
  askForCutover,
  askForForce,
  askForResume,
  problemText,
} from "./questions.js";
import { hasEnded, nameOf, stateOf } from "./words.js";

/** @import { FileRow } from "../../api/answers/chain.ts" */
/** @import { ListLine, MigrationDetails } from "../../api/answers/migrations.ts" */
/** @import { Asked, Failed, Page } from "./api.js" */
/** @import { Child } from "./dom.js" */
/** @import { Question } from "./questions.js" */
/** @typedef {Pick<ListLine, "migrationId" | "state"> & Parameters<typeof nameOf>[0]} Watched */
/**
 * @typedef {object} Seen
 * @property {string} title
 * @property {() => readonly Child[]} draw
 * @property {readonly Watched[]} lines
 * @property {MigrationDetails} [details] Where there are actions.
 */

const LOOK_AT_LIST_EVERY_MS = 10_000;
const LOOK_AT_MIGRATION_EVERY_MS = 5_000;
const LOOK_AT_ENDED_EVERY_MS = 30_000;
/** After the last letter that somebody typed into a filter of files, which the API looks for. */
const TYPING_ENDS_AFTER_MS = 300;

const main = partOfShell("main");
const connection = partOfShell("connection");
const announcer = partOfShell("announcer");

/** @type {Record<string, string>} */
const filters = { list: "", files: "" };
/**
 * @type {Map<string, string>} The last word on each migration that is being watched, to tell a change when there is
 * one.
 */
const statesSeen = new Map();
/** @type {Seen} */
const NOTHING = { title: "", draw: () => [], lines: [] };
let shown = NOTHING;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** Of the newest look; answers to older ones come too late. */
let newestLook = 0;
/** @type {Date | undefined} */
let lastAnswerAt;

/** @param {string} id */
function partOfShell(id) {
  const part = document.getElementById(id);
  if (!part) throw new Error(`The page has no #${id}.`);
  return part;
}

const migrationInAddress = () => /^#\/migrations\/([^/]+)$/.exec(location.hash)?.[1];

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  const mine = ++newestLook;
  const id = migrationInAddress();
  try {
    const seen = id === undefined ? await lookAtList() : await lookAtMigration(id);
    if (mine === newestLook) show(seen);
  } catch (error) {
    say(
      connection,
      `This page has a fault and may show old facts: ${error instanceof Error ? error.message : error} Reload it.`,
    );
    throw error;
  } finally {
    if (mine === newestLook) timer = setTimeout(look, nextLookMs());
  }
}

function nextLookMs() {
  if (!shown.details) return LOOK_AT_LIST_EVERY_MS;
  return hasEnded(shown.details) ? LOOK_AT_ENDED_EVERY_MS : LOOK_AT_MIGRATION_EVERY_MS;
}

/**
 * The list as it is known; the same object while it is the same.
 * @type {Seen | undefined}
 */
let knownList;

/** @returns {Seen} */
function list() {
  const lines = knownMigrations();
  return { title: "Migrations", draw: () => listView(lines, filters["list"] ?? ""), lines };
}

/** @returns {Promise<Seen | undefined>} Undefined: nobody answered. */
async function lookAtList() {
  const mine = newestLook;
  const asked = await lookAtMigrations(() => {
    if (mine === newestLook) show(list());
  });
  if (asked.kind !== "answer") return withoutAnswer(asked);
  if (asked.hasChanged || !knownList) knownList = list();
  return knownList;
}

/**
 * @param {string} id
 * @returns {Promise<Seen | undefined>}
 */
async function lookAtMigration(id) {
  const wanted = (filters["files"] ?? "").trim();
  const newest = `migrations/${id}/files?order=newest${wanted === "" ? "" : `&q=${encodeURIComponent(wanted)}`}`;
  /** @type {[Asked<MigrationDetails>, Asked<Page<FileRow>>]} */
  const [details, files] = await Promise.all([get(`migrations/${id}`), get(newest)]);
  if (details.kind === "problem" && forget(id)) knownList = undefined;
  if (details.kind !== "answer") return withoutAnswer(details);
  if (files.kind !== "answer") return withoutAnswer(files);
  const { body } = details;
  return {
    title: `${stateOf(body.state).word}: ${nameOf(body)}`,
    draw: () => detailView(body, files.body, filters["files"] ?? ""),
    lines: [body],
    details: body,
  };
}

/**
 * @param {Failed} asked
 * @returns {Seen | undefined}
 */
function withoutAnswer(asked) {
  if (asked.kind === "unreachable") return undefined;
  const draw = () => [
    h("a", { class: "back", href: "#/" }, "← All migrations"),
    h("section", { class: "panel notice ask" }, problemText(asked)),
  ];
  return { title: asked.problem.title, draw, lines: [] };
}

/** @param {Seen | undefined} seen */
function show(seen) {
  if (!seen) {
    const since = lastAnswerAt ? ` What you see is from ${lastAnswerAt.toLocaleTimeString()}.` : "";
    say(connection, `Not connected; trying again.${since}`);
    return;
  }
  lastAnswerAt = new Date();
  say(connection, "");
  if (seen === shown) return;
  shown = seen;
  document.title = `${seen.title} – sqlferry`;
  draw();
  announce(seen.lines);
}

const draw = () =>
  update(
    main,
    shown.draw().filter((node) => node instanceof Node),
  );

/** @param {readonly Watched[]} lines */
function announce(lines) {
  const changed = lines.filter(({ migrationId, state }) => (statesSeen.get(migrationId) ?? state) !== state);
  for (const { migrationId, state } of lines) statesSeen.set(migrationId, state);
  if (changed.length > 0)
    say(announcer, changed.map((line) => `${nameOf(line)}: ${stateOf(line.state).word}.`).join(" "));
}

/**
 * Told once: a live region that is written again is read aloud again.
 * @param {Element} place
 * @param {string} text
 */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** @type {Readonly<Record<string, Question>>} */
const ACTIONS = {
  cutover: askForCutover,
  force: askForForce,
  cancel: askForCancel,
  resume: askForResume,
  acknowledge: askForAcknowledgement,
};

main.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-action]") : null;
  const action = ACTIONS[button?.getAttribute("data-action") ?? ""];
  if (!action || !shown.details) return;
  const done = (/** @type {string} */ answer) => {
    say(announcer, answer);
    void look();
  };
  action(shown.details, done, button?.getAttribute("data-check") ?? undefined);
});

main.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.dataset["filter"] === undefined) return;
  filters[target.dataset["filter"]] = target.value;
  draw();
  if (target.dataset["filter"] !== "files") return;
  clearTimeout(timer);
  timer = setTimeout(look, TYPING_ENDS_AFTER_MS);
});

window.addEventListener("hashchange", () => {
  filters.list = "";
  filters.files = "";
  shown = NOTHING;
  main.replaceChildren();
  main.focus();
  window.scrollTo(0, 0);
  void look();
});
document.addEventListener("visibilitychange", look);
void look();
