// Tests the contract of every restore engine, emulated and real.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type ArmAccess, type ArmAnswer, armSender } from "../../shared/azure/arm/armRequests.ts";
import { parseResourceId } from "../../shared/azure/arm/resourceId.ts";
import { dataMigrationClient } from "../../shared/azure/dms/dataMigrationClient.ts";
import type { MigrationTarget } from "../../shared/migration/migration.ts";
import type { EngineOperation, Observation } from "../../shared/migration/observed.ts";
import type { RestoreEngine, RestoreOrder } from "../../shared/ports.ts";

export interface EngineWorld {
  readonly engine: RestoreEngine;
  /** Operation DatabaseMigrationsSqlVm_Delete. */
  forget(target: MigrationTarget): Promise<ArmAnswer["kind"]>;
  /**
   * An order for a database that can be restored as it is, with a new target name each time; offline names its last
   * backup.
   */
  order(mode: "online" | "offline"): Promise<RestoreOrder>;
  /** Bare name of the last file that an online order leads to. */
  readonly lastFile: string;
  readonly pollMs: number;
  readonly patienceMs: number;
}

/** Deletes at the service what sqlferry itself keeps. */
export const forgetting =
  (options: ArmAccess & { readonly apiVersion: string }) =>
  async ({ sqlVmResourceId, databaseName }: MigrationTarget): Promise<ArmAnswer["kind"]> => {
    const vm = parseResourceId(sqlVmResourceId, "Microsoft.SqlVirtualMachine/sqlVirtualMachines");
    assert.ok(vm);
    const client = dataMigrationClient(armSender(options), vm.subscriptionId, options.apiVersion);
    return (await client.databaseMigrationsSqlVm.delete(vm.resourceGroup, vm.name, databaseName)).kind;
  };

/** Looks repeatedly until `wanted` holds; fails with what was seen last when the time limit is reached. */
export async function observeUntil(
  world: Pick<EngineWorld, "engine" | "pollMs" | "patienceMs">,
  target: MigrationTarget,
  wanted: (operation: EngineOperation) => boolean,
): Promise<EngineOperation> {
  const end = Date.now() + world.patienceMs;
  let seen: Observation;
  do {
    seen = await world.engine.observe(target);
    if (seen.kind === "present" && wanted(seen.operation)) return seen.operation;
    await pause(world.pollMs);
  } while (Date.now() < end);
  return assert.fail(`not reached: ${JSON.stringify(seen)}`);
}

export const isOver = ({ phase }: EngineOperation): boolean =>
  phase === "succeeded" || phase === "failed" || phase === "canceled";

export const inStep = (file: string) => (operation: EngineOperation) =>
  operation.details?.lastRestoredFile === file && operation.details.currentFile === file;

export function restoreEngineContract(world: () => EngineWorld): void {
  test("a target that nobody asked for is absent", async () => {
    const { target } = await world().order("online");
    assert.deepEqual(await world().engine.observe(target), { kind: "absent" });
  });

  test("an offline migration restores to its last backup and completes by itself", async () => {
    const order = await world().order("offline");
    assert.ok((await world().engine.start(order)).ok);
    const end = await observeUntil(world(), order.target, isOver);
    assert.equal(end.phase, "succeeded", end.failure?.message);
    assert.ok(end.isOffline && end.endedOn !== undefined);
    assert.equal(end.details?.lastRestoredFile, order.lastBackupName);
  });

  test("an online migration stays in step with its folder until it is cut over", async () => {
    const { engine, lastFile } = world();
    const order = await world().order("online");
    assert.ok((await engine.start(order)).ok);
    const ready = await observeUntil(world(), order.target, inStep(lastFile));
    assert.equal(ready.phase, "running");
    assert.ok(ready.canCutOver && ready.canCancel && !ready.isOffline);
    assert.ok((await engine.cutOver(order.target, ready.operationId ?? "")).ok);
    const end = await observeUntil(world(), order.target, isOver);
    assert.equal(end.phase, "succeeded", end.failure?.message);
    assert.equal(end.fingerprint, ready.fingerprint);
  });

  test("a migration that is cancelled ends as canceled", async () => {
    const order = await world().order("online");
    await world().engine.start(order);
    const running = await observeUntil(
      world(),
      order.target,
      ({ canCancel, operationId }) => canCancel && !!operationId,
    );
    assert.ok((await world().engine.cancel(order.target, running.operationId ?? "")).ok);
    assert.equal((await observeUntil(world(), order.target, isOver)).phase, "canceled");
  });

  test("the record of a migration that has ended can be deleted, and is forgotten", async () => {
    const { forget, engine } = world();
    const order = await world().order("offline");
    await engine.start(order);
    await observeUntil(world(), order.target, isOver);
    assert.equal(await forget(order.target), "ok");
    const end = Date.now() + world().patienceMs;
    while ((await engine.observe(order.target)).kind !== "absent" && Date.now() < end) await pause(world().pollMs);
    assert.deepEqual(await engine.observe(order.target), { kind: "absent" });
  });

  test("a stale operation id is refused as a race", async () => {
    const order = await world().order("online");
    await world().engine.start(order);
    await observeUntil(world(), order.target, ({ operationId }) => operationId !== undefined);
    const answer = await world().engine.cutOver(order.target, "11111111-2222-3333-4444-555555555555");
    assert.ok(!answer.ok);
    assert.deepEqual([answer.failure.code, answer.failure.kind], ["RestoreJobIdsMismatch", "race"]);
  });
}
