// Tests what becomes of a restore that Azure disturbs, or that fails half-way, for each kind of answer, over HTTP.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lookAtRestore } from "../../functions/activities/lookAtRestore.ts";
import { DOCUMENTED_ERRORS, type DocumentedErrorName } from "../../local/arm/documentedErrors.ts";
import { EXPECTED } from "../support/documentedErrors.ts";
import { aMigration } from "../support/facts.ts";
import { aWorld } from "../support/world.ts";
import type { Sketch } from "../unit/local/arm/sketches.ts";
import { type EmulatedAzure, emulatedAzure, FAST } from "./emulatedAzure.ts";
import { observeUntil } from "./restoreEngine.contract.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const log = (from: number): Sketch => ({ kind: "log", from, to: from + 10, set: `log${from}` });

let azure: EmulatedAzure;
before(async () => {
  azure = await emulatedAzure(undefined, { ...FAST, validationSeconds: 0, maxDatabasesPerVm: 1_000 });
  await azure.drop("Mid", { "f.bak": FULL, "l1.trn": log(110), "l2.trn": log(120), "l3.trn": log(130) });
});
after(() => azure.stop());

const strike = (kind: DocumentedErrorName, more: object = {}) =>
  azure.steer("POST", "faults", { kind, match: { targetDb: kind }, ...more });

/** The app as it follows a restore of this name that DMS has started. */
async function following(name: string) {
  const target = azure.target(name);
  assert.ok((await azure.engine.start({ ...azure.order("Mid"), target })).ok);
  const world = { engine: azure.engine, pollMs: 10, patienceMs: 30_000 };
  const { operationId = "" } = await observeUntil(world, target, (one) => one.operationId !== undefined);
  const app = aWorld(aMigration("sales-1", { state: "restoring", operationId, target }));
  const services = { ...app.services, engine: azure.engine };
  const look = () => lookAtRestore(services)({ migrationId: "sales-1", run: 1, watch: "watch" }, app.log);
  return { app, look };
}

async function restoredSets(targetDb: string): Promise<number> {
  const { runs } = (await azure.steer("GET", "journal")) as { runs: { targetDb: string; restored: unknown[] }[] };
  return runs.find((run) => run.targetDb === targetDb)?.restored.length ?? 0;
}

describe("a run that DMS ends in the middle", () => {
  /** One for each consequence, one that is in no documentation, and one without a reason. */
  const ENDS: readonly DocumentedErrorName[] = [
    "certificateMissing",
    "internalError1010",
    "osError1450",
    "adfCleanup",
    "unknownFailure",
    "noReason",
  ];
  for (const name of ENDS) {
    const [cause, kind, sqlError] = EXPECTED[name];
    const outcome = kind === "done" ? "succeeded" : "failed";
    test(`${name}, of kind "${kind}": ${outcome}, and nothing is tried again or canceled`, async () => {
      await strike(name, { afterSets: 2 });
      const { app, look } = await following(name);
      for (let looks = 0; looks < 1_000; looks++) {
        const seen = await look();
        if (!("end" in seen)) continue;
        assert.equal(seen.end.end, outcome);
        if (outcome === "failed") {
          const { failure } = seen.end as { failure?: { cause: string; sqlError?: number } };
          assert.match(failure?.cause ?? "", cause);
          assert.equal(failure?.sqlError, sqlError);
        }
        assert.ok((await restoredSets(name)) >= 2, "part of it was done");
        assert.deepEqual(app.orders, []);
        return;
      }
      assert.fail("the run did not end");
    });
  }
});

describe("a look that is refused in the middle", () => {
  const NAMES = (Object.keys(DOCUMENTED_ERRORS) as DocumentedErrorName[]).filter(
    (name) => DOCUMENTED_ERRORS[name].at === "get",
  );
  /** These mean that there is no such migration. */
  const ABSENT: readonly string[] = ["ResourceDoesNotExist", "ResourceNotFound", "NotFoundWithoutBody"];
  for (const name of NAMES)
    test(`${name}: the restore is never ended by it, and goes on when it has passed`, async () => {
      const { app, look } = await following(name);
      await strike(name);
      const refused = await look();
      assert.ok("nextLookSeconds" in refused && refused.nextLookSeconds > 0, JSON.stringify(refused));
      assert.deepEqual([app.migration().state, app.orders], ["restoring", []]);
      const { waitingOn, goneSince } = app.migration();
      if (ABSENT.includes(name)) assert.ok(goneSince, "that it is not there is noted, and looked at again");
      else assert.match(waitingOn?.cause ?? "", EXPECTED[name][0]);
      const passed = await look();
      assert.ok("nextLookSeconds" in passed, JSON.stringify(passed));
      assert.deepEqual([app.migration().waitingOn, app.migration().goneSince], [undefined, undefined]);
      assert.ok(app.migration().service?.migrationStatus, "what DMS shows is noted again");
    });
});
