// ferry files: what is each file of a migration to its plan, and why?
import { apiOf, type Files, findMigration } from "./api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "./command.ts";
import { EXIT } from "./exit.ts";
import { print, printJson, table } from "./print.ts";

export const files: Command = {
  usage: "files ID|DATABASE [--json]",
  summary: "every file with state, verdict, reason and remedy",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(files, given));
    const { items } = await api.get<Files>(`/migrations/${migrationId}/files`);
    if (given.flag("json")) printJson(items);
    else
      print(
        table(
          ["file", "type", "state", "verdict", "reason", "detail", "remedy"],
          items.map((row) => [
            row.name,
            row.type ?? "",
            row.state ?? "",
            row.verdict ?? "",
            row.reason ?? "",
            row.detail ?? "",
            row.remedy ?? "",
          ]),
        ),
      );
    return EXIT.done;
  },
};
