// Tests that the emulator answers as Azure Resource Manager does, header by header.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ACCOUNT_KEY, type EmulatedAzure, emulatedAzure, SHARE_PATH } from "./emulatedAzure.ts";

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
        targetLocation: { storageAccountResourceId: azure.options.storageAccountResourceId, accountKey: ACCOUNT_KEY },
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

  test("a wrong scope is told before a wrong kind", async () => {
    const body = { properties: { kind: "SqlMi", scope: "/elsewhere" } };
    const answer = await arm("PUT", `${migration("Both")}?api-version=2025-06-30`, body);
    assert.match(answer.body.error?.message ?? "", /'Scope'/);
  });

  const seen = async (targetDb: string, version = "2025-06-30") =>
    (await arm("GET", `${migration(targetDb)}?api-version=${version}&$expand=MigrationStatusDetails`))
      .body as unknown as { readonly properties: Readonly<Record<string, unknown>> };

  /** Looks until the migration is there, with its details. */
  async function until(targetDb: string, wanted: (properties: Readonly<Record<string, unknown>>) => boolean) {
    let last: unknown;
    for (let tries = 0; tries < 2_000; tries++) {
      const { properties } = await seen(targetDb);
      if (wanted(properties)) return properties;
      last = properties;
      await pause(10);
    }
    return assert.fail(`not reached: ${JSON.stringify(last)}`);
  }

  test("a failure is told by number until 2021 and by name since 2025, beside both provisioning states", async () => {
    await azure.steer("POST", "faults", { kind: "sql3241", match: { targetDb: "Told" } });
    await arm("PUT", `${migration("Told")}?api-version=2025-06-30`, share(azure.target("x").sqlVmResourceId));
    const now = await until("Told", ({ migrationStatus }) => migrationStatus === "Failed");
    const then = (await seen("Told", "2021-10-30-preview")).properties;
    const codeOf = (properties: Readonly<Record<string, unknown>>) =>
      (properties["migrationFailureError"] as { readonly code: string }).code;
    assert.deepEqual([codeOf(now), codeOf(then)], ["MigrationRestoreFailed", "2009"]);
    assert.equal(now["provisioningState"], "Failed");
    await azure.steer("PUT", "settings", { failedAs: "Succeeded" });
    assert.equal((await seen("Told")).properties["provisioningState"], "Succeeded");
    await azure.steer("PUT", "settings", { failedAs: "Failed" });
  });

  test("a migration is deleted through Dropping, and refused while it runs", async () => {
    const path = `${migration("Dropped")}?api-version=2025-06-30`;
    await arm("PUT", path, share(azure.target("x").sqlVmResourceId));
    const early = await arm("DELETE", path);
    assert.deepEqual([early.status, early.body.error?.code], [400, "DeleteMigrationNotAllowedMigrationInProgress"]);
    await azure.steer("PUT", "settings", { speed: 0 });
    assert.equal((await arm("DELETE", `${path}&force=true`)).status, 200);
    assert.equal((await seen("Dropped")).properties["provisioningState"], "Dropping");
    assert.equal((await arm("DELETE", path)).body.error?.code, "DeleteMigrationNotAllowedDeleteInProgress");
    await azure.steer("PUT", "settings", { speed: 100 });
  });

  test("between two logs nothing is restored for a while: the names are equal, and files are pending", async () => {
    await azure.drop("on-the-share", {
      "f.bak": { kind: "full", from: 100, to: 110, set: "full" },
      "l1.trn": { kind: "log", from: 100, to: 150, set: "log1" },
    });
    await azure.steer("PUT", "settings", { logPauseSeconds: 1_000_000 });
    await arm("PUT", `${migration("Paused")}?api-version=2025-06-30`, share(azure.target("x").sqlVmResourceId));
    const isPaused = (properties: Readonly<Record<string, unknown>>) => {
      const details = (properties["migrationStatusDetails"] ?? {}) as Readonly<Record<string, unknown>>;
      return details["isFullBackupRestored"] === true;
    };
    const details = (await until("Paused", isPaused))["migrationStatusDetails"] as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      [details["currentRestoringFilename"], details["lastRestoredFilename"], details["pendingLogBackupsCount"]],
      ["f.bak", "f.bak", 1],
    );
    await azure.steer("POST", "faults", { kind: "lastSetOmitted", match: { targetDb: "Paused" } });
    const setIn = async () =>
      "lastRestoredBackupSetInfo" in ((await seen("Paused")).properties["migrationStatusDetails"] as object);
    assert.deepEqual([await setIn(), await setIn()], [false, true], "once, though the name is there");
    await azure.steer("PUT", "settings", { logPauseSeconds: 0 });
  });

  test("services are listed without the state of their runtime, tagged, and deleted when nothing runs", async () => {
    const { serviceResourceId } = azure.options;
    const collection = serviceResourceId.slice(0, serviceResourceId.lastIndexOf("/"));
    const version = "?api-version=2025-06-30";
    const list = (await arm("GET", `${collection}${version}`)).body as unknown as {
      readonly value: readonly { readonly properties: { readonly integrationRuntimeState: string } }[];
    };
    assert.deepEqual(
      list.value.map(({ properties }) => properties.integrationRuntimeState),
      [""],
    );
    const tagged = await arm("PATCH", `${serviceResourceId}${version}`, { tags: { team: "dba" } });
    assert.deepEqual((tagged.body as unknown as { readonly tags: object }).tags, { team: "dba" });
    assert.equal((await arm("DELETE", `${serviceResourceId}${version}`)).body.error?.code, "DeleteServiceNotAllowed");
    await arm("PUT", `${collection}/dms9${version}`, { location: "westeurope" });
    const deleted = await arm("DELETE", `${collection}/dms9${version}`);
    assert.ok(deleted.status === 202 && deleted.headers.has("azure-asyncoperation") && deleted.headers.has("location"));
    assert.equal((await arm("DELETE", `${collection}/dms9${version}`)).status, 204);
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
