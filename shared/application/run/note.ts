// Writes an event of shared/api/telemetry.ts to the invocation's log, where alerts and charts of infra/ read it.
import { TELEMETRY, type TelemetryEvent, type TelemetryFields, telemetryLine } from "../../api/telemetry.ts";
import type { Log } from "../../ports.ts";

export function note<Event extends TelemetryEvent>(log: Log, event: Event, fields: TelemetryFields<Event>): void {
  const line = telemetryLine(event, fields);
  if (TELEMETRY[event].level === "warning") log.warn(line);
  else log.log(line);
}
