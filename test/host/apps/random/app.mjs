// Orchestrations made of dice: several rounds of parallel steps; each result must come back to the task that asked for it.
import * as df from "durable-functions";

const tries = new Map();
df.app.activity("Work", {
  handler: async ({ k, key, failures }) => {
    await new Promise((resolve) => setTimeout(resolve, (k * 7919) % 13));
    const attempt = (tries.get(key) ?? 0) + 1;
    tries.set(key, attempt);
    if (attempt <= failures) throw new Error(`no luck ${k}`);
    return { k };
  },
});
const later = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration("Leaf", function* (context) {
  const { k, key } = context.df.getInput();
  yield context.df.createTimer(later(context, (k % 5) * 3));
  return yield context.df.callActivity("Work", { k, key, failures: 0 });
});

df.app.orchestration("Dice", function* (context) {
  let seed = context.df.getInput().seed;
  const roll = (sides) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % sides;
  };
  const got = [];
  const wanted = [];
  for (let round = 0; round < 4; round++) {
    const steps = Array.from({ length: 1 + roll(7) }, (_, index) =>
      step(context, roll, `${context.df.instanceId}/${round}/${index}`),
    );
    const answers = yield context.df.Task.all(steps.map(({ task }) => task));
    got.push(answers.map((answer) => answer?.k ?? null));
    wanted.push(steps.map(({ k }) => k));
  }
  return { got, wanted };
});

function step(context, roll, key) {
  const k = roll(1000);
  const kind = roll(5);
  if (kind === 0) return { k, task: context.df.callActivity("Work", { k, key, failures: 0 }) };
  if (kind <= 2) {
    const options = new df.RetryOptions(1 + roll(4), 4);
    return { k, task: context.df.callActivityWithRetry("Work", options, { k, key, failures: roll(3) }) };
  }
  if (kind === 3) return { k, task: context.df.callSubOrchestrator("Leaf", { k, key }) };
  return { k: null, task: context.df.createTimer(later(context, 1 + roll(20))) };
}
