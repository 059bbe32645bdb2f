// Tests requests that arrive, and processes that die, between any two awaits of a step. Every verb of the API is
// combined with every step of a run: in each case the run ends in one legal state, DMS gets at most one create and one
// cutover, though it shows late what it was asked for, and is asked to cancel only on a person's request.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { cancelMigration } from "../../functions/http/commands/cancelMigration.ts";
import { preflightMigration } from "../../functions/http/commands/preflightMigration.ts";
import { requestCutover } from "../../functions/http/commands/requestCutover.ts";
import { restartMigration } from "../../functions/http/commands/restartMigration.ts";
import { resumeMigration } from "../../functions/http/commands/resumeMigration.ts";
import { startMigration } from "../../functions/http/commands/startMigration.ts";
import { createMigration } from "../../functions/http/migrations/createMigration.ts";
import { invocationOf } from "../../functions/invocation.ts";
import { draftOf, ensureMigration } from "../../shared/application/files/ensureMigration.ts";
import type { MigrationMode } from "../../shared/chain/backupRecord.ts";
import { hasEnded, type Migration, type MigrationRequest } from "../../shared/migration/migration.ts";
import { storedJson } from "../../shared/migration/stored/storedJson.ts";
import type { Services } from "../../shared/ports.ts";
import { full, log } from "../support/backupRecords.ts";
import { copyOf, type Estate, lay, newEstate, phaseOf, put, type Worker } from "../support/estate.ts";
import { nextOf, type Past, perform, workerOf } from "../support/miniHost.ts";
import { type Said, say } from "../support/say.ts";
import { Task } from "../support/task.ts";
import { VM } from "../support/world.ts";

const OWN_VM = VM.replace("0000", "00000000-0000-0000-0000-000000000000");
const OTHER_VM = OWN_VM.replace("SQLVM-07", "SQLVM-08");
/** Longer than a look takes, shorter than anything that DMS does. */
const SHOWN_LATE_MS = 40_000;
const SETTINGS = { TARGET_SQL_VM_RESOURCE_ID: OWN_VM };

/** A moment: the world, and the past of each orchestration. */
interface Moment {
  readonly estate: Estate;
  readonly pasts: Readonly<Record<string, Past>>;
}
const runOf = (instanceId: string): number => Number(/-run-(\d+)$/.exec(instanceId)?.[1]);
const only = ({ migrations }: Estate) => Object.values(migrations)[0] ?? assert.fail("There is no migration.");
const isOpen = (request: MigrationRequest | undefined): boolean =>
  request !== undefined && request.outcome === undefined;

// The verbs, as a person or a script sends them at this moment.

type Verb = (worker: Worker, estate: Estate) => Promise<Said>;

const VERBS: Readonly<Record<string, Verb>> = {
  "register it in the same words": (worker, estate) =>
    say(createMigration, worker, { source: { folder: "Sales" } }, only(estate)),
  "register it in another mode, with another policy and target": (worker, estate) => {
    const target = { sqlVmResourceId: OTHER_VM };
    const other = only(estate).migration.mode === "online" ? "offline" : "online";
    return say(
      createMigration,
      worker,
      { source: { folder: "Sales" }, mode: other, start: "manual", target },
      only(estate),
    );
  },
  start: (worker, estate) => say(startMigration, worker, {}, only(estate), true),
  "cut over": (worker, estate) => say(requestCutover, worker, { sourceClosed: true }, only(estate), true),
  cancel: (worker, estate) => say(cancelMigration, worker, { reason: "enough" }, only(estate)),
  restart: (worker, estate) => say(restartMigration, worker, {}, only(estate)),
  resume: (worker, estate) => say(resumeMigration, worker, {}, only(estate)),
  preflight: (worker, estate) => say(preflightMigration, worker, {}, only(estate)),
};

// The stories, and the requests of people without which nothing goes on.

interface Story {
  readonly name: string;
  readonly mode: MigrationMode;
  readonly begin: (estate: Estate, services: Services) => Migration;
  readonly people: readonly string[];
}
const made = (services: Services): Migration => draftOf(services, "Sales");
const STORIES: readonly Story[] = [
  { name: "online, made by a file", mode: "online", begin: (_, services) => made(services), people: ["cut over"] },
  {
    name: "offline, on the word to start",
    mode: "offline",
    begin: (_, services) => ({ ...made(services), createdBy: "Dana", mode: "offline", start: "manual" }),
    people: ["start"],
  },
  { name: "online, and canceled", mode: "online", begin: (_, services) => made(services), people: ["cancel"] },
];

