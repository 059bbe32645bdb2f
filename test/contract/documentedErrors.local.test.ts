// Tests that the restore engine understands every documented error when it is sent over the wire.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import {
  DOCUMENTED_ERRORS,
  type DocumentedErrorName,
  documented,
  type Place,
} from "../../local/arm/documentedErrors.ts";
import { armSender } from "../../shared/azure/arm/armRequests.ts";
import { dataMigrationClient } from "../../shared/azure/dms/dataMigrationClient.ts";
import { createDmsMigrationServices } from "../../shared/azure/dms/dmsMigrationServices.ts";
import { createDmsRestoreEngine } from "../../shared/azure/dms/dmsRestoreEngine.ts";
import { rowOf } from "../../shared/azure/dms/errors.ts";
import { ERROR_TABLE } from "../../shared/azure/dms/errorTable.ts";
import type { Explanation } from "../../shared/azure/dms/explanations/explanation.ts";
import { failureOf } from "../../shared/azure/dms/failures.ts";
import type { EngineAnswer, EngineFailure, Observation } from "../../shared/migration/observed.ts";
import { EXPECTED, OPERATIONS } from "../support/documentedErrors.ts";
import type { Sketch } from "../unit/local/arm/sketches.ts";
import { type EmulatedAzure, emulatedAzure, FAST } from "./emulatedAzure.ts";
import { isOver, observeUntil } from "./restoreEngine.contract.ts";

const FULL: Sketch = { kind: "full", from: 100, to: 110, set: "full" };
const NAMES = Object.keys(DOCUMENTED_ERRORS) as DocumentedErrorName[];
const at = (...places: readonly Place[]) => NAMES.filter((name) => places.includes(DOCUMENTED_ERRORS[name].at));
/** For these a look reports no failure: there is no such migration. */
const ABSENT: readonly DocumentedErrorName[] = ["ResourceDoesNotExist", "ResourceNotFound", "NotFoundWithoutBody"];

