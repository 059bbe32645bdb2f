// Is every known error of Azure Database Migration Service explained?
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { explain, isKnown } from "../../../../../shared/azure/dms/errors.ts";
import { failureOf } from "../../../../../shared/azure/dms/failures.ts";

const LINK_2009 =
  "For more details: https://learn.microsoft.com/troubleshooting#error-code-2009---migrationrestorefailed";

/** code, message, a word of the cause, kind. */
const KNOWN: readonly (readonly [string, string, RegExp, string])[] = [
  ["Unknown", "Login failed for user 'NT Service\\SQLIaaSExtensionQuery'.", /single-user/, "wait"],
  [
    "Ext_RestoreSettingsError",
    "Cannot create file 'F:\\data\\a.mdf' because it already exists.",
    /earlier attempt/,
    "user",
  ],
  [
    "Ext_RestoreSettingsError",
    "The remote server returned an error: (403) Forbidden.",
    /may not read the storage/,
    "user",
  ],
  ["Ext_RestoreSettingsError", "Unable to read blobs in storage container", /may not read the storage/, "user"],
  ["Ext_RestoreSettingsError", "The remote name could not be resolved: 'a.blob.core.windows.net'", /DNS/, "user"],
  ["Ext_RestoreSettingsError", "a.trn should be the last restore backup file", /not the newest/, "user"],
  ["2007", "The restore plan is broken because firstLsn 5 ...", /gap/, "user"],
  ["CutoverFailedOrCancelled", "Too many full text catalog files found", /full-text/, "user"],
  ["2009", "Cannot find server certificate with thumbprint '0x01'", /certificate/i, "user"],
  ["MigrationRestoreFailed", "Error 3169: The database was backed up ...", /older/, "user"],
  ["MigrationRestoreFailed", "a server running version 16. That version is incompatible", /older/, "user"],
  ["2009", "Backup is missing checksum", /checksums/, "user"],
  ["2009", "Logical file 'x' is not part of database 'y'", /another database/, "user"],
  ["2009", "Error 3634: operating system error 1450", /ran out/, "wait"],
  ["2009", "Error 12824: contained database authentication", /Contained/, "user"],
  ["2009", "Storage connection is broken", /could not be reached/, "user"],
  ["2009", "The container has backups from multiple databases", /more than one database/, "user"],
  ["2012", "Failed to test connections using provided Integration Runtime", /does not reach the share/, "user"],
  ["2014", "Integration Runtime is not online", /down/, "wait"],
  ["9054", "Failed to connect to Integration Runtime", /down/, "wait"],
  ["2038", "", /completed while/, "race"],
  ["2040", "The retry time is over", /retried/, "user"],
  ["2043", "", /staging container/, "user"],
  ["2049", "Access to the path is denied", /own host/, "user"],
  ["2056", "CollationMismatch", /collation/, "user"],
  ["0", "The destination database name 'x' already exists", /exists on the target/, "user"],
  ["DuplicateTargetDatabaseName", "", /in use by another/, "user"],
  ["RestoreJobIdsMismatch", "", /Another operation/, "race"],
  ["RestoreJobSetToAutoCutover", "", /by itself/, "race"],
  ["1001", "The operation failed unexpectedly", /fault inside/, "fault"],
  ["1010", "InternalServerError", /fault inside/, "fault"],
  ["1009", "TooManyPipelineRunQueryRequests", /too often/, "fault"],
  ["1007", "The factory does not exist", /backs the migration service/, "user"],
  ["MissingSubscriptionRegistration", "", /not registered/, "user"],
];

describe("errors of the service", () => {
  for (const [code, message, cause, kind] of KNOWN) {
    test(`${code}: "${message}" is explained`, () => {
      const failure = explain(code, message);
      assert.match(failure.cause, cause);
      assert.equal(failure.kind, kind);
      assert.deepEqual([failure.code, failure.message], [code, message]);
      assert.ok(isKnown(code.toLowerCase(), message.toUpperCase()), "case does not matter");
    });
  }

  test("a code that stands only in the message's link counts", () => {
    assert.match(explain("Failed", `Backup is missing checksum. ${LINK_2009}`).cause, /checksums/);
  });

  test("anything else is kept as it came, with a cause and a remedy", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (code, message) => {
        const failure = explain(code, message);
        assert.deepEqual([failure.code, failure.message], [code, message]);
        assert.ok(failure.cause !== "" && failure.remedy !== "");
      }),
    );
  });

  for (const [status, kind] of [
    [429, "wait"],
    [500, "wait"],
    [503, "wait"],
    [401, "user"],
    [403, "user"],
    [404, "user"],
    [400, "user"],
  ] as const) {
    test(`HTTP ${status} without a known code: ${kind}`, () => {
      const failure = failureOf({ kind: "refused", status, code: "Whatever", message: "text", retryAfterSeconds: 7 });
      assert.deepEqual([failure.kind, failure.code, failure.retryAfterSeconds], [kind, "Whatever", 7]);
    });
  }
});
