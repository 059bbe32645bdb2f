// Builds the answer to a request that is noted: its id, and when to ask for the outcome.
import type { Accepted } from "../../api/answers/migrations.ts";
import type { MigrationRequest, Outcome } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

/** `more`: further members of the answer. */
export const operation = (
  { config }: Services,
  { requestId }: Pick<MigrationRequest, "requestId">,
  detail: string,
  more: Pick<Accepted, "loss"> = {},
): Outcome => ({
  did: "noted",
  about: `operations/${requestId}`,
  retryAfterSeconds: config.dms.pollSeconds,
  body: { requestId, operationId: requestId, status: "accepted", detail, ...more } satisfies Accepted,
});
