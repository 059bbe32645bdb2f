// What of the service's own view is kept for the page?
import type { ServiceView } from "../../shared/migration/migration.ts";
import type { EngineOperation } from "../../shared/migration/ports.ts";

export const serviceView = (
  { migrationStatus, provisioningState, details }: EngineOperation,
  now: Date,
): ServiceView => ({
  seenAt: now.toISOString(),
  ...(migrationStatus !== undefined && { migrationStatus }),
  ...(provisioningState !== undefined && { provisioningState }),
  ...details,
});
