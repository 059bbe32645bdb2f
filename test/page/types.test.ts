// Tests that the page's scripts fit the API's answers by type. They run as they are written, so the compiler only
// checks them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

test("the page's scripts use only what the API's answers and the browser have", () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.page.json"],
    {
      encoding: "utf8",
    },
  );
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
