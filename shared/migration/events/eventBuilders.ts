// How is an event made, so that it tells everything and the same happening always has the same id?

import { runInstanceId } from "../ids.ts";
import type { Migration } from "../migration.ts";
import { EVENT_PREFIX, type EventType, eventId, type FerryEvent } from "./events.ts";

export interface EventContext {
  /** Name of this sqlferry: the source is "/sqlferry/<instance>". */
  readonly instance: string;
  /** Where the page is; absent: links are relative. */
  readonly baseUrl: string | undefined;
  readonly migration: Migration;
  readonly now: Date;
}

/** An event about a migration. `transition` names the cause: run, operation, plan version. */
export const migrationEvent = (
  context: EventContext,
  type: EventType,
  transition: string,
  extra: Readonly<Record<string, unknown>> = {},
): FerryEvent => build(context, type, `/migrations/${context.migration.migrationId}`, transition, extra);

/** An event about a file; the etag belongs into the transition. */
export const fileEvent = (
  context: EventContext,
  type: EventType,
  file: string,
  transition: string,
  extra: Readonly<Record<string, unknown>> = {},
): FerryEvent =>
  build(context, type, `/migrations/${context.migration.migrationId}/files/${encodeURIComponent(file)}`, transition, {
    file,
    ...extra,
  });

function build(
  { instance, baseUrl, migration, now }: EventContext,
  type: EventType,
  subject: string,
  transition: string,
  extra: Readonly<Record<string, unknown>>,
): FerryEvent {
  const { migrationId, run, source, target, mode, state, summary } = migration;
  const eventSource = `/sqlferry/${instance}`;
  return {
    specversion: "1.0",
    id: eventId(eventSource, type, subject, transition),
    source: eventSource,
    type: `${EVENT_PREFIX}${type}`,
    subject,
    time: now.toISOString(),
    datacontenttype: "application/json",
    data: {
      ...told(extra),
      migrationId,
      runId: runInstanceId(migrationId, run),
      sourceDatabase: summary?.databaseName ?? source.databaseName ?? source.folder,
      mode,
      state,
      link: `${baseUrl ?? ""}/#/migrations/${migrationId}`,
      ...told({
        sourceServer: summary?.serverName,
        targetVm: target?.sqlVmResourceId.split("/").at(-1),
        targetDatabase: target?.databaseName,
        verdict: summary?.verdict,
        planVersion: summary?.planVersion,
        restorableTo: summary?.restorableTo?.time,
        restoredTo: summary?.restoredTo?.time,
      }),
    },
  };
}

/** Without absent members; LSNs as text. */
const told = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );
