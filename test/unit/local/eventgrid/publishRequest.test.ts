// Tests that the emulated topic accepts exactly what Event Grid accepts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_BYTES, readEvents } from "../../../../local/eventgrid/publishRequest.ts";

const EVENT = { specversion: "1.0", id: "1", source: "/sqlferry/test", type: "com.sqlferry.migration.ready" };
const ONE = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json; charset=utf-8";

const read = (contentType: string | undefined, body: unknown) => {
  const result = readEvents(contentType, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
  return result.ok ? result.events.length : `${result.status} ${result.message}`;
};

test("a single CloudEvent and a batch are taken", () => {
  assert.equal(read(ONE, EVENT), 1);
  assert.equal(read(BATCH, [EVENT, { ...EVENT, id: "2" }]), 2);
  assert.equal(read(BATCH, []), 0);
});

const REFUSED: readonly (readonly [why: string, contentType: string | undefined, body: unknown, answer: RegExp])[] = [
  ["no content type", undefined, EVENT, /^400 This topic takes/],
  ["plain JSON", "application/json", [EVENT], /^400 This topic takes/],
  ["no JSON", ONE, "{", /^400 The body is not JSON/],
  ["an array as a single event", ONE, [EVENT], /^400 A single event/],
  ["an object as a batch", BATCH, EVENT, /^400 A batch/],
  ["a number in a batch", BATCH, [EVENT, 5], /^400 Event 2 of 2: it is not an object/],
  ["another version", ONE, { ...EVENT, specversion: "0.3" }, /^400 .*specversion/],
  ["no id", ONE, { ...EVENT, id: undefined }, /^400 .*id must/],
  ["an empty source", ONE, { ...EVENT, source: "" }, /^400 .*source must/],
  ["a type that is no text", ONE, { ...EVENT, type: 5 }, /^400 .*type must/],
  ["more than 1 MB", ONE, { ...EVENT, data: "x".repeat(MAX_BYTES) }, /^413/],
];
for (const [why, contentType, body, answer] of REFUSED)
  test(`${why} is refused`, () => assert.match(String(read(contentType, body)), answer));

test("text that is not UTF-8 is refused, not repaired", () => {
  const result = readEvents(ONE, Uint8Array.from([0x22, 0xff, 0x22]));
  assert.equal(result.ok, false);
});
