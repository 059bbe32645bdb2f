// Prints a header as SSMS shows RESTORE HEADERONLY, LABELONLY and FILELISTONLY, under their columns' names.
import type { BackupSetHeader, BackupType, DatabaseFile, Tde } from "../../shared/backup/backupHeader.ts";
import { columnName } from "../../shared/dryRun/notKnown.ts";
import type { Inspected } from "../files/inspected.ts";
import { printable, sizeText, table } from "./print.ts";

type Readable = Exclude<Inspected, { readonly error: unknown }>;
type Unreadable = Extract<Inspected, { readonly error: unknown }>;

/** One line for each set; then label and files of each; of a single file all columns. */
export function headerTables(inspected: readonly Inspected[]): string {
  const readable = inspected.filter((one): one is Readable => !("error" in one));
  const unreadable = inspected.filter((one): one is Unreadable => "error" in one);
  const [only] = readable;
  return [
    ...(readable.length > 0 ? [overview(readable)] : []),
    ...(readable.length === 1 && only ? [everyColumn(only)] : []),
    ...(readable.length > 0 ? [labels(readable), fileLists(readable)] : []),
    ...unverified(readable),
    ...unreadable.map(
      ({ file, size, error }) => `${printable(`${file} (${sizeText(size)})`)}\n  ${printable(error.message)}`,
    ),
  ].join("\n\n");
}

const TYPE_WORDS: Readonly<Record<BackupType, string>> = {
  1: "full",
  2: "log",
  4: "file",
  5: "differential",
  6: "differential file",
  7: "partial",
  8: "differential partial",
};

/** HEADERONLY BackupTypeDescription. */
const TYPE_DESCRIPTIONS: Readonly<Record<BackupType, string>> = {
  1: "DATABASE",
  2: "TRANSACTION LOG",
  4: "FILE OR FILEGROUP",
  5: "DATABASE DIFFERENTIAL",
  6: "FILE DIFFERENTIAL",
  7: "PARTIAL",
  8: "PARTIAL DIFFERENTIAL",
};

const TDE_WORDS: Readonly<Record<Tde["state"], string>> = { none: "none", encrypted: "TDE", unknown: "TDE or unknown" };

const typeOf = ({ backupType, isCopyOnly, isTailLog, isForceOffline }: BackupSetHeader): string =>
  [TYPE_WORDS[backupType], isCopyOnly && "copy-only", (isTailLog || isForceOffline) && "tail"]
    .filter(Boolean)
    .join(", ");

const overview = (readable: readonly Readable[]): string =>
  table(
    ["file", "size", "type", "database", "first LSN", "last LSN", "finished"],
    readable.flatMap(({ file, size, backupSets }) =>
      backupSets.map((set) => [
        file,
        sizeText(size),
        typeOf(set),
        set.databaseName,
        set.firstLsn.toString(),
        set.lastLsn.toString(),
        set.backupFinishDate.replace("T", " "),
      ]),
    ),
  );

/** HEADERONLY turned on its side: a row for each column, a column for each set. */
function everyColumn({ backupSets }: Readable): string {
  const names = [...new Set(backupSets.flatMap((set) => Object.keys(set)))].filter(
    (name) => name !== "files" && name !== "unverified" && name !== "tde",
  );
  const cell = (set: BackupSetHeader, name: string): string => cellOf(set[name as keyof BackupSetHeader]);
  return table(
    ["RESTORE HEADERONLY", ...backupSets.map(({ position }) => `set ${position}`)],
    [
      ...names.map((name) => [columnName(name), ...backupSets.map((set) => cell(set, name))]),
      ["BackupTypeDescription", ...backupSets.map(({ backupType }) => TYPE_DESCRIPTIONS[backupType])],
      ["TDE (inferred)", ...backupSets.map(({ tde }) => TDE_WORDS[tde?.state ?? "unknown"])],
    ],
  );
}

const cellOf = (value: unknown): string => {
  if (value === undefined) return "";
  if (value === null) return "NULL";
  return typeof value === "boolean" ? String(Number(value)) : String(value).replace(/^(\d{4}-\d\d-\d\d)T/, "$1 ");
};

const labels = (readable: readonly Readable[]): string =>
  table(
    [
      "RESTORE LABELONLY",
      "media set",
      "family",
      "name",
      "description",
      "software",
      "date",
      "compression",
      "block size",
    ],
    readable.map(({ file, media }) => [
      file,
      media.mediaSetId,
      `${media.familySequenceNumber} of ${media.familyCount}`,
      cellOf(media.mediaName),
      cellOf(media.mediaDescription),
      cellOf(media.softwareName),
      cellOf(media.mediaDate),
      media.compressionAlgorithm ?? (media.isCompressed ? "unknown" : "none"),
      String(media.blockSize),
    ]),
  );

const fileLists = (readable: readonly Readable[]): string =>
  table(
    [
      ...["RESTORE FILELISTONLY", "set", "logical name", "type", "filegroup", "size", "in backup"],
      ...["physical name", "TDE thumbprint"],
    ],
    readable.flatMap(({ file, backupSets }) =>
      backupSets.flatMap(({ position, files = [] }) =>
        files.map((one) => [
          file,
          String(position),
          one.logicalName,
          cellOf(one.type),
          cellOf(one.fileGroupName),
          sizeText(one.size),
          one.backupSizeInBytes === undefined ? "" : sizeText(one.backupSizeInBytes),
          one.physicalName,
          thumbprintOf(one),
        ]),
      ),
    ),
  );

/** Inferred, as its type says. */
const thumbprintOf = ({ tdeThumbprint }: DatabaseFile): string => {
  if (tdeThumbprint === undefined) return "unknown";
  return tdeThumbprint === null ? "" : `0x${tdeThumbprint}`;
};

/** Where what is shown rests on documentation alone. */
function unverified(readable: readonly Readable[]): string[] {
  const kinds = new Set(readable.flatMap(({ backupSets }) => backupSets.flatMap((set) => set.unverified ?? [])));
  return kinds.size === 0 ? [] : [`Never compared with a file of a real SQL Server: ${[...kinds].join(", ")}.`];
}
