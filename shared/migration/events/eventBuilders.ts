// Makes events, so that each tells everything and the same happening always has the same id.
import type { CommonData, EventDetails, EventType } from "../../api/events.ts";
import { runInstanceId } from "../ids.ts";
import type { Migration } from "../migration.ts";
import { EVENT_PREFIX, eventId, type FerryEvent } from "./events.ts";

export interface EventContext {
  /** Name of this sqlferry: the source is "/sqlferry/<instance>". */
  readonly instance: string;
  /** Where the page is; absent: links are relative. */
  readonly baseUrl: string | undefined;
  /** As it is once this has happened. */
  readonly migration: Migration;
  readonly now: Date;
}

/** An event about a migration. `transition` names the cause: run, operation, plan version. */
export const migrationEvent = <Type extends EventType>(
  context: EventContext,
  type: Type,
  transition: string,
  details: EventDetails<Type>,
): FerryEvent => build(context, type, `/migrations/${context.migration.migrationId}`, transition, details);

/** The types that tell of one file under its own subject. */
type FileEventType =
  | "backup.accepted"
  | "backup.rejected"
  | "backup.restored"
  | "alarm.late-file"
  | "alarm.overwritten";

/** An event about a file; the etag belongs into the transition. */
export const fileEvent = <Type extends FileEventType>(
  context: EventContext,
  type: Type,
  file: string,
  transition: string,
  details: Omit<EventDetails<Type>, "file">,
): FerryEvent =>
  build(context, type, `/migrations/${context.migration.migrationId}/files/${encodeURIComponent(file)}`, transition, {
    file,
    ...details,
  });

function build(
  { instance, baseUrl, migration, now }: EventContext,
  type: EventType,
  subject: string,
  transition: string,
  details: object,
): FerryEvent {
  const { migrationId, run, source, target, mode, state, summary } = migration;
  const eventSource = `/sqlferry/${instance}`;
  const common: CommonData = {
    migrationId,
    runId: runInstanceId(migrationId, run),
    sourceDatabase: summary?.databaseName ?? source.databaseName ?? source.folder,
    mode,
    state,
    link: `${baseUrl ?? ""}/#/migrations/${migrationId}`,
    sourceServer: summary?.serverName,
    targetVm: target?.sqlVmResourceId.split("/").at(-1),
    targetDatabase: target?.databaseName,
    verdict: summary?.verdict,
    planVersion: summary?.planVersion,
    restorableTo: summary?.restorableTo?.time,
    restoredTo: summary?.restoredTo?.time,
  };
  // The two functions above hold type and details together; the compiler cannot follow them through here.
  return {
    specversion: "1.0",
    id: eventId(eventSource, type, subject, transition),
    source: eventSource,
    type: `${EVENT_PREFIX}${type}`,
    subject,
    time: now.toISOString(),
    datacontenttype: "application/json",
    data: { ...present(details), ...present(common) },
  } as FerryEvent;
}

const present = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
