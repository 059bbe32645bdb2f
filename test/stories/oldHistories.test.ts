// Tests that runs which began under an older version of sqlferry go on under this one. Today's orchestrators replay the
// histories that the older version wrote: at every step they have to call the same tasks again, or the official host
// fails the orchestration.
//
// The histories are in test/fixtures/histories/<version of the story>/ and are never overwritten. Whoever changes what
// a stage calls raises extensions.durableTask.defaultVersion in host.json, branches on context.df.version, and records
// the new histories: UPDATE_GOLDEN=1.
import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { OrchestrationContext } from "durable-functions";
import { migrateDatabase } from "../../functions/orchestrators/migrateDatabase.ts";
import * as steps from "../../functions/orchestrators/steps.ts";
import { type Command, noteOf } from "../../local/host/durable/commands.ts";
import { decideEpisode, type Episode, NOTHING_YET, type Outcome } from "../../local/host/durable/episode.ts";
import {
  describeAction,
  eventRaised,
  executionStarted,
  flatten,
  type HistoryEvent,
  isoTime,
  type Message,
  type TaskEnd,
  taskEnded,
  timerFired,
} from "../../local/host/durable/history.ts";
import { replay } from "../../local/host/durable/replay.ts";
import type { Turn } from "../../local/host/durable/store.ts";
import type { Invoker } from "../../local/host/invoke.ts";
import { type Left, leftOf } from "../support/play.ts";
import { migrateDatabase as storyOfRelease010 } from "../support/storyOfRelease010.ts";

const FOLDER = new URL("../fixtures/histories/", import.meta.url);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const versionIn = (hostJson: string): string =>
  String(JSON.parse(readFileSync(hostJson, "utf8")).extensions.durableTask.defaultVersion);
/** The version that new runs get. */
const VERSION = versionIn(join(ROOT, "host.json"));

/** The class behind durable-functions' registration of an orchestrator. */
const { Orchestrator } = createRequire(import.meta.url)("durable-functions/lib/src/orchestrations/Orchestrator.js") as {
  Orchestrator: new (flow: unknown) => { handle(trigger: unknown, context: object): Promise<unknown> };
};

const watches = Object.values(steps).filter((one) => "watchName" in one);
const ORCHESTRATORS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["MigrateDatabase", migrateDatabase],
  ...watches.map(({ watchName, turn }) => [watchName, turn] as const),
]);
const ACTIVITIES = new Set(Object.values(steps).flatMap((one) => ("activityName" in one ? [one.activityName] : [])));
const known = { activities: ACTIVITIES, orchestrators: new Set(ORCHESTRATORS.keys()) };

const invokerOf = (flow: unknown): Invoker => ({
  async invoke(_name, data) {
    const trigger = JSON.parse((data as { string: string }).string);
    return { result: await new Orchestrator(flow).handle(trigger, {}), http: undefined, hasLogged: false };
  },
  replaceWorker: () => undefined,
});

/** One execution of an orchestration. */
interface Recorded {
  readonly orchestrator: string;
  readonly instanceId: string;
  readonly input: object;
  /** What happened, step by step; the orchestrator ran after each. */
  readonly episodes: readonly { readonly events: readonly HistoryEvent[]; readonly asksFor: readonly string[] }[];
  readonly end: Outcome;
}

const EPISODES_AT_MOST = 60;
const BEGAN = Date.UTC(2026, 0, 1);

/** The orchestrator's answer to the events `fresh`, after all of `past`. */
async function said(
  { orchestrator, instanceId, input }: Omit<Recorded, "episodes" | "end">,
  past: readonly HistoryEvent[],
  fresh: readonly HistoryEvent[],
  flow = ORCHESTRATORS.get(orchestrator),
) {
  const instance = { name: orchestrator, id: instanceId, input: JSON.stringify(input), parent: null };
  const turn = { instance, past: past.map((event) => JSON.stringify(event)) } as unknown as Turn;
  const { state, breaches } = await replay(invokerOf(flow), known.orchestrators, turn, fresh);
  return { state, breaches, asksFor: flatten(state.actions[0]).list.map(describeAction) };
}

/**
 * Each answer is used once, the last one of a name repeatedly; an Error fails the task. "Wake": an event comes before
 * the timer.
 */
type Answers = Readonly<Record<string, readonly unknown[]>>;

/** The executions of a run, until one of them does not continue as new. */
async function recordedStory(instanceId: string, answers: Answers): Promise<readonly Recorded[]> {
  const left = leftOf(answers);
  const executions: Recorded[] = [];
  for (let input: object | undefined = run; input !== undefined; ) {
    const execution = await recorded("MigrateDatabase", instanceId, input, left);
    executions.push(execution);
    input = execution.end.kind === "continuedAsNew" ? (execution.end.input as object) : undefined;
  }
  return executions;
}

