// Tests that a sweep takes folders in the right order, skips those without news, goes on after a failure, and comes to
// its end.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sweepPart } from "../../../../../functions/activities/sweepPart.ts";
import { assessEntries } from "../../../../../shared/application/files/assessFolder.ts";
import { draftOf } from "../../../../../shared/application/files/ensureMigration.ts";
import { eventContext } from "../../../../../shared/application/run/eventContext.ts";
import { migrationEvent } from "../../../../../shared/migration/events/eventBuilders.ts";
import { summaryOf } from "../../../../../shared/migration/events/verdictNews.ts";
import { migrationIdOf } from "../../../../../shared/migration/ids.ts";
import { hasEnded } from "../../../../../shared/migration/migration.ts";
import { newSweep, type SweepProgress } from "../../../../../shared/migration/sweep/sweepProgress.ts";
import type { MigrationState } from "../../../../../shared/migration/words.ts";
import type { Services } from "../../../../../shared/ports.ts";
import { full, log } from "../../../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../../../support/durableHost.ts";
import { type Estate, lay, newEstate, put, workerIn } from "../../../../support/estate.ts";
import { sweepAll } from "../../../../support/sweep.ts";

const NOON = "2025-11-24T12:00:00.000Z";
const DAY = 86_400_000;

let durable: DurableHost;
before(async () => {
  durable = await startDurableHost();
});
after(() => durable.stop());

interface Swept {
  readonly estate: Estate;
  readonly services: Services;
  /** The calls to the container and the tables, in order: "list Sales", "record Sales", … */
  readonly asked: string[];
  readonly lines: string[];
  sweep(): Promise<readonly SweepProgress[]>;
  part(progress: SweepProgress): Promise<SweepProgress>;
  later(milliseconds: number): void;
}

/** Folders with a full backup each, whose migrations are in these states. */
function anEstate(states: Readonly<Record<string, MigrationState>>): Swept {
  const estate = newEstate(NOON);
  const { services: base, context } = workerIn(estate);
  const asked: string[] = [];
  const lines: string[] = [];
  const folderOf = new Map<string, string>();
  for (const [folder, state] of Object.entries(states)) {
    const migration = { ...draftOf(base, folder), state };
    folderOf.set(migration.migrationId, folder);
    put(estate, migration);
    estate.lines[migration.migrationId] = { migration, version: "1" };
    lay(estate, full(100, 160, { folder, database: folder, family: folder }));
  }
  const noting =
    <Args extends readonly [string, ...unknown[]], Answer>(what: string, call: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      asked.push(`${what} ${folderOf.get(args[0]) ?? args[0].split("/")[0]}`);
      return call(...args);
    };
  const services: Services = {
    ...base,
    files: { ...base.files, list: noting("list", base.files.list) },
    catalogue: {
      ...base.catalogue,
      list: noting("rows", base.catalogue.list),
    },
    migrations: { ...base.migrations, standing: noting("record", base.migrations.standing) },
  };
  const connected = {
    ...context,
    warn: (line: string) => void lines.push(line),
    log: (line: string) => void lines.push(line),
    options: { extraInputs: [{ type: "durableClient", name: "client" }] },
    extraInputs: { get: () => ({ taskHubName: "t", creationUrls: {}, managementUrls: {}, rpcBaseUrl: durable.url }) },
  } as unknown as typeof context;
  return {
    estate,
    services,
    asked,
    lines,
    sweep: () => {
      asked.length = 0;
      lines.length = 0;
      return sweepAll(services, connected);
    },
    part: (progress) => sweepPart(services)(progress, connected),
    later: (milliseconds) => {
      estate.now += milliseconds;
    },
  };
}

const of = (asked: readonly string[], what: string): string[] =>
  asked.filter((one) => one.startsWith(`${what} `)).map((one) => one.slice(what.length + 1));

/** Announces and stores all verdicts, those of an open migration with their summary, as a watch does. */
function announceAll({ estate, services }: Swept): void {
  for (const { name, etag } of Object.values(estate.rows)) estate.announced[name] = `${etag}|selected|PLAN_FULL`;
  for (const { migration, requests } of Object.values(estate.migrations)) {
    if (hasEnded(migration)) continue;
    const rows = Object.values(estate.rows).filter(({ name }) => name.startsWith(`${migration.source.folder}/`));
    const report = assessEntries(
      services,
      migration,
      rows.map((record) => ({ record })),
    );
    put(estate, { ...migration, summary: summaryOf(report) }, requests);
  }
}

