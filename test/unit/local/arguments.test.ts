// Tests that the arguments after `npm start --` are understood, and that a mistake is named.
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseStart } from "../../../local/arguments.ts";

test("without flags everything is at its usual place", () => {
  assert.deepEqual(parseStart([]), {
    ports: { host: 7071, blob: 10_000, queue: 10_001, table: 10_002, arm: 7073, events: 7074, sql: 14_330 },
    dataFolder: resolve(".local"),
    fresh: false,
    examples: true,
    watch: false,
  });
});

test("flags choose ports, folder, a fresh start, no examples and a watch over the sources", () => {
  const given = parseStart(["--port", "8080", "--data", join("some", "where"), "--fresh", "--no-examples", "--watch"]);
  assert.ok(!("wrong" in given));
  assert.equal(given.ports.host, 8080);
  assert.equal(given.ports.blob, 10_000);
  assert.equal(given.dataFolder, resolve("some", "where"));
  assert.equal(given.fresh, true);
  assert.equal(given.examples, false);
  assert.equal(given.watch, true);
});

const WRONG: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [["--quick"], /--quick/],
  [["now"], /now/],
  [["--port"], /--port/],
  [["--port", "http"], /--port is a port number, not "http"/],
  [["--blob-port", "70000"], /--blob-port is a port number/],
  [["--port", "7073"], /Port 7073 is chosen twice/],
];
for (const [words, message] of WRONG)
  test(`"${words.join(" ")}" is refused`, () => {
    const given = parseStart(words);
    assert.match("wrong" in given ? given.wrong : "nothing is wrong", message);
  });
