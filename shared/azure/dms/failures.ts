// What does it mean for a migration when Azure Resource Manager refuses a request, or does not answer?
import type { EngineFailure } from "../../migration/ports.ts";
import type { ArmRefusal, ArmSilence } from "../armRequests.ts";
import { explain, isKnown } from "./errors.ts";

/** Codes of the error table come first, then what the HTTP status says. Retry-After is kept. */
export function failureOf(answer: ArmRefusal | ArmSilence): EngineFailure {
  if (answer.kind === "silent") {
    return {
      code: "NoAnswer",
      message: answer.message,
      cause: "Azure Resource Manager did not answer, or no token could be had.",
      remedy: "None: it is tried again. If it lasts, check ARM_ENDPOINT, the network and the app's identity.",
      kind: "wait",
    };
  }
  const { code, message, status, retryAfterSeconds } = answer;
  const words = isKnown(code, message) ? explain(code, message) : { ...explain(code, message), ...byStatus(status) };
  return retryAfterSeconds === undefined ? words : { ...words, retryAfterSeconds };
}

function byStatus(status: number): Partial<EngineFailure> {
  if (status === 429)
    return {
      cause: "Azure asks for fewer requests.",
      remedy: "None: it is tried again after the pause.",
      kind: "wait",
    };
  if (status >= 500 || status === 408)
    return { cause: "Azure could not serve the request.", remedy: "None: it is tried again.", kind: "wait" };
  if (status === 401 || status === 403)
    return {
      cause: "The app's identity may not do this.",
      remedy: "Grant the app's identity the permission that the message names.",
      kind: "user",
    };
  if (status === 404)
    return {
      cause: "Azure does not know the resource.",
      remedy: "Correct the resource id that the message names.",
      kind: "user",
    };
  return {};
}
