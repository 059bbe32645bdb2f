// Implements `ferry acknowledge`: a person answers for a finding of the source, such as a certificate that is on the VM
// by now.
import type { Acknowledged } from "../../shared/api/answers/migrations.ts";
import { accepted, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, usageError } from "../command.ts";
import { EXIT } from "../exit.ts";
import { print, printJson } from "../print/print.ts";

export const acknowledge: Command = {
  usage: "acknowledge ID|DATABASE CHECK --reason TEXT [--json]",
  summary: "answer for what an assessment has found (S10), so that it refuses the start no more; the reason is audited",
  options: { ...API_OPTIONS, reason: { type: "string" } },
  run: async (given) => {
    const [wanted, check, ...more] = given.operands;
    if (wanted === undefined || check === undefined || more.length > 0)
      throw usageError(acknowledge, "Which migration, and which check (S10)?");
    const reason = given.text("reason");
    if (reason === undefined) throw usageError(acknowledge, "Why? --reason is written into the audit.");
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, wanted);
    const path = `/migrations/${migrationId}/findings/${encodeURIComponent(check)}/acknowledge`;
    const answer = accepted(await api.post<Acknowledged>(path, { reason }));
    if (given.flag("json")) printJson(answer);
    else print(answer.detail);
    return EXIT.done;
  },
};
