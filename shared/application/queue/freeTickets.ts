// Frees the places on a VM that are held by runs that are over, so that the VM's other databases do not wait for ever.
import { UnreadableRowError } from "../../migration/faults.ts";
import { isOver } from "../../migration/migration.ts";
import type { Log, Services } from "../../ports.ts";
import { type Ticket, withoutDead } from "../../queue/vmQueue.ts";
import { loadQueue } from "./loadQueue.ts";

/** Of these VMs. It reads records, not lines, which may lag behind. */
export async function freeTickets(services: Services, log: Log, vmKeys: ReadonlySet<string>): Promise<void> {
  for (const vmKey of vmKeys)
    await freeTicketsOf(services, log, vmKey).catch((error: unknown) =>
      log.warn(`The places on ${vmKey} could not be looked through; the next sweep tries again. ${String(error)}`),
    );
}

async function freeTicketsOf(services: Services, log: Log, vmKey: string): Promise<void> {
  const { migrations, queues } = services;
  const { queue, version } = await loadQueue(services, vmKey);
  const dead: Ticket[] = [];
  for (const ticket of queue.tickets) {
    try {
      const facts = await migrations.facts(ticket.migrationId);
      if (!facts || isOver(facts.migration, ticket.run)) dead.push(ticket);
    } catch (error) {
      if (!(error instanceof UnreadableRowError)) throw error;
      // the others are freed
      log.warn(`Whether the place of ${ticket.migrationId} on its VM is needed, nobody can tell: ${error.message}`);
    }
  }
  const after = withoutDead(queue, (ticket) => dead.includes(ticket));
  // the next sweep tries again
  if (after === queue || (await queues.save(vmKey, after, version)) === "conflict") return;
  for (const { migrationId, run } of dead)
    log.warn(`The place of ${migrationId}, run ${run}, on its VM was freed: that run is over.`);
}
