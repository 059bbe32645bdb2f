// Lists the events that the app writes into its log for alerts and charts (infra/): their names, their fields, their
// severity.
//
// Each is one line of JSON, { "event": name, ...fields }, so that queries read fields and no sentences.
// docs/operations.md has the list.
import { z } from "zod";

const text = (description: string) => z.string().describe(description);
const count = (description: string) => z.number().describe(description);
const run = { migrationId: text("of the migration"), run: count("number of the run") };

const event = <Shape extends z.ZodRawShape>(level: "warning" | "information", when: string, fields: Shape) => ({
  level,
  when,
  fields: z.object(fields),
});

export const TELEMETRY = {
  RunFailed: event("warning", "a run has failed, or its preflight has", {
    ...run,
    code: z.string().optional().describe("of the failure"),
    message: text("the error message"),
    requestId: z.string().optional().describe("x-ms-request-id, for Microsoft's support"),
  }),
  RunWaits: event("warning", "people were told what a run waits for", {
    ...run,
    what: text("for what"),
    since: text("since when, UTC"),
    code: text("of the wait"),
    cause: text("why"),
    remedy: text("what to do"),
  }),
  RunStalled: event("warning", "a run stands still after a fault of sqlferry", {
    ...run,
    what: text("the step and its message"),
  }),
  RunDied: event("warning", "an orchestration had ended before its run, and was started anew", {
    ...run,
    status: text("of the orchestration"),
    state: text("of the migration"),
  }),
  SweepFound: event("warning", "a sweep found files of a folder that events should have brought", {
    folder: text("its name"),
    missed: count("new or changed files"),
    deleted: count("files that are gone"),
  }),
  SweepDone: event("information", "a sweep came to its end; its absence is an alert", {
    folders: count("how many were swept"),
    missed: count("new or changed files in all of them"),
    deleted: count("files that are gone"),
    failed: count("folders that could not be swept"),
    faults: count("of sqlferry's own"),
    seconds: count("how long it took"),
    parts: count("of how many parts"),
  }),
  SweepDied: event("warning", "the orchestration of a sweep had ended before the sweep, which goes on where it was", {
    stage: text("what it was at"),
    parts: count("that had ended"),
    folders: count("that were swept"),
  }),
  OwnFault: event("warning", "a stored row or a file is more than sqlferry can read; told by each sweep", {
    what: text("which, and why"),
  }),
  EventsNotTaken: event("warning", "the topic did not take events", {
    migrationId: text("whose they are"),
    events: count("how many"),
    error: text("what it answered"),
    waiting: text("their ids and types"),
  }),
  LagMeasured: event("information", "a sweep measured how far an online migration is behind its source", {
    migrationId: text("of the migration"),
    seconds: count("behind the source"),
  }),
};

export type TelemetryEvent = keyof typeof TELEMETRY;
export type TelemetryFields<Event extends TelemetryEvent> = z.infer<(typeof TELEMETRY)[Event]["fields"]>;

/**
 * A trace of Application Insights holds 32,768 characters, and a line that is cut is not valid JSON: so five texts fit,
 * even when each character is escaped with six. The records and the log beside it have the whole text.
 */
const MOST_CHARACTERS = 1_000;

/** The line of an event. Texts are cut at 1,000 characters. */
export const telemetryLine = <Event extends TelemetryEvent>(name: Event, fields: TelemetryFields<Event>): string =>
  JSON.stringify({ event: name, ...fields }, (_, value: unknown) =>
    typeof value === "string" && value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value,
  );
