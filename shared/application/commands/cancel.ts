// Decides about a cancel: the wish is noted, and the migration's orchestration does the rest.
import type { CancelBody } from "../../api/bodies.ts";
import { nextWishId } from "../../migration/ids.ts";
import { type CancelWish, hasEnded } from "../../migration/migration.ts";
import { auditOf } from "./audit.ts";
import { type Command, onMigration } from "./command.ts";
import { operation } from "./operation.ts";

export const cancel: Command<CancelBody> = (services, invocation, asked) =>
  onMigration(services, invocation, asked, ({ migration, wishes }) => {
    const { caller, body } = asked;
    const { run, state } = migration;
    const said = wishes.cancel?.run === run ? wishes.cancel : undefined;
    if (said && said.outcome?.status !== "refused" && !migration.stalled)
      return { outcome: operation(services, said, `The cancel was asked for by ${said.by} at ${said.at}.`) };
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
    const wish: CancelWish = {
      kind: "cancel",
      wishId: nextWishId(migration, "cancel", said),
      run,
      by: caller.name,
      at: services.clock.now().toISOString(),
      reason: body.reason,
    };
    const audit = [auditOf(services, caller, "cancel", "accepted", body.reason, { run })];
    const { stalled: _, ...going } = migration; // a run that stands still goes on, and ends with the cancel
    return { change: { migration: going, wish, audit }, outcome: operation(services, wish, "The cancel is noted.") };
  });
