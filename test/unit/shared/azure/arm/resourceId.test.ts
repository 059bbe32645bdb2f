// Tests that resource ids are parsed correctly, and others refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { notAnId, parseResourceId } from "../../../../../shared/azure/arm/resourceId.ts";

const TYPE = "Microsoft.SqlVirtualMachine/sqlVirtualMachines";
const ID = `/subscriptions/sub/resourceGroups/rg/providers/${TYPE}/vm1`;

describe("resource id", () => {
  test("case does not matter, the name keeps its own", () => {
    const expected = { subscriptionId: "sub", resourceGroup: "rg", name: "vm1" };
    assert.deepEqual(parseResourceId(ID, TYPE), expected);
    assert.deepEqual(
      parseResourceId(ID.replace("resourceGroups", "RESOURCEGROUPS").replace("Sql", "sql"), TYPE),
      expected,
    );
  });

  for (const wrong of [
    "",
    "vm1",
    ID.replace(TYPE, "Microsoft.Compute/virtualMachines"),
    `${ID}/databases/x`,
    ID.replace("/vm1", "/"),
  ]) {
    test(`"${wrong}" is none`, () => {
      assert.equal(parseResourceId(wrong, TYPE), undefined);
      assert.match(notAnId(wrong, TYPE), /expected \/subscriptions\//);
    });
  }
});
