// Implements `ferry preflight`: runs the preflight checks of a migration now, where the API runs: locally, or in Azure.
import type { Preflight } from "../../shared/api/answers/migrations.ts";
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { paragraph, print, printable, printJson } from "../print/print.ts";

export const preflight: Command = {
  usage: "preflight ID|DATABASE [--json]",
  summary: "check target, service, storage and files now; exit code 3 when a check fails",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(preflight, given));
    const result = accepted(await api.post<Preflight>(`/migrations/${migrationId}/preflight`, {}));
    if (given.flag("json")) printJson(result);
    else {
      for (const { id, outcome, observed, message, remedy } of result.checks) {
        const found = observed === "" ? "" : ` (${observed})`;
        print(paragraph(printable(`${id}  ${outcome.padEnd(7)}  ${message}${found}`), ""));
        if (remedy !== "") print(paragraph(printable(`-> ${remedy}`), "     "));
      }
      print(result.passed ? "Nothing stands in the way of a start." : "A start would be refused.");
    }
    return result.passed ? EXIT.done : EXIT.refused;
  },
};
