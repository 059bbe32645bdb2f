// Reads what Export-Clixml wrote: one row per object at the top, its properties by name; of nested objects their text
// or their list.
import { EXIT, FerryError } from "../exit.ts";

interface Element {
  readonly tag: string;
  readonly name: string | undefined;
  /** Of an object, and of a reference to it. */
  readonly refId: string | undefined;
  readonly children: Element[];
  text: string;
}

/**
 * Rows of all documents in the text, one after the other. Throws a FerryError where the text was cut off, or is other
 * XML.
 */
export function cliXmlRows(text: string): readonly Readonly<Record<string, unknown>>[] {
  const roots = parsed(text);
  if (roots.length === 0 || roots.some(({ tag }) => tag !== "Objs"))
    throw new FerryError(EXIT.failed, "This is XML, but not as Export-Clixml writes it.");
  return roots.flatMap((root) => {
    const referred = new Map<string, Element>();
    collect(root, referred);
    return root.children.flatMap(objectsOf).map((object) => membersOf(object, referred));
  });
}

/** What a <Ref> means that stands for an object which was written before. */
type Referred = ReadonlyMap<string, Element>;

function collect(element: Element, into: Map<string, Element>): void {
  if (element.tag === "Obj" && element.refId !== undefined) into.set(element.refId, element);
  for (const child of element.children) collect(child, into);
}

/** An array is one object with a list of the others. */
function objectsOf(element: Element): readonly Element[] {
  const list = element.children.find(({ tag }) => LISTS.includes(tag));
  return list ? list.children.flatMap(objectsOf) : element.tag === "Obj" ? [element] : [];
}

const LISTS = ["LST", "IE", "STK", "QUE"];
const PROPERTIES = ["Props", "MS"];

const membersOf = ({ children }: Element, referred: Referred): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    children
      .filter(({ tag }) => PROPERTIES.includes(tag))
      .flatMap((properties) => properties.children)
      .map((property) => [property.name ?? "", propertyValue(property, referred)]),
  );

function propertyValue(property: Element, referred: Referred): unknown {
  const { tag, text, children } = property.tag === "Ref" ? (referred.get(property.refId ?? "") ?? property) : property;
  if (tag === "Nil" || tag === "Ref") return null;
  if (tag === "B") return text === "true";
  if (tag !== "Obj") return text;
  const list = children.find((child) => LISTS.includes(child.tag));
  if (list) return list.children.map((child) => propertyValue(child, referred));
  return children.find((child) => child.tag === "ToString")?.text ?? null;
}

const TOKEN = /<(\/?)([A-Za-z0-9]+)((?:\s+[A-Za-z:]+="[^"]*")*)\s*(\/?)>|([^<]+)|<[?!][^>]*>/g;

const NAME = /\sN="([^"]*)"/;
const REF_ID = /\sRefId="([^"]*)"/;

/** The elements at the top. */
function parsed(text: string): readonly Element[] {
  const top: Element = { tag: "", name: undefined, refId: undefined, children: [], text: "" };
  const open: Element[] = [top];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [whole, isEnd, tag, attributes = "", isEmpty, words] = token;
    if (token.index !== end) break; // something that is no element, as one that was cut off
    end += whole.length;
    const parent = open.at(-1) as Element;
    if (words !== undefined) parent.text += unescaped(words);
    else if (isEnd) {
      if (parent === top || parent.tag !== tag) throw notWhole(`</${tag}> closes nothing`);
      open.pop();
    } else if (tag !== undefined) {
      const name = NAME.exec(attributes)?.[1];
      const refId = REF_ID.exec(attributes)?.[1];
      const element = { tag, name: name === undefined ? undefined : unescaped(name), refId, children: [], text: "" };
      parent.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  const last = open.at(-1);
  if (last !== undefined && last !== top) throw notWhole(`it ends inside <${last.tag}>`);
  if (end !== text.length) throw notWhole(`"${text.slice(end, end + 20)}" is no element`);
  return top.children;
}

const notWhole = (what: string): FerryError =>
  new FerryError(EXIT.failed, `This XML is not whole: ${what}. The export was cut off: export it again.`);

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** XML's own escapes, and PowerShell's for characters that XML does not take: _x000A_. */
const unescaped = (text: string): string =>
  text
    .replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? "")
    .replaceAll(/_x([0-9A-F]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
