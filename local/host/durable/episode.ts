// Decides what one event does to an orchestration. Actions carry no numbers, so they are numbered here exactly as the
// SDK numbers its tasks. Pure.
//
// The SDK counts from 0 per execution. While an event is consumed, its follow-ups take numbers first (a failed
// attempt's pause, the next attempt, a long timer's next leg); then the tasks that user code yields, compounds
// depth-first. External events, continueAsNew and the compounds themselves take none. One event is fed per episode,
// so the new numbers are: its follow-ups, then the actions not seen before.

import { type Breach, payloadBreaches, statusBreaches } from "../strict.ts";
import type { Command } from "./commands.ts";
import {
  type CallAction,
  describeAction,
  fingerprint,
  flatten,
  type Message,
  type OrchestratorState,
  type RetryOptions,
  type SimpleAction,
  type TimerAction,
} from "./history.ts";
import {
  callBreaches,
  compoundBreaches,
  endBreaches,
  historyBreaches,
  type KnownNames,
  SHORT_TIMER,
  timerBreaches,
  waiterBreaches,
} from "./rules.ts";

/** `longRunningTimerIntervalDuration`, as the SDK is told. */
const TIMER_LEG = 3 * 86_400_000;

/**
 * An action that was met, by its place: its number (none for events and continueAsNew), what it asks for, and a
 * fingerprint of all of it.
 */
interface Seen {
  readonly id: number | null;
  readonly what: string;
  readonly print: string;
}

/**
 * A task that has not ended: a call of the action at this place, the pause before its next attempt, or a timer (of
 * which a long one has legs, all of one root).
 */
type Open =
  | { readonly kind: "call" | "pause"; readonly place: number; readonly attempt: number }
  | { readonly kind: "timer"; readonly root: number; readonly longUntil?: number };

export interface Numbering {
  readonly next: number;
  readonly seen: readonly Seen[];
  readonly open: Readonly<Record<string, Open>>;
  /** By event name: those who wait, less those events that came and found nobody. */
  readonly waiters: Readonly<Record<string, number>>;
}

export const NOTHING_YET: Numbering = { next: 0, seen: [], open: {}, waiters: {} };

export type Outcome =
  | { readonly kind: "running" }
  | { readonly kind: "completed"; readonly output: unknown }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "continuedAsNew"; readonly input: unknown };

export interface Episode {
  readonly numbering: Numbering;
  readonly commands: readonly Command[];
  readonly breaches: readonly Breach[];
  readonly outcome: Outcome;
}

export interface Facts {
  readonly numbering: Numbering;
  readonly event: Message;
  readonly state: OrchestratorState;
  readonly now: number;
  /** Where the default ids of children come from. */
  readonly instanceId: string;
  readonly execution: string;
  readonly known: KnownNames;
  /** How many events the history has. */
  readonly historyLength: number;
}

/** Decides one episode. A failed orchestrator schedules nothing; the caller drops the rest. */
export function decideEpisode(facts: Facts): Episode {
  const { state, numbering } = facts;
  const failed = (reason: string): Episode => ({
    numbering,
    commands: [],
    breaches: [],
    outcome: { kind: "failed", reason },
  });
  if (state.error !== undefined) return failed(state.error);
  if (state.isStuck) return { numbering, commands: [], breaches: [], outcome: { kind: "running" } };
  const { list, compounds } = flatten(state.actions[0]);
  const changed = changeOfMind(numbering.seen, list);
  if (changed) return failed(`Non-Deterministic workflow detected: ${changed}`);
  const unsupported = list.map(unsupportedIn).find((name) => name !== undefined);
  if (unsupported) return failed(`${unsupported} is not supported by the local host.`);

  const plan = new Plan(facts, list);
  plan.followUp();
  for (const [place, action] of list.entries()) plan.visit(place, action);
  for (const compound of compounds) plan.breaches.push(...compoundBreaches(compound, plan.hasEnded));
  if ("Breaches" in facts.event) plan.breaches.push(...(facts.event.Breaches ?? []));
  plan.breaches.push(...statusBreaches(state.customStatus), ...historyBreaches(facts.historyLength));
  const outcome = plan.outcome();
  return { numbering: plan.numbering(), commands: plan.commands, breaches: plan.breaches, outcome };
}

