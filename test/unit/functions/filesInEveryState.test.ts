// Tests that a file that arrives is judged and announced, and counted in the list, whatever its migration is waiting
// for.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lookAtCancel } from "../../../functions/activities/lookAtCancel.ts";
import { lookAtCutover } from "../../../functions/activities/lookAtCutover.ts";
import { lookAtFolder } from "../../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../../functions/activities/lookAtRestore.ts";
import { lookAtStart } from "../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../functions/activities/lookForSlot.ts";
import { runPreflight } from "../../../functions/activities/runPreflight.ts";
import { backupArrived } from "../../../functions/blobs/backupArrived.ts";
import { announceVerdicts } from "../../../shared/application/files/announceVerdicts.ts";
import { draftOf } from "../../../shared/application/files/ensureMigration.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import type { Migration } from "../../../shared/migration/migration.ts";
import type { Observation } from "../../../shared/migration/observed.ts";
import type { MigrationState } from "../../../shared/migration/words.ts";
import { askForSlot, EMPTY_QUEUE, type SlotKind } from "../../../shared/queue/vmQueue.ts";
import { full, log, setGuidOf, unreadable } from "../../support/backupRecords.ts";
import { type DurableHost, startDurableHost } from "../../support/durableHost.ts";
import { aMigration, fieldOf } from "../../support/facts.ts";
import { aWorld, shown, target, type World, watched } from "../../support/world.ts";

const base = full(100, 160);
const files = [base, log(150, 200)];
const arriving = [log(200, 250), unreadable("torn.bak", "TRUNCATED")];

const silent: Observation = {
  kind: "unavailable",
  failure: { code: "NoAnswer", message: "m", cause: "c", remedy: "r", kind: "wait" },
};
const forbidden: Observation = { kind: "unavailable", failure: { ...silent.failure, kind: "user" } };

const request = { at: "2025-11-24T00:29:00.000Z", before: "absent", accepted: true, attempts: 1, planVersion: "p" };
const restore = {
  operationId: "op",
  request,
  progress: { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base) },
} as const;

interface Wait {
  readonly migration: Partial<Migration>;
  readonly seen?: Observation;
  readonly look: (world: World) => Promise<unknown>;
}

const slot = (kind: SlotKind) => (world: World) => {
  world.queue = askForSlot(
    EMPTY_QUEUE,
    { migrationId: "other-1", run: 1, kind },
    { maxDatabases: 9, cooldownMinutes: 0 },
    world.now,
  ).queue;
  return lookForSlot(world.services)({ ...watched, kind }, world.log);
};
const start = (world: World) => lookAtStart(world.services)(watched, world.log);
const followed = (world: World) => lookAtRestore(world.services)(watched, world.log);
const cutover = (world: World) => lookAtCutover(world.services)(watched, world.log);
const cancel = (world: World) => {
  world.change({}, { cancel: { kind: "cancel", requestId: "c", run: 1, by: "Dana", at: request.at, reason: "r" } });
  return lookAtCancel(world.services)({ ...watched, end: { end: "canceled" } }, world.log);
};

const WAITS: Readonly<Record<string, Wait>> = {
  "a draft, which has no target": {
    migration: { state: "draft" },
    look: (world) => lookAtFolder(world.services)(watched, world.log),
  },
  "the word to start": {
    migration: { target, start: "manual" },
    look: (world) => lookAtFolder(world.services)(watched, world.log),
  },
  "a preflight that Azure does not answer": {
    migration: { state: "preflighting", target },
    look: async (world) => {
      world.vm = { exists: "unreadable", isPassing: true };
      await runPreflight(world.services)(watched, world.log);
    },
  },
  "its turn to start": { migration: { state: "queued", target }, look: slot("start") },
  "its turn to cut over": { migration: { state: "readyForCutover", target, ...restore }, look: slot("cutover") },
  "a DMS that is silent, before the start": { migration: { state: "queued", target }, seen: silent, look: start },
  "the start to show at DMS": { migration: { state: "starting", target, request }, look: start },
  "DMS to create it": {
    migration: { state: "starting", target, request },
    seen: {
      kind: "present",
      operation: { phase: "creating", fingerprint: "x", isOffline: false, canCutOver: false, canCancel: false },
    },
    look: start,
  },
  "a new attempt to start": {
    migration: { state: "starting", target, request },
    seen: shown({ phase: "failed", fingerprint: "f", failure: silent.failure }),
    look: start,
  },
  "a restore": { migration: { state: "restoring", target, ...restore }, seen: shown(), look: followed },
  "a restore that DMS does not tell of": {
    migration: { state: "restoring", target, ...restore },
    seen: silent,
    look: followed,
  },
  "a restore that the app may not see": {
    migration: { state: "restoring", target, ...restore },
    seen: forbidden,
    look: followed,
  },
  "a restore that DMS shows no more": { migration: { state: "restoring", target, ...restore }, look: followed },
  "a cutover that DMS does not tell of": {
    migration: { state: "cuttingOver", target, ...restore },
    seen: silent,
    look: cutover,
  },
  "a cancel that DMS does not tell of": {
    migration: { state: "canceling", target, ...restore },
    seen: silent,
    look: cancel,
  },
  "a cancel to come about": {
    migration: { state: "canceling", target, ...restore },
    seen: shown({ phase: "canceling" }),
    look: cancel,
  },
};

