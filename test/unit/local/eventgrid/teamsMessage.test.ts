// Tests that the emulated webhook accepts what Teams accepts, and displays it without trusting it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardsPage } from "../../../../local/eventgrid/cardsPage.ts";
import { refusalOf } from "../../../../local/eventgrid/teamsMessage.ts";

const card = (body: unknown, more: object = {}) => ({
  type: "message",
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      content: { type: "AdaptiveCard", version: "1.4", body, ...more },
    },
  ],
});
const GOOD = card([{ type: "TextBlock", text: "Ready for cutover", weight: "Bolder", color: "Good" }]);

test("a message with one adaptive card is taken", () => assert.equal(refusalOf(JSON.stringify(GOOD)), undefined));

const REFUSED: readonly (readonly [why: string, body: string])[] = [
  ["no JSON", "{"],
  ["the bare card", JSON.stringify(GOOD.attachments[0]?.content)],
  ["no attachment", JSON.stringify({ type: "message", attachments: [] })],
  ["two cards", JSON.stringify({ ...GOOD, attachments: [...GOOD.attachments, ...GOOD.attachments] })],
  [
    "another kind of attachment",
    JSON.stringify({ type: "message", attachments: [{ contentType: "text/html", content: {} }] }),
  ],
  ["a card without a body", JSON.stringify(card([]))],
  ["more than 28 KB", JSON.stringify(card([{ type: "TextBlock", text: "x".repeat(28 * 1024) }]))],
];
for (const [why, body] of REFUSED) test(`${why} is refused`, () => assert.equal(typeof refusalOf(body), "string"));

test("the page shows texts, facts and links, escaped, the newest card first", () => {
  const hostile = card(
    [
      { type: "Container", items: [{ type: "TextBlock", text: "<script>alert(1)</script>" }] },
      { type: "FactSet", facts: [{ title: "file", value: 'a"><img src=x>' }] },
    ],
    {
      actions: [
        { type: "Action.OpenUrl", title: "Open", url: "http://localhost:7071/#/migrations/m" },
        { type: "Action.OpenUrl", title: "Bad", url: "javascript:alert(1)" },
      ],
    },
  );
  const page = cardsPage([
    { postedAt: "2025-11-24T21:45:00Z", message: GOOD },
    { postedAt: "2025-11-24T21:46:00Z", message: hostile },
  ]);
  assert.ok(page.indexOf("21:46:00") < page.indexOf("21:45:00"));
  assert.match(page, /<p class="good"><strong>Ready for cutover<\/strong><\/p>/);
  assert.match(page, /<a href="http:\/\/localhost:7071/);
  assert.doesNotMatch(page, /<script|<img|javascript:/);
});
