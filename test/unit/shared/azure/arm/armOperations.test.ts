// Tests that the list of operations is complete and fit to write a role from.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ARM_OPERATIONS } from "../../../../../shared/azure/arm/armOperations.ts";

const operations = Object.entries(ARM_OPERATIONS);
const code = globSync("shared/azure/**/*.ts")
  .filter((file) => !file.endsWith("armOperations.ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

describe("operations of Azure Resource Manager", () => {
  for (const [id, { method, path, actions }] of operations)
    test(`${id} asks for actions of the provider that it is sent to`, () => {
      assert.ok(actions.length > 0);
      for (const action of actions) assert.match(action, /^Microsoft\.\w+(\/[A-Za-z]+)+\/(read|write|delete|action)$/);
      const provider = path.split("/providers/").at(-1)?.split("/")[0] ?? "";
      if (!provider.startsWith("{")) assert.ok(actions[0].startsWith(`${provider}/`), `${provider}: ${actions[0]}`);
      const verbs = { GET: "read", PUT: "write", PATCH: "write", DELETE: "delete", POST: "action" } as const;
      assert.ok(actions[0].endsWith(`/${verbs[method]}`), `${method}: ${actions[0]}`);
    });

  test("each one is sent by an adapter, and none is sent twice under two names", () => {
    for (const [id] of operations) assert.ok(code.includes(`"${id}"`), `nobody sends ${id}`);
    assert.equal(new Set(operations.map(([, { method, path }]) => `${method} ${path}`)).size, operations.length);
  });

  test("no adapter knows another way to Azure Resource Manager", () => {
    assert.equal([...code.matchAll(/\.sendRequest\(/g)].length, 1, "armRequests.ts alone sends");
    assert.doesNotMatch(code, /"\/subscriptions\//);
  });
});
