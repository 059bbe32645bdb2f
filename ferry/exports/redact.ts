// Removes names from headers for sharing: only what a chain needs is let through, and equal names get equal
// replacements.
import type { BackupSetHeader, MediaLabel } from "../../shared/backup/backupHeader.ts";
import { compareText, databaseKey } from "../../shared/chain/files/identity.ts";
import { usualExtensionOf } from "../../shared/chain/folderProblems.ts";
import { isCalledANote } from "../../shared/chain/plan/unusableNewer.ts";
import type { KnownSet } from "../../shared/dryRun/exportedSet.ts";
import type { KnownFile } from "../../shared/dryRun/headerRows.ts";
import { recordNames } from "../../shared/dryRun/recordNames.ts";

/** Numbers, LSNs, GUIDs, dates and flags: none of them is a name. Whatever is not listed stays here. */
const SHARED_COLUMNS = [
  "backupSetGuid",
  "position",
  "backupType",
  "expirationDate",
  "databaseCreationDate",
  "databaseVersion",
  "compatibilityLevel",
  "softwareVersionMajor",
  "softwareVersionMinor",
  "softwareVersionBuild",
  "backupStartDate",
  "backupFinishDate",
  "utcOffsetMinutes",
  "backupSize",
  "compressedBackupSize",
  "firstLsn",
  "lastLsn",
  "checkpointLsn",
  "databaseBackupLsn",
  "differentialBaseLsn",
  "differentialBaseGuid",
  "lastLogBackupLsn",
  "familyGuid",
  "bindingId",
  "recoveryForkId",
  "firstRecoveryForkId",
  "forkPointLsn",
  "flags",
  "hasBulkLoggedData",
  "isSnapshot",
  "isReadOnly",
  "isSingleUser",
  "hasBackupChecksums",
  "isDamaged",
  "isTailLog",
  "hasIncompleteMetaData",
  "isForceOffline",
  "isCopyOnly",
  "beginsLogChain",
  "recoveryModel",
  "sortOrder",
  "unicodeLocaleId",
  "unicodeComparisonStyle",
] as const satisfies readonly (keyof BackupSetHeader)[];

const SHARED_MEDIA = [
  "mediaSetId",
  "mediaFamilyId",
  "familyCount",
  "familySequenceNumber",
  "isCompressed",
  "blockSize",
] as const satisfies readonly (keyof MediaLabel)[];

/** In the order of the files' names, and with databases in the order of theirs: both decide between equals. */
export function redact(files: readonly KnownFile[]): KnownFile[] {
  const names = new Map(recordNames(files).map((name, index) => [files[index] as KnownFile, name]));
  const sorted = files.toSorted((a, b) => compareText(names.get(a) ?? "", names.get(b) ?? ""));
  const sets = sorted.flatMap(({ backupSets = [] }) => backupSets);
  const database = pseudonyms("database", sets.map(databaseOf));
  const server = pseudonyms("server", sets.map(serverOf));
  const file = pseudonyms(
    "file",
    sorted.map((_, index) => String(index).padStart(9, "0")),
  );
  return sorted.map((known, index) => {
    const { size, media, backupSets, error, noFile, timesAreUtc, oddCells } = known;
    const { encryptionIsKnown, compressionIsKnown, deviceIsKnown } = known;
    const extension = usualExtensionOf(known.file) ?? (isCalledANote(known.file) ? ".txt" : ".other");
    return {
      file: `${file(String(index).padStart(9, "0"))}${extension}`,
      ...(size !== undefined && { size }),
      ...(noFile !== undefined && { noFile }),
      ...(timesAreUtc && { timesAreUtc }),
      ...(encryptionIsKnown && { encryptionIsKnown }),
      ...(compressionIsKnown && { compressionIsKnown }),
      ...(deviceIsKnown && { deviceIsKnown }),
      ...(oddCells && { oddCells: oddCells.map(({ column }) => ({ column, found: "" })) }),
      ...(media && { media: pick(media, SHARED_MEDIA) }),
      ...(error && {
        error: {
          code: error.code,
          message: error.code,
          ...(error.provedSpan && { provedSpan: error.provedSpan }),
        },
      }),
      ...(backupSets && {
        backupSets: backupSets.map((set) => ({
          ...pick(set, SHARED_COLUMNS),
          ...(set.tde && { tde: { state: set.tde.state } }),
          ...(set.databaseName !== undefined && { databaseName: database(databaseOf(set)) }),
          ...(set.serverName !== undefined && { serverName: server(serverOf(set)) }),
        })),
      }),
    };
  });
}

const databaseOf = ({ databaseName = "" }: KnownSet): string => databaseKey(databaseName);

const serverOf = ({ serverName = "" }: KnownSet): string => serverName.toLowerCase();

/** "server1", "server2" for different names; their order stays. */
function pseudonyms(word: string, names: readonly string[]): (name: string) => string {
  const sorted = [...new Set(names)].sort();
  const digits = String(sorted.length).length;
  const given = new Map(sorted.map((name, index) => [name, `${word}${String(index + 1).padStart(digits, "0")}`]));
  return (name) => given.get(name) ?? word;
}

function pick<Value extends object, Key extends keyof Value>(value: Value, keys: readonly Key[]): Pick<Value, Key> {
  const picked = keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]]);
  return Object.fromEntries(picked) as Pick<Value, Key>;
}
