// Tests that inspect --report prints what a maintainer needs, and no names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectSource } from "../../../ferry/files/inspected.ts";
import { hexReport } from "../../../ferry/print/hexReport.ts";
import { type BrokenBackupName, brokenBackup, brokenBackups } from "../../../local/backups/brokenBackup.ts";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../../local/backups/sampleBackups.ts";
import { countingSource } from "../../support/countingSource.ts";
import { ferry } from "./run.ts";

async function reportOf(bytes: Uint8Array): Promise<string> {
  const source = countingSource(bytes);
  return hexReport(await inspectSource("Payroll_secret.bak", source), 1, source);
}

test("an unknown compression shows version, flags, types, sizes, checksums and first bytes", async () => {
  const out = await reportOf(brokenBackup("unknownCompression"));
  assert.match(out, /^File 1: \d+ bytes, closed by a filemark of 512 bytes, 1 backup sets/);
  assert.match(out, /UNSUPPORTED_COMPRESSION at byte 480/);
  assert.match(out, /^000000 {2}4d 53 53 51 4c 42 41 4b 02 00 00 00 03 00 00 00$/m);
  assert.match(out, /^0001e0 {2}21 .. .. .. \.\. .. .. .. .. {2}record, its checksum is right$/m);
  assert.match(out, /^0001fc {2}17 17 17 17 17 17 17 17$/m);
});

test("an unknown container shows where the first record may be", async () => {
  const out = await reportOf(brokenBackup("unknownContainerVersion"));
  assert.match(out, /version 3, flags 0x3/);
  assert.match(out, /^0001e0 {2}21 /m);
});

test("of a file of another format no byte is shown", async () => {
  const script = "USE [Payroll]; -- nobody's business\n";
  const out = await reportOf(new TextEncoder().encode(script.repeat(100)));
  assert.match(out, /no bytes are printed/);
  assert.ok(
    !out.includes(
      Buffer.from("USE [")
        .toString("hex")
        .replaceAll(/(..)(?=.)/g, "$1 "),
    ),
    out,
  );
});

test("a backup that can be read shows what of it was never seen", async () => {
  const out = await reportOf(sampleBackup("unverifiedZstd"));
  assert.match(
    out,
    /Set 1: type 1, version 17\.0\.1000, flags 512, ZSTD, block size 512, TDE none, unverified: .*compressed/,
  );
  assert.match(out, /^0001fc {2}28 b5 2f fd/m);
});

test("of TDE the report shows where its parts stand and how long they are, and neither certificate nor key", async () => {
  const out = await reportOf(sampleBackup("unverifiedTde"));
  assert.match(out, /TDE encrypted/);
  const [, at = ""] = /^"SFIN" ([0-9a-f]{4}) {2}(?:00 00 00 00 )*14 00 00 00 xx/m.exec(out) ?? [];
  assert.ok(Number.parseInt(at, 16) >= 0x190 && Number.parseInt(at, 16) < 0x400, out);
  assert.match(out, /^"SFIN" .* 00 01 00 00/m, "the length of the key");
  const { sets } = sampleBackups.unverifiedTde;
  const thumbprint = (sets[0].tdeThumbprint ?? "").toLowerCase().replaceAll(/(..)(?=.)/g, "$1 ");
  assert.ok(thumbprint.length > 40 && !out.includes(thumbprint.slice(0, 11)));
});

test("what is not understood where TDE's certificate would stand is shown by its shape", async () => {
  const out = await reportOf(sampleBackup("unverifiedTdeUnknown"));
  assert.match(out, /TDE unknown/);
  assert.match(out, /^"SFIN" 0[1-3][0-9a-f]{2} {2}.*xx/m);
});

test("a record of an unknown kind is shown by its tag, its length and the shape of what it holds", async () => {
  const out = await reportOf(sampleBackup("unverifiedUnknownRecord"));
  assert.match(out, /unverified: .*unknownRecord/);
  assert.match(out, /^"S\?\?\?", 64 bytes$/m);
});

test("no text in a place that is not understood gets into a report", async () => {
  const bytes = Buffer.from(sampleBackup("unverifiedUnknownRecord"));
  const name = Buffer.from("Payroll 2025", "utf16le");
  for (let at = bytes.indexOf("S???", 0, "latin1"); at >= 0; at = bytes.indexOf("S???", at + 4, "latin1"))
    bytes.set(name, at + 8);
  const out = await reportOf(bytes);
  assert.match(out, /^"S\?\?\?" 0008 {2}xx 00 xx 00 xx 00/m);
  assert.ok(!out.includes("50 00 61 00"), out);
});

test("of a backup without any of that there is nothing to show", async () => {
  assert.doesNotMatch(await reportOf(sampleBackup("full")), /^"S/m);
});

test("no report holds the name of a file, a database, a server, a user or a certificate's key", async () => {
  const samples = (Object.keys(sampleBackups) as SampleBackupName[]).map(sampleBackup);
  const broken = (Object.keys(brokenBackups) as BrokenBackupName[]).map(brokenBackup);
  for (const bytes of [...samples, ...broken].filter(({ length }) => length < 200_000)) {
    const out = await reportOf(bytes);
    assert.doesNotMatch(out, /Payroll|Orders|SQL01|sqlagent/);
    const asBytes = Buffer.from(out.replaceAll(/^[0-9a-f]{6} {2}|[^0-9a-f\n ]|\n/gm, "").replaceAll(" ", ""), "hex");
    for (const name of ["Orders", "SQL01"]) {
      assert.ok(!asBytes.includes(Buffer.from(name, "utf16le")), name);
      assert.ok(!asBytes.includes(Buffer.from(name, "latin1")), name);
    }
  }
});

test("the command prints a report for each file", async () => {
  const { out, exitCode } = await ferry(["inspect", "test/fixtures/invalid/UNSUPPORTED_COMPRESSION", "--report"]);
  assert.equal(exitCode, 1);
  assert.deepEqual([...out.matchAll(/^File \d+/gm)].length, 2);
});

test("a report and JSON are not asked for together", async () => {
  assert.equal((await ferry(["inspect", "local", "--json", "--report"])).exitCode, 2);
});
