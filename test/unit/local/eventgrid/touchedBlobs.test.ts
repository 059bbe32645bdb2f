// Tests that requests tell which blobs may have changed, and that none of these is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTouchedBlobs, touchedBy } from "../../../../local/eventgrid/touchedBlobs.ts";

const after = (method: string, url: string, status = 201) => touchedBy({ method, url, status }, "backups");

test("a blob is touched by what writes or deletes it, and by nothing that reads or fails", () => {
  assert.deepEqual(after("PUT", "/devstoreaccount1/backups/Sales/full%20a.bak"), ["Sales/full a.bak"]);
  assert.deepEqual(after("PUT", "/devstoreaccount1/backups/Sales/full.bak?comp=blocklist"), ["Sales/full.bak"]);
  assert.deepEqual(after("DELETE", "/devstoreaccount1/backups/full.bak", 202), ["full.bak"]);
  assert.deepEqual(after("PUT", "/backups/Sales/full.bak"), ["Sales/full.bak"], "the account is the host's name");
  assert.deepEqual(after("GET", "/devstoreaccount1/backups/Sales/full.bak", 200), []);
  assert.deepEqual(after("PUT", "/devstoreaccount1/backups/Sales/full.bak", 412), []);
});

test("a batch may touch any blob", () => {
  assert.equal(after("POST", "/devstoreaccount1/backups?restype=container&comp=batch", 202), "any");
  assert.equal(after("POST", "/devstoreaccount1/?comp=batch", 202), "any");
});

test("other containers, tables and queues are nobody's business", () => {
  assert.deepEqual(after("PUT", "/devstoreaccount1/backups?restype=container"), []);
  assert.deepEqual(after("PUT", "/devstoreaccount1/fileserver/backups/full.bak"), []);
  assert.deepEqual(after("PUT", "/devstoreaccount1/Backups(PartitionKey='a',RowKey='b')", 204), []);
  assert.deepEqual(after("POST", "/devstoreaccount1/$batch", 202), []);
});

test("whoever asks gets everything since the last time, any blob at first, and what was given back", async () => {
  const { signal } = new AbortController();
  const blobs = createTouchedBlobs("backups");
  const put = (name: string) => blobs.note({ method: "PUT", url: `/a/backups/${name}`, status: 201 });
  assert.equal(await blobs.next(signal), "any");
  put("one");
  put("two");
  put("one");
  assert.deepEqual(await blobs.next(signal), ["one", "two"]);
  blobs.giveBack(["two"]);
  assert.deepEqual(await blobs.next(signal), ["two"]);
  const later = blobs.next(signal);
  put("three");
  assert.deepEqual(await later, ["three"]);
});

test("whoever waits is let go at the end", async () => {
  const ending = new AbortController();
  const blobs = createTouchedBlobs("backups");
  await blobs.next(ending.signal);
  const waiting = blobs.next(ending.signal);
  ending.abort();
  assert.deepEqual(await waiting, []);
});
