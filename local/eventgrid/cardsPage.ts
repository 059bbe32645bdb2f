// Shows the cards that people would see in Teams as a plain page, newest first.
import type { Card } from "./store.ts";
import { cardOf } from "./teamsMessage.ts";

type Element = Readonly<Record<string, unknown>>;

/** A whole HTML page. Every text of a card is escaped: file names are anybody's. */
export const cardsPage = (cards: readonly Card[]): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>Teams cards</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0 }
p { margin: .25rem 0 } time { opacity: .7; font-size: .85rem } dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0 }
dt { opacity: .7 } dd { margin: 0 } a { margin-right: 1rem } .good { color: #1a7f37 } .warning { color: #9a6700 } .attention { color: #d1242f }
</style>
<h1>Teams cards</h1>
${cards.length === 0 ? "<p>No card yet.</p>" : cards.toReversed().map(article).join("\n")}
</html>
`;

function article({ postedAt, message }: Card): string {
  const { body, actions } = cardOf(message);
  return `<article><time>${escapeHtml(postedAt)}</time>${elements(body)}${list(actions).map(link).join("")}</article>`;
}

const elements = (value: unknown): string => list(value).map(render).join("");

/** The elements that sqlferry's cards use; of others, what they hold. */
function render(element: Element): string {
  switch (element["type"]) {
    case "TextBlock": {
      const text = escapeHtml(element["text"]);
      const color = String(element["color"] ?? "").toLowerCase();
      return `<p${["good", "warning", "attention"].includes(color) ? ` class="${color}"` : ""}>${
        element["weight"] === "Bolder" ? `<strong>${text}</strong>` : text
      }</p>`;
    }
    case "FactSet":
      return `<dl>${list(element["facts"])
        .map((fact) => `<dt>${escapeHtml(fact["title"])}</dt><dd>${escapeHtml(fact["value"])}</dd>`)
        .join("")}</dl>`;
    default:
      return elements(element["items"]) + elements(element["columns"]) + list(element["actions"]).map(link).join("");
  }
}

/** Only web addresses become links. */
const link = ({ title, url }: Element): string =>
  /^https?:\/\//.test(String(url)) ? `<a href="${escapeHtml(url)}">${escapeHtml(title)}</a>` : "";

const list = (value: unknown): readonly Element[] =>
  Array.isArray(value) ? value.filter((one): one is Element => typeof one === "object" && one !== null) : [];

const escapeHtml = (value: unknown): string =>
  String(value ?? "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
