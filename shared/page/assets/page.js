// What is shown now? The address says which view; every two seconds, while somebody looks, the API says what is in it.
import { get, getAll } from "./api.js";
import { detailView } from "./detailView.js";
import { h, update } from "./dom.js";
import { listView } from "./listView.js";
import {
  askForAcknowledgement,
  askForCancel,
  askForCutover,
  askForForce,
  askForResume,
  problemText,
} from "./questions.js";
import { nameOf, stateOf } from "./words.js";

/** @import { FileRow } from "../../api/answers/chain.ts" */
/** @import { MigrationDetails, MigrationLine } from "../../api/answers/migrations.ts" */
/** @import { Asked, Failed, Page } from "./api.js" */
/** @import { Child } from "./dom.js" */
/** @import { Question } from "./questions.js" */
/** @typedef {Pick<MigrationLine, "migrationId" | "state" | "target" | "databaseName" | "source">} Watched */
/**
 * @typedef {object} Seen
 * @property {string} title
 * @property {() => readonly Child[]} draw
 * @property {readonly Watched[]} lines
 * @property {MigrationDetails} [details] Where there are actions.
 */

const LOOK_EVERY_MS = 2_000;

const main = partOfShell("main");
const connection = partOfShell("connection");
const announcer = partOfShell("announcer");

/** @type {Record<string, string>} */
const filters = { list: "", files: "" };
/** @type {Map<string, string>} The last word on each migration that is being watched, to tell a change when there is one. */
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
    if (mine === newestLook) timer = setTimeout(look, LOOK_EVERY_MS);
  }
}

/** @returns {Promise<Seen | undefined>} Undefined: nobody answered. */
async function lookAtList() {
  /** @type {Asked<Page<MigrationLine>>} */
  const asked = await getAll("migrations");
  if (asked.kind !== "answer") return withoutAnswer(asked);
  const { items } = asked.body;
  return { title: "Migrations", draw: () => listView(items, filters["list"] ?? ""), lines: items };
}

/**
 * @param {string} id
 * @returns {Promise<Seen | undefined>}
 */
async function lookAtMigration(id) {
  /** @type {[Asked<MigrationDetails>, Asked<Page<FileRow>>]} */
  const [details, files] = await Promise.all([get(`migrations/${id}`), getAll(`migrations/${id}/files`)]);
  if (details.kind !== "answer") return withoutAnswer(details);
  if (files.kind !== "answer") return withoutAnswer(files);
  const { body } = details;
  return {
    title: `${stateOf(body.state).word}: ${nameOf(body)}`,
    draw: () => detailView(body, files.body.items, filters["files"] ?? ""),
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
