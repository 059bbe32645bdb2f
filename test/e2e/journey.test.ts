// Does the day end the same, whatever goes wrong on the way? Offline, online, refused and accepted cutovers, cancel: calm, under kills, under bad mail.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Stack, startStack } from "../../local/stack.ts";
import { clientOf } from "./support/client.ts";
import { elsewhere, needsOwnStack, suffix } from "./support/elsewhere.ts";
import { journey, type Outcome, type Trouble } from "./support/journey.ts";

const stacks: Stack[] = [];
after(async () => {
  for (const stack of stacks) await stack.stop();
});

async function live(
  options: Parameters<typeof startStack>[0],
  troubleOn?: (stack: Stack) => Trouble,
): Promise<Outcome> {
  const stack = await startStack({ emulator: { validationSeconds: 1, cutoverSeconds: 1 }, ...options });
  stacks.push(stack);
  const outcome = await journey(clientOf(stack), troubleOn?.(stack));
  stacks.pop();
  await stack.stop();
  return outcome;
}

/** The host is killed and started again; who asks meanwhile waits for it to be back, so that kills come one after another. */
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

test("three databases reach their ends, and the service restored and accepted exactly what was meant", async () => {
  calm = await (elsewhere ? journey(clientOf(elsewhere), undefined, suffix) : live({}));
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

test("with the host killed between the steps the day ends the same", { skip: needsOwnStack }, async () => {
  assert.deepEqual(await live({}, killing), calm);
});

test("with every blob event delivered twice and out of order the day ends the same", {
  skip: needsOwnStack,
}, async () => {
  assert.deepEqual(await live({ deliver: { copies: 2, shuffle: 7 } }), calm);
});
