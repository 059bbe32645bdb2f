// Runs the page's scripts in tests, in a document without a browser, whose names they find as a browser's scripts do.
import { Window } from "happy-dom";
import { pageHtml } from "../../../shared/page/html.ts";

const window = new Window({ url: "http://localhost:7071/" });
const [, shell = ""] = /<body>([\s\S]*)<\/body>/.exec(pageHtml()) ?? [];
window.document.body.innerHTML = shell;
const { document, location, Node, Element, HTMLElement, HTMLInputElement, Event } = window;
Object.assign(globalThis, { window, document, location, Node, Element, HTMLElement, HTMLInputElement, Event });

/** What a reader sees of these nodes. */
export const textOf = (nodes: readonly unknown[]): string => placed(nodes).textContent ?? "";

/** The first element of this kind. */
export function find<Found extends HTMLElement = HTMLElement>(place: ParentNode, selector: string): Found {
  const found = place.querySelector<Found>(selector);
  if (!found) throw new Error(`There is no ${selector} here.`);
  return found;
}

/** These nodes in an element of their own; a view names nothing in the place of what is not shown. */
export function placed(nodes: readonly unknown[]): HTMLElement {
  const place = globalThis.document.createElement("main");
  place.append(...nodes.filter((node) => node instanceof globalThis.Node));
  return place;
}

/** As somebody who types. */
export function type(input: HTMLInputElement, text: string): void {
  input.value = text;
  input.dispatchEvent(new globalThis.Event("input", { bubbles: true }));
}

/** As somebody who ticks. */
export function tick(input: HTMLInputElement): void {
  input.checked = true;
  input.dispatchEvent(new globalThis.Event("input", { bubbles: true }));
}