async function beginning({ begin }: Story): Promise<Moment> {
  const estate = newEstate("2025-11-24T00:30:00.000Z", SHOWN_LATE_MS);
  const worker = workerOf(estate, undefined, SETTINGS);
  for (const record of [full(100, 160), log(150, 200)]) lay(estate, record);
  put(estate, begin(estate, worker.services));
  await ensureMigration(worker.services, invocationOf(worker.context), "Sales");
  return { estate, pasts: {} };
}

/** Runs everything until nothing moves any more: runs, time, people, the sweep. Calls `tell` before each step. */
async function goOn(story: Story, from: Moment, tell: (moment: Moment, activity: string) => void = () => {}) {
  const { estate } = from;
  let pasts = from.pasts;
  const worker = workerOf(estate, undefined, SETTINGS);
  for (let rests = 0, turns = 0; rests < 3; turns++) {
    if (turns > 300) throw new Error(`No end: ${storedJson(only(estate))}`);
    const pauses: number[] = [];
    for (const [id, status] of Object.entries(estate.instances)) {
      if (status !== "Running") continue;
      const { migrationId } = only(estate).migration;
      const next = nextOf(id, { migrationId, run: runOf(id) }, pasts[id] ?? []);
      if ("ended" in next) {
        estate.instances[id] = next.ended;
        pasts = { ...pasts, [id]: [] };
        pauses.push(0);
        continue;
      }
      tell({ estate, pasts }, next.activity);
      const result = await perform(next.activity, next.input, worker).catch((error: unknown) => error as Error);
      const { past, pauseSeconds } = next.after(result);
      pasts = { ...pasts, [id]: past };
      pauses.push(pauseSeconds);
    }
    const pause = Math.min(...pauses);
    if (pauses.length > 0 && pause < 600) {
      estate.now += pause * 1_000;
      if (!needsPeople(only(estate).migration)) continue;
    }
    rests = (await speak(story, worker, estate)) ? 0 : rests + 1; // nobody has a request left
    await ensureMigration(worker.services, invocationOf(worker.context), "Sales");
    estate.now += 60_000;
  }
  return estate;
}

const needsPeople = ({ state, stalled }: Migration): boolean => state === "readyForCutover" || stalled !== undefined;

async function speak({ people }: Story, worker: Worker, estate: Estate): Promise<boolean> {
  const { migration, requests } = only(estate);
  const { state, stalled } = migration;
  const words = [
    ...(stalled ? ["resume"] : []),
    ...(state === "waitingForChain" && !isOpen(requests.start) ? ["start"] : []),
    ...(state === "readyForCutover" ? people : []),
  ];
  for (const word of words) if ((await VERBS[word]?.(worker, estate))?.status === 202) return true;
  return false;
}

/** What does not hold at the end, although it must. Empty: all is well. */
function faultsOf({ estate, canceled }: { readonly estate: Estate; readonly canceled: boolean }): readonly string[] {
  const { migration, requests } = only(estate);
  const { state, run, mode, target, stalled } = migration;
  const asked = (what: string) => estate.journal.filter((one) => one.what === what);
  const operations = Object.values(estate.operations);
  const orders = asked("create");
  const faults = [
    ...estate.illegal.map((move) => `an illegal move: ${move}`),
    ...(hasEnded(migration) ? [] : [`it rests as ${state}`]),
    ...(stalled ? [`it is stalled: ${stalled.what}`] : []),
    ...(orders.length > run ? ["more than one create was asked for in a run"] : []),
    ...(asked("cutOver").length > run ? ["more than one cutover was asked for in a run"] : []),
    ...(asked("cancel").length > 0 && !canceled ? ["a cancel that nobody asked for"] : []),
    ...Object.values<MigrationRequest>(requests)
      .filter((request) => isOpen(request))
      .map(({ kind }) => `nobody answers the request to ${kind}`),
    ...Object.values(estate.queues).flatMap(({ queue }) => queue.tickets.map(() => "a place on the VM is never freed")),
    ...operations
      .map((operation) => phaseOf(estate, operation))
      .flatMap((phase) =>
        phase === "running" || phase === "creating" ? ["DMS goes on with what nobody follows"] : [],
      ),
    ...(state === "succeeded" && !operations.some((operation) => phaseOf(estate, operation) === "succeeded")
      ? ["a success that DMS knows nothing of"]
      : []),
  ];
  const last = orders.at(-1)?.order;
  if (state === "succeeded" && last && (last.mode !== mode || last.target.sqlVmResourceId !== target?.sqlVmResourceId))
    faults.push(`${last.mode} to ${last.target.sqlVmResourceId} was sent, the record says ${mode}`);
  return faults;
}

/**
 * Which of the two advances how far before the other: the verb within the step, or the step within the verb; either of
 * them may die.
 */
type Order = { readonly who: "step" | "verb"; readonly calls: number; readonly dies: boolean };

interface Scene {
  readonly moment: Moment;
  readonly activity: string;
}

