// Tests that the stand-in's MD4 is the one that Windows hashes passwords with, by the test suite of RFC 1320.
import assert from "node:assert/strict";
import { test } from "node:test";
import { md4 } from "../../../../local/sql/ntlm.ts";

const SUITE: Readonly<Record<string, string>> = {
  "": "31d6cfe0d16ae931b73c59d7e0c089c0",
  a: "bde52cb31de33e46245e05fbdbd6fb24",
  abc: "a448017aaf21d8525fc10ae87aa6729d",
  "message digest": "d9130a8164549fe818874806e1c7014b",
  "12345678901234567890123456789012345678901234567890123456789012345678901234567890":
    "e33b4ddc9c38f2199c3e7b164fcc0536",
};

test("MD4 is that of RFC 1320", () => {
  for (const [text, digest] of Object.entries(SUITE))
    assert.equal(md4(Buffer.from(text)).toString("hex"), digest, text);
});
