// Tests that recorded answers of the live service are understood, and that our requests have the form of those that it
// answered.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createBody } from "../../../../../shared/azure/dms/createBody.ts";
import { DatabaseMigrationSqlVm } from "../../../../../shared/azure/dms/models.ts";
import { oddities } from "../../../../../shared/azure/dms/oddities.ts";
import { operationOf } from "../../../../../shared/azure/dms/operation.ts";
import { recordingIn } from "../../../../support/replay.ts";

const FOLDER = "../shared/dms";
const skip = existsSync(FOLDER) ? false : "recorded traffic is not on this machine (../shared/dms)";

interface Exchange {
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response: { readonly body: { readonly properties?: object } };
}

const exchanges = (file: string): readonly Exchange[] =>
  (JSON.parse(readFileSync(`${FOLDER}/recordings/${file}`, "utf8")) as { exchanges: Exchange[] }).exchanges;

/** What the adapter makes of each recorded view of the migration, in order, without repetitions. */
const phases = (file: string): readonly string[] =>
  exchanges(file)
    .flatMap(({ response: { body } }) => (body.properties === undefined ? [] : DatabaseMigrationSqlVm.parse(body)))
    .map(({ properties }) => operationOf(properties).phase)
    .filter((phase, at, all) => phase !== all[at - 1]);

const shape = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
    : typeof value;

describe("recorded traffic", { skip }, () => {
  for (const file of skip ? [] : readdirSync(`${FOLDER}/recordings`).filter((name) => name.endsWith(".json")))
    test(`every migration in ${file} is understood; states, fields and failures that are unknown are named`, (t) => {
      const { exchanges: all } = recordingIn(file, readFileSync(`${FOLDER}/recordings/${file}`, "utf8"));
      for (const { response } of all) {
        const migration = DatabaseMigrationSqlVm.safeParse(response.body);
        if (!migration.success || (migration.data.properties as { kind?: string }).kind !== "SqlVm") continue;
        for (const text of oddities(migration.data.properties)) t.diagnostic(text);
        const { phase, failure } = operationOf(migration.data.properties);
        assert.equal(failure !== undefined, phase === "failed", "a failure has a reason");
        const { migrationStatus } = migration.data.properties;
        // "Failed", although only the service's clean-up failed.
        if (phase === "succeeded") assert.match(migrationStatus ?? "", /^(Succeeded|Failed)$/);
      }
    });

  test("a create is seen as creating, then running with its operation id", () => {
    assert.deepEqual(phases("powershell-New-ToSqlVM.json"), ["creating", "running"]);
    const last = DatabaseMigrationSqlVm.parse(exchanges("powershell-New-ToSqlVM.json").at(-1)?.response.body);
    const operation = operationOf(last.properties);
    assert.equal(operation.operationId, operation.fingerprint);
    assert.ok(operation.canCancel && !operation.canCutOver && operation.failure === undefined);
  });

  test("a cancel is seen as canceling, then canceled", () => {
    assert.deepEqual(phases("powershell-Stop-ToSqlVM.json"), ["creating", "running", "canceling", "canceled"]);
  });

  test("our create from a share has every member of the recorded one, each of its type", () => {
    const recorded = exchanges("powershell-New-ToSqlVM.json").find(({ request }) => request.method === "PUT");
    const body = createBody(
      {
        target: { sqlVmResourceId: "/vm", databaseName: "db" },
        sourceDatabaseName: "AdventureWorks",
        sourceServerName: "SRV01",
        container: "",
        folder: "",
        mode: "online",
        fileShare: {
          path: "\\\\srv\\share",
          username: "CORP\\svc",
          passwordSecret: "a",
          sql: {
            server: "SRV01",
            authentication: "SqlAuthentication",
            userName: "sa",
            passwordSecret: "b",
            trustServerCertificate: true,
          },
        },
      },
      { serviceResourceId: "/s", storageAccountResourceId: "/a", access: { accountKey: "k" } },
      { sharePassword: "p", sqlPassword: "q" },
    );
    assert.deepEqual(shape(merged(body, recorded?.request.body)), shape(body));
  });

  test("the published example with details is read", () => {
    const example = JSON.parse(
      readFileSync(`${FOLDER}/spec/examples-2022-03-30-preview/SqlVmGetDatabaseMigrationExpanded.json`, "utf8"),
    ) as { responses: { "200": { body: unknown } } };
    const operation = operationOf(DatabaseMigrationSqlVm.parse(example.responses["200"].body).properties);
    assert.equal(operation.phase, "running");
    assert.equal(operation.details?.migrationState, "WaitForFullBackupUploadOperation");
  });
});

/** `base` with all members of `other`, so that one that `base` lacks would show. */
function merged(base: unknown, other: unknown): unknown {
  if (typeof base !== "object" || base === null || typeof other !== "object" || other === null) return other ?? base;
  const names = new Set([...Object.keys(base), ...Object.keys(other)]);
  const member = (value: object, name: string) => (value as Record<string, unknown>)[name];
  return Object.fromEntries([...names].map((name) => [name, merged(member(base, name), member(other, name))]));
}
