// What does every event need to know besides the migration?
import type { EventContext } from "../shared/migration/eventBuilders.ts";
import type { Migration } from "../shared/migration/migration.ts";
import type { Services } from "../shared/services.ts";

export const eventContext = ({ config, clock }: Services, migration: Migration): EventContext => ({
  instance: config.instanceName,
  baseUrl: config.publicBaseUrl,
  migration,
  now: clock.now(),
});
