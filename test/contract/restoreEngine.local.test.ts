// Tests that the emulator over Azurite keeps the contract of a restore engine, and what it does beyond it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createDmsRestoreEngine } from "../../shared/azure/dms/dmsRestoreEngine.ts";
import type { RestoreOrder } from "../../shared/ports.ts";
import type { Sketch } from "../unit/local/arm/sketches.ts";
import { ACCOUNT_KEY, type EmulatedAzure, emulatedAzure, SHARE_PATH } from "./emulatedAzure.ts";
import {
  type EngineWorld,
  forgetting,
  inStep,
  isOver,
  observeUntil,
  restoreEngineContract,
} from "./restoreEngine.contract.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const LOG_1: Sketch = { kind: "log", from: 100, to: 150, set: "log1" };
const LOG_2: Sketch = { kind: "log", from: 150, to: 200, set: "log2" };
const LOG_3: Sketch = { kind: "log", from: 200, to: 250, set: "log3" };
const SHARE: NonNullable<RestoreOrder["fileShare"]> = {
  path: SHARE_PATH,
  username: "CORP\\svc",
  passwordSecret: "share-password",
  sql: {
    server: "SRV01",
    authentication: "SqlAuthentication",
    userName: "reader",
    passwordSecret: "sql-password",
    trustServerCertificate: false,
  },
};
const CHAIN = { "f.bak": FULL, "l1.trn": LOG_1, "l2.trn": LOG_2 };

