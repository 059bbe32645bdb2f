// Tests that every error that Microsoft publishes for SQL Server on Azure VMs has a row in the table, and an example
// that matches it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DOCUMENTED_ERRORS } from "../../../../../local/arm/documentedErrors.ts";
import { ERROR_TABLE } from "../../../../../shared/azure/dms/errorTable.ts";

/** The notes on DMS lie beside the checkout on some machines; sections 9 and 16 list what is published and recorded. */
const CONTRACT = fileURLToPath(new URL("../../../../../../shared/design/dms-contract.md", import.meta.url));
const skip = existsSync(CONTRACT) ? false : "no contract: ../shared/design/dms-contract.md is not there";
const text = skip ? "" : readFileSync(CONTRACT, "utf8");

const section = (number: number): string =>
  text
    .slice(text.indexOf(`\n## ${number}. `))
    .split(/\n## /, 2)
    .join("")
    .split("\n## ")[0] ?? "";
const firstColumns = (part: string): string[] =>
  part.split("\n").flatMap((line) => /^\| ([^|]+) \|/.exec(line)?.[1] ?? []);
const isName = (word: string): boolean => /^(?:Ext_)?[A-Z][a-z]+(?:[A-Z][A-Za-z]+)+$/.test(word);

/**
 * In "DeleteMigrationNotAllowedMigrationInProgress` / `…DeleteInProgress" the second name has the beginning of the
 * first.
 */
function namesIn(cell: string): string[] {
  const words = cell.match(/…?\w+/g) ?? [];
  const whole = words.filter(isName);
  const abridged = words.filter((word) => word.startsWith("…")).map((word) => word.slice(1));
  return [...whole, ...abridged.map((end) => `${/^.*NotAllowed/.exec(whole[0] ?? "")?.[0] ?? ""}${end}`)];
}

const NO_CODES = new Set(["InProgress"]);
const published = [...new Set([9, 16].flatMap((number) => firstColumns(section(number)).flatMap(namesIn)))].filter(
  (name) => !NO_CODES.has(name),
);

test("the contract's tables name some forty errors", { skip }, () => {
  assert.ok(published.length >= 35, `${published.length}: ${published.join(", ")}`);
  for (const name of ["OperationInProgress", "AdfCleanupFailureAfterMigration", "MigrationRestoreFailed"])
    assert.ok(published.includes(name), name);
});

/** Explained by its status alone, since the service sends it under several codes. */
const BY_STATUS = new Set(["ResourceDoesNotExist"]);

test("each published name is a code of the table", { skip }, () => {
  const codes = new Set(ERROR_TABLE.flatMap(({ rows }) => rows.flatMap(({ codes: ofRow = [] }) => ofRow)));
  assert.deepEqual(
    published.filter((name) => !codes.has(name) && !BY_STATUS.has(name)),
    [],
  );
});

test("each published name is an error that is met over the wire", { skip }, () => {
  const known = Object.values(DOCUMENTED_ERRORS).map(
    (error) => `${"code" in error ? error.code : ""} ${error.message}`,
  );
  assert.deepEqual(
    published.filter((name) => !known.some((one) => new RegExp(`(?<![A-Za-z])${name}(?![A-Za-z])`, "i").test(one))),
    [],
    "no documented error of the emulator names these",
  );
});
