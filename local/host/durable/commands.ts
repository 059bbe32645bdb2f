// Defines what an episode orders, and the trace that each order leaves in the history. Pure.
import { type HistoryEvent, isoTime } from "./history.ts";

/** To be carried out in the transaction of the episode. */
export type Command =
  | { readonly kind: "activity"; readonly id: number; readonly name: string; readonly input: unknown }
  | {
      readonly kind: "child";
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly input: unknown;
    }
  | { readonly kind: "timer"; readonly id: number; readonly fireAt: number }
  | { readonly kind: "cancelTimer"; readonly id: number };

/** What a command leaves in the history; a cancelled timer leaves nothing. */
export function noteOf(command: Command, now: number): readonly HistoryEvent[] {
  const at = { EventId: command.id, Timestamp: isoTime(now) };
  switch (command.kind) {
    case "activity":
      return [{ EventType: 4, Name: command.name, ...at }];
    case "child":
      return [{ EventType: 7, Name: command.name, InstanceId: command.instanceId, ...at }];
    case "timer":
      return [{ EventType: 10, FireAt: isoTime(command.fireAt), ...at }];
    case "cancelTimer":
      return [];
  }
}
