// Implements `ferry files`: lists each file of a migration with its verdict, the reason and the remedy.
import type { FileRow } from "../../shared/api/answers/chain.ts";
import { allFiles, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { paragraph, print, printable, printJson, table } from "../print/print.ts";

export const files: Command = {
  usage: "files ID|DATABASE [--json]",
  summary: "every file with state, verdict, reason and remedy",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(files, given));
    const { items } = await allFiles(api, migrationId);
    if (given.flag("json")) printJson(items);
    else print(blocks(items).join("\n"));
    return EXIT.done;
  },
};

/** A line of words per file, its sentences below. */
function blocks(items: readonly FileRow[]): string[] {
  const [head = "", ...rows] = table(
    ["file", "type", "state", "verdict", "reason"],
    items.map(({ name, type = "", state = "", verdict = "", reason = "" }) => [name, type, state, verdict, reason]),
  ).split("\n");
  return [
    head,
    ...items.flatMap(({ detail, remedy }, index) => [
      rows[index] ?? "",
      ...(detail ? [paragraph(printable(detail), "    ")] : []),
      ...(remedy ? [paragraph(printable(`-> ${remedy}`), "    ")] : []),
    ]),
  ];
}
