// Lists the rules that an orchestrator's actions can break, one function per kind of action; episode.ts asks for each
// action once. Pure.
import { type Breach, isSafeEventName, isSafeInstanceId, payloadBreaches, type Rule } from "../strict.ts";
import { type Action, type CallAction, type Compound, describeAction, type SimpleAction } from "./history.ts";

const SECOND = 1_000;
/** `maximumShortTimerDuration`, as the SDK is told. */
export const SHORT_TIMER = 6 * 86_400_000;
const WIDEST_FAN_OUT = 500;
const LONGEST_HISTORY = 5_000;
/** A worker that dies is back after about this long. */
const SHORTEST_RETRY = 2 * SECOND;

export interface KnownNames {
  readonly activities: ReadonlySet<string>;
  readonly orchestrators: ReadonlySet<string>;
}

const breach = (rule: Rule, detail: string): Breach => ({ rule, detail });

export function callBreaches(action: CallAction, { activities, orchestrators }: KnownNames): readonly Breach[] {
  const { functionName, input, instanceId, retryOptions } = action;
  const isActivity = action.actionType < 2;
  const [known, what] = isActivity ? [activities, "activity"] : [orchestrators, "orchestrator"];
  const first = retryOptions?.firstRetryIntervalInMilliseconds;
  return [
    ...(known.has(functionName) ? [] : [breach("known-names", `there is no ${what} "${functionName}"`)]),
    ...payloadBreaches(input, `the input of ${functionName}`),
    ...(instanceId === undefined || isSafeInstanceId(instanceId)
      ? []
      : [breach("safe-ids", `the child "${instanceId}"`)]),
    ...(isActivity ? retryBreaches(functionName, first) : []),
    ...(first !== undefined && first < SECOND ? [breach("whole-seconds", `the retry of ${functionName}`)] : []),
  ];
}

function retryBreaches(functionName: string, first: number | undefined): readonly Breach[] {
  if (first === undefined) return [breach("with-retry", `${functionName} is called without`)];
  return first < SHORTEST_RETRY || first % SECOND !== 0
    ? [breach("with-retry", `${functionName} is called again after ${first} ms`)]
    : [];
}

/** `wait` is how long the timer runs, in milliseconds. */
export function timerBreaches(wait: number): readonly Breach[] {
  if (wait < SECOND) return [breach("whole-seconds", `a timer of ${wait} ms`)];
  return wait > SHORT_TIMER ? [breach("short-timers", `a timer of ${(wait / 86_400_000).toFixed(1)} days`)] : [];
}

/** `waiters` are those of this name, the new one included, for which no event has come. */
export const waiterBreaches = (name: string, waiters: number): readonly Breach[] => [
  ...(isSafeEventName(name) ? [] : [breach("event-names", `the wait for "${name}"`)]),
  ...(waiters > 1 ? [breach("one-waiter", `${waiters} wait for ${name}`)] : []),
];

export function compoundBreaches(compound: Compound, hasEnded: (leaf: SimpleAction) => boolean): readonly Breach[] {
  const { kind, children, leaves, reused } = compound;
  const ended = reused.length === leaves.length && leaves.every(hasEnded);
  return [
    ...(ended ? [breach("finished-tasks", `Task.${kind} over ${leaves.map(describeAction).join(", ")}`)] : []),
    ...(ended ? [] : reused.map((leaf) => breach("task-reuse", `Task.${kind} takes ${describeAction(leaf)} again`))),
    ...(kind === "any" && !isEventAndTimer(children)
      ? [breach("event-or-timer", `Task.any over ${leaves.map(describeAction).join(", ")}`)]
      : []),
    ...(kind === "all" && leaves.length > WIDEST_FAN_OUT ? [breach("fan-out", `Task.all over ${leaves.length}`)] : []),
  ];
}

const isEventAndTimer = (children: readonly Action[]): boolean =>
  children.length === 2 && [5, 6].every((type) => children.some(({ actionType }) => actionType === type));

export const endBreaches = (open: number): readonly Breach[] =>
  open > 0 ? [breach("nothing-open", `it ended with ${open} open task(s)`)] : [];

export const historyBreaches = (events: number): readonly Breach[] =>
  events >= LONGEST_HISTORY ? [breach("short-history", `it has ${LONGEST_HISTORY} events or more`)] : [];
