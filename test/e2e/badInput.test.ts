// Tests that each bad input gets a clear answer: nothing crashes, nothing is deleted, and everything else goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sourceDatabase } from "../../local/backups/history.ts";
import { enterprise2016 } from "../../local/sql/instances.ts";
import { LOGINS, startSourceServer } from "../../local/sql/server.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { assessedStart } from "./support/assessedStart.ts";
import { type Client, clientOf, type Place } from "./support/client.ts";
import { elsewhere, needsOwnStack, suffix } from "./support/elsewhere.ts";

const migration = "/api/v1/migrations";
const [sales, paged] = [`Sales${suffix}`, `Paged${suffix}`];
let stack: Stack | undefined;
let place: Place;
let client: Client;
before(async () => {
  if (!elsewhere) stack = await startStack({ emulator: { validationSeconds: 1, cutoverSeconds: 1 } });
  place = elsewhere ?? stack ?? assert.fail("There is no host.");
  client = clientOf(place);
});
after(() => stack?.stop());

test("files that are no usable backups each get a verdict with a remedy, and the good ones beside them are restored", async () => {
  const source = sourceDatabase({ name: sales, startedAt: "2025-11-24T21:00:00" });
  const [full, log] = [source.full(), source.log()];
  const other = sourceDatabase({ name: "Wages", startedAt: "2025-11-24T21:00:00" }).full();
  const id = await client.register(sales, { mode: "online", source: { folder: sales, databaseName: sales } });
  const named = (fileName: string, bytes: Uint8Array) => ({ fileName, bytes });
  await client.upload(sales, [
    full,
    log,
    named("holiday.jpg", Buffer.from("JFIF, not a backup at all")),
    named("empty.bak", new Uint8Array()),
    named("truncated.bak", full.bytes.subarray(0, full.bytes.length - 2_000)),
    named("2024/older.bak", full.bytes),
    named("100%25 [odd] ;name'.trn", source.log().bytes),
  ]);

  const files = await client.until("every file has its verdict", async () => {
    const items = await client.files(id);
    return items?.length === 7 && items.every(({ verdict }: { verdict: string }) => verdict !== "reading") && items;
  });
  const reasons = Object.fromEntries(files.map(({ name, reason }: Record<string, string>) => [name, reason]));
  assert.deepEqual(reasons, {
    [`${sales}/${full.fileName}`]: "PLAN_FULL",
    [`${sales}/${log.fileName}`]: "PLAN_LOG",
    [`${sales}/100%25 [odd] ;name'.trn`]: "PLAN_LOG",
    [`${sales}/holiday.jpg`]: "NOT_A_BACKUP",
    [`${sales}/empty.bak`]: "ZERO_BYTES",
    [`${sales}/truncated.bak`]: "TRUNCATED",
    [`${sales}/2024/older.bak`]: "NESTED_FOLDER",
  });
  for (const { name, verdict, detail, remedy } of files) {
    assert.notEqual(detail, "", `${name} says what was found`);
    if (verdict !== "selected") assert.notEqual(remedy, "", `${name} says what to do`);
  }
  const held = await client.until("the good ones are restored, and the others hold up the cutover", async () => {
    const details = await client.details(id);
    const gate = details.gate.find((line: { id: string }) => line.id === "G6");
    return details.restoredTo?.lsn === details.restorableTo?.lsn && gate?.ok === false && details;
  });
  assert.deepEqual(
    held.unusableNewer.map(({ file }: { file: string }) => file),
    [`${sales}/empty.bak`, `${sales}/truncated.bak`],
  );
  for (const name of ["empty.bak", "truncated.bak"]) await client.remove(`${sales}/${name}`);
  const ready = await client.reaches(id, "readyForCutover");
  assert.equal(ready.verdict, "restorable");

  await client.upload(sales, [named("wages.bak", other.bytes)]);
  const foreign = await client.file(id, `${sales}/wages.bak`, ({ verdict }) => verdict === "rejected");
  assert.equal(foreign.reason, "OTHER_DATABASE");
  assert.equal((await client.details(id)).verdict, "mixed");
  await client.remove(`${sales}/wages.bak`);
  await client.until("the folder is clean again", async () => (await client.details(id)).verdict === "restorable");
  const names = [];
  for await (const { name } of place.backups?.listBlobsFlat({ prefix: `${sales}/` }) ?? []) names.push(name);
  assert.equal(names.length, 5, "sqlferry deletes nothing");
});

