// Tests what becomes of a restore while Azure throttles requests for an hour; over HTTP, in the app's own time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { HttpHandler } from "@azure/functions";
import { HttpRequest } from "@azure/functions";
import { lookAtRestore } from "../../functions/activities/lookAtRestore.ts";
import { requestCutover } from "../../functions/http/commands/requestCutover.ts";
import { getMigration } from "../../functions/http/migrations/getMigration.ts";
import { invocationOf } from "../../functions/invocation.ts";
import { draftOf, ensureMigration } from "../../shared/application/files/ensureMigration.ts";
import type { Migration } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import { lay, newEstate, put, type Worker } from "../support/estate.ts";
import { aMigration } from "../support/facts.ts";
import { nextOf, type Past, perform, workerOf } from "../support/miniHost.ts";
import { aWorld } from "../support/world.ts";
import { headerOf, type Sketch } from "../unit/local/arm/sketches.ts";
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

/** Sends a person's request to the API. */
async function asked(
  handler: (services: Services) => HttpHandler,
  { services, context }: Pick<Worker, "services" | "context">,
  { migrationId, summary }: Migration,
  body?: object,
) {
  const request = new HttpRequest({
    method: body === undefined ? "GET" : "POST",
    url: "https://ferry.test/",
    params: { id: migrationId },
    headers: { "if-match": `"${summary?.planVersion ?? ""}"` },
    ...(body !== undefined && { body: { string: JSON.stringify(body) } }),
  });
  const answer = (await handler(services)(request, context)) as {
    status?: number;
    headers?: Record<string, string>;
    body: string;
  };
  return { status: answer.status ?? 200, headers: answer.headers ?? {}, body: JSON.parse(answer.body) };
}

test("a whole migration with a throttled hour in it: the API tells the wait and when to ask again, and the cutover is made after it", async () => {
  const files = { "f.bak": FULL, "l1.trn": { kind: "log", from: 110, to: 120, set: "log" } } as const;
  await azure.drop("Sales", files);
  const estate = newEstate("2025-11-24T22:00:00.000Z");
  const { sqlVmResourceId } = azure.target("Sales");
  const worker = workerOf(estate, undefined, { TARGET_SQL_VM_RESOURCE_ID: sqlVmResourceId });
  const app = { ...worker, services: { ...worker.services, engine: azure.engine } };
  for (const [name, sketch] of Object.entries(files)) {
    const header = headerOf(sketch);
    const content = { kind: "header", media: header.media, backupSets: header.backupSets } as const;
    const arrivedAt = "2025-11-24T21:30:00.000Z";
    lay(estate, { name: `Sales/${name}`, etag: name, sizeBytes: 1_000, blobType: "BlockBlob", arrivedAt, content });
  }
  put(estate, { ...draftOf(app.services, "Sales"), createdBy: "Dana", mode: "online" });
  await ensureMigration(app.services, invocationOf(app.context), "Sales");
  const migration = () => Object.values(estate.migrations)[0]?.migration ?? assert.fail("There is no migration.");
  const [instance = assert.fail("Nothing was started.")] = Object.keys(estate.instances);

  /** Runs the orchestration turn by turn, moving time on with it, until `isSo` holds. */
  let past: Past = [];
  const goOnUntil = async (isSo: () => boolean): Promise<number> => {
    for (let turns = 0; turns < 500; turns++) {
      if (isSo()) return turns;
      const next = nextOf(instance, { migrationId: migration().migrationId, run: 1 }, past);
      if ("ended" in next) return turns;
      const moved = next.after(await perform(next.activity, next.input, app));
      past = moved.past;
      estate.now += moved.pauseSeconds * 1_000;
    }
    return assert.fail(`It stays ${migration().state}: ${JSON.stringify(migration().waitingOn)}`);
  };
  await goOnUntil(() => migration().state === "readyForCutover");

  await azure.steer("PUT", "settings", { retryAfterSeconds: 120 });
  await azure.steer("POST", "faults", { kind: "throttle429", match: { targetDb: "Sales" }, times: 10_000 });
  const end = estate.now + HOUR_MS;
  const refused = await asked(requestCutover, app, migration(), { sourceClosed: true });
  assert.equal(refused.status, 429, JSON.stringify(refused.body));
  assert.match(refused.body.type, /throttled$/);
  assert.equal(refused.headers["retry-after"], "120");
  const looks = await goOnUntil(() => estate.now >= end);
  assert.ok(looks <= HOUR_MS / 120_000 + 2, `${looks} looks`);
  const shown = await asked(getMigration, app, migration());
  assert.match(shown.body.waitingOn.cause, /fewer requests/);
  assert.match(shown.body.state, /^(restoring|readyForCutover)$/);
  assert.equal(estate.published.filter(({ type }) => type === "com.sqlferry.migration.waiting").length, 1);

  await azure.steer("DELETE", "faults");
  await goOnUntil(() => migration().state === "readyForCutover" && migration().waitingOn === undefined);
  assert.equal((await asked(requestCutover, app, migration(), { sourceClosed: true })).status, 202);
  await goOnUntil(() => migration().state === "succeeded");
  const { mutations } = (await azure.steer("GET", "journal")) as { mutations: { targetDb: string; method: string }[] };
  assert.deepEqual(
    mutations.filter(({ targetDb }) => targetDb === "Sales").map(({ method }) => method),
    ["PUT", "POST cutover"],
  );
});
