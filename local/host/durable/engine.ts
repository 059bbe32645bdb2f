// Drives the orchestrations: takes a message, replays the orchestrator, commits what was decided; runs activities.
import type { Clock } from "../clock.ts";
import type { LoadedApp } from "../coreModule.ts";
import type { FaultInjection } from "../faultInjection.ts";
import { type Invoker, WorkerLost } from "../invoke.ts";
import { type Lifecycle, track } from "../lifecycle.ts";
import { describe, type Log } from "../log.ts";
import { type Breach, StrictModeError, type Strictness } from "../strict.ts";
import { failure, runActivity, subjectOf } from "./activities.ts";
import { decideEpisode, type Episode } from "./episode.ts";
import { eventName, type HistoryEvent, isoTime } from "./history.ts";
import { type Replay, replay } from "./replay.ts";
import type { OrchestrationStore, Turn, WorkItem } from "./store.ts";

export interface Engine {
  /** Something may be due: look soon. */
  pump(): void;
  /** Since the host came up. */
  figures(): Figures;
}

export interface Figures {
  readonly episodes: number;
  readonly activities: number;
  /** By orchestrator: the most events that one of its executions had. */
  readonly longestHistories: Readonly<Record<string, number>>;
}

export interface EngineParts {
  readonly store: OrchestrationStore;
  readonly invoker: Invoker;
  readonly app: LoadedApp;
  readonly clock: Clock;
  readonly judge: Strictness;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly faultInjection: FaultInjection;
  readonly maxActivities: number;
  /** After how long a hanging activity costs the worker its life, in milliseconds. */
  readonly functionTimeout: number | undefined;
  readonly defaultVersion: string | undefined;
}

/** Where host.json sets none, a hanging activity is given up after this long. */
const LONGEST_TIMEOUT_MS = 1_800_000;
const WORKER_DIED = "The worker process has ended.";
/**
 * What the official host makes of it, which asks another worker for the rest of the turn: the instance has failed for
 * good.
 */
const TURN_DIED = `Non-Deterministic workflow detected: ${WORKER_DIED}`;

/** After a surprise (a full disk, a fault of this host) the same instance or activity is left alone for a while. */
const AFTER_SURPRISE_MS = 1_000;

