// Decides about a cancel: the request is noted, and the migration's orchestration does the rest.
import type { CancelBody } from "../../api/bodies.ts";
import { nextRequestId } from "../../migration/ids.ts";
import { type CancelRequest, hasEnded } from "../../migration/migration.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";
import { operation } from "./operation.ts";

export const cancel: Command<CancelBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, ({ migration, requests }) => {
    const { caller, body } = asked;
    const { run, state } = migration;
    const earlier = requests.cancel?.run === run ? requests.cancel : undefined;
    if (earlier && earlier.outcome?.status !== "refused" && !migration.stalled)
      return { outcome: operation(services, earlier, `The cancel was asked for by ${earlier.by} at ${earlier.at}.`) };
    if (hasEnded(migration) || state === "cuttingOver")
      return {
        refused: {
          problem: "not-cancelable",
          detail: hasEnded(migration)
            ? `The migration is ${state}: there is nothing to cancel.`
            : "The cutover is under way; DMS no longer takes a cancel.",
          migrationStatus: state,
        },
      };
    const request: CancelRequest = {
      kind: "cancel",
      requestId: nextRequestId(migration, "cancel", earlier),
      run,
      by: caller.name,
      at: services.clock.now().toISOString(),
      reason: body.reason,
    };
    const audit = [auditOf(services, caller, "cancel", "accepted", body.reason, { run })];
    const { stalled: _, ...going } = migration; // a stalled run goes on, and ends with the cancel
    return {
      change: { migration: going, request, audit },
      outcome: operation(services, request, "The cancel is noted."),
    };
  });
