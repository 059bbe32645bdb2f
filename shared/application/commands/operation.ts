// Tells that a request is noted: what it is called, and when to ask what has become of it.
import type { Accepted } from "../../api/answers/migrations.ts";
import type { MigrationRequest, Outcome } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

/** `more`: what the caller has to know besides. */
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
