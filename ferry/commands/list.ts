// Implements `ferry list`: lists the migrations and how far each is.
import type { ListLine } from "../../shared/api/answers/migrations.ts";
import { allMigrations, apiOf } from "../api.ts";
import { API_OPTIONS, type Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printJson, table, timeOf } from "../print/print.ts";
import { restoredOf, waitsFor } from "../print/waits.ts";

const TEXT = { type: "string" } as const;

export const list: Command = {
  usage: "list [--state STATE,…] [--vm NAME,…] [--source SERVER,…] [--wave N,…] [--name PART] [--json]",
  summary: "the migrations and their states; NAME* and SERVER* stand for all that begin so",
  options: { ...API_OPTIONS, state: TEXT, vm: TEXT, source: TEXT, wave: TEXT, name: TEXT },
  run: async (given) => {
    const [state, vm, source, wave, q] = ["state", "vm", "source", "wave", "name"].map((name) => given.text(name));
    const lines = await allMigrations(apiOf(given), { state, vm, source, wave, q });
    if (given.flag("json")) printJson(lines);
    else
      print(table(["database", "state", "mode", "chain", "files", "restored to", "waits for", "id"], lines.map(rowOf)));
    return EXIT.done;
  },
};

/** Before the start, a finding that nobody has acknowledged refuses it. */
const blocked = ({ state, assessed }: ListLine): boolean =>
  ["draft", "waitingForChain"].includes(state) && (assessed?.blocks ?? 0) > 0;

const rowOf = (line: ListLine): string[] => [
  line.target?.databaseName ?? line.source?.folder ?? "",
  line.state ?? "",
  line.mode ?? "",
  line.verdict ?? "",
  restoredOf(line),
  timeOf(line.restoredTo),
  blocked(line) && line.waitingOn === undefined ? "findings of its assessment" : waitsFor(line),
  line.migrationId,
];
