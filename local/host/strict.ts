// Lists the habits that strict mode refuses, because they work here by luck and would fail, hang or cost money on the
// official host.
import type { Log } from "./log.ts";

const RULES = {
  // the app and its host.json, before anything runs
  "plain-blob": "A plain blob trigger reads the whole blob into memory: use deferred binding (sdkBinding: true).",
  "blob-expression": "A blob trigger may have no other binding with a {expression}: it silently ends deferred binding.",
  "one-route":
    "No two routes of one method may both fit a request: they are tried in alphabetical order of the functions' names.",
  "reserved-routes": "Routes must not begin with admin or runtime: such functions are put in error.",
  "default-version":
    "host.json names extensions.durableTask.defaultVersion from the first deployment on: running instances survive the next one by it.",
  "short-polling":
    "host.json sets durableTask.storageProvider.maxQueuePollingInterval to 00:00:05 at most: idle timers are late by as much.",
  "short-leases":
    "host.json sets durableTask.storageProvider.controlQueueVisibilityTimeout and workItemQueueVisibilityTimeout to 00:01:00: work in flight at a crash goes on only after that.",

  // what passes between orchestrators, activities and the durable client
  "objects-only": "Inputs, outputs and the data of events are objects: strings are encoded twice on some ways.",
  "small-payloads": "Inputs, outputs and the data of events stay below 45 kB: larger ones take a detour through blobs.",
  "custom-status": "A custom status is an object, of 16 kB at most: a falsy one becomes null.",
  "known-names":
    "Only registered activities and orchestrators may be called: an unknown name leaves the instance Running for ever.",
  "throw-errors": "Only Errors may be thrown: anything else leaves the instance Running for ever.",

  // tasks
  "task-reuse":
    "A task may be yielded once, and never be put into another Task.any or Task.all: it is scheduled again.",
  "finished-tasks":
    "Task.all and Task.any need a task that has not ended: over ended ones they never complete, and the instance stays Running for ever.",
  "event-or-timer": "Task.any races one event with one timer, and nothing else: no other race is needed.",
  "fan-out": "Task.all holds a few hundred tasks at most (here 500): replaying them costs the square of their number.",
  "with-retry":
    "Every activity is called with retry, the first interval two seconds or more, in whole seconds: a worker that dies turns running activities into failures.",
  "whole-seconds": "Timers and first retry intervals are one second or more: delays are rounded down to whole seconds.",
  "short-timers": "Timers end within six days: longer ones are cut into legs.",
  "one-waiter":
    "One waiter per event name at a time: the last that waits is served first, and one that lost its race swallows a later event.",
  "nothing-open":
    "Nothing may be open when an orchestrator returns or continues as new: the instance stays Running until the last timer or activity ends.",
  "short-history":
    "An execution's history stays short (here below 5,000 events): what goes on for long continues as new.",

  // orchestrators are replayed
  deterministic:
    "An orchestrator must do the same whenever it is replayed: no clock, no randomness, no settings, no await.",
  "no-logging": "An orchestrator does not log: each line is repeated at each replay. Set a custom status instead.",

  // the durable client
  "safe-ids":
    "Instance ids are letters, digits and - . _ ~ :, 256 characters at most: they go into addresses unescaped.",
  "given-ids": "Whoever starts an orchestration names its id: a start without one is not repeatable.",
  "fresh-ids":
    "An instance id is used again only after a failure: a living child would be silently replaced, a completed instance would run once more.",
  "event-names": "Event names are letters and digits: they go into addresses unescaped.",
  "no-terminate":
    "The app ends an orchestration by a fact and a wake-up: terminate leaves activities and children running.",
} as const satisfies Record<string, string>;

export type Rule = keyof typeof RULES;
export const ALL_RULES = Object.keys(RULES) as readonly Rule[];

/** A rule that was broken, and where in the app by what. */
export interface Breach {
  readonly rule: Rule;
  readonly detail: string;
}

export class StrictModeError extends Error {
  override readonly name = "StrictModeError";
}

/** In strict mode throws all breaches in one error; else warns of each, once, and lets it pass. */
export type Strictness = (breaches: readonly Breach[]) => void;

export function strictness(strict: boolean, log: Log): Strictness {
  const warned = new Set<string>();
  return (breaches) => {
    const texts = breaches.map(({ rule, detail }) => `strict mode, rule "${rule}": ${detail}. ${RULES[rule]}`);
    if (strict && texts.length > 0) throw new StrictModeError(texts.join("\n"));
    for (const text of texts) {
      if (!warned.has(text)) log("warning", "strict", text);
      warned.add(text);
    }
  };
}

/** Stricter than what Durable Functions documents, which allows a space or a percent sign. */
export const isSafeInstanceId = (id: string): boolean => /^[\w.~:-]{1,256}$/.test(id);

export const isSafeEventName = (name: string): boolean => /^[A-Za-z0-9]+$/.test(name);

const LARGEST_PAYLOAD = 45_000;
const LARGEST_STATUS = 16_384;

/**
 * What is wrong with a value that crosses a border of Durable Functions; absent and null are fine as inputs and
 * outputs.
 */
export function payloadBreaches(value: unknown, what: string): readonly Breach[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [{ rule: "objects-only", detail: `${what} is a ${typeof value}` }];
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > LARGEST_PAYLOAD ? [{ rule: "small-payloads", detail: `${what} has ${bytes} bytes` }] : [];
}

export function statusBreaches(status: unknown): readonly Breach[] {
  if (status === undefined) return [];
  if (typeof status !== "object") return [{ rule: "custom-status", detail: `the custom status is a ${typeof status}` }];
  const bytes = Buffer.byteLength(JSON.stringify(status));
  return bytes > LARGEST_STATUS ? [{ rule: "custom-status", detail: `the custom status has ${bytes} bytes` }] : [];
}
