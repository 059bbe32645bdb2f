// Takes a migration's place in its VM's queue and gives it back.
import { vmKeyOf } from "../../migration/ids.ts";
import type { Migration } from "../../migration/migration.ts";
import type { Log, Services } from "../../ports.ts";
import {
  type Asker,
  askForSlot,
  countAsStarted,
  giveBack,
  holdsSlot,
  type SlotAnswer,
  type SlotKind,
  standAside,
  type VmQueue,
} from "../../queue/vmQueue.ts";
import { databasesElsewhere } from "./databasesElsewhere.ts";
import { loadQueue } from "./loadQueue.ts";

type Placed = Pick<Migration, "migrationId" | "run" | "target" | "priority" | "wave">;

/**
 * Asks the VM's queue. Asking again is asking once, and who holds the slot is granted it again. Undefined: somebody
 * else was quicker.
 * `isRetried`: whoever has no place any more has had a turn that came to nothing.
 */
export async function askSlot(
  services: Services,
  { migrationId, run, target, priority, wave }: Placed,
  kind: SlotKind,
  { isRetried = false }: { readonly isRetried?: boolean } = {},
): Promise<SlotAnswer | undefined> {
  if (!target) throw new Error(`Migration "${migrationId}" asks for a slot without a target.`);
  const { queues, config, clock } = services;
  const { sqlVmResourceId } = target;
  const vmKey = vmKeyOf(sqlVmResourceId);
  const [{ queue, version }, elsewhere] = await Promise.all([
    loadQueue(services, vmKey),
    databasesElsewhere(services, sqlVmResourceId),
  ]);
  const asker: Asker = {
    ...{ migrationId, run, kind },
    ...(priority !== undefined && { priority }),
    ...(wave !== undefined && { wave }),
    ...(isRetried && { isRetried }),
  };
  const asked = askForSlot(queue, asker, config.vm, clock.now(), elsewhere);
  if (asked.queue === queue) return asked;
  const saved = await queues.save(vmKey, { sqlVmResourceId, ...asked.queue }, version);
  return saved === "conflict" ? undefined : asked;
}

/**
 * Idempotent: a run that holds nothing gives nothing back. `stillRestoring`: it goes on counting as a database of the
 * VM.
 */
export async function giveSlotBack(
  services: Services,
  run: Placed,
  how: { readonly stillRestoring: boolean },
): Promise<void> {
  await changeQueue(services, run, (queue) => giveBack(queue, run, how));
}

/**
 * DMS has it, or has had it, for longer than it takes as a rule: the VM's other databases no longer wait for it, which
 * goes on counting there.
 */
export const stepBack = (services: Services, run: Placed): Promise<void> =>
  giveSlotBack(services, run, { stillRestoring: true });

/**
 * DMS shows that it has begun: the turn is the others', and it counts for the VM's cap, though it may have let them go
 * first. Idempotent.
 */
export const countIn = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => countAsStarted(queue, run, services.clock.now()));

/** A start that waits for something outside lets the VM's other databases go first. Idempotent, too. */
export const letOthersGo = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => standAside(queue, run));

/** A start that has had its turn, and needs another one. Who waits in line already keeps that place. */
export const goToTheEnd = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => (holdsSlot(queue, run, "start") ? standAside(queue, run) : queue));

/**
 * A look that fails is tried for an hour before its run stalls: so long nobody waits behind it. The failure is the
 * caller's to see.
 */
export async function orGiveBack<Seen>(look: Promise<Seen>, log: Log, giveBack: () => Promise<void>): Promise<Seen> {
  try {
    return await look;
  } catch (error) {
    await giveBack().catch((another: unknown) =>
      log.warn(`The place on the VM stays taken for now: ${String(another)}`),
    );
    throw error;
  }
}

async function changeQueue(services: Services, { target }: Placed, change: (queue: VmQueue) => VmQueue): Promise<void> {
  if (!target) return;
  const vmKey = vmKeyOf(target.sqlVmResourceId);
  for (;;) {
    const { queue, version } = await loadQueue(services, vmKey);
    const after = change(queue);
    if (after === queue || (await services.queues.save(vmKey, after, version)) === "saved") return;
  }
}
