// Defines what is written into an orchestration's history, and the SDK's actions. Numbers and members are those of the
// Durable Functions extension, as durable-functions 3.5 reads and writes them. Pure.

import { createHash } from "node:crypto";
import type { Breach } from "../strict.ts";

/** Something that happens to an instance: it waits in the inbox, then becomes part of the history. */
export type Message =
  | {
      readonly EventType: 0;
      readonly EventId: -1;
      readonly Name: string;
      readonly Input: string;
      readonly Version?: string;
    }
  | {
      readonly EventType: 5 | 8;
      readonly EventId: -1;
      readonly TaskScheduledId: number;
      readonly Result: string;
      /** Ours: the rules that the activity broke. */
      readonly Breaches?: readonly Breach[];
    }
  | {
      readonly EventType: 6 | 9;
      readonly EventId: -1;
      readonly TaskScheduledId: number;
      readonly Reason: string;
      readonly Details: string;
      readonly Breaches?: readonly Breach[];
    }
  | { readonly EventType: 11; readonly EventId: -1; readonly TimerId: number; readonly FireAt: string }
  | { readonly EventType: 15; readonly EventId: -1; readonly Name: string; readonly Input: string };

/** What an episode adds by itself: its frame, and what it scheduled. */
type Note =
  | { readonly EventType: 12 | 13; readonly EventId: -1 }
  | { readonly EventType: 4; readonly EventId: number; readonly Name: string }
  | { readonly EventType: 7; readonly EventId: number; readonly Name: string; readonly InstanceId: string }
  | { readonly EventType: 10; readonly EventId: number; readonly FireAt: string };

export type HistoryEvent = (Message | Note) & { readonly Timestamp: string };

const EVENT_NAMES: Readonly<Record<HistoryEvent["EventType"], string>> = {
  0: "ExecutionStarted",
  4: "TaskScheduled",
  5: "TaskCompleted",
  6: "TaskFailed",
  7: "SubOrchestrationInstanceCreated",
  8: "SubOrchestrationInstanceCompleted",
  9: "SubOrchestrationInstanceFailed",
  10: "TimerCreated",
  11: "TimerFired",
  12: "OrchestratorStarted",
  13: "OrchestratorCompleted",
  15: "EventRaised",
};
export const eventName = ({ EventType }: { readonly EventType: HistoryEvent["EventType"] }): string =>
  EVENT_NAMES[EventType];

export const isoTime = (time: number): string => new Date(time).toISOString();

export const executionStarted = (name: string, input: string, version: string | undefined): Message => ({
  EventType: 0,
  EventId: -1,
  Name: name,
  Input: input,
  ...(version === undefined ? {} : { Version: version }),
});

export const eventRaised = (name: string, data: string): Message => ({
  EventType: 15,
  EventId: -1,
  Name: name,
  Input: data,
});

export const timerFired = (id: number, fireAt: number): Message => ({
  EventType: 11,
  EventId: -1,
  TimerId: id,
  FireAt: isoTime(fireAt),
});

/** The end of an activity or of a child, as its caller learns of it. */
export type TaskEnd = ({ readonly result: string } | { readonly reason: string; readonly details: string }) & {
  readonly breaches?: readonly Breach[];
};

export function taskEnded(kind: "activity" | "child", task: number, end: TaskEnd): Message {
  const common = {
    EventId: -1,
    TaskScheduledId: task,
    ...(end.breaches && end.breaches.length > 0 && { Breaches: end.breaches }),
  } as const;
  return "result" in end
    ? { EventType: kind === "activity" ? 5 : 8, ...common, Result: end.result }
    : { EventType: kind === "activity" ? 6 : 9, ...common, Reason: end.reason, Details: end.details };
}

export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

export interface CallAction {
  /** CallActivity, CallActivityWithRetry, CallSubOrchestrator, CallSubOrchestratorWithRetry. */
  readonly actionType: 0 | 1 | 2 | 3;
  readonly functionName: string;
  readonly input?: unknown;
  readonly instanceId?: string;
  readonly version?: string;
  readonly retryOptions?: RetryOptions;
}

export interface TimerAction {
  readonly actionType: 5;
  readonly fireAt: Date;
  readonly isCanceled: boolean;
}

export type Action =
  | CallAction
  | TimerAction
  | { readonly actionType: 4; readonly input?: unknown }
  | { readonly actionType: 6; readonly externalEventName: string }
  | { readonly actionType: 7 | 8 | 9 | 10 | 13 | 14 }
  | { readonly actionType: 11 | 12; readonly compoundActions: readonly Action[] };

export type SimpleAction = Exclude<Action, { readonly compoundActions: unknown }>;

/** What a replay came to; `error` when the orchestrator threw, and then the actions do not matter. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly [readonly Action[]];
  readonly output?: unknown;
  readonly customStatus?: unknown;
  readonly error?: string;
  /** It threw something else than an Error. */
  readonly isStuck?: true;
}

/** A Task.any or Task.all. */
export interface Compound {
  readonly kind: "any" | "all";
  readonly children: readonly Action[];
  /** Its actions, compounds inside it opened. */
  readonly leaves: readonly SimpleAction[];
  /** Those that had been met before it, each of them a task that was put to use again. */
  readonly reused: readonly SimpleAction[];
}

/**
 * The actions of a replay, compounds opened depth-first, each object once: the order in which the SDK numbers its
 * tasks.
 */
export function flatten(actions: readonly Action[]): {
  readonly list: readonly SimpleAction[];
  readonly compounds: readonly Compound[];
} {
  const list = new Set<SimpleAction>();
  const compounds: Compound[] = [];
  const visit = (action: Action): readonly SimpleAction[] => {
    if (!("compoundActions" in action)) {
      list.add(action);
      return [action];
    }
    const met = new Set(list);
    const leaves = action.compoundActions.flatMap(visit);
    compounds.push({
      kind: action.actionType === 11 ? "any" : "all",
      children: action.compoundActions,
      leaves,
      reused: leaves.filter((leaf) => met.has(leaf)),
    });
    return leaves;
  };
  actions.forEach(visit);
  return { list: [...list], compounds };
}

/** Two replays of the same history must agree in it. A timer may be cancelled meanwhile. */
export const fingerprint = (action: SimpleAction): string =>
  createHash("sha1")
    .update(JSON.stringify({ ...action, isCanceled: false }))
    .digest("base64")
    .slice(0, 8);

/** What the official host compares at a replay: the kind of task, and the name of what it calls. */
export function describeAction(action: SimpleAction): string {
  if ("functionName" in action) return `${action.actionType < 2 ? "activity" : "child"} ${action.functionName}`;
  if ("externalEventName" in action) return `event ${action.externalEventName}`;
  return action.actionType === 4 ? "continueAsNew" : action.actionType === 5 ? "timer" : `action ${action.actionType}`;
}
