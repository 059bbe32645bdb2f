// PURE. What does one event do to an orchestration? Actions carry no numbers, so they are numbered here exactly as the SDK numbers its tasks.
//
// The SDK counts from 0 per execution. While an event is consumed, its follow-ups take numbers first (a failed attempt's pause, the next
// attempt, a long timer's next leg); then the tasks that user code yields, compounds depth-first. External events, continueAsNew and the
// compounds themselves take none. One event is fed per episode, so the new numbers are: its follow-ups, then the actions not seen before.
import { type Breach, isSafeInstanceId } from "../strict.ts";
import {
  type CallAction,
  flatten,
  type HistoryEvent,
  isoTime,
  type Message,
  type OrchestratorState,
  type SimpleAction,
  type TimerAction,
} from "./history.ts";

const DAY = 86_400_000;
/** `maximumShortTimerDuration` and `longRunningTimerIntervalDuration`, as the SDK is told. */
const SHORT_TIMER = 6 * DAY;
const TIMER_LEG = 3 * DAY;
const SECOND = 1_000;

interface Retry {
  readonly action: CallAction;
  readonly attempt: number;
}

/** A task that has not ended: a call, the pause before its next attempt, or a timer (of which a long one has legs, all of one root). */
type Open =
  | { readonly kind: "call"; readonly retry?: Retry }
  | { readonly kind: "pause"; readonly retry: Retry }
  | { readonly kind: "timer"; readonly root: number; readonly longUntil?: number };

export interface Numbering {
  readonly next: number;
  /** The numbers of the actions seen so far, by their place; null for those that take none. */
  readonly ids: readonly (number | null)[];
  readonly open: Readonly<Record<string, Open>>;
}

export const NOTHING_YET: Numbering = { next: 0, ids: [], open: {} };

export type Command =
  | { readonly kind: "activity"; readonly id: number; readonly name: string; readonly input: unknown }
  | {
      readonly kind: "child";
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly input: unknown;
    }
  | { readonly kind: "timer"; readonly id: number; readonly fireAt: number }
  | { readonly kind: "cancelTimer"; readonly id: number };

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
  readonly isChild: boolean;
  readonly activities: ReadonlySet<string>;
  readonly orchestrators: ReadonlySet<string>;
}

/** Decides one episode. A failed orchestrator schedules nothing; the caller drops the rest. */
export function decideEpisode(facts: Facts): Episode {
  const { state, numbering } = facts;
  if (state.error !== undefined)
    return { numbering, commands: [], breaches: [], outcome: { kind: "failed", reason: state.error } };
  const { list, reused } = flatten(state.actions[0]);
  const unsupported = list.map(unsupportedIn).find((name) => name !== undefined);
  if (unsupported)
    return {
      numbering,
      commands: [],
      breaches: [],
      outcome: { kind: "failed", reason: `${unsupported} is not supported by the local host.` },
    };
  const plan = new Plan(facts);
  plan.followUp();
  for (const [place, action] of list.entries()) plan.visit(place, action);
  for (const action of reused) plan.breaches.push({ rule: "task-reuse", detail: describeAction(action) });
  return { numbering: plan.numbering(), commands: plan.commands, breaches: plan.breaches, outcome: plan.outcome(list) };
}

