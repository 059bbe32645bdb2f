// Measures what a list of 8,000 migrations costs on Azurite: as version 0.1 stored and read it, and with list lines,
// pages and changes only.
import { migrationListAnswer } from "../../shared/api/lists/migrationList.ts";
import { migrationLine } from "../../shared/api/views.ts";
import { type Connection, stateTable } from "../../shared/azure/clients.ts";
import { LINE_ROW, WHOLE_LINE_ROW } from "../../shared/azure/tables/storedRows.ts";
import { createTableMigrationStore } from "../../shared/azure/tables/tableMigrationStore.ts";
import { readRows, rowOf, rowsOf } from "../../shared/azure/tables/tableRows.ts";
import { listed } from "../../shared/migration/lists/listLine.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import { startAzurite } from "../support/azurite.ts";
import { aMigration, aSummary } from "../support/facts.ts";

const MIGRATIONS = 8_000;
const PAGE = 200;
const CHANGED = 10;

/** A row that cannot be read would falsify the measurement. */
const refuse = (fault: Error): never => {
  throw fault;
};

/** A migration in the middle of its restore, with the checks of its preflight and its cutover gate. */
function aMigrationInStep(index: number): Migration {
  const databaseName = `Database_${index}`;
  const sentence =
    "The SQL virtual machine exists, its agent is in Full mode, and it is running in the region of the service.";
  return aMigration(`database-${String(index).padStart(4, "0")}-1a2b3c4d`, {
    state: "restoring",
    source: { container: "backups", folder: databaseName, rootIsADatabase: false, databaseName },
    target: {
      sqlVmResourceId: `/subscriptions/9d2c1f5e-4a6b-4c1d-8e7f-0a1b2c3d4e5f/resourceGroups/rg-sqlmig-prod/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/sqlvm-${index % 80}`,
      databaseName,
    },
    checks: Array.from({ length: 30 }, (_, check) => ({
      ...({ id: `P${check}`, outcome: "pass", source: "Azure Resource Manager" } as const),
      ...{ observed: "running", message: sentence, remedy: "" },
    })),
    summary: aSummary({
      files: 2_880,
      states: { Restored: 2_870, Arrived: 2, Ignored: 8 },
      restoredTo: { time: "2025-11-24T21:45:00", utc: "2025-11-24T20:45:00.000Z", lsn: 34_000_000_014_400_001n },
      databaseName,
      serverName: `SRV-SQL-${index % 40}`,
    }),
  });
}

export async function benchList(): Promise<void> {
  const azurite = await startAzurite();
  try {
    const connection: Connection = { kind: "connectionString", connectionString: azurite.connectionString };
    const old = stateTable(connection, "OldMigrationList");
    const list = stateTable(connection, "MigrationList");
    const store = createTableMigrationStore({
      migrations: stateTable(connection, "Migrations"),
      list,
      onRepairNeeded: (_, error) => refuse(error as Error),
      onUnreadable: refuse,
    });
    const migrations = Array.from({ length: MIGRATIONS }, (_, index) => aMigrationInStep(index));
    await old.createTable();
    await list.createTable();
    for (let first = 0; first < MIGRATIONS; first += 100) {
      const some = migrations.slice(first, first + 100);
      const whole = some.map((one) => ({ ...rowOf(WHOLE_LINE_ROW, "list", one.migrationId, one), revision: 1 }));
      const slim = some.map((one) => ({ ...rowOf(LINE_ROW, "list", one.migrationId, listed(one).line), revision: 1 }));
      await old.submitTransaction(whole.map((row) => ["create", row]));
      await list.submitTransaction(slim.map((row) => ["create", row]));
    }

    /** As version 0.1 did it: every row is read for each page. */
    const oldPage = async (after: string): Promise<string> => {
      const all = readRows(WHOLE_LINE_ROW, await rowsOf(old, "list"), "MigrationList", refuse);
      const items = all.filter(({ migrationId }) => migrationId > after).slice(0, PAGE);
      return JSON.stringify({ items: items.map(migrationLine) });
    };
    const page = async (after?: string, since?: Date) => {
      const seen = await store.lines({ top: PAGE, after, since });
      return { seen, text: JSON.stringify(migrationListAnswer(seen, after === undefined)) };
    };
    const walk = async (): Promise<number> => {
      let bytes = 0;
      for (let after: string | undefined, isLast = false; !isLast; ) {
        const { seen, text } = await page(after);
        bytes += text.length;
        after = seen.next;
        isLast = after === undefined;
      }
      return bytes;
    };

    console.log(`\nA list of ${MIGRATIONS} migrations on Azurite, by pages of ${PAGE}`);
    const [oldOne, one, whole] = [await timed(() => oldPage("")), await timed(() => page()), await timed(walk)];
    console.log(
      `  a page as in 0.1: ${ms(oldOne)}, ${kb(oldOne.result.length)}; all of them ${MIGRATIONS / PAGE} times as long`,
    );
    console.log(
      `  a page now: ${ms(one)}, ${kb(one.result.text.length)}; all of them: ${ms(whole)}, ${kb(whole.result)}`,
    );
    const later = new Date(Date.now() + 3_600_000);
    const nothing = await timed(() => page(undefined, later));
    console.log(`  a look when nothing has changed: ${ms(nothing)}`);
    const since = new Date();
    for (const { migrationId } of migrations.slice(0, CHANGED))
      await list.updateEntity({ partitionKey: "list", rowKey: migrationId, revision: 2 }, "Merge");
    const some = await timed(() => page(undefined, since));
    if (some.result.seen.items.length !== CHANGED) throw new Error(`${some.result.seen.items.length} have changed.`);
    console.log(`  a look when ${CHANGED} have changed: ${ms(some)}, ${kb(some.result.text.length)}`);
  } finally {
    await azurite.stop();
  }
}

const ms = ({ milliseconds }: { readonly milliseconds: number }): string => `${milliseconds.toFixed(0)} ms`;
const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`;

const ROUNDS = 3;

/** The fastest of several rounds. */
async function timed<Result>(run: () => Promise<Result>): Promise<{ milliseconds: number; result: Result }> {
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
