// Reports asynchronous operations: an opaque address in a header, and a document of three members behind it.
import { randomUUID } from "node:crypto";
import type { ArmCall, Emulator, Reply } from "./replies.ts";
import { isOperationQuery, operationQuery } from "./signatures.ts";
import type { AsyncOperation } from "./state.ts";

/** The reply with the headers of an operation that has just begun. */
export function asOperation(
  emulator: Emulator,
  call: ArmCall,
  { type, of }: Pick<AsyncOperation, "type" | "of">,
  reply: Reply,
): Reply {
  const { state } = emulator;
  const operation: AsyncOperation = { id: randomUUID(), type, startedAt: emulator.now(), of };
  state.operations = [...state.operations, operation];
  emulator.save();
  return {
    ...reply,
    headers: {
      "Retry-After": String(state.settings.retryAfterSeconds),
      "Azure-AsyncOperation": operationUrl(emulator, call, operation),
    },
  };
}

function operationUrl({ seed, state }: Emulator, call: ArmCall, { id, type, startedAt }: AsyncOperation): string {
  const path = `/subscriptions/${seed.subscriptionId}/providers/Microsoft.DataMigration/locations/${seed.location}/operationTypes/${type}/operationResults/${id}`;
  const version = call.query.get("api-version") ?? "";
  const signature = isSigned(call) ? `&${operationQuery(state.secret, id, startedAt)}` : "";
  return `${call.origin}${path}?api-version=${version}${signature}`;
}

/** Api-versions of 2025 on carry a signed query; a changed one is not found. */
export const isGenuine = ({ state }: Emulator, call: ArmCall, { id }: AsyncOperation): boolean =>
  !isSigned(call) || isOperationQuery(state.secret, id, call.query);

const isSigned = ({ query }: ArmCall): boolean => (query.get("api-version") ?? "") >= "2025";
