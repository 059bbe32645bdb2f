// Implements `ferry forget`: forgets a migration that nobody has registered, or that has ended. Its files stay.
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printable, printJson } from "../print/print.ts";

export const forget: Command = {
  usage: "forget ID|DATABASE [--json]",
  summary: "forget a draft, or a migration that has ended; its files and its audit stay, its target is free",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId, source } = await findMigration(api, onlyOperand(forget, given));
    accepted(await api.delete(`/migrations/${migrationId}`));
    if (given.flag("json")) printJson({ migrationId });
    else
      print(
        printable(
          `${migrationId} is forgotten. Its files in the folder "${source.folder}" stay; upload into it or register it to begin anew.`,
        ),
      );
    return EXIT.done;
  },
};
