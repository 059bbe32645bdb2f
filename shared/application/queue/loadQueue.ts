// Reads a VM's queue; a row that cannot be read is rebuilt from the records, because every database of the VM depends
// on it.
import { NewerRowError, UnreadableRowError } from "../../migration/faults.ts";
import type { Migration } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";
import { queueFromRecords } from "../../queue/queueFromRecords.ts";
import type { VmQueue } from "../../queue/vmQueue.ts";
import { recordsBehind } from "../lists/records.ts";

/**
 * The row is replaced only if it is still as it was read: a second reader finds what the first one wrote.
 * NewerRowError: a row of a newer version of sqlferry stays.
 */
export async function loadQueue(
  services: Services,
  vmKey: string,
): Promise<{ readonly queue: VmQueue; readonly version: string | undefined }> {
  const { queues, faults } = services;
  try {
    return await queues.load(vmKey);
  } catch (error) {
    if (error instanceof NewerRowError) faults.note(error.message);
    if (!(error instanceof UnreadableRowError) || error.version === undefined) throw error;
    faults.note(`${error.message} It is written anew from the records of the VM's migrations.`);
    await queues.save(vmKey, queueFromRecords(await migrationsOn(services, vmKey)), error.version);
    return queues.load(vmKey);
  }
}

/** By their records: lines only list which migrations there are. A record that cannot be read is left out. */
async function migrationsOn(services: Services, vmKey: string): Promise<readonly Migration[]> {
  const listed = (await services.migrations.list()).filter((one) => one.vmKey === vmKey);
  return recordsBehind(
    services,
    listed.map(({ line }) => line.migrationId),
  );
}
