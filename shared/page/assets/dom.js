// Builds elements from data, and updates the page in place, so that focus, scroll and selection stay.

/** @typedef {Node | string | number | false | undefined} Child */
/** @typedef {Child | readonly (Child | readonly Child[])[]} Children */

/**
 * An element. Children are nodes or text; text is never read as markup. Absent children and attributes are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes
 * @param {readonly Children[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  for (const child of children.flat(2))
    if (child instanceof Node) element.append(child);
    else if (child !== undefined && child !== false && child !== "") element.append(visible(String(child)));
  return element;
}

/** Control characters and those that turn the direction of writing: a file's name must not disguise itself. */
const DISGUISES = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** @param {string} text */
const visible = (text) => text.replaceAll(DISGUISES, "\ufffd");

/**
 * Makes the children of `place` equal to `wanted`. Those with a data-key (unique among their neighbours) are found
 * again wherever they have moved to; the others by their place between them. Whatever need not move stays, and keeps
 * the focus.
 * @param {Element} place
 * @param {readonly Node[]} wanted
 */
export function update(place, wanted) {
  const keys = new Set(wanted.map(keyOf));
  for (const child of [...place.children]) if (keyOf(child) !== undefined && !keys.has(keyOf(child))) child.remove();
  const known = new Map([...place.children].map((child) => [keyOf(child), child]));
  /** @type {ChildNode | null} */
  let next = place.firstChild;
  const dropNext = () => {
    const dropped = next;
    next = next?.nextSibling ?? null;
    dropped?.remove();
  };
  for (const node of wanted) {
    const key = keyOf(node);
    if (key !== undefined) while (next && keyOf(next) === undefined) dropNext();
    /** @type {ChildNode | null | undefined} */
    const same = key === undefined ? next : known.get(key);
    if (!same || same.nodeName !== node.nodeName || keyOf(same) !== key) {
      place.insertBefore(node, next);
      continue;
    }
    if (same === next) next = same.nextSibling;
    else place.insertBefore(same, next);
    become(same, node);
  }
  while (next) dropNext();
}

/**
 * @param {Node | null | undefined} node
 * @returns {string | undefined}
 */
const keyOf = (node) => (node instanceof HTMLElement ? node.dataset.key : undefined);

/** What is unfolded stays so, and what was folded too. */
const OF_THE_READER = "open";

/**
 * @param {Node} node
 * @param {Node} wanted Of the same name.
 */
function become(node, wanted) {
  if (!(node instanceof Element && wanted instanceof Element)) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...node.attributes])
    if (!wanted.hasAttribute(name) && name !== OF_THE_READER) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (node.getAttribute(name) !== value && name !== OF_THE_READER) node.setAttribute(name, value);
  update(node, [...wanted.childNodes]);
}