describe("restore engine on the emulator", () => {
  let azure: EmulatedAzure;
  let dataFolder: string;
  let folders = 0;
  const freshFolder = () => `Sales${++folders}`;
  const patience = { pollMs: 20, patienceMs: 180_000 };
  const until: (folder: string, wanted: Parameters<typeof observeUntil>[2]) => ReturnType<typeof observeUntil> = (
    folder,
    wanted,
  ) => observeUntil({ engine: azure.engine, ...patience }, azure.target(folder), wanted);

  before(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), "sqlferry-arm-"));
    azure = await emulatedAzure(dataFolder);
  });
  after(async () => {
    await azure.stop();
    rmSync(dataFolder, { recursive: true });
  });

  restoreEngineContract(
    (): EngineWorld => ({
      engine: azure.engine,
      forget: forgetting(azure.options),
      lastFile: "l2.trn",
      ...patience,
      async order(mode) {
        const folder = freshFolder();
        await azure.drop(folder, CHAIN);
        return azure.order(folder, mode === "offline" ? "l2.trn" : undefined);
      },
    }),
  );

  const startedFrom = async (files: Readonly<Record<string, Sketch>>, lastBackupName?: string) => {
    const folder = freshFolder();
    await azure.drop(folder, files);
    assert.ok((await azure.engine.start(azure.order(folder, lastBackupName))).ok);
    return folder;
  };
  const endAtOnce = async (folder: string) => {
    const { sqlVmResourceId } = azure.target(folder);
    const path = `${sqlVmResourceId}/providers/Microsoft.DataMigration/databaseMigrations/${folder}`;
    assert.equal((await azure.arm("DELETE", `${path}?api-version=2025-06-30&force=true`)).status, 200);
  };
  const endOf = (folder: string) => until(folder, isOver);
  const restoredIn = async (folder: string) => {
    const { runs } = (await azure.steer("GET", "journal")) as {
      runs: { targetDb: string; restored: { files: string[] }[] }[];
    };
    return runs.findLast(({ targetDb }) => targetDb === folder)?.restored.map(({ files }) => files.join("+"));
  };

  test("sets are restored in the order of their LSNs, whatever their names", async () => {
    const folder = await startedFrom({ "z.bak": FULL, "a.trn": LOG_2, "m.trn": LOG_1 }, "a.trn");
    assert.equal((await endOf(folder)).phase, "succeeded");
    assert.deepEqual(await restoredIn(folder), ["z.bak", "m.trn", "a.trn"]);
  });

  test("an online migration restores logs that come later, and none after the cutover", async () => {
    const folder = await startedFrom({ "f.bak": FULL });
    await until(folder, inStep("f.bak"));
    await azure.drop(folder, { "l1.trn": LOG_1 });
    const ready = await until(folder, inStep("l1.trn"));
    assert.ok((await azure.engine.cutOver(azure.target(folder), ready.operationId ?? "")).ok);
    await azure.drop(folder, { "l2.trn": LOG_2 });
    assert.equal((await endOf(folder)).phase, "succeeded");
    assert.deepEqual(await restoredIn(folder), ["f.bak", "l1.trn"]);
  });

  test("a cutover with logs pending is accepted and loses them", async () => {
    await azure.steer("PUT", "settings", { restoreMBps: 0.0001 });
    const folder = await startedFrom(CHAIN);
    const early = await until(folder, ({ canCutOver, details }) => canCutOver && details?.currentFile !== "l2.trn");
    assert.ok((await azure.engine.cutOver(azure.target(folder), early.operationId ?? "")).ok);
    await azure.steer("PUT", "settings", { restoreMBps: 200 });
    assert.equal((await endOf(folder)).phase, "succeeded");
    assert.ok(!(await restoredIn(folder))?.includes("l2.trn"));
  });

  test("a gap fails an offline migration with the missing range", async () => {
    const folder = await startedFrom({ "f.bak": FULL, "l1.trn": LOG_1, "l3.trn": LOG_3 }, "l3.trn");
    const { phase, failure } = await endOf(folder);
    assert.equal(phase, "failed");
    assert.equal(failure?.code, "CutoverFailedOrCancelled");
    assert.match(failure?.message ?? "", /firstLsn 200 .* lastLsn 150 /);
    assert.match(failure?.cause ?? "", /gap/);
  });

  test("a gap holds an online migration up until the missing log comes", async () => {
    const folder = await startedFrom({ "f.bak": FULL, "l1.trn": LOG_1, "l3.trn": LOG_3 });
    const held = await until(folder, ({ details }) => details?.restoreBlockingReason !== undefined);
    assert.equal(held.phase, "running");
    await azure.drop(folder, { "l2.trn": LOG_2 });
    const healed = await until(folder, inStep("l3.trn"));
    assert.equal(healed.details?.restoreBlockingReason, undefined);
  });

  test("a differential on another full is refused as SQL Server does", async () => {
    const differential: Sketch = { kind: "differential", from: 100, to: 140, set: "diff", base: "other" };
    const { failure } = await endOf(await startedFrom({ "f.bak": FULL, "d.dif": differential }, "d.dif"));
    assert.match(failure?.message ?? "", /3136/);
  });

  test("a full backup with a missing stripe cannot be restored", async () => {
    const folder = await startedFrom({ "f1.bak": { ...FULL, stripe: [1, 2] } }, "f1.bak");
    assert.match((await endOf(folder)).failure?.message ?? "", /3132: The media set has 2 media families but only 1/);
  });

  test("an older file named as the last backup is refused", async () => {
    const { failure } = await endOf(await startedFrom(CHAIN, "l1.trn"));
    assert.match(failure?.cause ?? "", /not the newest/);
  });

  test("backups of two databases in a folder are refused", async () => {
    const folder = await startedFrom({ "f.bak": FULL, "x.trn": { ...LOG_1, database: "Stock" } });
    assert.match((await endOf(folder)).failure?.cause ?? "", /more than one database/);
  });

  test("an existing database is not overwritten, neither the VM's own nor a migrated one", async () => {
    const folder = await startedFrom({ "f.bak": FULL }, "f.bak");
    const first = await endOf(folder);
    assert.equal(first.phase, "succeeded");
    await azure.engine.start(azure.order(folder, "f.bak"));
    const again = await until(folder, (seen) => isOver(seen) && seen.fingerprint !== first.fingerprint);
    assert.match(again.failure?.cause ?? "", /exists on the target/);
    await azure.engine.start({ ...azure.order(folder, "f.bak"), target: azure.target("alreadythere") });
    assert.equal((await endOf("alreadythere")).failure?.code, "0");
  });

  test("the cutover of an offline migration is refused, and a second create as well", async () => {
    await azure.steer("PUT", "settings", { restoreMBps: 0.0001 });
    const folder = await startedFrom(CHAIN, "l2.trn");
    const running = await until(folder, ({ operationId }) => operationId !== undefined);
    const cutover = await azure.engine.cutOver(azure.target(folder), running.operationId ?? "");
    assert.ok(!cutover.ok && cutover.failure.code === "RestoreJobSetToAutoCutover");
    const second = await azure.engine.start(azure.order(folder, "l2.trn"));
    assert.ok(!second.ok && second.failure.code === "ResourceAlreadyExists" && second.failure.kind === "race");
    await azure.steer("PUT", "settings", { restoreMBps: 200 });
  });

  test("of two creates at the same time one is accepted, and of two cutovers as well", async () => {
    const folder = freshFolder();
    await azure.drop(folder, CHAIN);
    const order = azure.order(folder);
    const creates = await Promise.all([azure.engine.start(order), azure.engine.start(order)]);
    assert.equal(creates.filter(({ ok }) => ok).length, 1);
    const { operationId = "" } = await until(folder, inStep("l2.trn"));
    const cutovers = await Promise.all([1, 2, 3].map(() => azure.engine.cutOver(order.target, operationId)));
    assert.equal(cutovers.filter(({ ok }) => ok).length, 1);
  });

  test("canceling is seen before canceled, and a canceled database can be migrated again", async () => {
    const folder = await startedFrom(CHAIN);
    const ready = await until(folder, inStep("l2.trn"));
    await azure.steer("PUT", "settings", { speed: 0 }); // or the cancel would be over before the next look
    await azure.engine.cancel(azure.target(folder), ready.operationId ?? "");
    await until(folder, ({ phase, canCancel }) => phase === "canceling" && !canCancel);
    await azure.steer("PUT", "settings", { speed: 100 });
    assert.equal((await endOf(folder)).phase, "canceled");
    await azure.engine.start(azure.order(folder, "l2.trn"));
    const second = await until(folder, (seen) => isOver(seen) && seen.operationId !== ready.operationId);
    assert.equal(second.phase, "succeeded");
  });

  test("a run goes on after the emulator was stopped and started", async () => {
    const folder = await startedFrom(CHAIN);
    const before = await until(folder, ({ operationId }) => operationId !== undefined);
    await azure.restart();
    const ready = await until(folder, inStep("l2.trn"));
    assert.equal(ready.operationId, before.operationId);
  });

  test("a lost answer leaves a migration that can be recognised", async () => {
    const folder = freshFolder();
    await azure.drop(folder, CHAIN);
    await azure.steer("POST", "faults", { kind: "lostAnswer", match: { targetDb: folder } });
    const answer = await azure.engine.start(azure.order(folder));
    assert.ok(!answer.ok && answer.failure.kind === "wait");
    assert.equal((await azure.engine.observe(azure.target(folder))).kind, "present");
  });

  test("a service that is away for a moment is to be waited for, and nothing has happened", async () => {
    const folder = freshFolder();
    await azure.steer("POST", "faults", { kind: "serverError503", match: { targetDb: folder, method: "PUT" } });
    await azure.drop(folder, CHAIN);
    const answer = await azure.engine.start(azure.order(folder));
    assert.ok(!answer.ok && answer.failure.kind === "wait");
    assert.equal((await azure.engine.observe(azure.target(folder))).kind, "absent");
  });

  test("a status that nobody has heard of counts as running, and is shown", async () => {
    const folder = await startedFrom(CHAIN);
    await until(folder, inStep("l2.trn"));
    await azure.steer("POST", "faults", { kind: "unknownStatus", match: { targetDb: folder } });
    const odd = await azure.engine.observe(azure.target(folder));
    assert.ok(odd.kind === "present" && odd.operation.phase === "running");
    assert.equal(odd.operation.migrationStatus, "Rehydrating");
  });

  test("a look may show what was the case before", async () => {
    const folder = await startedFrom(CHAIN);
    await until(folder, inStep("l2.trn"));
    await azure.steer("POST", "faults", { kind: "statusRegression", match: { targetDb: folder } });
    const seen = [await azure.engine.observe(azure.target(folder)), await azure.engine.observe(azure.target(folder))];
    assert.deepEqual(
      seen.map((one) => one.kind === "present" && one.operation.details?.lastRestoredFile),
      ["l1.trn", "l2.trn"],
    );
  });

  test("a fault may let some occasions pass first", async () => {
    await azure.steer("POST", "faults", { kind: "throttle429", match: { targetDb: "Later" }, after: 2 });
    const looks = [];
    for (let look = 0; look < 4; look++) looks.push((await azure.engine.observe(azure.target("Later"))).kind);
    assert.deepEqual(looks, ["absent", "absent", "unavailable", "absent"]);
  });

  test("a slow validation takes ten times as long", async () => {
    const folder = freshFolder();
    await azure.steer("POST", "faults", { kind: "slowValidation", match: { targetDb: folder } });
    await azure.drop(folder, CHAIN);
    // Or time would pass between the request, its entry in the journal, and the look.
    await azure.steer("PUT", "settings", { speed: 0 });
    await azure.engine.start(azure.order(folder));
    const { runs } = (await azure.steer("GET", "journal")) as { runs: { targetDb: string; startsAt?: string }[] };
    const { mutations } = (await azure.steer("GET", "journal")) as { mutations: { targetDb: string; at: string }[] };
    await azure.steer("PUT", "settings", { speed: 100 });
    const startsAt = runs.find(({ targetDb }) => targetDb === folder)?.startsAt ?? "";
    const askedAt = mutations.find(({ targetDb }) => targetDb === folder)?.at ?? "";
    assert.ok(Date.parse(startsAt) - Date.parse(askedAt) >= 40_000, `${askedAt} ${startsAt}`);
    await endAtOnce(folder);
  });

  test("a VM that has its fill takes no further database until all have ended and it has rested", async () => {
    const order = (databaseName: string) => ({
      ...azure.order("Full"),
      target: { sqlVmResourceId: azure.target("x").sqlVmResourceId.replace("vm1", "vm2"), databaseName },
    });
    await azure.drop("Full", CHAIN);
    await azure.steer("PUT", "settings", { maxDatabasesPerVm: 2 });
    assert.ok((await azure.engine.start(order("One"))).ok);
    assert.ok((await azure.engine.start(order("Two"))).ok);
    const third = await azure.engine.start(order("Three"));
    await azure.steer("PUT", "settings", { maxDatabasesPerVm: 100 });
    assert.ok(!third.ok && third.failure.code === "MaximumDatabasesReached");
  });

  test("from a share: uploaded by the runtime, then restored, told set by set", async () => {
    const keys = await azure.services.authKeys("dms1");
    assert.ok(keys.ok);
    await azure.steer("POST", "nodes", { nodeName: "HOST1", authKey: keys.keys.authKey2 });
    await azure.drop("on-the-share", CHAIN);
    await azure.steer("PUT", "settings", { uploadMBps: 0.000_001 });
    const target = azure.target("FromShare");
    const started = await azure.engine.start({ ...azure.order("", undefined), target, fileShare: SHARE });
    assert.ok(started.ok, JSON.stringify(started));
    const uploading = await until("FromShare", ({ details }) => details?.sets !== undefined);
    assert.deepEqual(uploading.details?.sets?.flatMap(({ files }) => files.map(({ status }) => status)).sort(), [
      "Arrived",
      "Arrived",
      "Uploading",
    ]);
    assert.deepEqual([uploading.details?.isFullRestored, uploading.details?.pendingLogBackups], [false, 2]);
    await azure.steer("PUT", "settings", { uploadMBps: 50, speed: 1_000_000 });
    const ready = await until("FromShare", inStep("l2.trn"));
    await azure.steer("PUT", "settings", { speed: 100 });
    assert.equal(ready.details?.pendingLogBackups, 0);
    assert.deepEqual(
      ready.details?.sets?.map(({ type, isRestored }) => [type, isRestored]),
      [
        ["Database", true],
        ["TransactionLog", true],
        ["TransactionLog", true],
      ],
    );
    assert.ok((await azure.engine.cutOver(target, ready.operationId ?? "")).ok);
    assert.equal((await endOf("FromShare")).phase, "succeeded");
  });

  test("a share that the runtime does not reach, and one whose password cannot be read, are told apart", async () => {
    const target = azure.target("NoShare");
    const order = { ...azure.order("", undefined), target };
    const nowhere = { ...SHARE, path: "\\\\elsewhere\\x" };
    assert.ok((await azure.engine.start({ ...order, fileShare: nowhere })).ok);
    assert.match((await endOf("NoShare")).failure?.cause ?? "", /does not reach the share/);
    const nameless = await azure.engine.start({ ...order, fileShare: { ...SHARE, passwordSecret: "no-such" } });
    assert.ok(!nameless.ok && nameless.failure.code === "KeyVault404");
    assert.match(nameless.failure.remedy, /Key Vault Secrets User/);
  });

  test("a throttled look says how long to wait", async () => {
    await azure.steer("POST", "faults", { kind: "throttle429", match: { targetDb: "Throttled" } });
    const seen = await azure.engine.observe(azure.target("Throttled"));
    assert.ok(seen.kind === "unavailable" && seen.failure.kind === "wait" && seen.failure.retryAfterSeconds === 15);
    assert.equal((await azure.engine.observe(azure.target("Throttled"))).kind, "absent");
  });

  for (const { fault, kind, hasOperationId } of [
    { fault: "provisioningFailed", kind: "user", hasOperationId: false },
    { fault: "certificateMissing", kind: "user", hasOperationId: true },
    { fault: "loginFailed", kind: "wait", hasOperationId: false },
    { fault: "storage403", kind: "user", hasOperationId: false },
    { fault: "fileExists", kind: "user", hasOperationId: true },
    { fault: "internalError1010", kind: "fault", hasOperationId: true },
  ]) {
    test(`${fault} fails the start once, and the next start succeeds`, async () => {
      const folder = freshFolder();
      await azure.steer("POST", "faults", { kind: fault, match: { targetDb: folder } });
      await azure.drop(folder, CHAIN);
      await azure.engine.start(azure.order(folder, "l2.trn"));
      const end = await endOf(folder);
      assert.deepEqual([end.phase, end.failure?.kind, end.operationId !== undefined], ["failed", kind, hasOperationId]);
      await azure.engine.start(azure.order(folder, "l2.trn"));
      const second = await until(folder, (seen) => isOver(seen) && seen.fingerprint !== end.fingerprint);
      assert.equal(second.phase, "succeeded");
    });
  }

  test("nothing moves while the VM is powered off", async () => {
    const folder = await startedFrom(CHAIN);
    await azure.steer("POST", "faults", { kind: "vmPoweredOff", match: { vm: "vm1" } });
    const held = await azure.engine.observe(azure.target(folder));
    for (let look = 0; look < 20; look++) assert.deepEqual(await azure.engine.observe(azure.target(folder)), held);
    await azure.steer("DELETE", "faults");
    await until(folder, inStep("l2.trn"));
  });

  test("a fault or a setting that the emulator does not know is refused by name", async () => {
    type Refused = { error: { message: string } };
    const fault = (await azure.steer("POST", "faults", { kind: "earthquake" })) as Refused;
    const setting = (await azure.steer("PUT", "settings", { restoreMbps: 1 })) as Refused;
    assert.match(fault.error.message, /"earthquake"/);
    assert.match(setting.error.message, /restoreMbps/);
  });

  test("the account key shows in no answer, no failure and not in the state on disk", async () => {
    const folder = await startedFrom(CHAIN, "l2.trn");
    const end = await endOf(folder);
    const { sqlVmResourceId } = azure.target(folder);
    const path = `${sqlVmResourceId}/providers/Microsoft.DataMigration/databaseMigrations/${folder}`;
    const raw = await azure.arm("GET", `${path}?api-version=2025-06-30&$expand=MigrationStatusDetails`);
    const refused = await azure.engine.start({ ...azure.order(folder), container: "a/b/c" });
    const onDisk = readFileSync(join(dataFolder, "arm-emulator.json"), "utf8");
    assert.equal(raw.status, 200);
    assert.ok(!refused.ok);
    assert.ok(!`${JSON.stringify([end, raw.body, refused])}${onDisk}`.includes(ACCOUNT_KEY));
  });

  test("a malformed resource id is refused in words", async () => {
    const seen = await azure.engine.observe({ sqlVmResourceId: "vm1", databaseName: "x" });
    assert.ok(seen.kind === "unavailable" && seen.failure.kind === "user");
    assert.match(seen.failure.message, /"vm1" is not the resource id/);
    const engine = createDmsRestoreEngine({ ...azure.options, storageAccountResourceId: "/subscriptions/x" });
    const answer = await engine.start(azure.order(freshFolder()));
    assert.ok(!answer.ok && answer.failure.code === "InvalidResourceId");
  });

  test("an endpoint that does not answer is to be waited for", async () => {
    const engine = createDmsRestoreEngine({ ...azure.options, endpoint: "http://127.0.0.1:1" });
    const seen = await engine.observe(azure.target("x"));
    assert.ok(seen.kind === "unavailable" && seen.failure.kind === "wait");
  });
});
