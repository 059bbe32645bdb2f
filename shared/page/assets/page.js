// What is shown now? The address says which view; every two seconds, while somebody looks, the API says what is in it.
import { get, getAll } from "./api.js";
import { askForCancel, askForCutover, problemText } from "./cutoverPanel.js";
import { detailView } from "./detailView.js";
import { h, update } from "./dom.js";
import { listView } from "./listView.js";
import { nameOf, stateOf } from "./words.js";

const LOOK_EVERY_MS = 2_000;

const main = document.getElementById("main");
const connection = document.getElementById("connection");
const announcer = document.getElementById("announcer");

const filters = { list: "", files: "" };
/** The last word on each migration that is being watched, to tell a change when there is one. */
const statesSeen = new Map();
let shown = { draw: () => [] };
let timer;
/** Of the newest look; answers to older ones come too late. */
let newestLook = 0;
let lastAnswerAt;

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
    say(connection, `This page has a fault and may show old facts: ${error.message} Reload it.`);
    throw error;
  } finally {
    if (mine === newestLook) timer = setTimeout(look, LOOK_EVERY_MS);
  }
}

/** What was seen: { unreachable } or { title, draw, lines }, with `details` where there are actions. */
async function lookAtList() {
  const asked = await getAll("migrations");
  if (asked.kind !== "answer") return withoutAnswer(asked);
  const { items } = asked.body;
  return { title: "Migrations", draw: () => listView(items, filters.list), lines: items };
}

async function lookAtMigration(id) {
  const asked = await Promise.all([get(`migrations/${id}`), getAll(`migrations/${id}/files`)]);
  const failed = asked.find(({ kind }) => kind !== "answer");
  if (failed) return withoutAnswer(failed);
  const [details, files] = asked.map(({ body }) => body);
  return {
    title: `${stateOf(details.state).word}: ${nameOf(details)}`,
    draw: () => detailView(details, files.items, filters.files),
    lines: [details],
    details,
  };
}

function withoutAnswer(asked) {
  if (asked.kind === "unreachable") return { unreachable: true };
  const draw = () => [
    h("a", { class: "back", href: "#/" }, "← All migrations"),
    h("section", { class: "panel notice ask" }, problemText(asked)),
  ];
  return { title: asked.problem.title, draw, lines: [] };
}

function show(seen) {
  if (seen.unreachable) {
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

function announce(lines) {
  const changed = lines.filter(({ migrationId, state }) => (statesSeen.get(migrationId) ?? state) !== state);
  for (const { migrationId, state } of lines) statesSeen.set(migrationId, state);
  if (changed.length > 0)
    say(announcer, changed.map((line) => `${nameOf(line)}: ${stateOf(line.state).word}.`).join(" "));
}

/** Told once: a live region that is written again is read aloud again. */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

const ACTIONS = { cutover: askForCutover, cancel: askForCancel };

main.addEventListener("click", (event) => {
  const action = ACTIONS[event.target.closest("[data-action]")?.dataset.action];
  if (!action || !shown.details) return;
  action(shown.details, (answer) => {
    say(announcer, answer);
    void look();
  });
});

main.addEventListener("input", (event) => {
  const { filter } = event.target.dataset;
  if (filter === undefined) return;
  filters[filter] = event.target.value;
  draw();
});

window.addEventListener("hashchange", () => {
  filters.list = "";
  filters.files = "";
  shown = { draw: () => [] };
  main.replaceChildren();
  main.focus();
  window.scrollTo(0, 0);
  void look();
});
document.addEventListener("visibilitychange", look);
void look();
