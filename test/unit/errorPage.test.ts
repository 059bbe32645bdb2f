// Tests that docs/errors.md is what the table of errors says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { errorPage, PAGE } from "../support/errorPage.ts";

test("the page of errors is made from the table", () => {
  assert.equal(readFileSync(PAGE, "utf8"), errorPage(), "node test/support/errorPage.ts writes it anew");
});