test("a migration that is ready is drawn, counted and ranked; one that is canceled is forgotten, and begins anew when it is registered", {
  skip: needsOwnStack,
}, async () => {
  const id = await client.idOf(sales);
  const { forks, gaps, restoredTo } = (await client.api("GET", `${migration}/${id}/chain`)).body;
  assert.deepEqual([forks[0].segments[0].type, forks[0].segments[0].isRestored, gaps], ["full", true, []]);
  assert.equal(restoredTo.lsn, (await client.details(id)).restoredTo.lsn);

  const planned = await client.api("POST", "/api/v1/plan", { container: "backups", folder: sales });
  assert.deepEqual([planned.status, planned.body.verdict], [200, "restorable"]);

  const { body: vms } = await client.api("GET", "/api/v1/vms");
  const { body: queue } = await client.api("GET", `/api/v1/vms/${vms.items[0].vm}/queue`);
  assert.ok(queue.restoring.some(({ migrationId }: { migrationId: string }) => migrationId === id));
  const metrics = await client.api("GET", "/api/v1/metrics");
  assert.match(metrics.body, /^sqlferry_migrations\{state="readyForCutover"\} 1$/m);
  assert.ok(metrics.body.endsWith("# EOF\n"));

  const { registrationVersion } = await client.details(id);
  const seen = { "if-match": `"${registrationVersion}"` };
  assert.equal((await client.api("PATCH", `${migration}/${id}`, { priority: 90, wave: 1 }, seen)).body.priority, 90);
  assert.equal((await client.api("PATCH", `${migration}/${id}`, { priority: 1 }, seen)).status, 412);
  assert.equal((await client.api("PATCH", `${migration}/${id}`, { mode: "offline" })).status, 409);
  assert.equal((await client.api("DELETE", `${migration}/${id}`)).status, 409);

  await client.api("POST", `${migration}/${id}/cancel`, { reason: "not tonight" });
  await client.reaches(id, "canceled");
  assert.equal((await client.api("DELETE", `${migration}/${id}`)).status, 204);
  assert.equal((await client.api("GET", `${migration}/${id}`)).status, 404);
  const { body: audit } = await client.api("GET", `${migration}/${id}/audit`);
  assert.ok(audit.items.some(({ action }: { action: string }) => action === "forget"));
  assert.equal(await client.register(sales, { mode: "online", start: "manual" }), id);
  assert.equal((await client.details(id)).run, 2);
});

test("a page blob is judged once it is filled and has rested", async () => {
  const full = sourceDatabase({ name: paged, startedAt: "2025-11-24T21:00:00" }).full();
  const id = await client.register(paged, { mode: "offline" });
  const blob = (place.backups ?? assert.fail("no container")).getPageBlobClient(`${paged}/${full.fileName}`);
  await blob.create(full.bytes.length);
  await client.file(id, `${paged}/${full.fileName}`, ({ state }) => state === "Uploading");
  await blob.uploadPages(full.bytes, 0, full.bytes.length);
  const judged = await client.file(id, `${paged}/${full.fileName}`, ({ verdict }) => verdict === "selected");
  assert.equal(judged.blobType, "PageBlob");
});

test("a file at the container's root belongs to no database, and says so", { skip: needsOwnStack }, async () => {
  await client.upload("", [
    { fileName: "stray.bak", bytes: sourceDatabase({ name: "Stray", startedAt: "2025-11-24T21:00:00" }).full().bytes },
  ]);
  const id = await client.idOf("");
  const { reason, remedy } = await client.file(id, "stray.bak", ({ verdict }) => verdict !== "reading");
  assert.equal(reason, "NO_FOLDER");
  assert.notEqual(remedy, "");
});

test("a database whose certificate no VM has is refused its start, until somebody answers for it", {
  skip: needsOwnStack,
}, async () => {
  const instance = enterprise2016(Date.now());
  const server = await startSourceServer(instance);
  const database = "Rekeying";
  const { serverName } = instance;
  const full = sourceDatabase({ name: database, server: serverName, startedAt: "2025-11-24T21:00:00" }).full();
  try {
    await assessedStart(client, place.baseUrl, {
      database,
      words: ["--server", `localhost,${server.port}`, "--user", "ferry_reader", "--trust-certificate"],
      env: { FERRY_SQL_PASSWORD: LOGINS["ferry_reader"]?.password ?? "" },
      backups: [full],
    });
  } finally {
    await server.stop();
  }
});

const REFUSED: readonly (readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  says: RegExp,
])[] = [
  ["a body that is no JSON", "POST", migration, "{", 400, /not JSON/],
  ["a body without a folder", "POST", migration, {}, 400, /source/],
  ["an unknown field", "POST", migration, { source: { folder: "A" }, modus: "online" }, 400, /modus/],
  ["an unknown mode", "POST", migration, { source: { folder: "A" }, mode: "fast" }, 400, /online/],
  ["a folder that is a path", "POST", migration, { source: { folder: "A/B" } }, 400, /one path segment/],
  ["another container", "POST", migration, { source: { folder: "A", container: "other" } }, 400, /container/],
  [
    "a target that is no SQL VM",
    "POST",
    migration,
    { source: { folder: "A" }, target: { sqlVmResourceId: "/subscriptions/x" } },
    400,
    /ARM id/,
  ],
  ["an unknown migration", "GET", `${migration}/nobody-00000000`, undefined, 404, /nobody-00000000/],
  ["an id with odd characters", "GET", `${migration}/..%2F..%2Fetc`, undefined, 404, /no migration/i],
  ["an unknown operation", "GET", "/api/v1/operations/x'%20or%201=1", undefined, 404, /no operation/],
  ["an unknown query", "GET", `${migration}?sort=name`, undefined, 400, /sort/],
  ["a cancel of nothing", "POST", `${migration}/nobody-00000000/cancel`, { reason: "x" }, 404, /nobody/],
];
for (const [what, method, path, body, status, says] of REFUSED)
  test(`${what} is refused with ${status} and told why`, async () => {
    const answer = await client.api(method, path, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.match(answer.body.detail, says);
    assert.ok(answer.body.type && answer.body.title);
  });

test("who may only look is refused what changes anything", { skip: needsOwnStack }, async () => {
  const answer = await client.api("POST", migration, { source: { folder: "A" } }, { "x-local-user": "reader" });
  assert.equal(answer.status, 403);
  assert.match(answer.body.detail, /Ferry\.Operator/);
});
