// Measures a whole folder from the table to the report: thirty days of a log every five minutes, 8,640 files.

import { createBlobBackupFiles } from "../../shared/azure/blobs/blobBackupFiles.ts";
import { blobContainer, type Connection, stateTable } from "../../shared/azure/clients.ts";
import { createTableBackupCatalogue } from "../../shared/azure/tables/tableBackupCatalogue.ts";
import { assessChain } from "../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import { startAzurite } from "../support/azurite.ts";
import { context } from "../support/backupRecords.ts";
import { history } from "./chain.bench.ts";

const FILES = 8_640;
const ROUNDS = 5;
const AT_ONCE = 20;

/** A row that cannot be read would falsify the measurement. */
const refuse = (fault: Error): never => {
  throw fault;
};

export async function benchFolder(): Promise<void> {
  const azurite = await startAzurite();
  try {
    const connection: Connection = { kind: "connectionString", connectionString: azurite.connectionString };
    const catalogue = createTableBackupCatalogue(stateTable(connection, "Backups"), refuse);
    const container = blobContainer(connection, "backups");
    await container.create();
    const files = createBlobBackupFiles(container);
    const records = history(FILES);
    await each(records, async (record) => {
      await catalogue.put("sales", record);
      await container.getBlockBlobClient(record.name).uploadData(new Uint8Array(512));
    });

    console.log(
      `\nA folder of ${FILES} files on Azurite (whenever somebody asks: rows read, chain assessed; the sweep lists besides)`,
    );
    const rows = await fastest(() => catalogue.list("sales"));
    const assessed = await fastest(async () =>
      assessChain(
        rows.result.map(({ record }) => record),
        context(),
      ),
    );
    const listed = await fastest(async () => {
      let count = 0;
      for await (const _ of files.list("Sales/")) count++;
      return count;
    });
    if (rows.result.length !== FILES || listed.result !== FILES) throw new Error("Some of the files are missing.");
    console.log(`  rows read and parsed: ${rows.milliseconds.toFixed(0)} ms`);
    console.log(
      `  assessed: ${assessed.milliseconds.toFixed(0)} ms (${assessed.result.verdict}, plan of ${assessed.result.plan.length})`,
    );
    console.log(`  blobs listed: ${listed.milliseconds.toFixed(0)} ms`);
  } finally {
    await azurite.stop();
  }
}

async function fastest<Result>(
  run: () => Promise<Result>,
): Promise<{ readonly milliseconds: number; readonly result: Result }> {
  let best: { milliseconds: number; result: Result } | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const result = await run();
    const milliseconds = performance.now() - began;
    if (!best || milliseconds < best.milliseconds) best = { milliseconds, result };
  }
  if (!best) throw new Error("There has to be a round.");
  return best;
}

async function each(records: readonly BackupRecord[], act: (record: BackupRecord) => Promise<void>): Promise<void> {
  const waiting = records.values();
  const worker = async (): Promise<void> => {
    for (const record of waiting) await act(record);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
