// A file's row was written or withdrawn: who judges and announces it? The run's watch; and where none listens, whoever brings the news.
import type { InvocationContext } from "@azure/functions";
import { hasEnded, type Migration } from "../../migration/migration.ts";
import type { Services } from "../../services.ts";
import { wake } from "../run/signalWatch.ts";
import { announceVerdicts } from "./announceVerdicts.ts";

/** Wakes the run. What cannot be announced here, because others do the same at once, the next look or the sweep announces. */
export async function folderChanged(
  services: Services,
  context: InvocationContext,
  migrationId: string,
  file: string,
): Promise<void> {
  await wake(services, context, migrationId);
  const facts = await services.migrations.facts(migrationId); // after the row: a run that ends later announces it itself
  if (!facts || isListening(facts.migration)) return;
  try {
    await announceVerdicts(services, context, migrationId, await services.catalogue.list(migrationId), { file });
  } catch (error) {
    context.warn(`${file} is announced by the sweep: ${String(error)}`);
  }
}

/** When it stands still, and after its end, a run hears nothing. */
export const isListening = (migration: Migration): boolean => !hasEnded(migration) && migration.stalled === undefined;
