// Tests that a container is listed in pages of bounded size, to the last one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerClient } from "@azure/storage-blob";
import { createBlobBackupFiles } from "../../../../../shared/azure/blobs/blobBackupFiles.ts";

/**
 * A container with this many blobs that answers as the storage does: at most as many as were asked for, with a
 * continuation token.
 */
function containerOf(blobs: number, asked: (number | undefined)[]): ContainerClient {
  const byPage = async function* ({ maxPageSize = 5_000, continuationToken = "0" }) {
    asked.push(maxPageSize);
    const [first, end] = [Number(continuationToken), Math.min(blobs, Number(continuationToken) + maxPageSize)];
    const properties = { etag: '"1"', contentLength: 1, lastModified: new Date(0), blobType: "BlockBlob" };
    const blobItems = Array.from({ length: end - first }, (_, n) => ({ name: `Sales/${first + n}.trn`, properties }));
    yield { segment: { blobItems }, ...(end < blobs && { continuationToken: String(end) }) };
  };
  return { containerName: "backups", listBlobsFlat: () => ({ byPage }) } as unknown as ContainerClient;
}

test("a listing asks for at most 2,000 blobs at once, since reading 5,000 takes 100 MiB, and goes on to the last", async () => {
  const asked: (number | undefined)[] = [];
  const names = new Set<string>();
  for await (const { name } of createBlobBackupFiles(containerOf(4_321, asked)).list("")) names.add(name);
  assert.equal(names.size, 4_321);
  assert.deepEqual(asked, [2_000, 2_000, 2_000]);
});
