// Builds the pieces that several views share.
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { ListLine } from "../../api/answers/migrations.ts" */
/** @import { Children } from "./dom.js" */
/** @import { Tone, Word } from "./words.js" */

/**
 * A badge: the word carries the meaning, the colour repeats it.
 * @param {Word} word
 */
export const badge = ({ word, tone }) => h("span", { class: `badge ${tone}` }, word);

/**
 * Something that the reader has to know before the rest.
 * @param {Tone} tone
 * @param {string} heading
 * @param {readonly Children[]} children
 */
export const notice = (tone, heading, ...children) =>
  h("section", { class: `panel notice ${tone}` }, h("h2", {}, heading), ...children);

/**
 * Restored files out of those that count.
 * @param {Pick<ListLine, "states">} line
 */
export function filesRestored(line) {
  const { restored, pending } = words.filesOf(line);
  const all = restored + pending;
  if (all === 0) return h("span", {}, "–");
  const text = `${restored} of ${all}`;
  return h(
    "span",
    { class: "files" },
    h("progress", { value: restored, max: all, "aria-label": `${text} files restored` }),
    h("span", { class: "number" }, text),
  );
}
