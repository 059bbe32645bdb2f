// Implements `ferry list`: lists the migrations and how far each is.
import type { MigrationLine } from "../../shared/api/answers/migrations.ts";
import { allMigrations, apiOf } from "../api.ts";
import { API_OPTIONS, type Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printJson, table, timeOf } from "../print/print.ts";
import { restoredOf, waitsFor } from "../print/waits.ts";

export const list: Command = {
  usage: "list [--json]",
  summary: "the migrations and their states",
  options: API_OPTIONS,
  run: async (given) => {
    const lines = await allMigrations(apiOf(given));
    if (given.flag("json")) printJson(lines);
    else
      print(table(["database", "state", "mode", "chain", "files", "restored to", "waits for", "id"], lines.map(rowOf)));
    return EXIT.done;
  },
};

/** Before the start, a finding that nobody has acknowledged refuses it. */
const blocked = ({ state, assessed }: MigrationLine): boolean =>
  ["draft", "waitingForChain"].includes(state) && (assessed?.blocks ?? 0) > 0;

const rowOf = (line: MigrationLine): string[] => [
  line.target?.databaseName ?? line.source?.folder ?? "",
  line.state ?? "",
  line.mode ?? "",
  line.verdict ?? "",
  restoredOf(line),
  timeOf(line.restoredTo),
  blocked(line) && line.waitingOn === undefined ? "findings of its assessment" : waitsFor(line),
  line.migrationId,
];
