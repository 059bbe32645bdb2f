// Tests that every documented error of Azure Database Migration Service is explained by the right row of the table.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { DocumentedErrorName } from "../../../../../local/arm/documentedErrors.ts";
import { explain, type RawError, rowOf } from "../../../../../shared/azure/dms/errors.ts";
import { ERROR_TABLE } from "../../../../../shared/azure/dms/errorTable.ts";
import { failureOf, missing } from "../../../../../shared/azure/dms/failures.ts";
import { EXPECTED, rawError } from "../../../../support/documentedErrors.ts";

/** Besides the documented errors: errors of the adapter itself, and other spellings of documented ones. */
const MORE: readonly (readonly [RawError, cause: RegExp, kind: string, sqlError?: number])[] = [
  [{ code: "NoAnswer", message: "ECONNREFUSED" }, /did not answer/, "wait"],
  [{ code: "NotAMigration", message: "" }, /does not speak as the service does/, "wait"],
  [{ code: "EndlessList", message: "" }, /has no end/, "wait"],
  [{ code: "NoAccountKey", message: "" }, /returned no keys/, "user"],
  [{ code: "2009", message: "Cannot find server certificate with thumbprint '0x01'" }, /certificate/, "user", 33111],
  [{ code: "2009", message: "Error 3634: operating system error 1450" }, /ran out of memory/, "wait", 3634],
  [{ code: "Ext_RestoreSettingsError", message: "The restore plan is broken because firstLsn 5" }, /gap/, "user"],
  [{ code: "2007", message: "Migration cannot be completed: Too many full text catalog files" }, /full-text/, "user"],
  [{ code: "2038", message: "" }, /completed while/, "done"],
  [{ code: "2014", message: "" }, /runtime is down/, "wait"],
  [{ code: "1010", message: "InternalServerError" }, /fault inside/, "fault"],
  [{ code: "0", message: "The destination database name 'x' already exists" }, /exists on the target/, "user", 1801],
  [
    { code: "2009", message: "Database 'x' already exists. Choose a different name." },
    /exists on the target/,
    "user",
    1801,
  ],
  [{ code: "2009", message: "Msg 4305, Level 16" }, /earlier log backup/, "user", 4305],
  [{ code: "1", message: "Login failed for user 'NT SERVICE\\\\SQLIaaSExtensionQuery'." }, /single-user/, "wait"],
];

