// Translates an answer of Azure Resource Manager into what the ports return.
import type { EngineAnswer, EngineFailure, Sighting } from "../../migration/observed.ts";
import type { ArmAnswer, ArmRefusal, ArmSilence } from "../arm/armRequests.ts";
import { notAnId, type ResourceType } from "../arm/resourceId.ts";
import { explain } from "./errors.ts";
import { failureOf, missing } from "./failures.ts";

/** Of a mutation: accepted, or why not. */
export function engineAnswer(answer: ArmAnswer): EngineAnswer {
  if (answer.kind !== "ok")
    return { ok: false, failure: failureOf(answer), ...(isDoubtful(answer) && { mayHaveHappened: true }) };
  const { retryAfterSeconds } = answer;
  return { ok: true, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/**
 * A server that fails, or waits for another one in vain, may have passed the request on; one that is not available
 * (503) has not.
 */
const isDoubtful = (answer: ArmRefusal | ArmSilence): boolean =>
  answer.kind === "silent" || (answer.status >= 500 && answer.status !== 503);

/** Of a read: what was seen, that it is not there, or why it is not known. */
export function sightingOf<Facts>(answer: ArmAnswer, read: (body: unknown) => Facts | undefined): Sighting<Facts> {
  if (answer.kind === "refused" && missing(answer) !== undefined) return { kind: "absent" };
  if (answer.kind !== "ok") return { kind: "unreadable", failure: failureOf(answer) };
  const facts = read(answer.body);
  if (facts !== undefined) return { kind: "seen", facts };
  const message = "The answer does not have the expected shape.";
  return { kind: "unreadable", failure: explain({ code: "UnexpectedAnswer", message }) };
}

export const invalidId = (text: string, type: ResourceType): EngineFailure =>
  explain({ code: "InvalidResourceId", message: notAnId(text, type) });
