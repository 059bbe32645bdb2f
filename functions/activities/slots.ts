// How does a migration give back its place on the VM?
import { vmKeyOf } from "../../shared/migration/ids.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import { giveBack } from "../../shared/migration/vmQueue.ts";
import type { Services } from "../../shared/services.ts";

/** Idempotent: a run that holds nothing gives nothing back. `stillRestoring`: it goes on counting as a database of the VM. */
export async function giveSlotBack(
  { queues }: Services,
  { migrationId, run, target }: Pick<Migration, "migrationId" | "run" | "target">,
  how: { readonly stillRestoring: boolean },
): Promise<void> {
  if (!target) return;
  const vmKey = vmKeyOf(target.sqlVmResourceId);
  for (;;) {
    const { queue, version } = await queues.load(vmKey);
    const after = giveBack(queue, { migrationId, run }, how);
    if (after === queue || (await queues.save(vmKey, after, version)) === "saved") return;
  }
}
