// A file's row was written or withdrawn: who judges and announces it? The run's watch; and where none listens, whoever brings the news.

import { hasEnded, type Migration } from "../../migration/migration.ts";
import type { Invocation, Services } from "../../ports.ts";
import { signalWatch } from "../run/signalWatch.ts";
import { announceVerdicts } from "./announceVerdicts.ts";

/** Wakes the run. What cannot be announced here, because others do the same at once, the next look or the sweep announces. */
export async function folderChanged(
  services: Services,
  invocation: Invocation,
  migrationId: string,
  file: string,
): Promise<void> {
  await signalWatch(services, invocation, migrationId);
  const facts = await services.migrations.facts(migrationId); // after the row: a run that ends later announces it itself
  if (!facts || isListening(facts.migration)) return;
  try {
    await announceVerdicts(services, invocation, migrationId, await services.catalogue.list(migrationId), { file });
  } catch (error) {
    invocation.warn(`${file} is announced by the sweep: ${String(error)}`);
  }
}

/** When it stands still, and after its end, a run hears nothing. */
export const isListening = (migration: Migration): boolean => !hasEnded(migration) && migration.stalled === undefined;
