// Builds the world of several migrations whose real functions run in virtual time.

import { type VirtualClock, virtualClock } from "../../../local/host/clock.ts";
import { draftOf } from "../../../shared/application/files/ensureMigration.ts";
import type { Migration } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { full, log } from "../../support/backupRecords.ts";
import { type Estate, lay, newEstate, put, workerIn } from "../../support/estate.ts";
import { VM } from "../../support/world.ts";

const BEGIN = "2025-11-24T03:00:00.000Z";
const SETTINGS = { TARGET_SQL_VM_RESOURCE_ID: VM.replace("0000", "00000000-0000-0000-0000-000000000000") };

export const clock: VirtualClock = virtualClock(Date.parse(BEGIN));
export const estate: Estate = Object.defineProperty(newEstate(BEGIN), "now", { get: () => clock.now() });
export const { services }: { services: Services } = workerIn(estate, undefined, SETTINGS);

/** Adds a folder with a full backup and a log, and its migration, whose run the next sweep starts. */
export function dropDatabase(folder: string): Migration {
  const options = { folder, database: folder, family: folder };
  const records = [full(100, 160, options), log(150, 200, options)];
  for (const record of records) lay(estate, record);
  const migration = draftOf(services, folder);
  put(estate, migration);
  return migration;
}
