// Shows whether the database may be cut over, what would be lost, and how to ask for it.
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @typedef {MigrationDetails["gate"][number]} GateLine */

/** The one condition that the person who asks meets, by confirming that the source is closed. */
const CONFIRMED_BY_THE_CALLER = "G7";

/** Conditions that somebody may pass by who says why. */
const FORCEABLE = ["G4", "G5", "G6", CONFIRMED_BY_THE_CALLER];

/**
 * Every condition is met but those that `apart` names.
 * @param {Pick<MigrationDetails, "state" | "gate">} details
 * @param {readonly string[]} apart
 */
const areMet = ({ state, gate }, apart) =>
  ["restoring", "readyForCutover"].includes(state) &&
  gate.length > 0 &&
  gate.every(({ id, ok }) => ok || apart.includes(id));

/** @param {Pick<MigrationDetails, "state">} details */
const canCancel = (details) => !words.hasEnded(details) && !["cuttingOver", "canceling"].includes(details.state);

/** @param {MigrationDetails} details */
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
  const ready = areMet(details, [CONFIRMED_BY_THE_CALLER]);
  const forceable = !ready && areMet(details, FORCEABLE);
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
      forceable && h("button", { "data-action": "force" }, "Force…"),
      cancelButton(),
      h(
        "p",
        { id: "cutover-note", class: "quiet" },
        ready ? "You are asked once more." : `Possible as soon as no condition says "not met".`,
      ),
    ),
  );
}

const cancelButton = () => h("button", { "data-action": "cancel" }, "Cancel…");

/** @param {GateLine} line */
function gateLine({ id, ok, condition, observed }) {
  const [word, tone] = ok
    ? ["met", "good"]
    : id === CONFIRMED_BY_THE_CALLER
      ? ["you confirm", "ask"]
      : ["not met", "bad"];
  return h(
    "li",
    { "data-key": id },
    h("span", { class: `word ${tone}` }, word),
    h("code", {}, id),
    h("span", {}, condition),
    h("small", {}, observed),
  );
}