async function recorded(orchestrator: string, instanceId: string, input: object, left: Left): Promise<Recorded> {
  const endOf = (name: string): TaskEnd => {
    const list = left.get(name) ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (answer === undefined) throw new Error(`Nobody answers ${name}.`);
    return answer instanceof Error
      ? { reason: answer.message, details: answer.message }
      : { result: JSON.stringify(answer) };
  };
  const about = { orchestrator, instanceId, input };
  const episodes: { events: readonly HistoryEvent[]; asksFor: readonly string[] }[] = [];
  const inbox: Message[] = [executionStarted(orchestrator, JSON.stringify(input), VERSION)];
  let episode: Episode | undefined;
  for (let now = BEGAN; ; now += 1_000) {
    const message = inbox.shift();
    if (!message || episodes.length > EPISODES_AT_MOST) throw new Error(`${instanceId} does not come to an end.`);
    const at = { EventId: -1, Timestamp: isoTime(now) } as const;
    const fresh: readonly HistoryEvent[] = [
      { EventType: 12, ...at },
      { ...message, Timestamp: isoTime(now) },
    ];
    const past = episodes.flatMap(({ events }) => events);
    const { state, asksFor } = await said(about, past, fresh);
    episode = decideEpisode({
      numbering: episode?.numbering ?? NOTHING_YET,
      event: message,
      state,
      now,
      instanceId,
      execution: "0",
      known,
      historyLength: past.length,
    });
    const notes = episode.commands.flatMap((command) => noteOf(command, now));
    episodes.push({ events: [...fresh, ...notes, { EventType: 13, ...at }], asksFor });
    if (episode.outcome.kind !== "running") return { ...about, episodes, end: episode.outcome };
    for (const command of episode.commands) inbox.push(...happensAfter(command, endOf, left));
  }
}

function happensAfter(command: Command, endOf: (name: string) => TaskEnd, left: Left): Message[] {
  if (command.kind === "activity" || command.kind === "child")
    return [taskEnded(command.kind, command.id, endOf(command.name))];
  if (command.kind === "cancelTimer") return [];
  return [left.get("Wake")?.shift() ? eventRaised("Wake", "{}") : timerFired(command.id, command.fireAt)];
}

const run = { migrationId: "sales-1a2b3c4d", run: 1 };
const died = new Error("The worker process has ended.");
const smooth = {
  AwaitChain: [{ end: "startable" }],
  AwaitPreflight: [{ end: "passed" }],
  AwaitSlot: [{ end: "granted" }],
  FollowStart: [{ end: "started" }],
  FollowRestore: [{ end: "cutoverRequested" }],
  CutOver: [{ accepted: true }],
  FollowCutover: [{ end: "succeeded" }],
  FollowCancel: [{ end: "canceled" }],
  StallRun: [{ stalled: true }],
  EndRun: [{ end: "succeeded" }],
} satisfies Answers;
const OF_THE_STORY: Readonly<Record<string, Answers>> = {
  online: smooth,
  offline: { ...smooth, FollowRestore: [{ end: "succeeded" }] },
  "online, a cutover refused by the gate, another by DMS": {
    ...smooth,
    CutOver: [{ accepted: false }, { accepted: true }],
    FollowCutover: [{ end: "refused" }, { end: "succeeded" }],
  },
  "canceled while it is restored": { ...smooth, FollowRestore: [{ end: "canceled" }], EndRun: [{ end: "canceled" }] },
  "canceled while it waits for files": { ...smooth, AwaitChain: [{ end: "canceled" }], EndRun: [{ end: "canceled" }] },
  "preflight failed": { ...smooth, AwaitPreflight: [{ end: "preflightFailed" }], EndRun: [{ end: "preflightFailed" }] },
  "stalled by a look": { ...smooth, FollowRestore: [{ surprise: "No." }] },
  "a worker that died in a watch and in a step": {
    ...smooth,
    FollowStart: [died, { end: "started" }],
    CutOver: [died, { accepted: true }],
  },
};
const OF_A_WATCH: Readonly<Record<string, Answers>> = {
  "ends at once": { look: [{ end: { end: "succeeded" } }] },
  "looks again when the time is over": { look: [{ nextLookSeconds: 60 }] },
  "looks again when it is woken": { look: [{ nextLookSeconds: 60 }], Wake: [true] },
  "looks again after its worker died": { look: [died, { nextLookSeconds: 60 }] },
};

