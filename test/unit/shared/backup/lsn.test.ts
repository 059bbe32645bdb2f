// Tests that an LSN is the same number in memory, as text and as a key.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareLsn, formatLsn, lsnKey, lsnOf, parseLsn } from "../../../../shared/backup/lsn.ts";

const anyLsn = fc.bigInt({ min: 0n, max: 10n ** 25n - 1n });

test("text comes back as the number it was", () => {
  fc.assert(fc.property(anyLsn, (lsn) => assert.equal(parseLsn(formatLsn(lsn)), lsn)));
  assert.equal(parseLsn("0039000000048800071"), 39000000048800071n);
});

test("the order of keys is the order of LSNs, also where a double sees no difference", () => {
  const close = fc.tuple(anyLsn, fc.bigInt({ min: -2n, max: 2n })).map(([lsn, step]) => [lsn, lsn + step] as const);
  fc.assert(
    fc.property(fc.oneof(fc.tuple(anyLsn, anyLsn), close), ([a, b]) => {
      if (b < 0n || b >= 10n ** 25n) return;
      const byKey = lsnKey(a) < lsnKey(b) ? -1 : lsnKey(a) > lsnKey(b) ? 1 : 0;
      assert.equal(Math.sign(compareLsn(a, b)), byKey);
    }),
  );
});

test("27:1e8:47 in hex is 39000000048800071", () => {
  assert.equal(lsnOf(0x27, 0x1e8, 0x47), 39000000048800071n);
  assert.equal(lsnOf(0xffffffff, 0xffffffff, 0xffff), 4294967295429496729565535n);
});

test("what is no LSN is refused", () => {
  for (const text of ["", "-1", "1.5", "0x27", " 1", "1".repeat(26)]) assert.throws(() => parseLsn(text), RangeError);
});