export function createEngine(parts: EngineParts): Engine {
  const { store, invoker, clock, judge, log, life, faultInjection, maxActivities, functionTimeout } = parts;
  const activities = namesOf(parts.app, "activityTrigger");
  const orchestrators = namesOf(parts.app, "orchestrationTrigger");
  const busyInstances = new Set<string>();
  const busyWork = new Set<number>();
  /** Work that is neither running nor to be run. */
  const hanging = new Set<number>();
  let figures: Figures = { episodes: 0, activities: 0, longestHistories: {} };
  let willLook = false;
  let forgetNext: () => void = () => undefined;

  function pump(): void {
    if (willLook) return;
    willLook = true;
    setImmediate(look);
  }

  function look(): void {
    willLook = false;
    if (!life.takesWork) return;
    const now = clock.now();
    for (const id of store.due(now)) if (!busyInstances.has(id)) follow(busyInstances, id, runEpisode(id));
    const taken = new Set([...busyWork, ...hanging]);
    for (const item of store.work(maxActivities - taken.size, taken)) follow(busyWork, item.seq, runWork(item));
    forgetNext();
    const next = store.nextDue(now);
    if (next !== undefined) forgetNext = clock.at(next, pump);
  }

  function follow<Key>(busy: Set<Key>, key: Key, running: Promise<void>): void {
    const release = (): void => {
      busy.delete(key);
      pump();
    };
    busy.add(key);
    track(life, running).then(release, (error: unknown) => {
      log("error", "durable", `${key}: ${describe(error)}`);
      clock.at(clock.now() + AFTER_SURPRISE_MS, release);
    });
  }

  async function runWork(item: WorkItem): Promise<void> {
    const end = await runActivity(invoker, judge, activities, faultInjection, item);
    figures = { ...figures, activities: figures.activities + 1 };
    faultInjection.crashPoint("crashActivityEnded", subjectOf(item));
    if (!life.isOpen) return;
    if (faultInjection.happens("activityHangs", subjectOf(item))) return hang(item);
    const dies = faultInjection.happens("workerDies", subjectOf(item));
    if (dies) invoker.replaceWorker(WORKER_DIED);
    store.finishWork(item, dies ? failure(item.name, new Error(WORKER_DIED)) : end);
    faultInjection.crashPoint("crashResultCommitted", subjectOf(item));
  }

  /**
   * The activity has done its work, but nobody learns of it until the worker is replaced. Meanwhile it counts as
   * running.
   */
  function hang(item: WorkItem): void {
    const why = `Timeout value of ${functionTimeout} ms exceeded by function: Functions.${item.name}`;
    hanging.add(item.seq);
    clock.at(clock.now() + (functionTimeout ?? LONGEST_TIMEOUT_MS), () => {
      hanging.delete(item.seq);
      if (!life.isOpen) return;
      invoker.replaceWorker(why);
      store.finishWork(item, failure(item.name, new Error(why)));
      pump();
    });
  }

  async function runEpisode(id: string): Promise<void> {
    const turn = store.take(id);
    if (!turn) return;
    const subject = `${id} ${eventName(turn.message)}`;
    faultInjection.crashPoint("crashMessageTaken", subject);
    const now = clock.now();
    const fresh: readonly HistoryEvent[] = [
      { EventType: 12, EventId: -1, Timestamp: isoTime(now) },
      { ...turn.message, Timestamp: isoTime(now) },
    ];
    const replaying = replay(invoker, orchestrators, turn, fresh);
    if (faultInjection.happens("turnDies", subject)) invoker.replaceWorker(WORKER_DIED);
    const replayed = await replaying.catch(lostWorker);
    if (!life.isOpen) return;
    const decided = decideEpisode({
      numbering: turn.numbering,
      event: turn.message,
      state: replayed.state,
      now,
      instanceId: id,
      execution: turn.instance.execution,
      known: { activities, orchestrators },
      historyLength: turn.past.length,
    });
    const lasting = judged(turn, decided, replayed.breaches);
    faultInjection.crashPoint("crashEpisodeDecided", subject);
    const history = store.commit(turn, fresh, lasting, replayed.state.customStatus, parts.defaultVersion);
    const { name } = turn.instance;
    const longest = Math.max(figures.longestHistories[name] ?? 0, history);
    const longestHistories = { ...figures.longestHistories, [name]: longest };
    figures = { ...figures, episodes: figures.episodes + 1, longestHistories };
    if (lasting.outcome.kind === "failed")
      log("warning", turn.instance.name, `${id} failed: ${lasting.outcome.reason}`);
    faultInjection.crashPoint("crashEpisodeCommitted", subject);
  }

  /**
   * In strict mode a breach fails the instance. Otherwise unknown names are called in vain, as on the official host.
   */
  function judged({ instance }: Turn, episode: Episode, earlier: readonly Breach[]): Episode {
    const children = episode.commands.filter((command) => command.kind === "child");
    const used = children.filter(({ instanceId }) => !store.mayBegin(instanceId, instance));
    const breaches: readonly Breach[] = used.map(({ instanceId }) => ({
      rule: "fresh-ids",
      detail: `there is or was a ${instanceId}`,
    }));
    const place = `in ${instance.name} (${instance.id}) `;
    try {
      judge(
        [...earlier, ...episode.breaches, ...breaches].map(({ rule, detail }) => ({ rule, detail: place + detail })),
      );
    } catch (error) {
      if (!(error instanceof StrictModeError)) throw error;
      return { ...episode, commands: [], outcome: { kind: "failed", reason: error.message } };
    }
    const known = { activity: activities, child: orchestrators };
    const commands = episode.commands.filter(
      (command) => !("name" in command) || known[command.kind].has(command.name),
    );
    return { ...episode, commands };
  }

  return { pump, figures: () => figures };
}

function lostWorker(error: unknown): Replay {
  if (!(error instanceof WorkerLost)) throw error;
  return { state: { isDone: false, actions: [[]], error: TURN_DIED }, breaches: [] };
}

/** The names of the app's functions that have this kind of trigger. */
const namesOf = (app: LoadedApp, triggerType: string): ReadonlySet<string> =>
  new Set([...app.functions.values()].filter(({ trigger }) => trigger.type === triggerType).map(({ name }) => name));
