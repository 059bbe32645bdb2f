// How does a migration give back its place on the VM?
import { vmKeyOf } from "../../shared/migration/ids.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import { giveBack } from "../../shared/migration/vmQueue.ts";
import type { Services } from "../../shared/services.ts";

/** Idempotent: who holds nothing gives nothing back. `stillRestoring`: it goes on counting as a database of the VM. */
export async function giveSlotBack(
  { queues }: Services,
  migration: Migration,
  how: { readonly stillRestoring: boolean },
): Promise<void> {
  if (!migration.target) return;
  const vmKey = vmKeyOf(migration.target.sqlVmResourceId);
  for (;;) {
    const { queue, version } = await queues.load(vmKey);
    const after = giveBack(queue, migration.migrationId, how);
    if (after === queue || (await queues.save(vmKey, after, version)) === "saved") return;
  }
}
