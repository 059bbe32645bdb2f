// Asks before anything is changed: a dialog per action says what follows, and sends the request once it is complete.
import { post } from "./api.js";
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @import { Asked, Failed } from "./api.js" */
/** @import { Child, Children } from "./dom.js" */
/** @typedef {(details: MigrationDetails, done: (answer: string) => void, check?: string) => void} Question */

/**
 * Asks for the database's name and the word that the source is closed, then for the cutover of the plan that was seen.
 * @type {Question}
 */
export function askForCutover(details, done) {
  const closed = sourceClosed();
  const name = typedName(details);
  dialog({
    heading: `Cut over ${words.nameOf(details)}?`,
    body: [
      h("p", { class: "loss" }, details.loss.text),
      details.lastBackupName &&
        h("p", {}, "The last backup is ", h("bdi", { class: "file" }, details.lastBackupName), "."),
      ...closed.nodes,
      ...name.nodes,
    ],
    confirm: "Cut over",
    keep: "Not now",
    isComplete: () => closed.isChecked() && name.isTyped(),
    send: () => postCutover(details, { sourceClosed: true }),
    done,
  });
}

/**
 * Asks for a reason and the database's name, then for a cutover that passes by what does not hold.
 * @type {Question}
 */
export function askForForce(details, done) {
  const closed = sourceClosed();
  const reason = reasonForAudit();
  const name = typedName(details);
  dialog({
    heading: `Force the cutover of ${words.nameOf(details)}?`,
    body: [
      h("p", { class: "loss" }, details.loss.text),
      h("p", {}, "These conditions are not met. What they guard is lost:"),
      h(
        "ul",
        {},
        details.gate
          .filter(({ ok }) => !ok)
          .map(({ id, condition, observed }) => h("li", {}, h("code", {}, id), ` ${condition}: ${observed}`)),
      ),
      ...closed.nodes,
      ...reason.nodes,
      ...name.nodes,
    ],
    confirm: "Force the cutover",
    keep: "Not now",
    isComplete: () => reason.text() !== "" && name.isTyped(),
    send: () => postCutover(details, { sourceClosed: closed.isChecked(), force: true, reason: reason.text() }),
    done,
  });
}

/**
 * @param {MigrationDetails} details
 * @param {{ readonly sourceClosed: boolean; readonly force?: boolean; readonly reason?: string }} body
 */
const postCutover = (details, body) =>
  post(`${pathOf(details)}/cutover`, body, { "if-match": `"${details.planVersion}"` });

/**
 * Asks for a reason, then for the cancel.
 * @type {Question}
 */
export function askForCancel(details, done) {
  const reason = reasonForAudit();
  dialog({
    heading: `Cancel the migration of ${words.nameOf(details)}?`,
    body: [
      h(
        "p",
        {},
        "What is restored on the target is given up; the backups stay where they are. A restart begins from the full backup.",
      ),
      ...reason.nodes,
    ],
    confirm: "Cancel the migration",
    keep: "Let it go on",
    isComplete: () => reason.text() !== "",
    send: () => post(`${pathOf(details)}/cancel`, { reason: reason.text() }),
    done,
  });
}

/**
 * Asks whether what held the run up is mended, then for its resume.
 * @type {Question}
 */
export function askForResume(details, done) {
  dialog({
    heading: `Resume the migration of ${words.nameOf(details)}?`,
    body: [
      h("p", {}, details.stalled?.what),
      h(
        "p",
        {},
        "It goes on from the recorded facts and takes up what runs at Azure Database Migration Service. Mend what stopped it first.",
      ),
    ],
    confirm: "Resume",
    keep: "Not yet",
    isComplete: () => true,
    send: () => post(`${pathOf(details)}/resume`, {}),
    done,
  });
}

/**
 * Asks for a reason, then acknowledges the finding that was seen.
 * @type {Question}
 */
export function askForAcknowledgement(details, done, check) {
  const finding = details.assessment?.findings.find((one) => one.check === check);
  if (!finding) return;
  const reason = reasonForAudit();
  dialog({
    heading: `Acknowledge ${finding.check} ${finding.title}?`,
    body: [
      h("p", {}, finding.observed),
      h("p", {}, finding.message),
      finding.remedy && h("p", { class: "remedy" }, finding.remedy),
      h(
        "p",
        {},
        "It then refuses no start to this VM any more, and stays shown. Say what makes it harmless, such as where the certificate is.",
      ),
      ...reason.nodes,
    ],
    confirm: "Acknowledge",
    keep: "Not now",
    isComplete: () => reason.text() !== "",
    send: () =>
      post(`${pathOf(details)}/findings/${finding.check}/acknowledge`, {
        reason: reason.text(),
        fingerprint: finding.fingerprint,
      }),
    done,
  });
}

/** @param {MigrationDetails} details */
const pathOf = ({ migrationId }) => `migrations/${encodeURIComponent(migrationId)}`;

function sourceClosed() {
  const input = h("input", { type: "checkbox", id: "closed" });
  return {
    nodes: [
      h("label", { class: "check", for: "closed" }, input, "The source is closed: nobody writes to it any more."),
    ],
    isChecked: () => input.checked,
  };
}

function reasonForAudit() {
  const input = h("input", { type: "text", id: "reason", maxlength: 500, autocomplete: "off" });
  return { nodes: [h("label", { for: "reason" }, "Reason, for the audit:"), input], text: () => input.value.trim() };
}

/** @param {MigrationDetails} details */
function typedName(details) {
  const name = words.nameOf(details);
  const input = h("input", { type: "text", id: "typed", autocomplete: "off", spellcheck: "false" });
  return {
    nodes: [
      h("label", { for: "typed" }, "Type the database's name, ", h("strong", {}, h("bdi", {}, name)), ":"),
      input,
    ],
    isTyped: () => input.value === name,
  };
}

/**
 * @typedef {object} Dialog
 * @property {string} heading
 * @property {readonly Child[]} body
 * @property {string} confirm
 * @property {string} keep
 * @property {() => boolean} isComplete
 * @property {() => Promise<Asked<{ readonly detail?: string }>>} send
 * @property {(answer: string) => void} done
 */

/** @param {Dialog} dialog */
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
      done(asked.body.detail ?? "The request is noted.");
      return;
    }
    trouble.replaceChildren(...problemText(asked));
    offer();
  });
  document.body.append(element);
  offer();
  element.showModal();
}

/**
 * What a refusal says: every reason, as the API worded it.
 * @param {Failed} asked
 */
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
