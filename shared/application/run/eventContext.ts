// Collects what every event needs besides the migration.
import type { EventContext } from "../../migration/events/eventBuilders.ts";
import type { Migration } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

export const eventContext = ({ config, clock }: Services, migration: Migration): EventContext => ({
  instance: config.instanceName,
  baseUrl: config.publicBaseUrl,
  migration,
  now: clock.now(),
});