async function play(story: Story, scene: Scene, verb: Verb | undefined, order: Order) {
  const estate = copyOf(scene.moment.estate);
  const { pasts } = scene.moment;
  const [id = ""] = Object.entries(estate.instances).find(([, status]) => status === "Running") ?? [];
  const { migrationId } = only(estate).migration;
  const next = nextOf(id, { migrationId, run: runOf(id) }, pasts[id] ?? []);
  assert.ok("activity" in next && next.activity === scene.activity);
  const step = new Task<object>();
  const said = new Task<Said>();
  const begin = {
    step: () => step.begin(() => perform(next.activity, next.input, workerOf(estate, step.gate, SETTINGS))),
    verb: () =>
      said.begin(() => {
        const worker = workerOf(estate, said.gate, SETTINGS);
        // Without a verb: the same step once more, as a queue that delivers it twice causes.
        return verb ? verb(worker, estate) : perform(next.activity, next.input, worker).then(() => ({ status: 0 }));
      }),
  };
  const [first, second] = order.who === "step" ? [step, said] : [said, step];
  begin[order.who]();
  let calls = 0;
  for (; calls < order.calls && !first.isDone; calls++) await first.step();
  const wasShorter = first.isDone;
  begin[order.who === "step" ? "verb" : "step"]();
  await second.toTheEnd();
  if (!order.dies) await first.toTheEnd();

  // A step that died is tried again; the past of its orchestration has no result of it.
  const past = step.isDone && step.result ? next.after(step.result).past : (pasts[id] ?? []);
  const canceled = story.people.includes("cancel") || (verb === VERBS["cancel"] && isAccepted(said.result));
  return { moment: { estate, pasts: { ...pasts, [id]: past } }, wasShorter, canceled };
}

/** Undefined: the process died, and its request may have been noted. */
const isAccepted = (said: Said | Error | undefined): boolean =>
  said === undefined || (!(said instanceof Error) && said.status === 202);

/** Many orders lead to the same moment, and the same moment to the same outcome. */
const known = new Map<string, Promise<readonly string[]>>();
function outcome(story: Story, moment: Moment, canceled: boolean): Promise<readonly string[]> {
  const {
    migrations,
    outbox: _,
    publishing: ______,
    published: __,
    audit: ___,
    versions: ____,
    watches: _____,
    ...rest
  } = moment.estate;
  const rows = Object.values(migrations).map(({ migration, requests }) => [migration, requests]);
  const key = storedJson([
    story.name,
    canceled,
    rows,
    { ...rest, queues: Object.values(rest.queues).map(({ queue }) => queue) },
    moment.pasts,
  ]);
  const again = known.get(key) ?? goOn(story, moment).then((estate) => faultsOf({ estate, canceled }));
  known.set(key, again);
  return again;
}

mock.timers.enable({ apis: ["setTimeout"] }); // the deadline of a dead request would be waited for
const played = new Set<string>();
for (const story of STORIES)
  describe(`${story.name}:`, async () => {
    const scenes = new Map<string, Scene>();
    const start = await beginning(story);
    const end = await goOn(story, start, ({ estate, pasts }, activity) => {
      const { migration, requests } = only(estate);
      const phases = Object.values(estate.operations).map((operation) => phaseOf(estate, operation));
      const open = Object.values<MigrationRequest>(requests).filter(isOpen).length;
      const key = `${activity} while ${migration.state}, DMS ${phases.join() || "asked for nothing"}, ${open} requests`;
      if (!scenes.has(key)) scenes.set(key, { moment: { estate: copyOf(estate), pasts }, activity });
    });

    test("undisturbed it ends well, and passes all its steps", () => {
      assert.deepEqual(faultsOf({ estate: end, canceled: story.people.includes("cancel") }), []);
      assert.equal(only(end).migration.state, story.people.includes("cancel") ? "canceled" : "succeeded");
      const passed = new Set([...scenes.values()].map(({ activity }) => activity));
      assert.ok(passed.size >= 6, [...passed].join());
    });

    for (const [name, scene] of scenes) {
      if (played.has(`${story.mode} ${name}`)) continue; // an earlier story has covered it
      played.add(`${story.mode} ${name}`);
      test(`${name}: interrupted by each verb, by its own repetition, or by its death`, async () => {
        for (const [word, verb] of [...Object.entries(VERBS), ["itself", undefined] as const])
          for (const who of ["step", "verb"] as const)
            for (const dies of [false, true])
              for (let calls = 0; ; calls++) {
                const order = { who, calls, dies };
                const { moment, canceled, wasShorter } = await play(story, scene, verb, order);
                const faults = await outcome(story, moment, canceled);
                assert.deepEqual(faults, [], `${word}: ${JSON.stringify(order)}`);
                if (wasShorter) break;
              }
      });
    }
  });
