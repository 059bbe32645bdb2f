// Tests that the reader finds in a generated backup what it was written from. Writer and reader were written
// independently, after the specification.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilledSpec, fillSpec, headerFlags } from "../../../../local/backups/backupSpec.ts";
import {
  type SampleBackup,
  type SampleBackupName,
  sampleBackup,
  sampleBackups,
} from "../../../../local/backups/sampleBackups.ts";
import { BackupFormatError } from "../../../../shared/backup/backupFormatError.ts";
import type { BackupHeader, BackupSetHeader, UnverifiedKind } from "../../../../shared/backup/backupHeader.ts";
import { readBackupHeader } from "../../../../shared/backup/readBackupHeader.ts";
import { countingSource } from "../../../support/countingSource.ts";

const read = (bytes: Uint8Array): Promise<BackupHeader> => readBackupHeader(countingSource(bytes));

/** Members that have the same name in the spec and in the header. */
const SAME = [
  "backupSetGuid",
  "backupType",
  "backupName",
  "backupDescription",
  "expirationDate",
  "serverName",
  "machineName",
  "userName",
  "databaseName",
  "databaseCreationDate",
  "backupStartDate",
  "backupFinishDate",
  "firstLsn",
  "lastLsn",
  "checkpointLsn",
  "familyGuid",
  "bindingId",
  "recoveryForkId",
  "isCopyOnly",
  "recoveryModel",
] as const satisfies readonly (keyof FilledSpec & keyof BackupSetHeader)[];

const MEDIA_SAME = [
  "mediaSetId",
  "familyCount",
  "familySequenceNumber",
  "mediaName",
  "mediaDescription",
  "isPasswordProtected",
  "mirrorCount",
  "blockSize",
] as const;

function assertMedia({ media }: BackupHeader, spec: FilledSpec): void {
  for (const field of MEDIA_SAME) assert.equal(media[field], spec[field], field);
  assert.equal(media.isCompressed, spec.isCompressed);
  assert.equal(media.compressionAlgorithm, spec.isCompressed ? spec.compressionAlgorithm : undefined);
  assert.equal(media.softwareName, "Microsoft SQL Server");
  assert.equal(media.softwareVendorId, 4608);
}

function assertSet(set: BackupSetHeader, spec: FilledSpec, position: number): void {
  const { backupType, softwareVersion, databaseBackup, fork } = spec;
  for (const field of SAME) assert.equal(set[field], spec[field], field);
  assert.equal(set.position, position);
  assert.equal(set.utcOffsetMinutes, spec.utcOffsetMinutes ?? undefined);
  assert.deepEqual(
    [set.softwareVersionMajor, set.softwareVersionMinor, set.softwareVersionBuild],
    [softwareVersion.major, softwareVersion.minor, softwareVersion.build],
  );
  assert.equal(set.databaseVersion, softwareVersion.databaseVersion);
  assert.equal(set.compatibilityLevel, softwareVersion.compatibilityLevel);
  assert.equal(set.databaseBackupLsn, databaseBackup?.checkpointLsn ?? null);
  const hasBase = [5, 6, 8].includes(backupType);
  assert.equal(set.differentialBaseLsn, hasBase ? databaseBackup?.checkpointLsn : null);
  assert.equal(set.differentialBaseGuid, hasBase ? databaseBackup?.backupSetGuid : null);
  assert.equal(set.beginsLogChain, backupType === 2 && spec.firstLsn === spec.logChainStartLsn);
  assert.equal(set.firstRecoveryForkId, fork ? fork.previousForkId : spec.recoveryForkId);
  assert.equal(set.forkPointLsn, fork ? fork.pointLsn : null);
  for (const [column, bit] of Object.entries(headerFlags))
    assert.equal(set[column as keyof typeof headerFlags], (spec.flags & bit) !== 0, column);
  assert.deepEqual(set.tde, tdeIn(spec));
  assertFiles(set, spec);
}

