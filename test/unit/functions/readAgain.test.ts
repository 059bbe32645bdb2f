// Tests that a blob is read again as often as necessary, and no more often.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { brokenBackup } from "../../../local/backups/brokenBackup.ts";
import { sampleBackup } from "../../../local/backups/sampleBackups.ts";
import { catalogueBlob } from "../../../shared/application/files/catalogueBlob.ts";
import type { BackupContent, BackupRecord } from "../../../shared/chain/backupRecord.ts";
import type { Services } from "../../../shared/ports.ts";
import { full } from "../../support/backupRecords.ts";
import { aWorld } from "../../support/world.ts";

const { content: _, ...file } = full(100, 160, { folder: "Sales" });
let puts: BackupRecord[];
beforeEach(() => {
  puts = [];
});

/** The row holds `known` about the blob, which holds `bytes`. */
function services(known: BackupContent, bytes: Uint8Array): Services {
  const world = aWorld();
  world.records = [{ ...file, content: known }];
  const source = {
    size: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  };
  return {
    ...world.services,
    files: { ...world.services.files, open: () => source },
    catalogue: { ...world.services.catalogue, put: async (_, record) => void puts.push(record) },
  };
}

const REFUSED_BEFORE: BackupContent = {
  kind: "unreadable",
  code: "UNSUPPORTED_COMPRESSION",
  message: "UNSUPPORTED_COMPRESSION at byte 8: expected container version 2, found version 1.",
};

test("a compressed backup of SQL Server 2008 that an earlier version refused is read again, and now has a header", async () => {
  const app = services(REFUSED_BEFORE, sampleBackup("compressedSqlServer2008"));
  assert.equal(await catalogueBlob(app, file.name), true);
  assert.deepEqual(
    puts.map(({ content }) => content.kind),
    ["header"],
  );
});

test("one that is refused for the same reason again changes nothing: nobody is woken for it", async () => {
  const bytes = brokenBackup("unknownCompression");
  assert.equal(await catalogueBlob(services(REFUSED_BEFORE, bytes), file.name), true);
  const [known] = puts;
  assert.ok(known?.content.kind === "unreadable" && known.content.code === "UNSUPPORTED_COMPRESSION");
  assert.equal(await catalogueBlob(services(known.content, bytes), file.name), false);
  assert.equal(puts.length, 1);
});

test("a file that is damaged or foreign is read once", async () => {
  for (const code of ["CHECKSUM_MISMATCH", "TRUNCATED", "NOT_A_BACKUP", "ENCRYPTED_MEDIA"] as const)
    assert.equal(
      await catalogueBlob(services({ kind: "unreadable", code, message: "m" }, sampleBackup("full")), file.name),
      false,
      code,
    );
  assert.deepEqual(puts, []);
});

test("an encrypted file's row keeps the certificates that it tells", async () => {
  await catalogueBlob(services({ kind: "unread" }, brokenBackup("encrypted")), file.name);
  const [row] = puts;
  assert.ok(row?.content.kind === "unreadable");
  assert.match(row.content.encrypted?.encryptorThumbprint ?? "", /^[0-9A-F]{40}$/);
});
