// What happens next in the orchestrations? Takes a message, replays the orchestrator, commits what was decided; runs activities.
import type { Clock } from "../clock.ts";
import type { LoadedApp } from "../coreModule.ts";
import type { Invoker } from "../invoke.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { describe, type Log } from "../log.ts";
import { type Breach, StrictModeError, type Strictness } from "../strict.ts";
import { runActivity } from "./activities.ts";
import { decideEpisode, type Episode } from "./episode.ts";
import { type HistoryEvent, isoTime } from "./history.ts";
import { replay } from "./replay.ts";
import type { OrchestrationStore, Turn, WorkItem } from "./store.ts";

export interface Engine {
  /** Something may be due: look soon. */
  pump(): void;
}

export interface EngineParts {
  readonly store: OrchestrationStore;
  readonly invoker: Invoker;
  readonly app: LoadedApp;
  readonly clock: Clock;
  readonly judge: Strictness;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly maxActivities: number;
  readonly defaultVersion: string | undefined;
}

/** After a surprise (a full disk, a fault of this host) the same instance or activity is left alone for a while. */
const AFTER_SURPRISE_MS = 1_000;

export function createEngine(parts: EngineParts): Engine {
  const { store, invoker, clock, judge, log, life, maxActivities } = parts;
  const activities = namesOf(parts.app, "activityTrigger");
  const orchestrators = namesOf(parts.app, "orchestrationTrigger");
  const busyInstances = new Set<string>();
  const busyWork = new Set<number>();
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
    for (const item of store.work(maxActivities - busyWork.size, busyWork)) follow(busyWork, item.seq, runWork(item));
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
    running.then(release, (error: unknown) => {
      log("error", "durable", `${key}: ${describe(error)}`);
      clock.at(clock.now() + AFTER_SURPRISE_MS, release);
    });
  }

  async function runWork(item: WorkItem): Promise<void> {
    const end = await runActivity(invoker, judge, activities, item);
    if (life.isOpen) store.finishWork(item, end);
  }

  async function runEpisode(id: string): Promise<void> {
    const turn = store.take(id);
    if (!turn) return;
    const now = clock.now();
    const fresh: readonly HistoryEvent[] = [
      { EventType: 12, EventId: -1, Timestamp: isoTime(now) },
      { ...turn.message, Timestamp: isoTime(now) },
    ];
    const replayed = await replay(invoker, orchestrators, turn, fresh);
    if (!life.isOpen) return;
    const decided = decideEpisode({
      numbering: turn.numbering,
      event: turn.message,
      state: replayed.state,
      now,
      instanceId: id,
      execution: turn.instance.execution,
      isChild: turn.instance.parent !== null,
      activities,
      orchestrators,
    });
    const lasting = judged(turn, decided, replayed.breaches);
    store.commit(turn, fresh, lasting, replayed.state.customStatus, parts.defaultVersion);
    if (lasting.outcome.kind === "failed")
      log("warning", turn.instance.name, `${id} failed: ${lasting.outcome.reason}`);
  }

  /** In strict mode the first breach fails the instance. Otherwise unknown names are called in vain, as on the official host. */
  function judged(turn: Turn, episode: Episode, earlier: readonly Breach[]): Episode {
    const children = episode.commands.filter((command) => command.kind === "child");
    const living = children.filter(({ instanceId }) => store.isAlive(instanceId));
    const breaches = living.map(
      ({ instanceId }) => ({ rule: "child-ids", detail: `${turn.instance.id} calls ${instanceId}` }) as const,
    );
    try {
      judge([...earlier, ...episode.breaches, ...breaches]);
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

  return { pump };
}

/** The names of the app's functions that have this kind of trigger. */
const namesOf = (app: LoadedApp, triggerType: string): ReadonlySet<string> =>
  new Set([...app.functions.values()].filter(({ trigger }) => trigger.type === triggerType).map(({ name }) => name));
