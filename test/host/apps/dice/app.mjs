// Registers random orchestrations that use everything that the supported subset of Durable Functions allows; each
// result names the task that asked for it.
import * as df from "durable-functions";

/** Attempts of this process. Like all memory of a worker they are lost in a crash, and then there are more attempts. */
const tries = new Map();
df.app.activity("Work", {
  handler: ({ k, key, failures }) => {
    const attempt = (tries.get(key) ?? 0) + 1;
    tries.set(key, attempt);
    if (attempt <= failures) throw new Error(`no luck ${k}`);
    return { k };
  },
});
df.app.activity("Raise", {
  extraInputs: [df.input.durableClient()],
  handler: async ({ instance, event, k }, context) => {
    await df.getClient(context).raiseEvent(instance, event, { k });
    return { k };
  },
});

const patience = new df.RetryOptions(2_000, 30);
const retried = (context, name, input) => context.df.callActivityWithRetry(name, patience, input);
const later = (context, seconds) => new Date(context.df.currentUtcDateTime.getTime() + seconds * 1_000);

function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state >> 8) % sides;
  };
}

/** Plays one round after another, each in the same execution or in a new one. */
df.app.orchestration("Dice", function* (context) {
  const { seed, depth, round, rounds, got, wanted } = context.df.getInput();
  const roll = dice(seed * 31 + round);
  const answer = yield* playRound(context, roll, `${context.df.instanceId}-${round}`, depth);
  got.push(answer.got);
  wanted.push(answer.wanted);
  if (round === rounds) return { got, wanted };
  context.df.continueAsNew({ seed, depth, round: round + 1, rounds, got, wanted });
});

/** Plays one to three steps, each of them a task, several tasks at once, a race or a task without retry. */
function* playRound(context, roll, key, depth) {
  const got = [];
  const wanted = [];
  for (let step = 0, steps = 1 + roll(3); step < steps; step++) {
    const kind = roll(6);
    const k = roll(1_000);
    const stepKey = `${key}-${step}`;
    if (kind === 0) {
      got.push(yield* race(context, stepKey.replaceAll(/[^a-z0-9]/gi, ""), roll(2) === 0 ? 1 : 3_600, k));
      wanted.push(k);
    } else if (kind === 1) {
      got.push(yield* withoutRetry(context, stepKey, k));
      wanted.push(k);
    } else {
      const tasks = Array.from({ length: 1 + roll(4) }, (_, index) =>
        taskOf(context, roll, `${stepKey}-${index}`, depth),
      );
      const answers = yield context.df.Task.all(tasks.map(({ task }) => task));
      got.push(answers.map((answer) => answer?.k ?? null));
      wanted.push(tasks.map(({ k }) => k));
    }
  }
  return { got, wanted };
}

function taskOf(context, roll, key, depth) {
  const k = roll(1_000);
  const kind = roll(depth > 0 ? 5 : 3);
  if (kind === 0) return { k: null, task: context.df.createTimer(later(context, 1 + roll(86_400))) };
  if (kind <= 2) return { k, task: retried(context, "Work", { k, key, failures: roll(3) }) };
  const seed = roll(100_000);
  const input = { k, inner: { seed, depth: depth - 1, round: 1, rounds: 1 + roll(2), got: [], wanted: [] } };
  return { k, task: context.df.callSubOrchestrator("Child", input, `${key}-child`) };
}

/** A child that plays rounds of its own, and reports whether every result reached its task. */
df.app.orchestration("Child", function* (context) {
  const { k, inner } = context.df.getInput();
  const { got, wanted } = yield context.df.callSubOrchestrator("Dice", inner, `${context.df.instanceId}-dice`);
  return { k: JSON.stringify(got) === JSON.stringify(wanted) ? k : { got, wanted } };
});

/** Races an event that an activity raises against a timer. When the timer wins, nobody takes the late event. */
function* race(context, event, seconds, k) {
  yield retried(context, "Raise", { instance: context.df.instanceId, event, k });
  const timeout = context.df.createTimer(later(context, seconds));
  const raised = context.df.waitForExternalEvent(event);
  const first = yield context.df.Task.any([raised, timeout]);
  if (first === timeout) return k;
  timeout.cancel();
  return raised.result.k;
}

/** When its worker dies the task has failed, and the failure must reach the orchestration as well. */
function* withoutRetry(context, key, k) {
  try {
    return (yield context.df.callActivity("Work", { k, key, failures: 0 })).k;
  } catch (error) {
    return /^Activity function 'Work' failed/.test(error.message) ? k : error.message;
  }
}
