// How does a request reach Azure Database Migration Service, and what does its answer mean for a port?
import { DataMigrationServiceClient } from "@azure/arm-datamigration";
import type { TokenCredential } from "@azure/identity";
import type { EngineAnswer, EngineFailure, Sighting } from "../../migration/ports.ts";
import { type ArmAnswer, type SendArm, sendArm } from "../armRequests.ts";
import { explain } from "./errors.ts";
import { failureOf } from "./failures.ts";
import { notAnId, type ResourceType } from "./resourceId.ts";

export interface ArmAccess {
  readonly credential: TokenCredential;
  /** Of Azure Resource Manager: "https://management.azure.com". */
  readonly endpoint: string;
}

/** The pipeline of the service's client. Every path names its own subscription; retries belong to the orchestrator's durable timers. */
export function dmsPipeline({ credential, endpoint }: ArmAccess): SendArm {
  const client = new DataMigrationServiceClient(credential, "", { baseUri: endpoint, noRetryPolicy: true });
  return (request) => sendArm(client, request);
}

/** Of a mutation: accepted, or why not. */
export function engineAnswer(answer: ArmAnswer): EngineAnswer {
  if (answer.kind !== "ok") return { ok: false, failure: failureOf(answer) };
  const { retryAfterSeconds } = answer;
  return { ok: true, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** Of a read: what was seen, that it is not there, or why it is not known. */
export function sightingOf<Facts>(answer: ArmAnswer, read: (body: unknown) => Facts | undefined): Sighting<Facts> {
  if (answer.kind === "refused" && answer.status === 404) return { kind: "absent" };
  if (answer.kind !== "ok") return { kind: "unreadable", failure: failureOf(answer) };
  const facts = read(answer.body);
  if (facts !== undefined) return { kind: "seen", facts };
  return { kind: "unreadable", failure: explain("UnexpectedAnswer", "The answer does not have the expected shape.") };
}

export const invalidId = (text: string, type: ResourceType): EngineFailure =>
  explain("InvalidResourceId", notAnId(text, type));
