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
 * Asks for a slot in the VM's queue. Safe to repeat: a run that holds the slot is granted it again. Undefined when
 * another process was faster. `isRetried`: a run without a place has had a turn that led to nothing.
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
 * Safe to repeat: a run that holds nothing gives nothing back. `stillRestoring`: it goes on counting as a database of
 * the VM.
 */
export async function giveSlotBack(
  services: Services,
  run: Placed,
  how: { readonly stillRestoring: boolean },
): Promise<void> {
  await changeQueue(services, run, (queue) => giveBack(queue, run, how));
}

/**
 * DMS is at it, or was, for longer than usual: the VM's other databases no longer wait for it, but it goes on counting
 * as a database of the VM.
 */
export const stepBack = (services: Services, run: Placed): Promise<void> =>
  giveSlotBack(services, run, { stillRestoring: true });

/**
 * DMS shows that it has begun: its turn ends, and it counts for the VM's cap, even if it had let others go first. Safe
 * to repeat.
 */
export const countIn = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => countAsStarted(queue, run, services.clock.now()));

/** A start that waits for something outside lets the VM's other databases go first. Safe to repeat. */
export const letOthersGo = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => standAside(queue, run));

/** A start that has had its turn, and needs another one. A run that already waits in line keeps its place. */
export const goToTheEnd = (services: Services, run: Placed): Promise<void> =>
  changeQueue(services, run, (queue) => (holdsSlot(queue, run, "start") ? standAside(queue, run) : queue));

/**
 * Gives the place back when a look fails: it is retried for an hour before its run stalls, and the others do not wait
 * that long. The caller gets the failure.
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
