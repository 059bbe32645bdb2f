// Tests that a forced request recognizes exactly the files that it was forced over, and that they fit into its row.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textProperties } from "../../../../shared/azure/tables/tableRows.ts";
import type { StartRequest } from "../../../../shared/migration/migration.ts";
import { MOST_PASSED_OVER, notPassedOver, passedOverOf } from "../../../../shared/migration/passedOver.ts";
import { storedJson } from "../../../../shared/migration/stored/storedJson.ts";

const aFile = fc.record({ name: fc.constantFrom("a.trn", "b.trn", "c.trn"), etag: fc.constantFrom('"1"', '"2"') });

test("what was not there by name and version is not passed over, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(aFile), fc.array(aFile), (then, now) => {
      const isThen = (file: { name: string; etag: string }): boolean =>
        then.some(({ name, etag }) => name === file.name && etag === file.etag);
      assert.deepEqual(
        notPassedOver(now, passedOverOf(then)),
        now.filter((file) => !isThen(file)),
      );
    }),
  );
});

test("as many as may be passed over fit into the row of a request, with the longest reason", () => {
  const files = Array.from({ length: MOST_PASSED_OVER }, (_, at) => ({ name: `Sales/log ${at}.trn`, etag: '"1"' }));
  const request: StartRequest = {
    ...{ kind: "start", requestId: "w", run: 1, by: "Dana", at: "t", planVersion: "p", chainWasComplete: true },
    forced: { reason: "é".repeat(2_000), passedOver: passedOverOf(files) },
  };
  textProperties(storedJson(request)); // throws when it is larger than a row
});
