// Decides what it means for a migration when Azure Resource Manager refuses a request, or does not answer.
import type { EngineFailure } from "../../migration/observed.ts";
import type { ArmRefusal, ArmSilence } from "../arm/armRequests.ts";
import { explain } from "./errors.ts";

/** The table's words. Retry-After and the request's id are kept. */
export function failureOf(answer: ArmRefusal | ArmSilence): EngineFailure {
  if (answer.kind === "silent") return explain({ code: "NoAnswer", message: answer.message });
  const { retryAfterSeconds, requestId } = answer;
  return {
    ...explain(answer),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

// These say that the address is wrong, not that what it names is missing.
const WRONG_ADDRESS = [
  "InvalidResourceType",
  "InvalidResourceNamespace",
  "NoRegisteredProviderFound",
  "SubscriptionNotFound",
  "SubscriptionDoesNotExist",
  "InvalidSubscriptionId",
  "ResourceGroupNotFound",
  "ParentResourceNotFound",
];

/**
 * A 404 that means: what was asked for is not there. "unsaid": without an error in the body, so it may be anybody's
 * on the way.
 */
export function missing({ status, code, message, operation }: ArmRefusal): "missing" | "unsaid" | undefined {
  if (status !== 404 || WRONG_ADDRESS.includes(code)) return undefined;
  if (code === "Http404") return "unsaid";
  const isOfTheVm = operation.startsWith("DatabaseMigrationsSqlVm_") && NAMES_THE_VM.test(message);
  return isOfTheVm ? undefined : "missing";
}

/** ARM's own text for the resource that the migration hangs on. */
const NAMES_THE_VM = /sqlVirtualMachines\/[^/']+'|the VM '/i;
