// Tests exactly what is sent over the wire, and what never leaves the adapter.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { noteOnce } from "../../../../../shared/azure/arm/notes.ts";
import { createDmsRestoreEngine } from "../../../../../shared/azure/dms/dmsRestoreEngine.ts";
import type { RestoreOrder } from "../../../../../shared/ports.ts";

const GROUP = "/subscriptions/sub1/resourceGroups/rg1/providers";
const KEY = "c2VjcmV0IGtleSBvZiB0aGUgYWNjb3VudA==";
const ORDER: RestoreOrder = {
  target: {
    sqlVmResourceId: `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1`,
    databaseName: "100% Sales/2025",
  },
  sourceDatabaseName: "Sales",
  sourceServerName: "SRV01",
  container: "backups",
  folder: "Sales",
  mode: "offline",
  lastBackupName: "Sales/Sales_tail.trn",
};

const SHARE: NonNullable<RestoreOrder["fileShare"]> = {
  path: "\\\\srv01\\backups\\Sales",
  username: "CORP\\svc",
  passwordSecret: "share-password",
  sql: {
    server: "SRV01",
    authentication: "SqlAuthentication",
    userName: "reader",
    passwordSecret: "sql-password",
    trustServerCertificate: false,
  },
};

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

describe("restore engine on the wire", () => {
  let server: Server;
  let endpoint: string;
  let seen: Seen[] = [];
  let answer: (request: Seen) => Answer;
  let vm: Answer;
  const noted: string[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      const one = { method: request.method ?? "", url: request.url ?? "", body };
      seen.push(one);
      const isOfTheVm = /sqlVirtualMachines\/vm1\?/.test(one.url);
      const { status, body: text, headers } = one.url.includes("/listKeys") ? keys : isOfTheVm ? vm : answer(one);
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen = [];
    noted.length = 0;
    vm = { status: 200, body: '{"properties":{}}' };
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const keys: Answer = { status: 200, body: JSON.stringify({ keys: [{ keyName: "key1", value: KEY }] }) };
  const engine = (blobAuth?: "ManagedIdentity") =>
    createDmsRestoreEngine({
      credential: { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) },
      endpoint,
      apiVersion: "2025-06-30",
      serviceResourceId: `${GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms1`,
      storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/account1`,
      secrets: { read: async (name) => ({ ok: true, value: `value of ${name}` }) },
      note: noteOnce((line) => noted.push(line)),
      ...(blobAuth === undefined ? {} : { blobAuth }),
    });

  test("the create carries folder, bare last backup, key and our api-version", async () => {
    answer = () => ({ status: 201, body: "{}" });
    assert.deepEqual(await engine().start(ORDER), { ok: true });
    const put = seen.at(-1);
    assert.deepEqual(
      seen.map(({ method }) => method),
      ["POST", "PUT"],
    );
    assert.ok(put?.url.endsWith("/databaseMigrations/100%25%20Sales%2F2025?api-version=2025-06-30"), put?.url);
    const { properties } = JSON.parse(put?.body ?? "") as { properties: Record<string, unknown> };
    assert.deepEqual(properties["offlineConfiguration"], { offline: true, lastBackupName: "Sales_tail.trn" });
    assert.deepEqual(properties["backupConfiguration"], {
      sourceLocation: {
        azureBlob: {
          storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/account1`,
          blobContainerName: "backups/Sales",
          accountKey: KEY,
        },
      },
    });
    assert.equal(properties["scope"], ORDER.target.sqlVmResourceId);
  });

  test("online at the container's root: no offlineConfiguration, no slash", async () => {
    answer = () => ({ status: 201, body: "{}" });
    const { lastBackupName: _, ...online } = ORDER;
    await engine().start({ ...online, mode: "online", folder: "" });
    const body = seen.at(-1)?.body ?? "";
    assert.ok(!body.includes("offlineConfiguration") && body.includes('"blobContainerName":"backups"'));
  });

  test("from a share: passwords by their secrets' names, the staging account, no word of blobs", async () => {
    answer = () => ({ status: 201, body: "{}", headers: { "retry-after": "15" } });
    const { lastBackupName: _, ...order } = ORDER;
    assert.deepEqual(await engine().start({ ...order, mode: "offline", fileShare: SHARE }), {
      ok: true,
      retryAfterSeconds: 15,
    });
    const { properties } = JSON.parse(seen.at(-1)?.body ?? "") as { properties: Record<string, unknown> };
    assert.deepEqual(properties["backupConfiguration"], {
      sourceLocation: {
        fileShare: { path: SHARE.path, username: SHARE.username, password: "value of share-password" },
      },
      targetLocation: {
        storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/account1`,
        accountKey: KEY,
      },
    });
    assert.deepEqual(properties["sourceSqlConnection"], {
      dataSource: "SRV01",
      authentication: "SqlAuthentication",
      userName: "reader",
      password: "value of sql-password",
      encryptConnection: true,
      trustServerCertificate: false,
    });
    assert.deepEqual(
      properties["offlineConfiguration"],
      { offline: true },
      "the service finds the last file by itself",
    );
  });

  test("neither key nor password comes back in a refusal that quotes the request", async () => {
    answer = ({ body }) => ({ status: 400, body: JSON.stringify({ error: { code: "Bad", message: body } }) });
    const refused = await engine().start({ ...ORDER, fileShare: SHARE });
    assert.ok(!refused.ok);
    assert.match(refused.failure.message, /\*\*\*/);
    assert.doesNotMatch(JSON.stringify(refused), new RegExp(`${KEY}|value of`));
  });

  test("with a managed identity no key is asked for", async () => {
    answer = () => ({ status: 201, body: "{}" });
    await engine("ManagedIdentity").start(ORDER);
    assert.deepEqual(
      seen.map(({ method }) => method),
      ["PUT"],
    );
    assert.ok(!seen[0]?.body.includes("accountKey"));
    const { properties } = JSON.parse(seen[0]?.body ?? "") as {
      properties: { backupConfiguration: { sourceLocation: { azureBlob: object } } };
    };
    assert.deepEqual(properties.backupConfiguration.sourceLocation.azureBlob, {
      storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/account1`,
      blobContainerName: "backups/Sales",
      authType: "ManagedIdentity",
      identity: { type: "SystemAssigned" },
    });
  });

  test("the staging account of a share is opened with its key, whatever the blobs are opened with", async () => {
    answer = () => ({ status: 201, body: "{}" });
    await engine("ManagedIdentity").start({ ...ORDER, fileShare: SHARE });
    const { properties } = JSON.parse(seen.at(-1)?.body ?? "") as {
      properties: { backupConfiguration: { targetLocation: object } };
    };
    assert.deepEqual(properties.backupConfiguration.targetLocation, {
      storageAccountResourceId: `${GROUP}/Microsoft.Storage/storageAccounts/account1`,
      accountKey: KEY,
    });
  });

  test("a refusal that quotes the request does not carry the key out", async () => {
    answer = ({ body }) => ({
      status: 400,
      body: JSON.stringify({ error: { code: "InvalidParameterValue", message: body } }),
    });
    const refused = await engine().start(ORDER);
    assert.ok(!refused.ok && refused.failure.message.includes('"accountKey":"***"'));
    assert.ok(!JSON.stringify(refused).includes(KEY));
  });

  test("a refusal without JSON does not carry the key out either", async () => {
    answer = ({ body }) => ({ status: 502, body: `<html>${body}</html>`, headers: { "content-type": "text/html" } });
    const refused = await engine().start(ORDER);
    assert.ok(!refused.ok && refused.failure.kind === "wait" && !JSON.stringify(refused).includes(KEY));
  });

  for (const status of [429, 500, 503]) {
    test(`HTTP ${status} is reported with its pause, and nothing is sent twice`, async () => {
      const body = JSON.stringify({ error: { code: "Busy", message: "later" } });
      answer = () => ({ status, body, headers: { "retry-after": "17" } });
      const look = await engine().observe(ORDER.target);
      assert.ok(look.kind === "unavailable" && look.failure.kind === "wait" && look.failure.retryAfterSeconds === 17);
      await engine().cutOver(ORDER.target, "op-1");
      assert.equal(seen.length, 2);
    });
  }

  test("a request that fails on its way may have been carried out; one that was refused has not", async () => {
    for (const [status, may] of [
      [400, undefined],
      [409, undefined],
      [429, undefined],
      [500, true],
      [502, true],
      [503, undefined],
      [504, true],
    ] as const) {
      answer = () => ({ status, body: "" });
      const told = await engine().start(ORDER);
      assert.ok(!told.ok);
      assert.equal(told.mayHaveHappened, may, String(status));
    }
    const nobody = createServer((request) => void request.socket.destroy());
    await new Promise<void>((resolve) => nobody.listen(0, "127.0.0.1", resolve));
    const there = endpoint;
    endpoint = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`;
    const cut = await engine("ManagedIdentity").start(ORDER);
    endpoint = there;
    nobody.close();
    assert.ok(!cut.ok && cut.mayHaveHappened);
  });

  test("an answer that is not a migration is nothing to act on", async () => {
    for (const body of ["[]", '"text"', "null", "{}", "<html>", ""]) {
      answer = () => ({ status: 200, body });
      const look = await engine().observe(ORDER.target);
      assert.ok(look.kind === "unavailable" && look.failure.kind === "wait", body);
      assert.equal(look.failure.code, "NotAMigration");
    }
  });

  for (const code of ["ResourceNotFound", "ResourceDoesNotExist", "NotFound"])
    test(`404 ${code}: there is no such migration`, async () => {
      answer = () => ({ status: 404, body: JSON.stringify({ error: { code, message: "none" } }) });
      assert.deepEqual(await engine().observe(ORDER.target), { kind: "absent" });
      assert.deepEqual(noted, [], "nothing to tell");
    });

  test("a 404 without a body means the same where the VM answers, and nothing where it does not", async () => {
    answer = () => ({ status: 404, body: "" });
    assert.deepEqual(await engine().observe(ORDER.target), { kind: "absent" });
    vm = { status: 404, body: "<html>" };
    const lost = await engine().observe(ORDER.target);
    assert.ok(lost.kind === "unavailable" && lost.failure.code === "Http404");
    vm = { status: 503, body: "" };
    const away = await engine().observe(ORDER.target);
    assert.ok(away.kind === "unavailable" && away.failure.kind === "wait");
  });

  for (const [status, code] of [
    [401, "InvalidAuthenticationToken"],
    [403, "AuthorizationFailed"],
    [400, "InvalidApiVersionParameter"],
    [400, "Whatever"],
    [404, "SubscriptionNotFound"],
  ] as const)
    test(`a look that is answered ${status} ${code} is for a person to mend`, async () => {
      answer = () => ({ status, body: JSON.stringify({ error: { code, message: "no" } }) });
      const look = await engine().observe(ORDER.target);
      assert.ok(look.kind === "unavailable" && look.failure.kind === "user" && look.failure.remedy !== "");
    });

  test("an error with details is told with them", async () => {
    const details = [{ code: "Inner", message: "The key is wrong.", target: "x" }, { message: "Twice." }];
    const error = { code: "InvalidParameterValue", message: "Outer.", details };
    answer = () => ({ status: 400, body: JSON.stringify({ error }) });
    const refused = await engine().start(ORDER);
    assert.ok(!refused.ok);
    assert.equal(refused.failure.message, "Outer. Inner: The key is wrong. Twice.");
  });

  for (const [what, body, code] of [
    ["a code that is a number", '{"error":{"code":1010,"message":"m"}}', "1010"],
    ["members in capitals", '{"Error":{"Code":"Busy","Message":"m"}}', "Busy"],
    ["no envelope", '{"code":"Busy","message":"m"}', "Busy"],
    ["a text in the error's place", '{"error":"Busy"}', "Http500"],
    ["details that are none", '{"error":{"code":"Busy","message":"m","details":"x"}}', "Busy"],
    ["null details", '{"error":{"code":"Busy","message":"m","details":[null,{}]}}', "Busy"],
  ] as const)
    test(`an error with ${what} is understood`, async () => {
      answer = () => ({ status: 500, body });
      const look = await engine().observe(ORDER.target);
      assert.ok(look.kind === "unavailable");
      assert.equal(look.failure.code, code);
    });

  test("the request's id is kept and logged, and the same refusal is logged once", async () => {
    let request = 0;
    answer = () => ({
      status: 403,
      body: JSON.stringify({ error: { code: "AuthorizationFailed", message: "no" } }),
      headers: { "x-ms-request-id": `r-${++request}` },
    });
    const one = engine();
    const looks = [await one.observe(ORDER.target), await one.observe(ORDER.target)];
    assert.deepEqual(
      looks.map((look) => look.kind === "unavailable" && look.failure.requestId),
      ["r-1", "r-2"],
    );
    assert.deepEqual(noted, [
      "Azure refused DatabaseMigrationsSqlVm_Get: 403 AuthorizationFailed: no (x-ms-request-id r-1)",
    ]);
  });

  test("unknown states, fields and failures are shown as running or failed, and logged once with their text", async () => {
    const properties = {
      provisioningState: "Pondering",
      migrationStatus: "Rehydrating",
      moonPhase: "full",
      migrationStatusDetails: {
        tide: "high",
        activeBackupSets: [{ listOfBackupFiles: [{ fileName: "f.bak", status: "Melting" }] }],
      },
    };
    answer = () => ({ status: 200, body: JSON.stringify({ properties }) });
    const one = engine();
    for (let look = 0; look < 2; look++) {
      const seen = await one.observe(ORDER.target);
      assert.ok(seen.kind === "present" && seen.operation.phase === "running");
    }
    assert.deepEqual(noted, [
      'Azure shows an unknown migrationStatus: "Rehydrating".',
      'Azure shows an unknown provisioningState: "Pondering".',
      'Azure shows an unknown status of a backup file: "Melting".',
      'Azure shows an unknown member of a migration: "moonPhase".',
      'Azure shows an unknown member of migrationStatusDetails: "tide".',
    ]);
    const failed = { migrationStatus: "Failed", migrationFailureError: { code: "Unheard", message: "of" } };
    answer = () => ({ status: 200, body: JSON.stringify({ properties: failed }) });
    const end = await one.observe(ORDER.target);
    assert.ok(end.kind === "present" && end.operation.phase === "failed");
    assert.equal(noted.at(-1), "DMS reports an unknown failure: Unheard: of");
  });

  test("a wrong subscription is not taken for a missing migration", async () => {
    answer = () => ({
      status: 404,
      body: JSON.stringify({ error: { code: "SubscriptionNotFound", message: "none" } }),
    });
    assert.equal((await engine().observe(ORDER.target)).kind, "unavailable");
  });
});