function tdeIn({ tdeThumbprint, hasUnknownTde, hasEncryptedPages }: FilledSpec): BackupSetHeader["tde"] {
  if (tdeThumbprint !== null) return { state: "encrypted", thumbprints: [tdeThumbprint] };
  if (hasEncryptedPages) return { state: "encrypted" };
  return { state: hasUnknownTde ? "unknown" : "none" };
}

function assertFiles({ files }: BackupSetHeader, { fileGroups, databaseName }: FilledSpec): void {
  assert.deepEqual(
    files?.map(({ logicalName, physicalName, type, fileGroupName }) => [
      type,
      fileGroupName,
      logicalName,
      physicalName,
    ]),
    [
      ...fileGroups.flatMap(({ name, files: ofGroup }) =>
        ofGroup.map(({ logicalName, physicalName }) => ["D", name, logicalName, physicalName]),
      ),
      ["L", null, `${databaseName}_log`, `D:\\Data\\${databaseName}_log.ldf`],
    ],
  );
}

for (const name of Object.keys(sampleBackups) as SampleBackupName[])
  test(`a generated backup reads as what it was written from: ${name}`, async () => {
    const { sets }: SampleBackup = sampleBackups[name];
    const specs = sets.map(fillSpec);
    const header = await read(sampleBackup(name));
    assertMedia(header, specs[0] as FilledSpec);
    assert.equal(header.backupSets.length, specs.length);
    for (const [index, spec] of specs.entries())
      assertSet(header.backupSets[index] as BackupSetHeader, spec, index + 1);
  });

test("the kinds that no real file has confirmed say so in the header", async () => {
  const expected: Partial<Record<SampleBackupName, readonly UnverifiedKind[]>> = {
    unverifiedFileBackup: ["file"],
    unverifiedDifferentialFileBackup: ["fileDifferential"],
    unverifiedPartial: ["partial"],
    unverifiedDifferentialPartial: ["partialDifferential"],
    unverifiedTailLog: ["tailLog"],
    unverifiedTailLogOfDamagedDatabase: ["tailLog", "damaged", "incompleteMetaData"],
    unverifiedBulkLoggedData: ["bulkLogged"],
    unverifiedSnapshot: ["snapshot"],
    unverifiedReadOnly: ["readOnly"],
    unverifiedSingleUser: ["singleUser"],
    unverifiedForkInside: ["recoveryFork"],
    unverifiedMirrored: ["mirrored"],
    unverifiedStripe7Of64: ["moreThanTwoStripes"],
    unverifiedBlockSize65536: ["blockSize"],
    unverifiedCompressedSqlServer2012: ["compressed"],
    unverifiedCompressedDifferentialSqlServer2008R2: ["compressed"],
    unverifiedCompressedLogSqlServer2008: ["compressed"],
    unverifiedZstd: ["compressed"],
    unverifiedQatDeflate: ["compressed"],
    unverifiedTde: ["tde"],
    unverifiedTdeUnknown: ["tde"],
    unverifiedUnknownRecord: ["unknownRecord"],
    compressedSqlServer2008: [],
    compressedLog: [],
    compressedDifferential: [],
    copyOnlyFull: [],
    bulkLogged: [],
    descriptionAndExpiration: [],
    full: [],
    differential: [],
    log: [],
    withChecksums: [],
    stripe2Of2: [],
    blockSize4096: [],
  };
  for (const [name, kinds] of Object.entries(expected)) {
    const { backupSets } = await read(sampleBackup(name as SampleBackupName));
    // The description of every generated medium says that it is generated, which makes it "mediaName".
    const found = (backupSets[0]?.unverified ?? []).filter((kind) => kind !== "mediaName");
    assert.deepEqual(found, kinds, name);
  }
});

