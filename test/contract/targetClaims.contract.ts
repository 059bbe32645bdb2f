// Tests the contract of every store of target claims: of two claims on one row, one has to decide anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MigrationTarget } from "../../shared/migration/migration.ts";
import type { TargetClaims } from "../../shared/ports.ts";

export function targetClaimsContract(claims: () => TargetClaims, freshVm: () => string): void {
  const freshTarget = (): MigrationTarget => ({ sqlVmResourceId: `/x/${freshVm()}`, databaseName: "Sales/2 'a'" });
  const by = (migrationId: string) => ({ migrationId, at: "2025-11-24T20:46:00.000Z" });

  test("a target that nobody claimed is nobody's", async () => {
    assert.deepEqual(await claims().load(freshTarget()), { claim: undefined, version: undefined });
  });

  test("a claim is found again, by any writing of the target", async () => {
    const target = freshTarget();
    assert.equal(await claims().save(target, by("a"), undefined), "saved");
    const written = { sqlVmResourceId: target.sqlVmResourceId.toUpperCase(), databaseName: "SALES/2 'A' " };
    assert.deepEqual((await claims().load(written)).claim, by("a"));
    const other = { ...target, databaseName: "Sales" };
    assert.equal((await claims().load(other)).claim, undefined);
  });

  test("of two first claims one is told to decide anew", async () => {
    const target = freshTarget();
    assert.equal(await claims().save(target, by("a"), undefined), "saved");
    assert.equal(await claims().save(target, by("b"), undefined), "conflict");
    assert.deepEqual((await claims().load(target)).claim, by("a"));
  });

  test("who takes over an old claim that was taken over meanwhile is told to decide anew", async () => {
    const target = freshTarget();
    await claims().save(target, by("a"), undefined);
    const { version } = await claims().load(target);
    assert.equal(await claims().save(target, by("b"), version), "saved");
    assert.equal(await claims().save(target, by("c"), version), "conflict");
    assert.deepEqual((await claims().load(target)).claim, by("b"));
  });
}