/**
 * The official host fails an instance whose replay does not ask for the same tasks again; inputs and times are not
 * compared.
 */
function changeOfMind(seen: readonly Seen[], list: readonly SimpleAction[]): string | undefined {
  const place = seen.findIndex(({ what }, index) => what !== whatOf(list[index]));
  if (place < 0) return undefined;
  return `task ${place + 1} was ${seen[place]?.what} in an earlier replay and is ${whatOf(list[place])} now.`;
}

const whatOf = (action: SimpleAction | undefined): string => (action ? describeAction(action) : "missing");

/** One episode while it is being decided. */
class Plan {
  readonly commands: Command[] = [];
  readonly breaches: Breach[] = [];
  readonly #facts: Facts;
  readonly #list: readonly SimpleAction[];
  readonly #open: Record<string, Open>;
  readonly #seen: Seen[];
  readonly #waiters: Record<string, number>;
  #next: number;

  constructor(facts: Facts, list: readonly SimpleAction[]) {
    const { next, seen, open, waiters } = facts.numbering;
    this.#facts = facts;
    this.#list = list;
    this.#next = next;
    this.#seen = [...seen];
    this.#open = { ...open };
    this.#waiters = { ...waiters };
  }

  numbering(): Numbering {
    return { next: this.#next, seen: this.#seen, open: this.#open, waiters: this.#waiters };
  }

  /** What the SDK schedules by itself while it consumes the event, before user code goes on. */
  followUp(): void {
    const { event, now } = this.#facts;
    if (event.EventType === 15) this.#waiters[event.Name] = (this.#waiters[event.Name] ?? 0) - 1;
    const id = taskOf(event);
    const ended = id === undefined ? undefined : this.#open[id];
    if (id === undefined || !ended) return;
    delete this.#open[id];
    if (ended.kind === "timer") {
      if (ended.longUntil !== undefined && ended.longUntil > now) this.#leg(ended.longUntil, ended.root);
      return;
    }
    const { place, attempt } = ended;
    const { retryOptions } = this.#list[place] as CallAction;
    if (ended.kind === "pause") {
      if (attempt < (retryOptions?.maxNumberOfAttempts ?? 1)) this.#call(place, attempt + 1);
    } else if (retryOptions && (event.EventType === 6 || event.EventType === 9))
      this.#pause(place, attempt, retryOptions); // also after the last attempt: the SDK waits once more, then gives up
  }

  visit(place: number, action: SimpleAction): void {
    const known = this.#seen[place];
    const print = fingerprint(action);
    if (!known) {
      this.#seen[place] = { id: this.#schedule(place, action), what: describeAction(action), print };
      return;
    }
    if (known.print !== print) {
      this.#seen[place] = { ...known, print };
      const detail = `task ${place + 1}, ${known.what}, has another input or time than at an earlier replay`;
      this.breaches.push({ rule: "deterministic", detail });
    }
    if (action.actionType === 5 && action.isCanceled && known.id !== null) this.#cancel(known.id);
  }

  /** Of a task that was met: no part of it is open. */
  readonly hasEnded = (action: SimpleAction): boolean => {
    if ("externalEventName" in action) return (this.#waiters[action.externalEventName] ?? 0) <= 0;
    const place = this.#list.indexOf(action);
    const id = this.#seen[place]?.id;
    return !Object.values(this.#open).some((task) => (task.kind === "timer" ? task.root === id : task.place === place));
  };

  outcome(): Outcome {
    const { state, instanceId } = this.#facts;
    if (!state.isDone) return { kind: "running" };
    const open = Object.keys(this.#open).length;
    this.breaches.push(...endBreaches(open));
    const again = this.#list.find((action) => action.actionType === 4);
    if (again) {
      this.breaches.push(...payloadBreaches(again.input, "continueAsNew's input"));
      return { kind: "continuedAsNew", input: again.input };
    }
    this.breaches.push(...payloadBreaches(state.output, `the output of ${instanceId}`));
    return open > 0 ? { kind: "running" } : { kind: "completed", output: state.output };
  }

  #schedule(place: number, action: SimpleAction): number | null {
    switch (action.actionType) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.breaches.push(...callBreaches(action, this.#facts.known));
        return this.#call(place, 1);
      case 5:
        return this.#timer(action);
      case 6: {
        const { externalEventName: name } = action;
        this.#waiters[name] = (this.#waiters[name] ?? 0) + 1;
        this.breaches.push(...waiterBreaches(name, this.#waiters[name]));
        return null;
      }
      default:
        return null;
    }
  }

  #call(place: number, attempt: number): number {
    const action = this.#list[place] as CallAction;
    const { functionName: name, input } = action;
    const id = this.#next++;
    this.#open[id] = { kind: "call", place, attempt };
    if (action.actionType < 2) this.commands.push({ kind: "activity", id, name, input });
    else {
      const { instanceId, execution } = this.#facts;
      const ownId = action.instanceId ?? `${instanceId}:${execution.slice(0, 8)}:${id}`;
      this.commands.push({ kind: "child", id, name, input, instanceId: ownId });
    }
    return id;
  }

  #pause(place: number, attempt: number, options: RetryOptions): void {
    const {
      firstRetryIntervalInMilliseconds: first,
      backoffCoefficient = 1,
      maxRetryIntervalInMilliseconds = Infinity,
    } = options;
    const id = this.#next++;
    this.#open[id] = { kind: "pause", place, attempt };
    const delay = Math.min(first * backoffCoefficient ** (attempt - 1), maxRetryIntervalInMilliseconds);
    this.commands.push({ kind: "timer", id, fireAt: Math.floor(this.#facts.now + delay) });
  }

  #timer({ fireAt, isCanceled }: TimerAction): number {
    if (isCanceled) return this.#next++;
    const end = fireAt.getTime();
    const wait = end - this.#facts.now;
    this.breaches.push(...timerBreaches(wait));
    if (wait > SHORT_TIMER) return this.#leg(end, undefined);
    const id = this.#next++;
    this.#open[id] = { kind: "timer", root: id };
    this.commands.push({ kind: "timer", id, fireAt: end });
    return id;
  }

  #leg(end: number, root: number | undefined): number {
    const { now } = this.#facts;
    const id = this.#next++;
    this.#open[id] = { kind: "timer", root: root ?? id, longUntil: end };
    this.commands.push({ kind: "timer", id, fireAt: end - now > SHORT_TIMER ? now + TIMER_LEG : end });
    return id;
  }

  #cancel(root: number): void {
    for (const [id, open] of Object.entries(this.#open)) {
      if (open.kind !== "timer" || open.root !== root) continue;
      delete this.#open[id];
      this.commands.push({ kind: "cancelTimer", id: Number(id) });
    }
  }
}

/** The number of the task that this event ends. */
function taskOf(event: Message): number | undefined {
  if ("TaskScheduledId" in event) return event.TaskScheduledId;
  return "TimerId" in event ? event.TimerId : undefined;
}

function unsupportedIn(action: SimpleAction): string | undefined {
  switch (action.actionType) {
    case 7:
    case 9:
    case 10:
      return "An entity";
    case 8:
      return "callHttp";
    case 13:
    case 14:
      return "An entity lock";
    default:
      if (!("functionName" in action)) return undefined;
      if (action.version !== undefined) return "A version of a sub-orchestration of its own";
      return action.retryOptions?.retryTimeoutInMilliseconds === undefined ? undefined : "retryTimeout";
  }
}
