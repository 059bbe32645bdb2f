// Says what an event is: CloudEvents 1.0, at least once, unordered, each complete in itself. What each type tells is
// in shared/api/events.ts.
import { createHash } from "node:crypto";
import type { EventDataOf, EventType } from "../../api/events.ts";

export const EVENT_PREFIX = "com.sqlferry.";

/** An event of this type, or of any. */
export type FerryEvent<Type extends EventType = EventType> = {
  readonly [T in Type]: {
    readonly specversion: "1.0";
    /**
     * First 32 hex digits of SHA-256 over source, type, subject and transition: the same happening has the same id,
     * however often it is told.
     */
    readonly id: string;
    readonly source: string;
    readonly type: `${typeof EVENT_PREFIX}${T}`;
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype: "application/json";
    readonly data: EventDataOf<T>;
  };
}[Type];

/** See FerryEvent.id. `transition` names the cause: run, etag, plan version, operation id. */
export const eventId = (source: string, type: string, subject: string, transition: string): string =>
  createHash("sha256").update(`${source}|${type}|${subject}|${transition}`).digest("hex").slice(0, 32);