describe("errors of the service", () => {
  for (const [name, [cause, kind, sqlError]] of Object.entries(EXPECTED))
    test(`${name} is explained`, () => {
      const raw = rawError(name as DocumentedErrorName);
      const failure = explain(raw);
      assert.match(failure.cause, cause);
      assert.deepEqual([failure.kind, failure.sqlError], [kind, sqlError]);
      assert.deepEqual([failure.code, failure.message], [raw.code, raw.message]);
      const shouted = { ...raw, code: raw.code.toLowerCase(), message: raw.message.toUpperCase() };
      assert.equal(rowOf(shouted), rowOf(raw), "case does not matter");
    });

  for (const [raw, cause, kind, sqlError] of MORE)
    test(`${raw.code} "${raw.message}" is explained`, () => {
      const failure = explain(raw);
      assert.match(failure.cause, cause);
      assert.deepEqual([failure.kind, failure.sqlError], [kind, sqlError]);
    });

  test("no row of the table stands in the shadow of another: each is met by an error that is documented", () => {
    const raws = [
      ...Object.keys(EXPECTED).map((name) => rawError(name as DocumentedErrorName)),
      ...MORE.map(([raw]) => raw),
    ];
    const met = new Set(raws.map(rowOf));
    const never = ERROR_TABLE.flatMap(({ rows }) => rows).filter((row) => !met.has(row));
    assert.deepEqual(never, []);
  });

  test("a number counts as a word of its own: neither in an LSN nor in a GUID nor in a version", () => {
    for (const text of ["LSN 343101000003101", "5b1c3101-3183-4305-9002-0a1b2c3d4e5f", "16.0.3101.2", "3101-3183"])
      assert.equal(rowOf({ code: "x", message: text }), undefined, text);
  });

  test("a number of another thing is no message's: a page, a size, a folder, a database", () => {
    const texts: readonly [string, number | undefined][] = [
      ['RESTORE detected an error on page (1:3101) in database "Sales".', undefined],
      ["There is insufficient free space: only 3201 bytes.", undefined],
      ["The folder /3136/ cannot be read.", undefined],
      ["The transaction log for database '9002' is full.", 9002],
    ];
    for (const [message, sqlError] of texts) {
      const row = rowOf({ code: "2009", message });
      assert.ok(
        row?.sqlError === undefined || row.sqlError === sqlError || !message.includes(`${row.sqlError}`),
        message,
      );
    }
  });

  test("a success that another story names is none", () => {
    for (const message of ["Cutover failed: RestoreJobCompletedDuringCancel", "see MigrationCompletedDuringCancel"])
      assert.notEqual(explain({ code: "2007", message }).kind, "done", message);
    assert.equal(explain({ code: "RestoreJobCompletedDuringCancel", message: "" }).kind, "done");
    const linked = "It was completed: https://aka.ms/dms-errors#error-code-2038---migrationcompletedduringcancel";
    assert.equal(explain({ code: "Failed", message: linked }).kind, "done");
  });

  test("a word alone is no reason: a firewall, an identity, a folder that the message has besides", () => {
    for (const message of [
      "The firewall of the server srv01 was updated.",
      "The managed identity of the app may read; the file l1.trn was not found.",
      "Identity not found in the tenant.",
    ])
      assert.equal(rowOf({ code: "x", message }), undefined, message);
  });

  test("what ends every failed restore hides no reason, wherever it stands", () => {
    const said = "RESTORE DATABASE is terminating abnormally.";
    for (const [message, sqlError] of [
      [`Msg 3013, Level 16: ${said} Msg 3257, Level 16: There is insufficient free space on disk volume 'F:'`, 3257],
      [`Error 3013: ${said} The restore plan is broken because firstLsn 5 of l2.trn`, 3013],
      [`Error 3013: ${said} Operating system error 112(There is not enough space on the disk.)`, 3013],
    ] as const) {
      const failure = explain({ code: "2009", message });
      assert.doesNotMatch(failure.cause, /does not quote/, message);
      assert.equal(failure.sqlError, sqlError);
    }
    assert.match(explain({ code: "2009", message: `3013 ${said}` }).cause, /does not quote/);
  });

  test("a full log is told with the column that says why it is not reused", () => {
    assert.match(explain({ code: "2009", message: "9002 The transaction log" }).remedy, /log_reuse_wait_desc/);
  });

  test("the operating system's number is not SQL Server's", () => {
    const failure = explain({ code: "2009", message: "operating system error 1117(I/O) on x" });
    assert.equal(failure.sqlError, undefined);
  });

  test("anything else is kept as it came, with a cause and a remedy", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(fc.integer({ min: 300, max: 599 })), (code, message, status) => {
        const failure = explain({ code, message, ...(status !== null && { status }) });
        assert.deepEqual([failure.code, failure.message], [code, message]);
        assert.ok(failure.cause !== "" && failure.remedy !== "");
        assert.notEqual(failure.kind, "done", "what nobody has heard of never counts as success");
      }),
    );
  });

  const operation = "DatabaseMigrationsSqlVm_Get" as const;
  for (const [status, kind] of [
    [429, "wait"],
    [500, "wait"],
    [503, "wait"],
    [408, "wait"],
    [409, "race"],
    [401, "user"],
    [403, "user"],
    [404, "user"],
    [400, "user"],
    [418, "user"],
  ] as const) {
    test(`HTTP ${status} without a known code: ${kind}, with pause and request id`, () => {
      const refusal = { kind: "refused", operation, status, code: "Whatever", message: "text" } as const;
      const failure = failureOf({ ...refusal, retryAfterSeconds: 7, requestId: "r-1" });
      assert.deepEqual([failure.kind, failure.code], [kind, "Whatever"]);
      assert.deepEqual([failure.retryAfterSeconds, failure.requestId], [7, "r-1"]);
    });
  }

  for (const [code, message, is] of [
    ["ResourceNotFound", "The requested resource was not found.", "missing"],
    ["ResourceDoesNotExist", "Resource does not exist.", "missing"],
    ["NotFound", "", "missing"],
    ["Http404", "", "unsaid"],
    ["SubscriptionNotFound", "", undefined],
    ["ParentResourceNotFound", "", undefined],
    ["ResourceNotFound", "The Resource 'Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm9' was not found.", undefined],
    [
      "ResourceNotFound",
      "The Resource 'Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1/providers/Microsoft.DataMigration/databaseMigrations/x' was not found.",
      "missing",
    ],
  ] as const)
    test(`404 ${code} "${message}" says of the migration: ${is ?? "nothing"}`, () => {
      assert.equal(missing({ kind: "refused", operation, status: 404, code, message }), is);
    });
});
