// What objects does Export-Clixml hold? One row per object at the top, its properties by name; of nested objects their text or their list.
import { EXIT, FerryError } from "./exit.ts";

interface Element {
  readonly tag: string;
  readonly name: string | undefined;
  readonly children: Element[];
  text: string;
}

export function cliXmlRows(text: string): readonly Readonly<Record<string, unknown>>[] {
  const root = parsed(text);
  if (root?.tag !== "Objs") throw new FerryError(EXIT.failed, "This is XML, but not as Export-Clixml writes it.");
  return root.children.flatMap(objectsOf).map(membersOf);
}

/** An array is one object with a list of the others. */
function objectsOf(element: Element): readonly Element[] {
  const list = element.children.find(({ tag }) => LISTS.includes(tag));
  return list ? list.children.flatMap(objectsOf) : element.tag === "Obj" ? [element] : [];
}

const LISTS = ["LST", "IE", "STK", "QUE"];
const PROPERTIES = ["Props", "MS"];

const membersOf = ({ children }: Element): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    children
      .filter(({ tag }) => PROPERTIES.includes(tag))
      .flatMap((properties) => properties.children)
      .map((property) => [property.name ?? "", propertyValue(property)]),
  );

function propertyValue({ tag, text, children }: Element): unknown {
  if (tag === "Nil") return null;
  if (tag === "B") return text === "true";
  if (tag !== "Obj") return text;
  const list = children.find((child) => LISTS.includes(child.tag));
  if (list) return list.children.map(propertyValue);
  return children.find((child) => child.tag === "ToString")?.text ?? null;
}

const TOKEN = /<(\/?)([A-Za-z0-9]+)((?:\s+[A-Za-z:]+="[^"]*")*)\s*(\/?)>|([^<]+)|<[?!][^>]*>/g;

function parsed(text: string): Element | undefined {
  const open: Element[] = [{ tag: "", name: undefined, children: [], text: "" }];
  for (const [, isEnd, tag, attributes = "", isEmpty, words] of text.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (!parent) return undefined;
    if (words !== undefined) parent.text += unescaped(words);
    else if (isEnd) open.pop();
    else if (tag !== undefined) {
      const name = /\sN="([^"]*)"/.exec(attributes)?.[1];
      const element = { tag, name: name === undefined ? undefined : unescaped(name), children: [], text: "" };
      parent.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  return open[0]?.children[0];
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** XML's own escapes, and PowerShell's for characters that XML does not take: _x000A_. */
const unescaped = (text: string): string =>
  text
    .replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? "")
    .replaceAll(/_x([0-9A-F]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
