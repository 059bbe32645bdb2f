// Tests that a list of a folder shows at least what had been written when it was asked for, whoever writes in the
// meantime, and whatever a process has cached.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TableClient } from "@azure/data-tables";
import fc from "fast-check";
import {
  changedSince,
  type Generation,
  generationAfter,
  partOf,
} from "../../../../../shared/azure/tables/folderGeneration.ts";
import { createTableBackupCatalogue } from "../../../../../shared/azure/tables/tableBackupCatalogue.ts";
import { keyOf } from "../../../../../shared/azure/tables/tableRows.ts";
import type { BackupRecord } from "../../../../../shared/chain/backupRecord.ts";
import { StoredBackupRecord } from "../../../../../shared/migration/stored/storedBackups.ts";
import { storedJson } from "../../../../../shared/migration/stored/storedJson.ts";
import { full, log } from "../../../../support/backupRecords.ts";
import { type MemoryTable, memoryTable } from "../../../../support/memoryTable.ts";
import { Task } from "../../../../support/task.ts";

const refuse = (fault: Error): never => assert.fail(fault.message);
const processOf = (client: TableClient) => createTableBackupCatalogue(client, refuse);
const FOLDER = "sales-1";

test("ranges hold every key of the parts that were stamped since, and no other", () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 3 }).map(keyOf), { maxLength: 300 });
  fc.assert(
    fc.property(keys, keys, (before, changed) => {
      const none: Generation = { stamp: "0", etag: "0", stampOfPart: new Map() };
      const first = generationAfter(none, before, { stamp: "1", etag: "1" });
      const second = generationAfter(first, changed, { stamp: "2", etag: "2" });
      const parts = new Set(changed.map(partOf));
      const ranges = changedSince(first, second);
      for (const key of [...before, ...changed])
        assert.equal(ranges.filter(({ from, to }) => key >= from && key < to).length, parts.has(partOf(key)) ? 1 : 0);
      assert.deepEqual(changedSince(second, second), []);
    }),
  );
});

/** What a process does with the folder; there are few names, so that processes meet at one. */
type Deed =
  | {
      readonly what: "put" | "withdraw" | "save";
      readonly process: number;
      readonly name: number;
      readonly size: number;
    }
  | { readonly what: "announce"; readonly process: number; readonly names: readonly number[]; readonly word: number }
  | { readonly what: "list"; readonly process: number };

const NAMES = 6;
const process = fc.integer({ min: 0, max: 2 });
const name = fc.integer({ min: 0, max: NAMES - 1 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ what: fc.constant("put" as const), process, name, size: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("save" as const), process, name, size: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("withdraw" as const), process, name, size: fc.nat(99) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("announce" as const),
      process,
      names: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      word: fc.nat(99),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("list" as const), process }) },
);

const nameOf = (number: number): string => `Sales/${number}.trn`;
const recordOf = (number: number, sizeBytes: number): BackupRecord => ({
  ...log(100 + number, 101 + number, { file: `${number}.trn` }),
  sizeBytes,
});

/** By name: size and announced word as text; undefined where there is no row. */
type Shown = readonly (string | undefined)[];

function inTable({ rows }: MemoryTable): Shown {
  return Array.from({ length: NAMES }, (_, number) => {
    const row = rows.get(`${FOLDER}|${keyOf(nameOf(number))}`);
    return row && `${StoredBackupRecord.parse(JSON.parse(String(row["text0"]))).sizeBytes} ${row["announced"]}`;
  });
}

