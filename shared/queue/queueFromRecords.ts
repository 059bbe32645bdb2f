// Tells a VM's queue from the records of its migrations, for when the queue's own row cannot be read.
import { hasBegun, hasEnded, isBeforeStart, type Migration } from "../migration/migration.ts";
import type { Ticket, VmQueue } from "./vmQueue.ts";

/**
 * `migrations`: all that go to the VM. Who waits is left out, and asks again at its next look; a pause between starts
 * is forgotten. Who is at DMS counts as a start, so that the cap holds.
 */
export function queueFromRecords(migrations: readonly Migration[]): VmQueue {
  const tickets = migrations.flatMap(ticketOf);
  return { startsSinceCooldown: tickets.length, tickets };
}

function ticketOf(migration: Migration): readonly Ticket[] {
  const { migrationId, run, request, progress, updatedAt } = migration;
  if (hasEnded(migration) || !isAtDms(migration)) return [];
  const ticket = (status: Ticket["status"], kind: Ticket["kind"], since = updatedAt): readonly Ticket[] => [
    { migrationId, run, status, kind, since },
  ];
  if (migration.stalled) return ticket("restoring", "start", request?.at); // it lets the others go on
  if (migration.state === "starting") return ticket("holding", "start", request?.at);
  if (migration.state === "cuttingOver") return ticket("holding", "cutover", progress.cutoverRequestedAt);
  return ticket("restoring", "start", request?.at);
}

/** DMS was asked for the restore, or may have been: it counts as a database of the VM. */
export const isAtDms = (migration: Migration): boolean =>
  hasBegun(migration) || (migration.request !== undefined && !isBeforeStart(migration));
