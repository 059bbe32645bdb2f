// PURE. What is written into an orchestration's history, and what do the SDK's actions look like?
// Numbers and members are those of the Durable Functions extension, as durable-functions 3.5 reads and writes them.

/** Something that happens to an instance: it waits in the inbox, then becomes part of the history. */
export type Message =
  | {
      readonly EventType: 0;
      readonly EventId: -1;
      readonly Name: string;
      readonly Input: string;
      readonly Version?: string;
    }
  | { readonly EventType: 5 | 8; readonly EventId: -1; readonly TaskScheduledId: number; readonly Result: string }
  | {
      readonly EventType: 6 | 9;
      readonly EventId: -1;
      readonly TaskScheduledId: number;
      readonly Reason: string;
      readonly Details: string;
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
export const eventName = ({ EventType }: HistoryEvent): string => EVENT_NAMES[EventType];

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
export type TaskEnd = { readonly result: string } | { readonly reason: string; readonly details: string };

export const taskEnded = (kind: "activity" | "child", task: number, end: TaskEnd): Message =>
  "result" in end
    ? { EventType: kind === "activity" ? 5 : 8, EventId: -1, TaskScheduledId: task, Result: end.result }
    : {
        EventType: kind === "activity" ? 6 : 9,
        EventId: -1,
        TaskScheduledId: task,
        Reason: end.reason,
        Details: end.details,
      };

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
}

/**
 * The actions of a replay, compounds opened depth-first, each object once: the order in which the SDK numbers its tasks.
 * `reused` are those that were met again.
 */
export function flatten(actions: readonly Action[]): {
  readonly list: readonly SimpleAction[];
  readonly reused: readonly SimpleAction[];
} {
  const list = new Set<SimpleAction>();
  const reused: SimpleAction[] = [];
  const visit = (action: Action): void => {
    if ("compoundActions" in action) action.compoundActions.forEach(visit);
    else if (list.has(action)) reused.push(action);
    else list.add(action);
  };
  actions.forEach(visit);
  return { list: [...list], reused };
}
