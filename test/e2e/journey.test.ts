// Tests that a day with sqlferry ends the same under every kind of fault: offline, online, refused and accepted
// cutovers, cancel; without faults, under kills, under lossy event delivery.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Stack, startStack } from "../../local/stack.ts";
import type { TeamsMessage } from "../../shared/notify/teamsCard.ts";
import { clientOf } from "./support/client.ts";
import { elsewhere, needsOwnStack, suffix } from "./support/elsewhere.ts";
import { journey, type Outcome, type Trouble } from "./support/journey.ts";

const stacks: Stack[] = [];
after(async () => {
  for (const stack of stacks) await stack.stop();
});

const [ORDERS, CUSTOMERS, STOCK] = [
  "Orders → sqlvm-01 / Orders, offline",
  "Customers → sqlvm-01 / Customers, online",
  "Stock → sqlvm-01 / Stock, online",
];

/** The cards that people have to get, sorted. */
const CARDS = [
  `Canceled: ${STOCK}`,
  `Cutover begun: ${CUSTOMERS}`,
  `Cutover completed: ${CUSTOMERS}`,
  `Migrated: ${CUSTOMERS}`,
  `Migrated: ${ORDERS}`,
  `Ready for cutover: ${CUSTOMERS}`, // when the state is entered
  `Ready for cutover: ${CUSTOMERS}`, // when the tail log has come
  `Ready for cutover: ${STOCK}`,
];

/** Plays a day on a stack of its own, and returns the cards that were posted. */
async function live(
  options: Parameters<typeof startStack>[0],
  troubleOn?: (stack: Stack) => Trouble,
): Promise<{ readonly outcome: Outcome; readonly cards: readonly string[] }> {
  const stack = await startStack({ emulator: { validationSeconds: 1, cutoverSeconds: 1 }, ...options });
  stacks.push(stack);
  const client = clientOf(stack);
  const outcome = await journey(client, troubleOn?.(stack));
  // A card that could not be posted while the host was down is posted after later ones: the last card does not prove
  // that all have come.
  const cards = await client.until("every card is posted", async () => {
    const posted = cardsOf(stack);
    return CARDS.every((card) => posted.includes(card)) && posted;
  });
  stacks.pop();
  await stack.stop();
  return { outcome, cards };
}

/**
 * The first two lines of each card: "Ready for cutover: Customers → sqlvm-01 / Customers, online". A gap may appear for
 * a while, and is left out.
 */
const cardsOf = (stack: Stack): string[] =>
  stack
    .teamsMessages()
    .map(({ message }) => {
      const [attachment] = (message as TeamsMessage).attachments;
      const lines = attachment.content.body.slice(0, 2).map((element) => ("text" in element ? element.text : ""));
      return lines.join(": ");
    })
    .filter((card) => /^(Ready|Cutover|Migrated|Canceled)/.test(card));

/**
 * Kills the host and starts it again. A request in the meantime waits until the host is back, so that kills come one
 * after another.
 */
function killing(stack: Stack): Trouble {
  let last = Promise.resolve();
  return () => {
    last = last.then(async () => {
      await stack.killHost();
      await stack.startHost();
    });
    return last;
  };
}

let calm: Outcome;
let calmCards: readonly string[] = [];

test("three databases reach their ends, and the service restored and accepted exactly what was meant", async () => {
  if (elsewhere) calm = await journey(clientOf(elsewhere), undefined, suffix);
  else ({ outcome: calm, cards: calmCards } = await live({}));
  assert.deepEqual(calm.states, { orders: "succeeded", customers: "succeeded", stock: "canceled" });
  if (elsewhere && !elsewhere.armUrl) return;
  const of = <Value>(members: Readonly<Record<string, Value>>) =>
    Object.fromEntries(["Orders", "Customers", "Stock"].map((name) => [name, members[`${name}${suffix}`]]));
  assert.deepEqual(of(calm.accepted), {
    Orders: ["PUT"],
    Customers: ["PUT", "POST cutover"],
    Stock: ["PUT", "POST cancel"],
  });
  // Orders: full, differential, the log after it, the tail
  const counts = Object.fromEntries(Object.entries(of(calm.restored)).map(([name, sets]) => [name, sets?.length]));
  assert.deepEqual(counts, { Orders: 4, Customers: 4, Stock: 2 });
});

test("people get one card for each thing that they should see", { skip: needsOwnStack }, () => {
  assert.deepEqual(calmCards.toSorted(), CARDS);
});

test("with the host killed between the steps the day ends the same", { skip: needsOwnStack }, async () => {
  const { outcome, cards } = await live({}, killing);
  assert.deepEqual(outcome, calm);
  assert.deepEqual([...new Set(cards)].sort(), [...new Set(CARDS)].sort(), "a crash may repeat a card, never lose one");
});

test("with every blob event delivered twice and out of order the day ends the same", {
  skip: needsOwnStack,
}, async () => {
  const { outcome, cards } = await live({ deliver: { copies: 2, shuffle: 7 } });
  assert.deepEqual(outcome, calm);
  assert.deepEqual(cards.toSorted(), calmCards.toSorted());
});
