// Lists the generated backups that are kept as files, with what is expected of them. `node test/support/fixtures.ts`
// writes them again.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BrokenBackupName, brokenBackup } from "../../local/backups/brokenBackup.ts";
import { type SampleBackupName, sampleBackup } from "../../local/backups/sampleBackups.ts";
import { BackupFormatError } from "../../shared/backup/backupFormatError.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import { countingSource } from "./countingSource.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Small files, one for each kind with a layout of its own. */
const VALID: readonly SampleBackupName[] = [
  "full",
  "differential",
  "log",
  "provisionalHead",
  "provisionalDifferentialHead",
  "sqlServer2008R2",
  "sqlServer2005",
  "stripe1Of2",
  "stripe2Of2",
  "blockSize4096",
  "compressed",
  "compressedBlockSize4096",
  "appended",
  "appendedCompressed",
  "compressedSqlServer2008",
  "compressedLog",
  "copyOnlyFull",
  "descriptionAndExpiration",
  "unverifiedTailLog",
  "unverifiedForkInside",
  "unverifiedFileGroups",
  "unverifiedLongFileListCompressed",
  "unverifiedCompressedSqlServer2012BlockSize4096",
  "unverifiedTde",
  "unverifiedTdeUnknown",
  "unverifiedZstd",
  "unverifiedQatDeflate",
  "unverifiedNames",
];
const INVALID: readonly BrokenBackupName[] = [
  "zeroBytes",
  "zipArchive",
  "bacpac",
  "sqlScript",
  "gitLfsPointer",
  "encryptedAndCompressed",
  "unknownCompression",
  "unknownContainerVersion",
  "encryptedByTde",
  "damagedRecord",
  "damagedRecordSqlServer2008",
  "damagedRecordType",
  "damagedDecodedSize",
  "damagedLastRecord",
  "damagedLocator",
  "truncatedInsideMediaHeader",
  "truncatedAfterFirstFilemark",
  "truncatedInsideProvisionalConfiguration",
  "truncatedCompressedInsideData",
  "truncatedCompressedAfterSecondFilemark",
  "truncatedCompressedByOneByte",
];

export interface ValidFixture {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The header as JSON, LSNs as text. */
  readonly expected: unknown;
}

export interface InvalidFixture {
  readonly name: string;
  readonly code: string;
  readonly bytes: Uint8Array;
}

/** valid/NAME.bak with NAME.json. */
export const validFixtures = (): readonly ValidFixture[] =>
  namesIn("valid").map((name) => ({
    name,
    bytes: readFileSync(`${FOLDER}valid/${name}.bak`),
    expected: JSON.parse(readFileSync(`${FOLDER}valid/${name}.json`, "utf8")),
  }));

/** invalid/CODE/NAME.bak. */
export const invalidFixtures = (): readonly InvalidFixture[] =>
  readdirSync(`${FOLDER}invalid`).flatMap((code) =>
    namesIn(`invalid/${code}`).map((name) => ({
      name,
      code,
      bytes: readFileSync(`${FOLDER}invalid/${code}/${name}.bak`),
    })),
  );

const namesIn = (folder: string): string[] =>
  readdirSync(FOLDER + folder)
    .filter((file) => file.endsWith(".bak"))
    .map((file) => file.slice(0, -".bak".length));

/** LSNs as text. */
export const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? one.toString() : one), 2);

async function write(): Promise<void> {
  for (const folder of ["valid", "invalid"]) rmSync(FOLDER + folder, { recursive: true, force: true });
  mkdirSync(`${FOLDER}valid`, { recursive: true });
  for (const name of VALID) {
    const bytes = sampleBackup(name);
    writeFileSync(`${FOLDER}valid/${name}.bak`, bytes);
    writeFileSync(`${FOLDER}valid/${name}.json`, `${asJson(await readBackupHeader(countingSource(bytes)))}\n`);
  }
  for (const [name, bytes] of [
    ...INVALID.map((broken) => [broken, brokenBackup(broken)] as const),
    ["unfilledPageBlob", new Uint8Array(4096)] as const,
  ]) {
    const folder = `${FOLDER}invalid/${await codeOf(bytes)}/`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}${name}.bak`, bytes);
  }
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await readBackupHeader(countingSource(bytes));
  } catch (error) {
    if (error instanceof BackupFormatError) return error.code;
    throw error;
  }
  throw new RangeError("a broken backup was accepted");
}

if (import.meta.main) await write();
