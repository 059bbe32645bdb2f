// Tests that the replay of recordings takes any that has the folder's format, and names what cannot be asked of an
// emulator that begins empty.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Beginnings, type Exchange, namesIn, pathOf, recordingIn, stateOf } from "../support/replay.ts";

const GROUP = "/subscriptions/s/resourceGroups/g/providers";
const MIGRATION = `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm/providers/Microsoft.DataMigration/databaseMigrations/db`;
const SERVICE = `${GROUP}/Microsoft.DataMigration/sqlMigrationServices/dms`;
const OPERATION = "https://management.azure.com/subscriptions/s/providers/x/operationResults/1?t=1";

const exchange = (method: string, url: string, status = 200, more: object = {}): Exchange =>
  recordingIn("made.json", JSON.stringify({ exchanges: [{ request: { method, url }, response: { status, ...more } }] }))
    .exchanges[0] as Exchange;

test("bodies as text or parsed, headers of several values and missing parts are all read", () => {
  const { exchanges } = recordingIn(
    "made.json",
    JSON.stringify({
      exchanges: [
        {
          request: { method: "put", url: MIGRATION, body: '{"properties":{}}' },
          response: { status: 201, headers: { "Retry-After": ["15"], "Content-Length": 3 }, body: "" },
        },
        { request: { method: "GET", url: MIGRATION }, response: { status: 502, body: "<html>Bad gateway</html>" } },
      ],
    }),
  );
  assert.deepEqual(exchanges[0]?.request, { method: "PUT", url: MIGRATION, body: { properties: {} } });
  assert.deepEqual(exchanges[0]?.response, {
    status: 201,
    headers: { "Retry-After": "15", "Content-Length": "3" },
    body: null,
  });
  assert.equal(exchanges[1]?.response.body, "<html>Bad gateway</html>");
  assert.equal(stateOf(exchanges[1]?.response.body), "///", "and has no state");
});

for (const [what, text, place] of [
  ["no JSON", "nonsense", "its top"],
  ["no exchanges", '{"exchanges":[]}', "exchanges"],
  ["a request without its method", '{"exchanges":[{"request":{"url":"/x"},"response":{"status":200}}]}', "exchanges.0"],
  ["a status in words", '{"exchanges":[{"request":{"method":"GET","url":"/x"},"response":{"status":"OK"}}]}', "status"],
] as const)
  test(`a file that is no recording is named with its place: ${what}`, () => {
    assert.throws(
      () => recordingIn("odd.json", text),
      ({ message }: Error) => message.startsWith("odd.json is no recording: at ") && message.includes(place),
    );
  });

test("what was there before the recording is named, and what begins in it is asked", () => {
  const beginnings = new Beginnings();
  const reason = (...args: Parameters<typeof exchange>) => beginnings.reason(exchange(...args));
  assert.match(reason("GET", MIGRATION) ?? "", /was there before/);
  assert.match(reason("GET", OPERATION) ?? "", /began before/);
  assert.match(reason("GET", `${SERVICE}/listMigrations`, 200, { body: { value: [{ id: MIGRATION }] } }) ?? "", /list/);
  assert.equal(reason("GET", MIGRATION, 404), undefined, "that it is not there can be asked");
  assert.equal(reason("PUT", MIGRATION, 201, { headers: { "Azure-AsyncOperation": OPERATION } }), undefined);
  assert.equal(reason("GET", OPERATION), undefined);
  assert.equal(reason("POST", `${MIGRATION.toUpperCase()}/CUTOVER`), undefined, "whatever its case");
  assert.equal(reason("GET", `${SERVICE}/listMigrations`, 200, { body: { value: [{ id: MIGRATION }] } }), undefined);
});

test("services that are only looked at are there from the start, those that are created are not", () => {
  const exchanges = [exchange("GET", `${SERVICE}?x=1`), exchange("PUT", `${SERVICE}2?x=1`, 201)];
  assert.deepEqual(namesIn({ exchanges }).migrationServices, ["dms"]);
});

test("the region is that of operations on SQL VMs, where there are others as well", () => {
  const operation = (location: string, type: string) =>
    exchange(
      "GET",
      `/subscriptions/s/providers/Microsoft.DataMigration/locations/${location}/operationTypes/${type}/x`,
    );
  const others = [operation("eastus", "createsqlmimigration"), operation("eastus", "createsqldbmigration")];
  assert.equal(namesIn({ exchanges: others }).location, "eastus");
  assert.equal(namesIn({ exchanges: [...others, operation("uksouth", "cutoversqlvmmigration")] }).location, "uksouth");
});

test("a relative URL is as good as an absolute one", () => {
  assert.equal(pathOf(`${SERVICE}?api-version=1`), pathOf(`https://management.azure.com${SERVICE}?api-version=1`));
});
