// Draws what the source needs in the course of time, and the three recommended sizes, with bars for each dimension.
import { h } from "./dom.js";
import * as words from "./words.js";

/** @import { MigrationDetails } from "../../api/answers/migrations.ts" */
/** @typedef {NonNullable<MigrationDetails["sizing"]>} Sizing */

const LEVELS = { preliminary: "preliminary", fair: "fair", good: "good" };

/** @param {MigrationDetails} details */
export function sizePanel({ sizing }) {
  if (!sizing) return undefined;
  const { server, from, takenAt, options, refused, prices, confidence } = sizing;
  const [best] = options;
  return h(
    "details",
    { class: "panel", "data-key": "size" },
    h(
      "summary",
      {},
      h("h2", {}, "Size"),
      h(
        "span",
        { class: "quiet" },
        best ? `${shortName(best.size)} carries it, ${best.binding} decides` : "no size carries it",
        `; ${LEVELS[confidence.level]}`,
      ),
    ),
    h(
      "p",
      { class: "quiet" },
      "Need of ",
      h("bdi", {}, server),
      `, measured from ${words.utc(from)} to ${words.utc(takenAt)}.`,
      confidence.reasons.length > 0 && ` ${LEVELS[confidence.level]}: ${confidence.reasons.join("; ")}.`,
    ),
    h(
      "div",
      { class: "courses" },
      CHARTS.map(({ name, title, unit }) => course(title, unit, sizing.course[name], sizing.need[name])),
    ),
    options.length > 0 && optionTable(options),
    h("p", { class: "quiet" }, `${prices}. Without licences, the OS disk, backup and traffic.`),
    refused.length > 0 &&
      h(
        "p",
        { class: "quiet" },
        `Refused: ${refused.map(({ name, why }) => `${shortName(name)} (${why})`).join(", ")}.`,
      ),
  );
}

/** @type {readonly { name: keyof Sizing["course"], title: string, unit: string }[]} */
const CHARTS = [
  { name: "cores", title: "Cores", unit: "" },
  { name: "memoryGib", title: "Memory", unit: " GiB" },
  { name: "iops", title: "IOPS", unit: "" },
  { name: "mbps", title: "Throughput", unit: " MB/s" },
];

const WIDTH = 160;
const HEIGHT = 40;

/**
 * A line of what was measured, and one for the need, which has the comfort in it.
 * @param {string} title
 * @param {string} unit
 * @param {readonly number[]} values
 * @param {number | undefined} need what was not measured has no chart of its own, and is said not to be known
 */
function course(title, unit, values, need) {
  if (need === undefined) return h("figure", {}, h("figcaption", {}, `${title}: not known`));
  const top = Math.max(need, ...values, 1e-9);
  /** @param {number} value */
  const y = (value) => (HEIGHT - (value / top) * (HEIGHT - 2) - 1).toFixed(1);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
  const line = values.map((value, at) => `${(at * step).toFixed(1)},${y(value)}`).join(" ");
  const text = `${title}: at most ${number(Math.max(0, ...values))}${unit}, need ${number(need)}${unit}`;
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": text });
  chart.append(
    svg("line", { class: "need", x1: 0, x2: WIDTH, y1: y(need), y2: y(need) }),
    svg("polyline", { class: "course", points: line }),
  );
  return h("figure", {}, chart, h("figcaption", {}, text));
}

/**
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 */
function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}

/** @param {Sizing["options"]} options */
const optionTable = (options) =>
  h(
    "table",
    { class: "sizes" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Size", "A month", "Use", "Disks"].map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h(
      "tbody",
      {},
      options.map((option) =>
        h(
          "tr",
          { "data-key": option.size },
          h(
            "th",
            { scope: "row" },
            shortName(option.size),
            h("p", { class: "quiet" }, `${option.vcpus} vCPUs, ${option.memoryGib} GiB`),
          ),
          h(
            "td",
            {},
            option.month === undefined ? "not known" : `$${Math.round(option.month).toLocaleString("en-US")}`,
          ),
          h(
            "td",
            {},
            h(
              "ul",
              { class: "uses" },
              Object.entries(option.use).map(([name, use]) => bar(name, use, name === option.binding)),
            ),
          ),
          h(
            "td",
            {},
            option.disks.map((disk) => h("p", {}, disk)),
          ),
        ),
      ),
    ),
  );

/**
 * @param {string} name
 * @param {number} use
 * @param {boolean} decides
 */
const bar = (name, use, decides) =>
  h(
    "li",
    { class: decides ? "use decides" : "use" },
    h("span", {}, `${name} ${Math.ceil(use * 100)} %`, decides && " decides"),
    h("meter", { min: 0, max: 1, value: use.toFixed(3), "aria-label": name }),
  );

/** @param {string} name */
const shortName = (name) => name.replace("Standard_", "");

/** @param {number} value */
const number = (value) => (value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10));