/** Adds the row of a file that does not exist any more, whose event came late. */
function addRow({ estate }: Swept): void {
  const record = log(160, 161, { folder: "Sales", database: "Sales", family: "Sales" });
  estate.rows[record.name] = record;
}

describe("a sweep", () => {
  test("visits open migrations before folders that no migration is of, and those before ended ones", async () => {
    const swept = anEstate({ Zeta: "draft", Ended: "canceled", Alpha: "draft", Done: "succeeded" });
    lay(swept.estate, full(100, 160, { folder: "New", database: "New", family: "New" }));
    await swept.sweep();
    const order = of(swept.asked, "list");
    assert.deepEqual(order.slice(0, 2).toSorted(), ["Alpha", "Zeta"]);
    assert.deepEqual(order.slice(2, 3), ["New"]);
    assert.deepEqual(order.slice(3).toSorted(), ["Done", "Ended"]);
  });

  test("costs an open folder without news its listing and its record, and no row", async () => {
    const swept = anEstate({ Sales: "draft" });
    announceAll(swept);
    await swept.sweep();
    assert.deepEqual(swept.asked, ["list Sales", "record Sales", "rows Sales"]);
    await swept.sweep();
    assert.deepEqual(swept.asked, ["list Sales", "record Sales"]);
  });

  test("reads the rows again when a file came, when a look has found other rows, and once a day", async () => {
    const swept = anEstate({ Sales: "draft" });
    announceAll(swept);
    const readsRows = async () => {
      await swept.sweep();
      return of(swept.asked, "rows").length > 0;
    };
    await swept.sweep();
    assert.equal(await readsRows(), false);
    addRow(swept);
    announceAll(swept);
    assert.equal(await readsRows(), true, "a row without a file, which came and went between two sweeps");
    assert.equal(await readsRows(), true, "it is withdrawn, and no look has seen that");
    announceAll(swept);
    assert.equal(await readsRows(), true, "a look has seen it");
    assert.equal(await readsRows(), false, "rows and files are what they were when they agreed");
    lay(swept.estate, full(200, 260, { folder: "Sales", database: "Sales", family: "Sales" }));
    announceAll(swept);
    assert.equal(await readsRows(), true, "a new file");
    assert.equal(await readsRows(), false);
    swept.later(DAY);
    assert.equal(await readsRows(), true, "a day later");
    assert.equal(await readsRows(), false);
  });

  test("does not take a folder for quiet whose rows changed while it looked", async () => {
    const swept = anEstate({ Sales: "draft" });
    announceAll(swept);
    const { list } = swept.services.catalogue;
    swept.services.catalogue.list = async (folderId) => {
      const entries = await list(folderId);
      addRow(swept);
      announceAll(swept);
      return entries;
    };
    await swept.sweep();
    swept.services.catalogue.list = list;
    await swept.sweep();
    assert.deepEqual(of(swept.asked, "rows"), ["Sales"]);
  });

  test("looks at an ended migration once, then once a day, and after 30 days without a change at its listing alone", async () => {
    const swept = anEstate({ Sales: "succeeded" });
    announceAll(swept);
    await swept.sweep(); // announces the chain, which changes the record
    await swept.sweep();
    const asked = async () => {
      await swept.sweep();
      return swept.asked;
    };
    assert.deepEqual(await asked(), []);
    swept.later(DAY);
    await asked();
    swept.later(DAY);
    assert.deepEqual(await asked(), ["list Sales", "record Sales"]);
    for (let day = 0; day < 31; day++) {
      swept.later(DAY);
      await asked();
    }
    assert.deepEqual(swept.asked, ["list Sales"]);
    assert.deepEqual(await asked(), []);
    swept.later(DAY);
    lay(swept.estate, full(200, 260, { folder: "Sales", database: "Sales", family: "Sales" }));
    for (const name of Object.keys(swept.estate.rows)) if (name.includes("200")) delete swept.estate.rows[name];
    await asked();
    assert.deepEqual(of(swept.asked, "rows").length > 0, true, "a file that came is noticed");
    swept.later(DAY);
    await asked();
    assert.deepEqual(of(swept.asked, "record"), ["Sales"], "and its migration is looked at daily again");
  });

  test("publishes what an ended migration has to tell as soon as the topic takes it, and not a day later", async () => {
    const swept = anEstate({ Sales: "succeeded" });
    announceAll(swept);
    const topic = swept.services.publisher;
    let told = 0;
    const away = async () => {
      throw new Error("The topic is away.");
    };
    const takes = async (events: readonly unknown[]) => {
      told += events.length;
    };
    topic.publish = away;
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      await swept.sweep(); // the first sweep stores that the chain is restorable
      swept.later(10 * 60_000);
    }
    assert.deepEqual([told, swept.estate.outbox.length], [0, 1]);
    topic.publish = takes;
    await swept.sweep();
    assert.deepEqual([told, swept.estate.outbox.length], [1, 0]);
  });

  test("looks at an ended migration again when its record was written since: who wrote it may have died", async () => {
    const swept = anEstate({ Sales: "succeeded" });
    announceAll(swept);
    for (let sweeps = 0; sweeps < 3; sweeps++) await swept.sweep();
    assert.deepEqual(swept.asked, []);
    const [facts] = Object.values(swept.estate.migrations);
    assert.ok(facts);
    const { migration, version } = facts;
    const event = migrationEvent(eventContext(swept.services, migration), "migration.succeeded", "run-1", {});
    await swept.services.migrations.commit({ migrationId: migration.migrationId, version, migration, events: [event] });
    await swept.sweep();
    assert.deepEqual(swept.estate.outbox, []);
  });

  test("comes back to an ended migration of which a file could not be looked at", async () => {
    const swept = anEstate({ Sales: "succeeded" });
    for (const name of Object.keys(swept.estate.rows)) delete swept.estate.rows[name];
    const { save } = swept.services.catalogue;
    swept.services.catalogue.save = async () => {
      throw new Error("The table is away.");
    };
    await swept.sweep();
    assert.deepEqual(swept.estate.rows, {});
    swept.services.catalogue.save = save;
    await swept.sweep();
    assert.equal(Object.keys(swept.estate.rows).length, 1);
  });

  test("gives the folder of a migration that was restarted no rest", async () => {
    const swept = anEstate({ Sales: "failed" });
    announceAll(swept);
    await swept.sweep();
    const id = migrationIdOf("backups1", "backups", "Sales");
    const migration = { ...draftOf(swept.services, "Sales"), run: 2 };
    put(swept.estate, migration);
    swept.estate.lines[id] = { migration, version: "99" };
    await swept.sweep();
    assert.deepEqual(swept.asked, ["list Sales", "record Sales", "rows Sales"]);
  });

  test("makes no migration of a directory without files", async () => {
    const swept = anEstate({});
    swept.services.files.topLevel = async () => ({ folders: ["Empty"], files: [] });
    const parts = await swept.sweep();
    assert.deepEqual([Object.keys(swept.estate.migrations), parts.at(-1)?.folders], [[], 0]);
  });

  test("looks at the files of the root, and not at those of all folders", async () => {
    const swept = anEstate({ Sales: "draft" });
    lay(swept.estate, { ...full(100, 160), name: "root.bak" });
    await swept.sweep();
    const root = migrationIdOf("backups1", "backups", "");
    assert.ok(swept.estate.migrations[root]);
    assert.deepEqual(of(swept.asked, "list"), ["Sales"]);
  });

  test("goes on when a folder fails, and tells it in the end", async () => {
    const swept = anEstate({ Alpha: "draft", Bad: "draft", Zeta: "draft", Late: "canceled" });
    const { list } = swept.services.files;
    swept.services.files.list = (prefix) => {
      if (prefix === "Bad/") throw new Error("a page that cannot be read");
      return list(prefix);
    };
    await swept.sweep();
    assert.deepEqual(of(swept.asked, "list").toSorted(), ["Alpha", "Late", "Zeta"]);
    assert.deepEqual((await swept.services.sweeps.last())?.failed, ["Bad"]);
    assert.match(swept.lines.join("\n"), /The sweep of "Bad" failed: Error: a page that cannot be read/);
    assert.match(swept.lines.join("\n"), /"event":"SweepDone".*"failed":1/);
  });
});

