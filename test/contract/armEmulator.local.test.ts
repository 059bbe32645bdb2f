// Does the emulator answer as Azure Resource Manager does, header by header?
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EmulatedAzure, emulatedAzure, SHARE_PATH } from "./emulatedAzure.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error?: { readonly code: string; readonly message: string } };
}

describe("Azure Resource Manager, emulated", () => {
  let azure: EmulatedAzure;
  const migration = (targetDb: string) =>
    `${azure.target(targetDb).sqlVmResourceId}/providers/Microsoft.DataMigration/databaseMigrations/${targetDb}`;
  const arm = async (method: string, path: string, body?: object) => (await azure.arm(method, path, body)) as Answer;
  const share = (scope: string) => ({
    properties: {
      kind: "SqlVm",
      scope,
      migrationService: azure.options.serviceResourceId,
      sourceDatabaseName: "Sales",
      sourceSqlConnection: { dataSource: "SRV01", authentication: "SqlAuthentication", userName: "u", password: "p" },
      backupConfiguration: {
        sourceLocation: { fileShare: { path: SHARE_PATH, username: "u", password: "p" } },
        targetLocation: { storageAccountResourceId: azure.options.storageAccountResourceId, accountKey: "k" },
      },
    },
  });

  before(async () => {
    azure = await emulatedAzure();
    const keys = await azure.services.authKeys("dms1");
    assert.ok(keys.ok);
    await azure.steer("POST", "nodes", { nodeName: "HOST1", authKey: keys.keys.authKey1 });
  });
  after(() => azure.stop());

  test("a request without a token is refused with 401", async () => {
    const answer = await fetch(`${azure.emulator.url}${migration("x")}?api-version=2025-06-30`);
    assert.equal(answer.status, 401);
    assert.equal(((await answer.json()) as Answer["body"]).error?.code, "AuthenticationFailed");
  });

  test("the managed identity endpoint wants its header", async () => {
    const url = `${azure.emulator.url}/msi/token?resource=https://management.azure.com/&api-version=2019-08-01`;
    assert.equal((await fetch(url)).status, 400);
  });

  for (const [what, path, status, code] of [
    ["a missing migration", "M?api-version=2025-06-30", 404, "ResourceNotFound"],
    ["an unknown api-version", "M?api-version=2021-06-30", 400, "InvalidApiVersionParameter"],
    ["no api-version", "M", 400, "MissingApiVersionParameter"],
    ["an unknown operation", "M/retry?api-version=2025-06-30", 404, "InvalidResourceType"],
    [
      "an unknown subscription",
      "/subscriptions/x/providers/Microsoft.DataMigration?api-version=2021-04-01",
      404,
      "SubscriptionNotFound",
    ],
  ] as const) {
    test(`${what} is refused: ${status} ${code}`, async () => {
      const answer = await arm("GET", path.replace(/^M/, migration("nothing")));
      assert.deepEqual([answer.status, answer.body.error?.code], [status, code]);
    });
  }

  test("a SQL VM that does not exist is refused with 404", async () => {
    const answer = await arm("GET", `${migration("x").replace("vm1", "vm9")}?api-version=2025-06-30`);
    assert.deepEqual([answer.status, answer.body.error?.code], [404, "ResourceNotFound"]);
  });

  test("a scope that is not the VM of the URL is refused; case does not matter", async () => {
    const path = `${migration("Scope")}?api-version=2025-06-30`;
    const { sqlVmResourceId } = azure.target("x");
    const wrong = await arm("PUT", path, share(sqlVmResourceId.replace("vm1", "vm2")));
    assert.equal(wrong.status, 400);
    assert.deepEqual(wrong.body.error, {
      code: "InvalidParameterValue",
      message: "Invalid value provided for parameter 'Scope'. Specify a valid parameter value.",
    });
    assert.equal((await arm("PUT", path, share(sqlVmResourceId.toUpperCase()))).status, 201);
  });

  test("the operation URL is signed since 2025, and a changed one is not found", async () => {
    const put = await arm(
      "PUT",
      `${migration("Signed")}?api-version=2025-06-30`,
      share(azure.target("x").sqlVmResourceId),
    );
    const url = new URL(put.headers.get("azure-asyncoperation") ?? "");
    assert.ok(url.search.length > 2000);
    assert.equal((await arm("GET", url.pathname + url.search)).status, 200);
    url.searchParams.set("t", "1");
    assert.equal((await arm("GET", url.pathname + url.search)).status, 404);
  });
});
