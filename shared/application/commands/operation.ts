// Tells that a wish is noted: what it is called, and when to ask what has become of it.
import type { Accepted } from "../../api/answers/migrations.ts";
import type { Outcome, Wish } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

/** `more`: what the caller has to know besides. */
export const operation = (
  { config }: Services,
  { wishId }: Pick<Wish, "wishId">,
  detail: string,
  more: Pick<Accepted, "loss"> = {},
): Outcome => ({
  did: "noted",
  about: `operations/${wishId}`,
  retryAfterSeconds: config.dms.pollSeconds,
  body: { operationId: wishId, status: "accepted", detail, ...more } satisfies Accepted,
});
