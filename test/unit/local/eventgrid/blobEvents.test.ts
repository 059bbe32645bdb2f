// Tests that the difference of two listings gives the events between them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blobChanges, blobEvents, type ListedBlob } from "../../../../local/eventgrid/blobEvents.ts";

const blob = (name: string, etag: string): ListedBlob => ({
  name,
  etag,
  sizeBytes: 512,
  blobType: "BlockBlob",
  contentType: "application/octet-stream",
});

test("a new blob and a new version of a known one are written, a missing one is deleted, an unchanged one is no news", () => {
  const known = new Map([
    ["Sales/full.bak", "0x1"],
    ["Sales/log.trn", "0x2"],
    ["Sales/old.trn", "0x3"],
  ]);
  const listed = [blob("Sales/full.bak", "0x1"), blob("Sales/log.trn", "0x9"), blob("Sales/new.trn", "0x4")];
  const { written, deleted } = blobChanges(known, listed);
  assert.deepEqual(
    written.map(({ name }) => name),
    ["Sales/log.trn", "Sales/new.trn"],
  );
  assert.deepEqual(deleted, ["Sales/old.trn"]);
});

test("applying the changes to what was known gives what was listed", () => {
  const listing = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("a", "b", "c", "d", "e"), etag: fc.constantFrom("1", "2") }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(listing, listing, (before, after) => {
      const known = new Map<string, string>(before.map(({ name, etag }) => [name, etag]));
      const { written, deleted } = blobChanges(
        known,
        after.map(({ name, etag }) => blob(name, etag)),
      );
      for (const { name, etag } of written) known.set(name, etag);
      for (const name of deleted) known.delete(name);
      assert.deepEqual(known, new Map<string, string>(after.map(({ name, etag }) => [name, etag])));
    }),
  );
});

test("an event names its blob in the subject as it is, and in the URL encoded", () => {
  const where = {
    topic: "/subscriptions/s",
    container: "backups",
    url: "http://127.0.0.1:10000/devstoreaccount1/backups",
  };
  const [created, deleted] = blobEvents(
    where,
    { written: [blob("Sales & Co/full #1.bak", "0x1")], deleted: ["Sales & Co/old.trn"] },
    new Date("2025-11-24T21:45:00Z"),
  );
  assert.equal(created?.subject, "/blobServices/default/containers/backups/blobs/Sales & Co/full #1.bak");
  assert.equal(created?.data["url"], `${where.url}/Sales%20%26%20Co/full%20%231.bak`);
  assert.equal(created?.data["eTag"], "0x1");
  assert.equal(created?.eventTime, "2025-11-24T21:45:00.000Z");
  assert.equal(deleted?.eventType, "Microsoft.Storage.BlobDeleted");
});
