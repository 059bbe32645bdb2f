// What does a run end with whose operation DMS no longer shows?
import type { Failure, Migration } from "../../shared/migration/migration.ts";

export const operationGone = ({ operationId }: Migration): Failure => ({
  code: "OPERATION_GONE",
  message: `DMS no longer shows the operation ${operationId ?? "of this run"} as the latest of this target.`,
  cause: "The migration was deleted or started anew outside sqlferry.",
  remedy: "Look at the migration service in the Azure portal. Restart the migration when nothing else uses the target.",
});