const announced = (world: World): string[] =>
  world.published
    .filter(({ type }) => /backup\.(accepted|rejected)$/.test(type))
    .map(({ type, data }) => `${type.split(".").at(-1)} ${fieldOf(data, "file")}`);
const NEWS = ["accepted Sales/log_200_250.trn", "rejected Sales/torn.bak"];

for (const [name, { migration, seen, look }] of Object.entries(WAITS))
  test(`files that arrive are announced and counted while a migration waits for ${name}`, async () => {
    const world = aWorld(aMigration("sales-1", migration));
    world.records = files;
    if (seen) world.seen = seen;
    await look(world);
    world.published.length = 0;
    world.records = [...files, ...arriving];
    await look(world);
    assert.deepEqual(announced(world).sort(), NEWS);
    assert.equal(world.migration().summary?.files, 4, "the list's line");
    await look(world);
    assert.equal(announced(world).length, NEWS.length, "once");
  });

test("a look reads the folder's rows once, whatever it finds", async () => {
  for (const [name, { migration, seen, look }] of Object.entries(WAITS)) {
    const world = aWorld(aMigration("sales-1", migration));
    world.records = files;
    if (seen) world.seen = seen;
    const { catalogue } = world.services;
    const list = catalogue.list;
    let reads = 0;
    catalogue.list = async (folderId) => {
      reads++;
      return list(folderId);
    };
    await look(world);
    assert.equal(reads, name.startsWith("a preflight") ? 2 : 1, name); // the checks read them, too
  }
});

describe("a file whose run hears nothing", () => {
  let durable: DurableHost;
  before(async () => {
    durable = await startDurableHost();
  });
  after(() => durable.stop());

  /** The rows of a folder, to which files are added as they are uploaded. */
  const aFolder = (changes: Partial<Migration>) => {
    const draft = draftOf(aWorld().services, "Sales");
    const world = aWorld({ ...draft, target, ...changes });
    world.durableUrl = durable.url;
    world.records = files;
    const drop = (record: BackupRecord) => {
      world.records = [...world.records, record];
      return backupArrived(world.services)({ ContainerName: "backups", BlobName: record.name }, world.log);
    };
    return { world, drop };
  };
  const ended: readonly MigrationState[] = ["succeeded", "failed", "canceled", "preflightFailed"];
  const HEARS_NOTHING: readonly Partial<Migration>[] = [
    ...ended.map((state) => ({ state })),
    { state: "restoring", stalled: { what: "LookAtRestore: it broke", since: "2025-11-24T00:00:00.000Z" } },
  ];
  for (const changes of HEARS_NOTHING)
    test(`is announced on its arrival: ${changes.stalled ? "stalled" : changes.state}`, async () => {
      const { world, drop } = aFolder(changes);
      const { services, log: lines } = world;
      await announceVerdicts(services, lines, world.migration().migrationId, await services.catalogue.list(""));
      world.published.length = 0;
      for (const record of arriving) await drop(record);
      assert.deepEqual(announced(world).sort(), NEWS);
      assert.equal(world.migration().summary?.files, 4);
      assert.equal(world.migration().state, changes.state);
    });

  test("raises the alarm of a late file at once after a cutover", async () => {
    const { world, drop } = aFolder({
      state: "succeeded",
      progress: {
        ...restore.progress,
        positionLsn: 200n,
        cutoverRequestedAt: "2025-11-24T00:00:00.000Z",
        ended: "succeeded",
      },
    });
    await drop(log(200, 250, { arrivedAt: "2025-11-24T00:10:00.000Z" }));
    assert.deepEqual(
      world.published.filter(({ type }) => type.endsWith("alarm.late-file")).map(({ data }) => fieldOf(data, "file")),
      ["Sales/log_200_250.trn"],
    );
  });

  test("and cannot be announced is left to the sweep, and its event is not repeated for that", async () => {
    const { world, drop } = aFolder({ state: "succeeded" });
    const { migrations } = world.services;
    migrations.commit = async () => "conflict";
    await drop(log(200, 250));
    assert.deepEqual(announced(world), []);
  });

  test("leaves the announcing to its run where one listens", async () => {
    const { world, drop } = aFolder({ state: "restoring" });
    await drop(log(200, 250));
    assert.deepEqual([announced(world), world.signalled.length], [[], 1]);
  });
});

test("a start is not held up by what there is to announce: a large folder starts at the first look, and is announced meanwhile", async () => {
  const world = aWorld(aMigration("sales-1", { target }));
  world.records = [base, ...Array.from({ length: 400 }, (_, index) => log(160 + index, 161 + index))];
  const look = () => lookAtFolder(world.services)(watched, world.log);
  assert.deepEqual(await look(), { end: { end: "startable" } });
  assert.ok(announced(world).length <= 98, "no more than one transaction");
  await slot("start")(world);
  assert.deepEqual([announced(world).length, new Set(announced(world)).size], [401, 401], "the rest at once");
});