test("a head that is not final never shows, in a full as in a differential: LSNs, dates and sizes are the tail's", async () => {
  for (const name of ["provisionalHead", "provisionalDifferentialHead"] as const) {
    const { sets } = sampleBackups[name];
    const [set] = (await read(sampleBackup(name))).backupSets;
    assert.deepEqual([set?.firstLsn, set?.lastLsn], [sets[0].firstLsn, sets[0].lastLsn]);
    assert.notEqual(set?.firstLsn, sets[0].provisional?.firstLsn);
  }
});

test("zeros behind the last filemark, as in a page blob, change nothing but the size", async () => {
  const [padded, whole] = [await read(sampleBackup("unverifiedTrailingZeros")), await read(sampleBackup("full"))];
  assert.deepEqual({ ...padded, size: whole.size }, whole);
  assert.equal(padded.size, whole.size + 4096);
});

test("a compressed backup whose locator is lost is read all the same: its last records are searched for", async () => {
  for (const name of [
    "compressed",
    "compressedBlockSize4096",
    "unverifiedLongFileListCompressed",
    "compressedSqlServer2008",
  ] as const) {
    const bytes = Buffer.from(sampleBackup(name));
    const whole = await read(bytes);
    const closing = bytes.length - whole.media.blockSize;
    const filemark = Number(bytes.readBigUInt64LE(closing + 0x48));
    const locatorLength = bytes.readUInt32LE(filemark - 8);
    bytes.fill(0, filemark - locatorLength, filemark);
    assert.deepEqual(await read(bytes), whole, name);
  }
});

test("a compressed backup whose last records are damaged is refused as damaged, with the place and what its checksum should be", async () => {
  const bytes = Buffer.from(sampleBackup("compressed"));
  const filemark = Number(bytes.readBigUInt64LE(bytes.length - 512 + 0x48));
  const locator = filemark - bytes.readUInt32LE(filemark - 8);
  const record = Number(bytes.readBigUInt64LE(locator + 16 * bytes.readUInt32LE(locator + 4) + 8));
  bytes.fill(0xa5, record + 28 + 256, record + 28 + 300);
  await assert.rejects(read(bytes), (error) => {
    assert.ok(error instanceof BackupFormatError);
    assert.deepEqual([error.code, error.offset], ["CHECKSUM_MISMATCH", record]);
    assert.match(
      error.expected,
      new RegExp(
        `0x${bytes
          .readUInt32LE(record + 24)
          .toString(16)
          .padStart(8, "0")}$`,
      ),
    );
    assert.match(error.sentence, /does not match its own checksums: the file was damaged/);
    return true;
  });
});

/** Each sign of COPY_ONLY that a full backup may have, written into one that is none. */
const COPY_ONLY_SIGNS: Readonly<Record<string, (bytes: Buffer) => void>> = {
  "flag 1024": (bytes) => {
    const flags = bytes.indexOf("SCIN", bytes.lastIndexOf("MSLS", undefined, "latin1"), "latin1") + 0x08;
    bytes.writeUInt32LE(bytes.readUInt32LE(flags) | 1024, flags);
  },
  "the copy bit of its start of set": (bytes) => {
    const attributes = bytes.indexOf("SSET", 0, "latin1") + 0x34;
    bytes.writeUInt32LE(bytes.readUInt32LE(attributes) | 2, attributes);
  },
  "data files that do not name it as their differential base": (bytes) => {
    const file = bytes.indexOf("SFIN", bytes.lastIndexOf("MSLS", undefined, "latin1"), "latin1");
    bytes.fill(0x5a, file + 0xaa, file + 0xaa + 16);
  },
};

for (const [sign, put] of Object.entries(COPY_ONLY_SIGNS))
  test(`a full backup is copy-only by this sign alone: ${sign}`, async () => {
    const bytes = Buffer.from(sampleBackup("full"));
    assert.equal((await read(bytes)).backupSets[0]?.isCopyOnly, false, "without it, it is none");
    put(bytes);
    assert.equal((await read(bytes)).backupSets[0]?.isCopyOnly, true);
  });
