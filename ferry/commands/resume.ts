// Implements `ferry resume`: continues a stalled run where it stood, once what failed was mended.
import type { MigrationLine } from "../../shared/api/answers/migrations.ts";
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printJson } from "../print/print.ts";

export const resume: Command = {
  usage: "resume ID|DATABASE [--reason TEXT] [--json]",
  summary: "go on with a run that stands still, once what failed is mended",
  options: { ...API_OPTIONS, reason: { type: "string" } },
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(resume, given));
    const reason = given.text("reason");
    const body = reason === undefined ? {} : { reason };
    const line = accepted(await api.post<MigrationLine>(`/migrations/${migrationId}/resume`, body));
    if (given.flag("json")) printJson(line);
    else print(`The run goes on; the migration is ${line.state}.`);
    return EXIT.done;
  },
};
