// Does the emulator answer as Azure Resource Manager does, header by header?
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ACCOUNT_KEY, type EmulatedAzure, emulatedAzure, SHARE_PATH } from "./emulatedAzure.ts";

const RECORDINGS = "../shared/dms/recordings";
const SKIP = existsSync(RECORDINGS) ? false : "recorded traffic is not on this machine (../shared/dms/recordings)";

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

  for (const file of ["powershell-New-ToSqlVM.json", "powershell-Stop-ToSqlVM.json"]) {
    test(`${file} is answered with the recorded statuses, headers and members`, { skip: SKIP }, async () => {
      await azure.steer("PUT", "settings", { speed: 0 });
      const { exchanges } = JSON.parse(readFileSync(`${RECORDINGS}/${file}`, "utf8")) as { exchanges: Exchange[] };
      let operationUrl = "";
      let operationId = "";
      for (const { n, request, response } of exchanges) {
        const path = request.url.includes("/operationResults/") ? operationUrl : localPath(request.url);
        const body = request.body === null ? undefined : withOperationId(localBody(request.body), operationId);
        const answer = await repeatUntilAlike(() => arm(request.method, path, body), response);
        assert.equal(answer.status, response.status, `exchange ${n}`);
        assert.deepEqual(headerNames(answer.headers), headerNames(new Headers(response.headers)), `exchange ${n}`);
        assert.deepEqual(members(answer.body), members(response.body), `exchange ${n}`);
        const asyncOperation = answer.headers.get("azure-asyncoperation");
        if (asyncOperation !== null) operationUrl = asyncOperation.replace(azure.emulator.url, "");
        operationId = (answer.body as Resource).properties?.migrationOperationId ?? operationId;
      }
      await azure.steer("PUT", "settings", { speed: 100 });
    });
  }

  // The recorded names stand for those of the seed.
  const localPath = (url: string) =>
    new URL(url).pathname.replaceAll("000000RG", "rg1").replaceAll("unitTest", "vm1") + new URL(url).search;
  const localBody = (body: object) =>
    JSON.parse(
      JSON.stringify(body)
        .replaceAll("000000RG", "rg1")
        .replaceAll("unitTest", "vm1")
        .replaceAll("SqlMigrationServices/alias", "SqlMigrationServices/dms1")
        .replaceAll(/"[^"]*storageAccounts[^"]*"/g, JSON.stringify(azure.options.storageAccountResourceId))
        .replaceAll(/("path":)"[^"]*"/g, (_, name) => name + JSON.stringify(SHARE_PATH))
        .replaceAll('"accountKey":"accountKey"', `"accountKey":"${ACCOUNT_KEY}"`),
    ) as object;

  // The emulator's clock stands, except where the recording has come further: what was recorded several times stays so long.
  async function repeatUntilAlike(ask: () => Promise<Answer>, recorded: Exchange["response"]): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const answer = await ask();
      if (stateOf(answer.body) === stateOf(recorded.body) || tries === 500) return answer;
      await azure.steer("PUT", "settings", { speed: 100 });
      await pause(5);
      await azure.steer("PUT", "settings", { speed: 0 });
    }
  }
});

interface Resource {
  readonly status?: string;
  readonly properties?: {
    readonly provisioningState?: string;
    readonly migrationStatus?: string;
    readonly migrationOperationId?: string;
  };
}

interface Exchange {
  readonly n: number;
  readonly request: { readonly method: string; readonly url: string; readonly body: object | null };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: object };
}

const stateOf = (body: object): string => {
  const { status, properties } = body as Resource;
  return [status, properties?.provisioningState, properties?.migrationStatus].join("/");
};

const withOperationId = (body: object, operationId: string): object =>
  "migrationOperationId" in body ? { ...body, migrationOperationId: operationId } : body;

// Hop-by-hop headers of the local connection are nobody's contract.
const headerNames = (headers: Headers): string[] =>
  [...headers.keys()].filter((name) => name !== "connection" && name !== "keep-alive").sort();

const members = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, members(inner)]))
    : typeof value;
