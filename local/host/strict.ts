// Which habits work here and fail, hang or cost money on the official host? Strict mode refuses them, each by its rule's name.
import type { Log } from "./log.ts";

const RULES = {
  "plain-blob": "A plain blob trigger reads the whole blob into memory: use deferred binding (sdkBinding: true).",
  "blob-expression": "A blob trigger may have no other binding with a {expression}: it silently ends deferred binding.",
  "task-reuse":
    "A task may be yielded once, and never be put into another Task.any or Task.all: it is scheduled again.",
  "objects-only":
    "Inputs and outputs of activities, sub-orchestrations and continueAsNew are objects: strings are encoded twice.",
  "known-names":
    "Only registered activities and orchestrators may be called: an unknown name leaves the instance Running for ever.",
  "throw-errors": "Only Errors may be thrown: anything else leaves the instance Running for ever.",
  "whole-seconds": "Timers and first retry intervals are one second or more: delays are rounded down to whole seconds.",
  "short-timers": "Timers end within six days: longer ones are cut into legs.",
  "child-ids": "A child's instance id must not be alive: the living instance would be silently replaced.",
  "safe-ids":
    "Instance ids have 1 to 256 characters, do not begin with @ and hold none of / \\ # ? nor control characters.",
  "nothing-open":
    "Nothing may be open when an orchestrator returns: the instance stays Running until the last timer or activity ends.",
  "one-route":
    "No two routes of one method may both fit a request: they are tried in alphabetical order of the functions' names.",
  "reserved-routes": "Routes must not begin with admin or runtime: such functions are put in error.",
} as const satisfies Record<string, string>;

export type Rule = keyof typeof RULES;

/** A rule that was broken, and by what. */
export interface Breach {
  readonly rule: Rule;
  readonly detail: string;
}

export class StrictModeError extends Error {
  override readonly name = "StrictModeError";
}

/** In strict mode throws the first breach; else warns of each and lets it pass. */
export type Strictness = (breaches: readonly Breach[]) => void;

export const strictness =
  (strict: boolean, log: Log): Strictness =>
  (breaches) => {
    for (const { rule, detail } of breaches) {
      const text = `strict mode, rule "${rule}": ${detail}. ${RULES[rule]}`;
      if (strict) throw new StrictModeError(text);
      log("warning", "strict", text);
    }
  };

/** Documented by Durable Functions for instance ids; the official host itself refuses only the slash. */
export const isSafeInstanceId = (id: string): boolean =>
  id.length >= 1 && id.length <= 256 && !id.startsWith("@") && !/[/\\#?\p{Cc}]/u.test(id);
