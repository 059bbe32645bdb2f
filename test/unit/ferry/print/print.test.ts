// Tests that terminal output is aligned and readable, and free of control characters from names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { paragraph, printable, sizeText, table } from "../../../../ferry/print/print.ts";

test("columns are as wide as their longest cell", () => {
  assert.equal(
    table(
      ["file", "type"],
      [
        ["Sales.bak", "full"],
        ["a.trn", "log"],
      ],
    ),
    ["file       type", "Sales.bak  full", "a.trn      log"].join("\n"),
  );
});

test("control characters of a file name do not reach the terminal", () => {
  assert.equal(printable("a\u001b[2Jb\nc\u009bd"), "a?[2Jb?c?d");
});

test("sizes have a unit and one digit where it matters", () => {
  assert.deepEqual([0, 1, 1023, 1024, 1536, 200 * 1024, 5 * 1024 ** 4].map(sizeText), [
    "0 B",
    "1 B",
    "1023 B",
    "1.0 KB",
    "1.5 KB",
    "200 KB",
    "5.0 TB",
  ]);
});

test("a paragraph is broken at blanks where a terminal ends, and nowhere when there is none", () => {
  assert.equal(paragraph("one two three four", "  ", 11), "  one two\n  three\n  four");
  assert.equal(paragraph("/a/very/long/id is kept", "  ", 8), "  /a/very/long/id\n  is\n  kept");
  assert.equal(paragraph("one two three four", "  ", undefined), "  one two three four");
});