describe("documented errors over the wire", () => {
  let azure: EmulatedAzure;
  const met = new Set<Explanation | undefined>();

  before(async () => {
    azure = await emulatedAzure(undefined, { ...FAST, validationSeconds: 0, maxDatabasesPerVm: 1_000 });
    await azure.drop("Sales", { "f.bak": FULL });
  });
  after(() => azure.stop());

  const order = (databaseName: string) => ({ ...azure.order("Sales", "f.bak"), target: azure.target(databaseName) });
  const strike = (kind: DocumentedErrorName, targetDb?: string) =>
    azure.steer("POST", "faults", { kind, match: targetDb === undefined ? {} : { targetDb } });

  const assertExplained = (name: DocumentedErrorName, failure: EngineFailure | undefined) => {
    const [cause, kind, sqlError] = EXPECTED[name];
    assert.match(failure?.cause ?? "", cause);
    assert.deepEqual([failure?.kind, failure?.sqlError], [kind, sqlError]);
  };

  for (const name of at("start", "run"))
    test(`${name}, as the outcome of a run`, async () => {
      await strike(name, name);
      assert.ok((await azure.engine.start(order(name))).ok);
      const world = { engine: azure.engine, pollMs: 10, patienceMs: 30_000 };
      const end = await observeUntil(world, azure.target(name), isOver);
      const { properties } = (await azure.arm("GET", `${pathOf(name)}?api-version=2025-06-30`)).body as Told;
      const { code = "ProvisioningError", message = properties.provisioningError ?? "" } =
        properties.migrationFailureError ?? {};
      const raw = message === "" ? { code: "NoReasonGiven", message } : { code, message };
      met.add(rowOf(raw));
      if (EXPECTED[name][1] !== "done") return assertExplained(name, end.failure);
      assert.equal(end.phase, "succeeded");
    });

  const pathOf = (name: string) =>
    `${azure.target(name).sqlVmResourceId}/providers/Microsoft.DataMigration/databaseMigrations/${name}`;

  const ASK: Readonly<Record<keyof typeof OPERATIONS, (name: string) => Promise<EngineFailure | undefined>>> = {
    get: async (name) => unavailable(await azure.engine.observe(azure.target(name))),
    put: async (name) => refused(await azure.engine.start(order(name))),
    listKeys: async (name) => refused(await azure.engine.start(order(name))),
    cutover: async (name) => refused(await azure.engine.cutOver(azure.target(name), "op-1")),
    cancel: async (name) => refused(await azure.engine.cancel(azure.target(name), "op-1")),
    delete: async (name) => {
      const { seed, options } = azure;
      const client = dataMigrationClient(armSender(options), seed.subscriptionId, options.apiVersion);
      const answer = await client.databaseMigrationsSqlVm.delete(seed.resourceGroup, "vm1", name);
      return answer.kind === "ok" ? undefined : failureOf(answer);
    },
    deleteService: async () => {
      const { seed, options } = azure;
      const client = dataMigrationClient(armSender(options), seed.subscriptionId, options.apiVersion);
      const answer = await client.sqlMigrationServices.delete(seed.resourceGroup, "dms1");
      return answer.kind === "ok" ? undefined : failureOf(answer);
    },
  };

  for (const name of at("get", "put", "cutover", "cancel", "delete", "deleteService", "listKeys")) {
    const place = DOCUMENTED_ERRORS[name].at as keyof typeof OPERATIONS;
    if (ABSENT.includes(name))
      test(`${name}, as the answer to a look: there is no such migration`, async () => {
        await strike(name, name);
        assert.deepEqual(await azure.engine.observe(azure.target(name)), { kind: "absent" });
      });
    else
      test(`${name}, as the answer to ${place}`, async () => {
        await strike(name, ["listKeys", "deleteService"].includes(place) ? undefined : name);
        const failure = await ASK[place](name);
        assertExplained(name, failure);
        assert.match(failure?.requestId ?? "", /^[0-9a-f-]{36}$/, "support asks for it");
        const { status = 0 } = documented(name, name);
        const { code = "", message = "" } = failure ?? {};
        met.add(rowOf({ code, message, status, operation: OPERATIONS[place] }));
      });
  }

  for (const [code, body, ask] of [
    ["NotAMigration", [], (options) => createDmsRestoreEngine(options).observe(azure.target("x")).then(unavailable)],
    ["NoAccountKey", { keys: [] }, (options) => createDmsRestoreEngine(options).start(order("x")).then(refused)],
    [
      "EndlessList",
      { value: [], nextLink: "?$skiptoken=again" },
      async (options) => {
        const seen = await createDmsMigrationServices(options).migrations("dms1");
        return seen.kind === "unreadable" ? seen.failure : undefined;
      },
    ],
  ] satisfies readonly (readonly [
    string,
    object,
    (options: EmulatedAzure["options"]) => Promise<EngineFailure | undefined>,
  ])[])
    test(`${code}, of an answer that makes no sense`, async () => {
      const server = createServer((_, response) => response.writeHead(200).end(JSON.stringify(body)));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const failure = await ask({ ...azure.options, endpoint });
      server.close();
      assert.equal(failure?.code, code);
      met.add(rowOf({ code, message: failure?.message ?? "" }));
    });

  test("NoAnswer, of an address where nobody listens", async () => {
    const failure = unavailable(
      await createDmsRestoreEngine({ ...azure.options, endpoint: "http://127.0.0.1:1" }).observe(azure.target("x")),
    );
    assert.equal(failure?.code, "NoAnswer");
    met.add(rowOf({ code: "NoAnswer", message: failure?.message ?? "" }));
  });

  test("every row of the table was met", () => {
    const never = ERROR_TABLE.flatMap(({ rows }) => rows).filter((row) => !met.has(row));
    assert.deepEqual(never, []);
  });
});

interface Told {
  readonly properties: {
    readonly provisioningError?: string;
    readonly migrationFailureError?: { readonly code: string; readonly message: string };
  };
}

const refused = (answer: EngineAnswer): EngineFailure | undefined => (answer.ok ? undefined : answer.failure);

const unavailable = (seen: Observation): EngineFailure | undefined =>
  seen.kind === "unavailable" ? seen.failure : undefined;