describe("a part of a sweep", () => {
  const folders = Array.from({ length: 450 }, (_, n) => `F${String(n).padStart(3, "0")}`);
  const many = () => anEstate(Object.fromEntries(folders.map((folder) => [folder, "draft" as const])));

  test("takes 200 folders, and the next one those behind them, each once", async () => {
    const swept = many();
    const parts = await swept.sweep();
    assert.deepEqual(
      parts
        .filter(({ folders: count }) => count > 0)
        .map(({ stage, folders: count }) => [stage, count])
        .slice(0, 3),
      [
        ["open", 200],
        ["open", 400],
        ["records", 450],
      ],
    );
    assert.deepEqual(of(swept.asked, "list").toSorted(), folders);
  });

  test("looks at no more than sixteen folders at once", async () => {
    const swept = many();
    const { list } = swept.services.files;
    let [open, most] = [0, 0];
    swept.services.files.list = async function* (prefix) {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      yield* list(prefix);
      open--;
    };
    await swept.sweep();
    assert.equal(most, 16);
  });

  test("that is repeated, because its answer was lost, changes nothing more and ends the same", async () => {
    const swept = many();
    const begun = newSweep(new Date(NOON), undefined);
    const once = await swept.part(begun);
    const rows = JSON.stringify(Object.keys(swept.estate.migrations));
    assert.deepEqual(await swept.part(begun), once);
    assert.equal(JSON.stringify(Object.keys(swept.estate.migrations)), rows);
  });

  test("begins nothing more after two minutes: the next part goes on behind what is done, and none is left out", async () => {
    const swept = many();
    const { list } = swept.services.files;
    swept.services.files.list = (prefix) => {
      swept.later(5_000); // the duration of each listing
      return list(prefix);
    };
    const parts = await swept.sweep();
    const open = parts.filter(({ stage }) => stage === "open");
    assert.ok(open.length > 5 && open.every(({ folders: count }, n) => count > (open[n - 1]?.folders ?? 0)));
    assert.deepEqual([...new Set(of(swept.asked, "list"))].toSorted(), folders);
    assert.equal(parts.at(-1)?.folders, folders.length);
  });

  for (const [stage, states] of [
    ["open", { Sales: "draft", Tiny: "draft" }],
    ["ended", { Sales: "succeeded" }],
  ] as const)
    test(`goes on with a folder whose files take longer than a part, until all of them are read: ${stage}`, async () => {
      const swept = anEstate(states);
      for (let n = 1; n <= 100; n++) lay(swept.estate, full(n * 1_000, n * 1_000 + 60, { folder: "Sales" }));
      const files = Object.keys(swept.estate.rows);
      for (const name of files) delete swept.estate.rows[name];
      const { openCurrent } = swept.services.files;
      swept.services.files.openCurrent = async (name) => {
        swept.later(10_000);
        return openCurrent(name);
      };
      const parts = await swept.sweep();
      assert.deepEqual(Object.keys(swept.estate.rows).toSorted(), files.toSorted());
      assert.ok(parts.filter((part) => part.stage === stage).length > 3);
      assert.equal(parts.at(-1)?.missed, files.length);
      assert.equal(parts.at(-1)?.folders, Object.keys(states).length);
    });

  test("gives up a folder of which no file can be read in time: it has failed, and the sweep ends", async () => {
    const swept = anEstate({ Sales: "draft" });
    for (let n = 1; n <= 100; n++) lay(swept.estate, full(n * 1_000, n * 1_000 + 60, { folder: "Sales" }));
    for (const name of Object.keys(swept.estate.rows)) delete swept.estate.rows[name];
    const unanswered = async () => {
      swept.later(15_000);
      throw new Error("no answer");
    };
    Object.assign(swept.services.files, { openCurrent: unanswered, find: unanswered });
    const parts = await swept.sweep();
    assert.deepEqual(parts.at(-1)?.named, ["Sales"]);
  });
});
