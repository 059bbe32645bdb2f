// Announces what a changed file means, after its row was written or withdrawn: wakes the run's watch, or does it here
// when none listens.

import { versionOf } from "../../chain/backupRecord.ts";
import { hasEnded, type Migration, type MigrationFacts } from "../../migration/migration.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { Invocation, Services } from "../../ports.ts";
import { ensureRunning } from "../run/ensureRunning.ts";
import { signalWatch } from "../run/signalWatch.ts";
import { announceVerdicts } from "./announceVerdicts.ts";

/** Rounds in which files that came meanwhile are announced too; the rest is left to the sweep. */
const MOST_ROUNDS = 20;

/**
 * Wakes the run. What cannot be announced here, because other processes are at it, is announced by the next look or the
 * sweep. `known`: facts that were read just before the row was written, if any.
 */
export async function folderChanged(
  services: Services,
  invocation: Invocation,
  migrationId: string,
  known?: MigrationFacts,
): Promise<void> {
  const signalled = await signalWatch(services, invocation, migrationId);
  if (signalled === "underWay") return;
  // an older version of sqlferry left the watch of an ended run in the table, and waking it does not fail
  if (signalled === "woken" && (known === undefined || isListening(known.migration))) return;
  try {
    await lookHere(services, invocation, migrationId);
  } catch (error) {
    invocation.warn(`What is new in the folder of ${migrationId} is announced by the sweep: ${String(error)}`);
  }
}

/**
 * One process announces for all that come meanwhile and find a signal pending. They have written their rows before they
 * asked, so after clearing the signal it looks once more.
 */
async function lookHere(services: Services, invocation: Invocation, migrationId: string): Promise<void> {
  const { migrations, catalogue } = services;
  let looked: readonly CatalogueEntry[] | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const facts = await migrations.facts(migrationId); // after the row: a run that ends later announces it itself
    const entries = await catalogue.list(migrationId);
    if (!facts || (looked && isSameFolder(looked, entries))) break;
    if (isListening(facts.migration)) {
      await ensureRunning(services, invocation, facts.migration); // its first watch is about to listen, or it has died
      break;
    }
    await announceVerdicts(services, invocation, migrationId, entries);
    looked = entries;
    await migrations.signalAnswered(migrationId);
  }
  if (!looked) await migrations.signalAnswered(migrationId);
}

const isSameFolder = (one: readonly CatalogueEntry[], other: readonly CatalogueEntry[]): boolean =>
  one.length === other.length &&
  one.every(({ record }, index) => {
    const now = other[index]?.record;
    return now !== undefined && record.name === now.name && versionOf(record) === versionOf(now);
  });

/** A stalled or ended run receives no wake-ups. */
export const isListening = (migration: Migration): boolean => !hasEnded(migration) && migration.stalled === undefined;
