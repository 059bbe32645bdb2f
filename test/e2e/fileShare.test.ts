// Tests a migration from a file share: registered runtime, upload, restore, cutover. Only DMS sees the share.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { sourceDatabase } from "../../local/backups/history.ts";
import { SHARE_CONTAINER, SHARE_PATH } from "../../local/settings.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { type Client, clientOf } from "./support/client.ts";
import { needsOwnStack } from "./support/elsewhere.ts";

let stack: Stack;
let client: Client;
let share: ContainerClient;
before(async () => {
  if (needsOwnStack) return;
  stack = await startStack({
    emulator: { validationSeconds: 1, cutoverSeconds: 1 },
    settings: { DMS_POLL_SECONDS: "1" },
  });
  client = clientOf(stack);
  share = BlobServiceClient.fromConnectionString(stack.connectionString).getContainerClient(SHARE_CONTAINER);
  await share.createIfNotExists();
});
after(() => stack?.stop());

const SERVICE = "/api/v1/services/sqlferry-dms";
const fileShare = {
  path: SHARE_PATH,
  username: "CORP\\ferry",
  passwordSecret: "share-password",
  sql: {
    server: "SRV01",
    authentication: "SqlAuthentication",
    userName: "reader",
    passwordSecret: "sql-password",
  },
};

test("from an unregistered runtime to the cutover", { skip: needsOwnStack }, async () => {
  const source = sourceDatabase({ name: "Payroll", startedAt: "2025-11-24T21:00:00" });
  const put = async ({ fileName, bytes }: { fileName: string; bytes: Uint8Array }) =>
    void (await share.getBlockBlobClient(fileName).uploadData(bytes));
  for (const file of [source.full(), source.log()]) await put(file);

  const id = await client.register("Payroll", {
    mode: "online",
    start: "auto",
    source: { folder: "Payroll", databaseName: "Payroll", fileShare },
  });
  const { failure } = await client.reaches(id, "preflightFailed");
  assert.match(failure.message, /The integration runtime that reads .* is NeedRegistration/);

  const reader = await client.api("POST", `${SERVICE}/keys`, {}, { "x-local-user": "reader" });
  assert.equal(reader.status, 403, "keys are for administrators");
  const keys = await client.api("POST", `${SERVICE}/keys`, {});
  assert.equal(keys.headers.get("cache-control"), "no-store");
  const registered = await fetch(`${stack.armUrl}/_emulator/nodes`, {
    method: "POST",
    body: JSON.stringify({ nodeName: "HOST1", authKey: keys.body.authKey1 }),
  });
  assert.equal(registered.status, 201);
  const fresh = await client.api("POST", `${SERVICE}/keys/regenerate`, { keyName: "authKey1" });
  assert.notEqual(fresh.body.authKey1, keys.body.authKey1);
  assert.equal((await client.api("GET", SERVICE)).body.integrationRuntimeState, "Online");
  assert.equal((await client.api("GET", `${SERVICE}/nodes`)).body.items[0].nodeName, "HOST1");

  assert.equal((await client.api("POST", `/api/v1/migrations/${id}/restart`, {})).status, 202);
  await client.reaches(id, "readyForCutover");
  await put(source.log({ tail: true }));
  await client.until("the last log is restored", async () => {
    const items = await client.files(id);
    return items.length === 3 && items.every(({ state }: { state: string }) => state === "Restored");
  });
  const ready = await client.reaches(id, "readyForCutover");
  assert.equal(ready.verdict, "restorable");
  assert.equal(ready.service.sets.length, 3);

  const bound = { "if-match": `"${ready.planVersion}"` };
  const open = await client.api("POST", `/api/v1/migrations/${id}/cutover`, {}, bound);
  assert.match(
    open.body.type,
    /source-not-closed$/,
    "a tail log on a share cannot be told from another: somebody has to say so",
  );
  const asked = await client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  await client.reaches(id, "succeeded");
  assert.equal((await client.api("DELETE", `${SERVICE}/nodes/HOST1`)).status, 204);

  const told = JSON.stringify([await client.details(id), await client.events(id), await client.journal()]);
  for (const secret of ["hush", keys.body.authKey1, fresh.body.authKey1]) assert.ok(!told.includes(secret));
});
