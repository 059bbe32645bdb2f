// Runs the page's scripts in tests, in a document without a browser; the scripts find its names as in a browser.
import { Window } from "happy-dom";
import { pageHtml } from "../../../shared/page/html.ts";

const window = new Window({ url: "http://localhost:7071/" });
const [, shell = ""] = /<body>([\s\S]*)<\/body>/.exec(pageHtml()) ?? [];
window.document.body.innerHTML = shell;
const { document, location, Node, Element, HTMLElement, HTMLInputElement, Event } = window;
Object.assign(globalThis, { window, document, location, Node, Element, HTMLElement, HTMLInputElement, Event });

/** The text that a reader sees in these nodes. */
export const textOf = (nodes: readonly unknown[]): string => placed(nodes).textContent ?? "";

/** The first element that the selector matches. */
export function find<Found extends HTMLElement = HTMLElement>(place: ParentNode, selector: string): Found {
  const found = place.querySelector<Found>(selector);
  if (!found) throw new Error(`There is no ${selector} here.`);
  return found;
}

/** Puts the nodes into an element of their own. Views use false or undefined for what is not shown. */
export function placed(nodes: readonly unknown[]): HTMLElement {
  const place = globalThis.document.createElement("main");
  place.append(...nodes.filter((node) => node instanceof globalThis.Node));
  return place;
}

/** Types as a person does. */
export function type(input: HTMLInputElement, text: string): void {
  input.value = text;
  input.dispatchEvent(new globalThis.Event("input", { bubbles: true }));
}

/** Ticks as a person does. */
export function tick(input: HTMLInputElement): void {
  input.checked = true;
  input.dispatchEvent(new globalThis.Event("input", { bubbles: true }));
}