test("in whatever order the requests of three processes fall, a list shows each file as it was at some moment since it was asked for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 2, maxLength: 14 }),
      fc.array(fc.nat(23), { maxLength: 60 }),
      async (deeds, order) => {
        const table = memoryTable(2);
        let gate: (() => Promise<void>) | undefined;
        const clients = [0, 1, 2].map(() => processOf(table.client(() => gate?.() ?? Promise.resolve())));
        const catalogueOf = (number: number) => clients[number] ?? assert.fail();
        const history: Shown[] = [inTable(table)];
        const listed: { readonly from: number; readonly shown: Shown }[] = [];

        async function perform(one: Deed): Promise<void> {
          const catalogue = catalogueOf(one.process);
          if (one.what === "put") return catalogue.put(FOLDER, recordOf(one.name, one.size));
          if (one.what === "withdraw") return void (await catalogue.withdraw(FOLDER, nameOf(one.name)));
          if (one.what === "save") {
            const found = await catalogue.find(FOLDER, nameOf(one.name));
            return void (await catalogue.save(FOLDER, recordOf(one.name, one.size), found?.version));
          }
          if (one.what === "announce")
            return catalogue.announce(
              FOLDER,
              one.names.map((number) => ({ name: nameOf(number), announced: `word ${one.word}` })),
            );
          const from = history.length - 1;
          const entries = await catalogue.list(FOLDER);
          const shown = Array.from({ length: NAMES }, (_, number) => {
            const entry = entries.find(({ record }) => record.name === nameOf(number));
            return entry && `${entry.record.sizeBytes} ${entry.announced}`;
          });
          listed.push({ from, shown });
        }

        const waiting = [...deeds];
        const running: Task<void>[] = [];
        const step = async (pick: number): Promise<void> => {
          const next = waiting[0];
          if (next && (running.length === 0 || pick % 3 === 0)) {
            waiting.shift();
            const task = new Task<void>();
            gate = task.gate;
            task.begin(() => perform(next));
            await new Promise(setImmediate);
            running.push(task);
          } else {
            const task = running[Math.floor(pick / 3) % running.length];
            gate = task?.gate;
            await task?.step();
          }
          history.push(inTable(table));
          for (const done of running.filter(({ isDone }) => isDone)) {
            assert.equal(done.result, undefined);
            running.splice(running.indexOf(done), 1);
          }
        };
        for (const pick of order) if (waiting.length + running.length > 0) await step(pick);
        for (let pick = 0; waiting.length + running.length > 0; pick++) await step(pick);
        gate = undefined;
        for (const number of [0, 1, 2, 0, 1, 2]) await perform({ what: "list", process: number });

        for (const { from, shown } of listed)
          for (const [number, one] of shown.entries()) {
            const since = history.slice(from).map((moment) => moment[number]);
            assert.ok(since.includes(one), `${nameOf(number)}: ${one} is none of ${since.join(", ")}`);
          }
      },
    ),
    { numRuns: 400 },
  );
});

describe("a folder's rows", () => {
  test("that 0.1.0 has written, without a generation, are listed, remembered, and read anew where they are written again", async () => {
    const table = memoryTable();
    const client = table.client();
    const old = [full(100, 160), log(150, 200), log(200, 250)];
    await client.submitTransaction(
      old.map((record) => [
        "create",
        { partitionKey: FOLDER, rowKey: keyOf(record.name), name: record.name, parts: 1, text0: storedJson(record) },
      ]),
    );
    const catalogue = processOf(client);
    const names = async () => (await catalogue.list(FOLDER)).map((entry) => entry.record.name);
    assert.deepEqual(await names(), old.map((record) => record.name).sort());
    assert.equal(await catalogue.list(FOLDER), await catalogue.list(FOLDER));
    const other = processOf(client);
    await other.put(FOLDER, log(250, 300));
    await other.withdraw(FOLDER, old[1]?.name ?? "");
    await catalogue.announce(FOLDER, [{ name: old[0]?.name ?? "", announced: "word" }]);
    assert.deepEqual(await names(), ["Sales/full_100_160.bak", "Sales/log_200_250.trn", "Sales/log_250_300.trn"]);
    assert.equal((await catalogue.list(FOLDER))[0]?.announced, "word");
  });

  test("are remembered up to a number of records, whatever the folders are", async () => {
    const table = memoryTable();
    let queries = 0;
    const client = table.client(async (call) => void (call === "query" && queries++));
    const catalogue = createTableBackupCatalogue(client, refuse, 10);
    const queriesOf = async (folder: string): Promise<number> => {
      const before = queries;
      await catalogue.list(folder);
      return queries - before;
    };
    for (const folder of ["a", "b", "c"])
      for (let file = 0; file < 4; file++) await catalogue.put(folder, log(100 + file, 101 + file));
    for (let file = 0; file < 11; file++) await catalogue.put("large", log(100 + file, 101 + file));
    for (const folder of ["a", "b", "large"]) assert.ok((await queriesOf(folder)) > 0, folder);
    assert.deepEqual([await queriesOf("a"), await queriesOf("b")], [0, 0], "they fit");
    assert.ok((await queriesOf("large")) > 0, "it does not fit at all");
    await queriesOf("c");
    assert.ok((await queriesOf("a")) > 0, "it made room");
  });

  test("that arrive at once in hundreds make no conflict: no write depends on the folder's generation", async () => {
    const table = memoryTable();
    const processes = [0, 1, 2, 3].map(() => processOf(table.client(() => new Promise(setImmediate))));
    await Promise.all(
      Array.from({ length: 200 }, (_, file) => processes[file % 4]?.save(FOLDER, recordOf(file, file), undefined)),
    );
    assert.equal(table.taken.length, 200, "each was taken at its first try");
    for (const catalogue of processes) assert.equal((await catalogue.list(FOLDER)).length, 200);
  });
});