async function record(): Promise<void> {
  const folder = new URL(`${VERSION}/`, FOLDER);
  mkdirSync(folder, { recursive: true });
  const keep = (name: string, history: Recorded | readonly Recorded[]) => {
    const file = new URL(`${name.replaceAll(/[ ,]+/g, "-")}.json`, folder);
    // a recorded history is never overwritten
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(history)}\n`);
  };
  for (const [name, answers] of Object.entries(OF_THE_STORY))
    keep(`MigrateDatabase ${name}`, await recordedStory(`${run.migrationId}-run-1`, answers));
  for (const { watchName } of watches)
    for (const [name, { look = [], ...others }] of Object.entries(OF_A_WATCH)) {
      const looks = Object.fromEntries([...ACTIVITIES].map((activity) => [activity, look]));
      const input = watchName === "AwaitSlot" ? { ...run, kind: "start" } : run;
      keep(
        `${watchName} ${name}`,
        await recorded(watchName, `${run.migrationId}-run-1-${watchName}-1`, input, leftOf({ ...looks, ...others })),
      );
    }
}
if (process.env["UPDATE_GOLDEN"]) await record();

const versions = existsSync(FOLDER) ? readdirSync(FOLDER).toSorted() : [];

test("there are histories of the version that runs are started with", () => {
  const files = versions.includes(VERSION) ? readdirSync(new URL(`${VERSION}/`, FOLDER)) : [];
  assert.equal(files.length, Object.keys(OF_THE_STORY).length + watches.length * Object.keys(OF_A_WATCH).length);
});

test("the host's test apps tell the story in the version that the app tells it in", () => {
  const tells = (hostJson: string): boolean =>
    /register\(services\)|"MigrateDatabase"/.test(readFileSync(join(ROOT, dirname(hostJson), "app.mjs"), "utf8"));
  const apps = globSync("test/host/apps/*/host.json", { cwd: ROOT }).filter(tells);
  assert.ok(apps.length >= 3);
  for (const hostJson of apps) assert.equal(versionIn(join(ROOT, hostJson)), VERSION, hostJson);
});

/** Asserts that at each step of the history the orchestrator calls what it called then. */
async function goesOn(history: Recorded, flow = ORCHESTRATORS.get(history.orchestrator)): Promise<void> {
  let past: readonly HistoryEvent[] = [];
  for (const [number, { events, asksFor }] of history.episodes.entries()) {
    const isLast = number === history.episodes.length - 1;
    const happened = events.slice(0, 2); // the events that it reacts to; the others are its own calls
    const { state, breaches, asksFor: now } = await said(history, past, happened, flow);
    assert.deepEqual(breaches, [], `after step ${number + 1}`);
    if (state.error === undefined) assert.deepEqual(now, asksFor, `after step ${number + 1}`);
    const ended = state.error !== undefined ? "failed" : state.isDone ? "over" : "running";
    const expected = ({ running: "running", failed: "failed", completed: "over", continuedAsNew: "over" } as const)[
      isLast ? history.end.kind : "running"
    ];
    assert.equal(ended, expected, `after step ${number + 1}: ${state.error ?? ""}`);
    past = [...past, ...events];
  }
}

const kept = (version: string, file: string): readonly Recorded[] =>
  [JSON.parse(readFileSync(new URL(`${version}/${file}`, FOLDER), "utf8"))].flat();

for (const version of versions)
  describe(`a run that began under ${version}`, () => {
    for (const file of readdirSync(new URL(`${version}/`, FOLDER)).filter(
      (name) => !isStoryOfRelease010(version, name),
    ))
      test(`goes on as it began: ${file.replace(".json", "")}`, async () => {
        for (const execution of kept(version, file)) await goesOn(execution);
      });
  });

/**
 * 0.1.0 wrote version 1.0, and so did later builds, whose preflight is a watch: only the histories tell the two apart.
 */
function isStoryOfRelease010(version: string, file: string): boolean {
  return version === "0.1.0" && file.startsWith("MigrateDatabase");
}

describe("a run that began under 0.1.0", () => {
  for (const file of readdirSync(new URL("0.1.0/", FOLDER)).filter((name) => isStoryOfRelease010("0.1.0", name)))
    test(`goes on up to its preflight; beyond it is refused, and taken up again: ${file.replace(".json", "")}`, async () => {
      const [history = assert.fail()] = kept("0.1.0", file);
      const [first = assert.fail()] = history.episodes;
      await goesOn(history, storyOfRelease010); // test/e2e/upgrade.test.ts shows what becomes of such a run
      await goesOn({ ...history, episodes: [first], end: { kind: "running" } });
      const isBeyond = history.episodes.some(({ asksFor }) => asksFor.includes("activity RunPreflight"));
      if (isBeyond) await assert.rejects(goesOn(history), /activity RunPreflight/);
      else await goesOn(history);
    });
});

test("a story with another order of steps does not go on from that history", async () => {
  const [history = assert.fail()] = await recordedStory("a-run-1", smooth);
  await goesOn(history);
  await assert.rejects(
    goesOn(history, function* preflightFirst(context: OrchestrationContext) {
      yield* steps.awaitPreflight(context, run);
      return yield* migrateDatabase(context);
    }),
    { name: "AssertionError" },
  );
});
