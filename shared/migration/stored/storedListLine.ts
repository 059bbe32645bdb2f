// Reads what is stored of a migration's line in table MigrationList.
import { z } from "zod";
import type { ListLine } from "../lists/listLine.ts";
import { type Fields, maybeNumber, maybeText, mode, number, text } from "./storedJson.ts";
import { displayState, state, verdict } from "./storedMigration.ts";

const position = z.union([z.object({ time: text }), z.object({ lsn: text })]);

export const StoredListLine: z.ZodType<ListLine> = z.object({
  migrationId: text,
  state,
  mode,
  start: z.literal("manual").exactOptional(),
  priority: maybeNumber,
  wave: maybeNumber,
  source: z.object({ folder: text }),
  databaseName: maybeText,
  serverName: maybeText,
  target: z.object({ vm: text, databaseName: text }).exactOptional(),
  verdict: verdict.exactOptional(),
  noPlan: z.literal(true).exactOptional(),
  files: number,
  states: z.partialRecord(displayState, number),
  gaps: maybeNumber,
  unusable: maybeNumber,
  closed: z.literal(true).exactOptional(),
  restoredTo: position.exactOptional(),
  restorableTo: position.exactOptional(),
  failure: z.object({ code: text }).exactOptional(),
  waitingOn: z.object({ what: text, told: z.literal(true).exactOptional() }).exactOptional(),
  stalled: z.object({ since: text }).exactOptional(),
  assessed: z.object({ blocks: number }).exactOptional(),
} satisfies Fields<ListLine>);
