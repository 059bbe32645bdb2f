// Which events does sqlferry publish? CloudEvents 1.0: at least once, unordered, each complete in itself.
import { createHash } from "node:crypto";
import type { Migration } from "../migration.ts";

export const EVENT_PREFIX = "com.sqlferry.";

/** Without the prefix. */
export type EventType =
  | "backup.accepted"
  | "backup.rejected"
  | "backup.restored"
  | "chain.gap.detected"
  | "chain.gap.healed"
  | "chain.restorable"
  | "chain.broken"
  | "chain.mixed"
  | "migration.queued"
  | "migration.started"
  | "migration.ready"
  | "migration.succeeded"
  | "migration.failed"
  | "migration.canceled"
  | "migration.waiting"
  | "migration.stalled"
  | "migration.resumed"
  | "assessment.published"
  | "cutover.requested"
  | "cutover.completed"
  | "cutover.refused"
  | "alarm.late-file"
  | "alarm.source-reopened"
  | "alarm.overwritten"
  | "alarm.blob-deleted"
  | "alarm.unreadable";

export interface FerryEvent {
  readonly specversion: "1.0";
  /** First 32 hex digits of SHA-256 over source, type, subject and transition: the same happening has the same id, however often it is told. */
  readonly id: string;
  readonly source: string;
  readonly type: `${typeof EVENT_PREFIX}${EventType}`;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: EventData;
}

/** What every event tells, so that it is complete in itself; `extra` is flat and small, LSNs as text. */
export interface EventData {
  readonly migrationId: string;
  readonly runId: string;
  readonly sourceServer?: string;
  readonly sourceDatabase?: string;
  readonly targetVm?: string;
  readonly targetDatabase?: string;
  readonly mode: Migration["mode"];
  readonly state: Migration["state"];
  readonly verdict?: string;
  readonly planVersion?: string;
  readonly restorableTo?: string;
  readonly restoredTo?: string;
  readonly link: string;
  readonly [extra: string]: unknown;
}

/** See FerryEvent.id. `transition` names the cause: run, etag, plan version, operation id. */
export const eventId = (source: string, type: string, subject: string, transition: string): string =>
  createHash("sha256").update(`${source}|${type}|${subject}|${transition}`).digest("hex").slice(0, 32);