/** One episode while it is being decided. */
class Plan {
  readonly commands: Command[] = [];
  readonly breaches: Breach[] = [];
  readonly #facts: Facts;
  readonly #open: Record<string, Open>;
  readonly #ids: (number | null)[];
  #next: number;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#next = facts.numbering.next;
    this.#ids = [...facts.numbering.ids];
    this.#open = { ...facts.numbering.open };
  }

  numbering(): Numbering {
    return { next: this.#next, ids: this.#ids, open: this.#open };
  }

  /** What the SDK schedules by itself while it consumes the event, before user code goes on. */
  followUp(): void {
    const { event, now } = this.#facts;
    const id = taskOf(event);
    const ended = id === undefined ? undefined : this.#open[id];
    if (id === undefined || !ended) return;
    delete this.#open[id];
    if (ended.kind === "call") {
      const failed = event.EventType === 6 || event.EventType === 9;
      if (failed && ended.retry) this.#pause(ended.retry); // also after the last attempt: the SDK waits once more, then gives up
    } else if (ended.kind === "pause") {
      const { action, attempt } = ended.retry;
      if (attempt < (action.retryOptions?.maxNumberOfAttempts ?? 1)) this.#call(action, attempt + 1);
    } else if (ended.longUntil !== undefined && ended.longUntil > now) this.#leg(ended.longUntil, ended.root);
  }

  visit(place: number, action: SimpleAction): void {
    const known = this.#ids[place];
    if (known === undefined) this.#ids[place] = this.#schedule(action);
    else if (action.actionType === 5 && action.isCanceled && known !== null) this.#cancel(known);
  }

  outcome(list: readonly SimpleAction[]): Outcome {
    const { state, isChild, instanceId } = this.#facts;
    if (!state.isDone) return { kind: "running" };
    const open = Object.keys(this.#open).length;
    if (open > 0) this.breaches.push({ rule: "nothing-open", detail: `${instanceId} ended with ${open} open task(s)` });
    const again = list.find((action) => action.actionType === 4);
    if (again) {
      this.#demandObject(again.input, "continueAsNew's input");
      return { kind: "continuedAsNew", input: again.input };
    }
    if (isChild) this.#demandObject(state.output, `the output of the sub-orchestration ${instanceId}`);
    return open > 0 ? { kind: "running" } : { kind: "completed", output: state.output };
  }

  #schedule(action: SimpleAction): number | null {
    switch (action.actionType) {
      case 0:
      case 1:
      case 2:
      case 3:
        this.#checkCall(action);
        return this.#call(action, 1);
      case 5:
        return this.#timer(action);
      default:
        return null;
    }
  }

  #call(action: CallAction, attempt: number): number {
    const id = this.#next++;
    const { functionName: name, input } = action;
    this.#open[id] = { kind: "call", ...(action.retryOptions ? { retry: { action, attempt } } : {}) };
    if (action.actionType < 2) this.commands.push({ kind: "activity", id, name, input });
    else {
      const { instanceId, execution } = this.#facts;
      this.commands.push({
        kind: "child",
        id,
        name,
        input,
        instanceId: action.instanceId ?? `${instanceId}:${execution.slice(0, 8)}:${id}`,
      });
    }
    return id;
  }

  #checkCall({ actionType, functionName, input, retryOptions, instanceId }: CallAction): void {
    const { activities, orchestrators } = this.#facts;
    const [known, what] = actionType < 2 ? [activities, "activity"] : [orchestrators, "orchestrator"];
    if (!known.has(functionName))
      this.breaches.push({ rule: "known-names", detail: `there is no ${what} "${functionName}"` });
    this.#demandObject(input, `the input of ${functionName}`);
    if (instanceId !== undefined && !isSafeInstanceId(instanceId))
      this.breaches.push({ rule: "safe-ids", detail: `the child "${instanceId}"` });
    if (retryOptions && retryOptions.firstRetryIntervalInMilliseconds < SECOND)
      this.breaches.push({ rule: "whole-seconds", detail: `the retry of ${functionName}` });
  }

  #pause(retry: Retry): void {
    const options = retry.action.retryOptions;
    if (!options) return;
    const {
      firstRetryIntervalInMilliseconds: first,
      backoffCoefficient = 1,
      maxRetryIntervalInMilliseconds = Infinity,
    } = options;
    const id = this.#next++;
    this.#open[id] = { kind: "pause", retry };
    const delay = Math.min(first * backoffCoefficient ** (retry.attempt - 1), maxRetryIntervalInMilliseconds);
    this.commands.push({ kind: "timer", id, fireAt: Math.floor(this.#facts.now + delay) });
  }

  #timer({ fireAt, isCanceled }: TimerAction): number {
    const end = fireAt.getTime();
    const wait = end - this.#facts.now;
    if (isCanceled) return this.#next++;
    if (wait < SECOND) this.breaches.push({ rule: "whole-seconds", detail: `a timer of ${wait} ms` });
    if (wait > SHORT_TIMER) {
      this.breaches.push({ rule: "short-timers", detail: `a timer until ${isoTime(end)}` });
      return this.#leg(end, undefined);
    }
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

  #demandObject(value: unknown, what: string): void {
    if (value !== undefined && typeof value !== "object")
      this.breaches.push({ rule: "objects-only", detail: `${what} is a ${typeof value}` });
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

function describeAction(action: SimpleAction): string {
  if ("functionName" in action) return `the call of ${action.functionName}`;
  return "externalEventName" in action ? `the wait for ${action.externalEventName}` : "a timer";
}

/** What a command leaves in the history; a cancelled timer leaves nothing. */
export function noteOf(command: Command, now: number): readonly HistoryEvent[] {
  const at = { EventId: command.id, Timestamp: isoTime(now) };
  switch (command.kind) {
    case "activity":
      return [{ EventType: 4, Name: command.name, ...at }];
    case "child":
      return [{ EventType: 7, Name: command.name, InstanceId: command.instanceId, ...at }];
    case "timer":
      return [{ EventType: 10, FireAt: isoTime(command.fireAt), ...at }];
    case "cancelTimer":
      return [];
  }
}
