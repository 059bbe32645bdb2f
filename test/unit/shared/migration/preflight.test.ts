// Is the target ready? Each check over what may be observed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { Check } from "../../../../shared/migration/migration.ts";
import type { EngineOperation, Observation } from "../../../../shared/migration/ports.ts";
import { type PreflightFacts, passed, preflight, preflightFailure } from "../../../../shared/migration/preflight.ts";
import { context, full, log } from "../../../support/backupRecords.ts";

const whole = [full(100, 160), log(150, 200)];
const good: PreflightFacts = {
  vm: { exists: true, sqlManagement: "Full", powerState: "running" },
  seen: { kind: "absent" },
  report: assessChain(whole, context()),
  target: { sqlVmResourceId: "/subscriptions/s/resourceGroups/g/providers/…/SQLVM-07", databaseName: "Sales" },
};
const failure = { code: "429", message: "Too many requests.", cause: "c", remedy: "r", kind: "wait" as const };
const operation = (phase: EngineOperation["phase"]): Observation => ({
  kind: "present",
  operation: { phase, fingerprint: "f", isOffline: false, canCutOver: false, canCancel: false },
});
const checkOf = (id: Check["id"], changes: Partial<PreflightFacts>): Check => {
  const found = preflight({ ...good, ...changes }).find((check) => check.id === id);
  assert.ok(found);
  return found;
};
const vm = (changes: Partial<PreflightFacts["vm"]>): Partial<PreflightFacts> => ({ vm: { ...good.vm, ...changes } });
const noPower: Partial<PreflightFacts> = { vm: { exists: true, sqlManagement: "Full" } };
const noMode: Partial<PreflightFacts> = { vm: { exists: true, powerState: "running" } };
const chain = (records: Parameters<typeof assessChain>[0], mode: "online" | "offline") => ({
  report: assessChain(records, context({ mode })),
});

const TABLE: readonly (readonly [string, Check["id"], Partial<PreflightFacts>, Check["outcome"]])[] = [
  ["a SQL VM that exists", "P02", {}, "pass"],
  ["a SQL VM that does not exist", "P02", vm({ exists: false }), "fail"],
  ["a SQL VM that cannot be read", "P02", vm({ exists: "unreadable", unreadable: "403" }), "fail"],
  ["Full mode", "P03", {}, "pass"],
  ["LightWeight mode", "P03", vm({ sqlManagement: "LightWeight" }), "fail"],
  ["NoAgent mode", "P03", vm({ sqlManagement: "NoAgent" }), "fail"],
  ["a mode that is not told", "P03", noMode, "warn"],
  ["a running VM", "P04", {}, "pass"],
  ["a VM without a power state", "P04", noPower, "warn"],
  ...["starting", "stopping", "stopped", "deallocating", "deallocated"].map(
    (powerState) => [`a VM that is ${powerState}`, "P04", vm({ powerState }), "fail"] as const,
  ),
  ["a whole chain, online", "P14", chain(whole, "online"), "pass"],
  ["a whole chain, offline", "P14", chain(whole, "offline"), "pass"],
  ["a gap behind the full backup, online", "P14", chain([...whole, log(250, 300)], "online"), "warn"],
  ["a gap, offline", "P14", chain([...whole, log(250, 300)], "offline"), "fail"],
  ["no full backup", "P14", chain([log(150, 200)], "online"), "fail"],
  ["an empty folder", "P14", chain([], "offline"), "fail"],
  [
    "a fork that nobody chose",
    "P14",
    { report: { ...good.report, forkAmbiguous: true, canStartOnline: false } },
    "fail",
  ],
  ["a target that DMS does not know", "P20", {}, "pass"],
  ["a DMS that does not answer", "P20", { seen: { kind: "unavailable", failure } }, "warn"],
  ...(["creating", "running", "completing", "canceling"] as const).map(
    (phase) => [`a migration of the target that is ${phase}`, "P20", { seen: operation(phase) }, "fail"] as const,
  ),
  ...(["succeeded", "failed", "canceled"] as const).map(
    (phase) =>
      [`a migration of the target that has ended (${phase})`, "P20", { seen: operation(phase) }, "warn"] as const,
  ),
];

describe("the preflight", () => {
  for (const [name, id, changes, outcome] of TABLE)
    test(`${id}: ${outcome} for ${name}`, () => {
      const check = checkOf(id, changes);
      assert.equal(check.outcome, outcome);
      assert.ok(check.message.endsWith("."), check.message);
      assert.equal(check.remedy === "", outcome === "pass", "a remedy exactly where something is wrong");
    });

  test("passes with warnings, never with a failure", () => {
    assert.deepEqual(
      preflight(good).map(({ id, outcome }) => `${id} ${outcome}`),
      ["P02 pass", "P03 pass", "P04 pass", "P14 pass", "P20 pass"],
    );
    assert.ok(passed(preflight({ ...good, ...noPower, seen: operation("failed") })));
    assert.ok(!passed(preflight({ ...good, ...vm({ powerState: "stopped" }) })));
  });

  test("that fails says what failed and what to do, and nothing of the rest", () => {
    const checks = preflight({ ...good, ...vm({ powerState: "deallocated" }), seen: operation("failed") });
    assert.deepEqual(preflightFailure(checks), {
      code: "PREFLIGHT_FAILED",
      message: "The VM's power state is deallocated.",
      cause: "The preflight failed: P04.",
      remedy: "Start the VM and keep it on until the migration ends. Then restart the migration.",
    });
  });

  test("names the VM, and why it could not be read", () => {
    assert.equal(
      checkOf("P02", vm({ exists: "unreadable", unreadable: "403 AuthorizationFailed" })).message,
      "The SQL virtual machine SQLVM-07 could not be read: 403 AuthorizationFailed.",
    );
  });
});
