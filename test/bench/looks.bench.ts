// Measures one look at a large folder with and without this process's memory of it, side by side in one run.
import { lookAtFolder } from "../../shared/application/start/lookAtFolder.ts";
import { type Connection, stateTable } from "../../shared/azure/clients.ts";
import { createTableBackupCatalogue } from "../../shared/azure/tables/tableBackupCatalogue.ts";
import { createTableMigrationStore } from "../../shared/azure/tables/tableMigrationStore.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import type { BackupCatalogue, Services } from "../../shared/ports.ts";
import { startAzurite } from "../support/azurite.ts";
import { log } from "../support/backupRecords.ts";
import { aMigration } from "../support/facts.ts";
import { aWorld } from "../support/world.ts";
import { history } from "./chain.bench.ts";
import { garbageCollector } from "./garbageCollector.ts";

/** Thirty days of a log every five minutes. */
const FILES = 8_640;
const ROUNDS = 9;

const refuse = (fault: Error): never => {
  throw fault;
};

export async function benchLooks(): Promise<void> {
  const azurite = await startAzurite();
  try {
    const connection: Connection = { kind: "connectionString", connectionString: azurite.connectionString };
    const table = (name: string) => stateTable(connection, name);
    const world = aWorld();
    const migrations = createTableMigrationStore({
      migrations: table("Migrations"),
      list: table("MigrationList"),
      onRepairNeeded: (_, error) => refuse(error as Error),
      onUnreadable: refuse,
    });
    const appWith = (catalogue: BackupCatalogue): Services => ({ ...world.services, migrations, catalogue });
    const remembering = appWith(createTableBackupCatalogue(table("Backups"), refuse));
    const forgetful = appWith(createTableBackupCatalogue(table("Backups"), refuse, 0));
    const migrationId = "sales-1";
    await migrations.commit({ migrationId, migration: aMigration(migrationId, { start: "manual" }) });
    const records = history(FILES);
    await each(records, (record) => remembering.catalogue.put(migrationId, record));
    const look = (services: Services) => lookAtFolder(services, console, { migrationId, run: 1, watch: "watch" });
    await look(remembering); // announces every file
    const third = createTableBackupCatalogue(table("Backups"), refuse);
    const heap = await memoryOf(records.length, () => third.list(migrationId));

    console.log(`\nOne look at a folder of ${FILES} files on Azurite; without memory all rows are read and assessed`);
    let arrived = records.length;
    const arrive = () =>
      remembering.catalogue.put(migrationId, log(1_000_000 + arrived, 1_000_001 + arrived++, { set: "new" }));
    for (const [what, before] of [
      ["nothing new", async () => undefined],
      ["one new file, announced", arrive],
    ] as const) {
      const times: { with: number[]; without: number[] } = { with: [], without: [] };
      for (const [kind, services] of [
        ["without", forgetful],
        ["with", remembering],
      ] as const) {
        await look(services); // takes in what the other process has announced
        for (let round = 0; round < ROUNDS; round++) {
          await before();
          times[kind].push(await timed(() => look(services)));
        }
      }
      const [without, withMemory] = [median(times.without), median(times.with)];
      console.log(
        `  ${what}: ${without.toFixed(0)} ms without, ${withMemory.toFixed(1)} ms with memory: ${(without / withMemory).toFixed(0)} times as fast`,
      );
    }
    console.log(`  a remembered record takes ${heap.toFixed(1)} KiB`);
  } finally {
    await azurite.stop();
  }
}

/** KiB of heap that a list holds, for each of its records. */
async function memoryOf(count: number, list: () => Promise<readonly unknown[]>): Promise<number> {
  const collect = garbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  const held = await list();
  collect();
  return (process.memoryUsage().heapUsed - before) / 1_024 / Math.max(count, held.length);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function each(records: readonly BackupRecord[], act: (record: BackupRecord) => Promise<void>): Promise<void> {
  const waiting = records.values();
  const worker = async (): Promise<void> => {
    for (const record of waiting) await act(record);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}
