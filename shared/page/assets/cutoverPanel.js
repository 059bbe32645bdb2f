// May it be cut over, what would be lost, and how does one ask?
import { post } from "./api.js";
import { h } from "./dom.js";
import * as words from "./words.js";

/** The one condition that the person who asks fulfils, by saying that the source is closed. */
const SAID_BY_THE_CALLER = "G7";

const canCutOver = ({ state, gate }) =>
  ["restoring", "readyForCutover"].includes(state) &&
  gate.length > 0 &&
  gate.every(({ id, ok }) => ok || id === SAID_BY_THE_CALLER);

const canCancel = (details) => !words.hasEnded(details) && !["cuttingOver", "canceling"].includes(details.state);

export function cutoverPanel(details) {
  const { mode, loss, gate } = details;
  const isOffered = mode === "online" && ["starting", "restoring", "readyForCutover"].includes(details.state);
  if (!isOffered)
    return canCancel(details)
      ? h(
          "section",
          { class: "panel actions", "data-key": "actions" },
          mode === "offline" && h("p", {}, "An offline migration cuts over by itself after its last backup."),
          cancelButton(),
        )
      : undefined;
  const ready = canCutOver(details);
  return h(
    "section",
    { class: "panel", "data-key": "cutover", "aria-labelledby": "cutover" },
    h("h2", { id: "cutover" }, "Cutover"),
    h("p", { class: loss.certain ? "loss good" : "loss" }, loss.text),
    loss.knownFiles > 0 &&
      h("p", {}, `Known to be lost: ${words.countOf(loss.knownFiles, "file")}, ${words.size(loss.knownBytes)}.`),
    h("ul", { class: "lines gate" }, gate.map(gateLine)),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        { class: "primary", "data-action": "cutover", disabled: !ready, "aria-describedby": "cutover-note" },
        "Cut over",
      ),
      cancelButton(),
      h(
        "p",
        { id: "cutover-note", class: "quiet" },
        ready ? "You are asked once more." : "Possible as soon as the open conditions hold.",
      ),
    ),
  );
}

const cancelButton = () => h("button", { "data-action": "cancel" }, "Cancel…");

function gateLine({ id, ok, condition, observed }) {
  const [word, tone] = ok ? ["holds", "good"] : id === SAID_BY_THE_CALLER ? ["you say", "ask"] : ["open", "bad"];
  return h(
    "li",
    { "data-key": id },
    h("span", { class: `word ${tone}` }, word),
    h("code", {}, id),
    h("span", {}, condition),
    h("small", {}, observed),
  );
}

/** Asks for the database's name and the word that the source is closed, then for the cutover of the plan that was seen. */
export function askForCutover(details, done) {
  const name = words.nameOf(details);
  const closed = h("input", { type: "checkbox", id: "closed" });
  const typed = h("input", { type: "text", id: "typed", autocomplete: "off", spellcheck: "false" });
  dialog({
    heading: `Cut over ${name}?`,
    body: [
      h("p", { class: "loss" }, details.loss.text),
      details.lastBackupName &&
        h("p", {}, "The last backup is ", h("bdi", { class: "file" }, details.lastBackupName), "."),
      h("label", { class: "check", for: "closed" }, closed, "The source is closed: nobody writes to it any more."),
      h("label", { for: "typed" }, "Type the database's name, ", h("strong", {}, h("bdi", {}, name)), ":"),
      typed,
    ],
    confirm: "Cut over",
    keep: "Not now",
    isComplete: () => closed.checked && typed.value === name,
    send: () =>
      post(
        `migrations/${encodeURIComponent(details.migrationId)}/cutover`,
        { sourceClosed: true },
        { "if-match": `"${details.planVersion}"` },
      ),
    done,
  });
}

/** Asks for a reason, then for the cancel. */
export function askForCancel(details, done) {
  const reason = h("input", { type: "text", id: "reason", maxlength: 500, autocomplete: "off" });
  dialog({
    heading: `Cancel the migration of ${words.nameOf(details)}?`,
    body: [
      h(
        "p",
        {},
        "What is restored on the target is given up; the backups stay where they are. A restart begins from the full backup.",
      ),
      h("label", { for: "reason" }, "Reason, for the audit:"),
      reason,
    ],
    confirm: "Cancel the migration",
    keep: "Let it go on",
    isComplete: () => reason.value.trim() !== "",
    send: () => post(`migrations/${encodeURIComponent(details.migrationId)}/cancel`, { reason: reason.value.trim() }),
    done,
  });
}

function dialog({ heading, body, confirm, keep, isComplete, send, done }) {
  const trouble = h("div", { role: "alert" });
  const go = h("button", { class: "primary", type: "submit", disabled: true }, confirm);
  const leave = h("button", { type: "button" }, keep);
  const form = h(
    "form",
    {},
    h("h2", { id: "question" }, heading),
    body,
    trouble,
    h("div", { class: "actions" }, go, leave),
  );
  const element = h("dialog", { "aria-labelledby": "question" }, form);
  const offer = () => {
    go.disabled = !isComplete();
  };
  form.addEventListener("input", offer);
  leave.addEventListener("click", () => element.close());
  element.addEventListener("close", () => element.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!isComplete()) return;
    go.disabled = true;
    const asked = await send();
    if (asked.kind === "answer") {
      element.close();
      done(asked.body.detail);
      return;
    }
    trouble.replaceChildren(...problemText(asked));
    offer();
  });
  document.body.append(element);
  element.showModal();
}

/** What a refusal says: every reason, as the API worded it. */
export function problemText(asked) {
  if (asked.kind === "unreachable")
    return [
      h(
        "p",
        {},
        "sqlferry did not answer. Whether it heard the request is shown here once it does; asking twice does no harm.",
      ),
    ];
  const { title, detail, alsoRefusedFor = [] } = asked.problem;
  return [
    h("p", {}, h("strong", {}, title)),
    ...[detail, ...alsoRefusedFor.map((other) => other.detail)].filter(Boolean).map((text) => h("p", {}, text)),
  ];
}
