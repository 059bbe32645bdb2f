// Tests that inspect prints the format that scripts depend on.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sourceDatabase } from "../../../../local/backups/history.ts";
import { ferry } from "../run.ts";

let folder = "";
const source = sourceDatabase({ name: "Sales", startedAt: "2025-11-24T21:00:00" });
const [full, log] = [source.full(), source.log()];
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ferry-inspect-"));
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, full.fileName), full.bytes);
  writeFileSync(join(folder, "logs", log.fileName), log.bytes);
});
after(() => rmSync(folder, { recursive: true }));

test("every file of a folder has an entry with its header, its cost and its LSNs as text", async () => {
  const { exitCode, out } = await ferry(["inspect", folder, "--json"]);
  assert.equal(exitCode, 0);
  const entries = JSON.parse(out) as {
    file: string;
    size: number;
    reads: number;
    bytesRead: number;
    media: { familyCount: number };
    backupSets: { databaseName: string; firstLsn: string; lastLsn: string; backupType: number }[];
  }[];
  assert.deepEqual(
    entries.map(({ file }) => file),
    [join(folder, full.fileName), join(folder, "logs", log.fileName)],
  );
  const [first, second] = entries;
  assert.equal(first?.size, full.bytes.length);
  assert.equal(first.media.familyCount, 1);
  assert.ok(first.reads >= 1 && first.bytesRead <= 48 * 1024);
  assert.equal(first.backupSets[0]?.databaseName, "Sales");
  assert.equal(first.backupSets[0]?.lastLsn, String(full.spec.lastLsn));
  assert.equal(second?.backupSets[0]?.backupType, 2);
});

test("the table names type, database and LSNs", async () => {
  const { out } = await ferry(["inspect", join(folder, full.fileName)]);
  assert.match(out, new RegExp(`full +Sales +${full.spec.firstLsn} +${full.spec.lastLsn}`));
});

test("a file that is no backup is an entry with the error, and ends with 1; a path that is not there with 5", async () => {
  const path = join(folder, "logs", "notes.txt");
  writeFileSync(path, "no backup at all");
  const { exitCode, out } = await ferry(["inspect", path, "--json"]);
  assert.equal(exitCode, 1);
  const [entry] = JSON.parse(out) as { file: string; size: number; error: Record<string, unknown> }[];
  assert.equal(entry?.size, 16);
  assert.deepEqual(Object.keys(entry.error), ["code", "offset", "expected", "found", "message"]);
  rmSync(path);
  assert.equal((await ferry(["inspect", path])).exitCode, 5);
});

/** Serves one blob as Azure does: ranges of the version that If-Match names. Each request may find another version. */
async function blobServer(
  versionAt: (request: number) => string,
): Promise<{ url: string; ranges: string[]; close(): void }> {
  const ranges: string[] = [];
  let requests = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const etag = versionAt(requests++);
    const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (request.url !== "/backups/full.bak?sv=2025&sig=secret")
      response.writeHead(request.url?.includes("sig=") ? 404 : 403).end();
    else if (request.method === "HEAD") response.writeHead(200, { etag, "content-length": full.bytes.length }).end();
    else if (request.headers["if-match"] !== etag) response.writeHead(412).end();
    else {
      ranges.push(`${from}-${to}`);
      response.writeHead(206, { etag }).end(full.bytes.subarray(Number(from), Number(to) + 1));
    }
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/backups/full.bak`;
  return { url, ranges, close: () => server.close() };
}

test("a blob is read by ranges of one version, and its signature is never shown", async () => {
  const server = await blobServer(() => '"1"');
  try {
    const { exitCode, out, err } = await ferry(["inspect", `${server.url}?sv=2025&sig=secret`, "--json"]);
    assert.equal(exitCode, 0, err);
    const [entry] = JSON.parse(out) as { file: string; reads: number; backupSets: { databaseName: string }[] }[];
    assert.equal(entry?.file, server.url);
    assert.equal(entry.backupSets[0]?.databaseName, "Sales");
    assert.equal(entry.reads, server.ranges.length);
    assert.doesNotMatch(out + err, /secret/);
  } finally {
    server.close();
  }
});

test("a blob that is replaced while it is read is read again from the start", async () => {
  const server = await blobServer((request) => (request === 0 ? '"1"' : '"2"'));
  try {
    const { exitCode, err } = await ferry(["inspect", `${server.url}?sv=2025&sig=secret`]);
    assert.equal(exitCode, 0, err);
  } finally {
    server.close();
  }
});

test("a blob that is not there ends with 5, one that may not be read with 1 and says what is missing", async () => {
  const server = await blobServer(() => '"1"');
  try {
    const missing = await ferry(["inspect", `${server.url}x?sig=secret`]);
    assert.equal(missing.exitCode, 5);
    assert.doesNotMatch(missing.err, /secret/);
    const unsigned = await ferry(["inspect", server.url]);
    assert.equal(unsigned.exitCode, 1);
    assert.match(unsigned.err, /signature \(SAS\)/);
  } finally {
    server.close();
  }
});

test("a single backup shows every column under SQL Server's own name, its label and its files", async () => {
  const { out } = await ferry(["inspect", join(folder, full.fileName)]);
  for (const line of [
    /^BackupSetGUID +[0-9A-F-]{36}$/m,
    new RegExp(`^CheckpointLSN +${full.spec.checkpointLsn}$`, "m"),
    /^BackupStartDate +2025-11-24 21:00:00$/m,
    /^IsCopyOnly +0$/m,
    /^RESTORE LABELONLY .*\n.* 1 of 1 /m,
    /^RESTORE FILELISTONLY .*\n.* Sales +D +PRIMARY /m,
  ])
    assert.match(out, line);
});

test("nothing that a file holds steers the terminal", async () => {
  const path = join(folder, "logs", "evil.bak");
  const evil = Buffer.from(full.bytes);
  evil.write("\u001b[2J", evil.lastIndexOf("SFIN", undefined, "latin1"), "latin1");
  writeFileSync(path, evil);
  const { exitCode, out } = await ferry(["inspect", path]);
  rmSync(path);
  assert.equal(exitCode, 0);
  assert.match(out, /unknownRecord/);
  assert.ok(!out.includes("\u001b"));
});
