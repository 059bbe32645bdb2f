// What becomes of a restore while Azure asks for fewer requests for an hour? Over HTTP, in the app's own time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { lookAtRestore } from "../../functions/activities/lookAtRestore.ts";
import { aMigration } from "../support/facts.ts";
import { aWorld } from "../support/world.ts";
import type { Sketch } from "../unit/local/arm/sketches.ts";
import { type EmulatedAzure, emulatedAzure } from "./emulatedAzure.ts";
import { inStep, observeUntil } from "./restoreEngine.contract.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const HOUR_MS = 3_600_000;

let azure: EmulatedAzure;
before(async () => {
  azure = await emulatedAzure();
});
after(() => azure.stop());

test("a restore that is throttled for an hour asks as rarely as it is told to, tells people once, and goes on", async () => {
  await azure.drop("Hour", { "f.bak": FULL });
  assert.ok((await azure.engine.start(azure.order("Hour"))).ok);
  const world = { engine: azure.engine, pollMs: 20, patienceMs: 30_000 };
  const { operationId = "" } = await observeUntil(world, azure.target("Hour"), inStep("f.bak"));
  const migration = aMigration("sales-1", { state: "restoring", operationId, target: azure.target("Hour") });
  const app = aWorld(migration);
  const services = { ...app.services, engine: azure.engine };
  const look = () => lookAtRestore(services)({ migrationId: "sales-1", run: 1, watch: "watch" }, app.log);

  await azure.steer("PUT", "settings", { retryAfterSeconds: 120 });
  await azure.steer("POST", "faults", { kind: "throttle429", match: { targetDb: "Hour" }, times: 10_000 });
  const end = app.now.getTime() + HOUR_MS;
  let looks = 0;
  for (; app.now.getTime() < end; looks++) {
    const seen = await look();
    assert.ok("nextLookSeconds" in seen && seen.nextLookSeconds > 0, JSON.stringify(seen));
    app.now = new Date(app.now.getTime() + seen.nextLookSeconds * 1_000);
  }
  assert.ok(looks <= HOUR_MS / 120_000 + 1, `${looks} looks: one more, for the time at which people are told`);
  assert.equal(app.published.filter(({ type }) => type === "com.sqlferry.migration.waiting").length, 1);
  assert.match(app.migration().waitingOn?.cause ?? "", /fewer requests/);
  assert.deepEqual([app.migration().state, app.orders], ["restoring", []], "nothing was canceled");

  await azure.steer("DELETE", "faults");
  await look();
  assert.equal(app.migration().waitingOn, undefined);
  assert.equal(app.migration().service?.migrationStatus, "InProgress");
});
