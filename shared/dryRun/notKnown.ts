// Lists what the plan cannot know: columns that the headers leave out, and cells that were not understood.
import { SQL_SERVER_2014, SQL_SERVER_2022 } from "../migration/sqlServerRelease.ts";
import type { DryRunProblem } from "./dryRun.ts";
import type { KnownSet } from "./exportedSet.ts";
import { setKey } from "./fileGenerations.ts";
import type { KnownFile } from "./headerRows.ts";

interface Blind {
  readonly column: string;
  readonly isKnown: (file: KnownFile, set: KnownSet) => boolean;
  /** Asked of sets of these types only; of all without. */
  readonly types?: readonly number[];
  readonly consequence: string;
  /** Without the column a chain that looks whole may not be; "for a stop": one that is to end at a time. */
  readonly decides?: true | "for a stop";
}

/** ferry itself read the file, so that all is known that a header says. */
const isRead = ({ media }: KnownFile): boolean => media?.blockSize !== undefined;

const BLIND: readonly Blind[] = [
  {
    column: "time_zone",
    isKnown: ({ timesAreUtc }) => timesAreUtc !== true,
    consequence: "Windows PowerShell has written times as instants, so all times here are UTC, not the source's clock",
  },
  {
    column: "Position",
    isKnown: ({ noFile }, set) => set.position !== undefined || noFile !== undefined,
    consequence: "whether a file was written over or appended to is told by the types of its backups alone",
    decides: true,
  },
  {
    column: "DeviceType",
    isKnown: (file) => isRead(file) || file.deviceIsKnown === true || file.noFile !== undefined,
    consequence: "what went to a virtual device of another backup tool, or to a tape, is taken for a file",
    decides: true,
  },
  {
    column: "KeyAlgorithm",
    isKnown: (file, set) =>
      isRead(file) ||
      file.encryptionIsKnown === true ||
      (set.softwareVersionMajor ?? SQL_SERVER_2014) < SQL_SERVER_2014,
    consequence: "backups WITH ENCRYPTION do not show",
    decides: true,
  },
  {
    column: "CompressionAlgorithm",
    isKnown: (file, set) =>
      isRead(file) ||
      file.compressionIsKnown === true ||
      (set.softwareVersionMajor ?? SQL_SERVER_2022) < SQL_SERVER_2022,
    consequence: "backups that are compressed with QAT_DEFLATE or ZSTD do not show",
    decides: true,
  },
  {
    column: "TDEThumbprint of RESTORE FILELISTONLY",
    isKnown: (_, set) => set.tde !== undefined,
    consequence: "whether the target needs the certificate of TDE does not show: sys.databases.is_encrypted tells",
  },
  {
    column: "DifferentialBaseGUID",
    types: [5],
    isKnown: (_, set) => set.differentialBaseGuid !== undefined || set.differentialBaseLsn !== undefined,
    consequence: "the full backup a differential belongs to is told by DatabaseBackupLSN",
  },
  {
    column: "CheckpointLSN",
    types: [1],
    isKnown: (_, set) => set.checkpointLsn !== undefined || set.backupSetGuid !== undefined,
    consequence: "differentials cannot be matched with these full backups",
  },
  {
    column: "BackupSetGUID",
    isKnown: (_, set) => set.backupSetGuid !== undefined,
    consequence: "backup sets are told apart by database, type and LSNs",
  },
  {
    column: "FamilyGUID",
    isKnown: (_, set) => set.familyGuid !== undefined,
    consequence: "databases are told apart by name alone; one that was dropped and created anew does not show",
    decides: true,
  },
  {
    column: "RecoveryForkID",
    isKnown: (_, set) => set.recoveryForkId !== undefined,
    consequence: "restores of the source to an earlier time do not show",
    decides: true,
  },
  {
    column: "RecoveryModel",
    isKnown: (file, set) => isRead(file) || set.recoveryModel !== undefined,
    consequence: "whether log backups belong to the database at all does not show: in SIMPLE there are none",
    decides: true,
  },
  {
    column: "FamilyCount",
    isKnown: ({ media }) => media?.familyCount !== undefined,
    consequence: "missing stripes do not show",
  },
  {
    column: "IsForceOffline or Flags",
    types: [2],
    isKnown: (_, set) => set.isForceOffline !== undefined || set.flags !== undefined,
    consequence: "a tail-log backup that closed the source does not show",
  },
  {
    column: "IsCopyOnly",
    isKnown: (_, set) => set.isCopyOnly !== undefined,
    consequence: "copy-only backups are taken for ordinary ones",
  },
  {
    column: "IsSnapshot or Flags",
    isKnown: (_, set) => set.isSnapshot !== undefined || set.flags !== undefined,
    consequence: "snapshots of a storage, which hold no data, are taken for backups",
    decides: true,
  },
  {
    column: "IsDamaged or Flags",
    isKnown: (_, set) => set.isDamaged !== undefined || set.flags !== undefined,
    consequence: "damage does not show",
    decides: true,
  },
  {
    column: "HasBulkLoggedData or Flags",
    types: [2],
    isKnown: (_, set) => set.hasBulkLoggedData !== undefined || set.flags !== undefined,
    consequence: "log backups inside which SQL Server cannot stop do not show",
    decides: "for a stop",
  },
  {
    column: "HasBackupChecksums",
    isKnown: (_, set) => set.hasBackupChecksums !== undefined,
    consequence: "whether there are checksums does not show",
  },
  {
    column: "SoftwareVersionMajor",
    isKnown: (_, set) => set.softwareVersionMajor !== undefined,
    consequence: "a source newer than the target does not show",
  },
  {
    column: "BackupFinishDate",
    isKnown: (_, set) => set.backupFinishDate !== undefined,
    consequence: "times and the likely causes of gaps are not known",
    decides: "for a stop",
  },
];

/** Files that may be a stripe of one backup, or the mirror of another file. */
function unseated(files: readonly KnownFile[]): ReadonlySet<KnownFile> {
  const open = files.filter(
    ({ media, noFile, backupSets }) =>
      media?.familySequenceNumber === undefined &&
      media?.familyCount !== 1 &&
      noFile === undefined &&
      backupSets?.length === 1,
  );
  const members = Map.groupBy(open, ({ backupSets }) => setKey(backupSets?.[0] ?? {}));
  return new Set([...members.values()].filter(({ length }) => length > 1).flat());
}

/**
 * What the plan could not know, a sentence per column that headers leave out, those of files that are refused not
 * counted: an alarm where the plan may not be whole for want of it. `stopAt`: a time was asked for.
 */
export function notKnown(
  files: readonly KnownFile[],
  names: readonly string[],
  { stopAt }: { readonly stopAt?: string | undefined } = {},
): readonly DryRunProblem[] {
  const sets = files.flatMap((file, index) =>
    (file.error ? [] : (file.backupSets ?? [])).map((set) => ({ file, set, name: names[index] ?? "" })),
  );
  const rivals = unseated(files);
  const computers = [...new Set(sets.map(({ set }) => set.serverName).filter((server) => server !== undefined))];
  const stripes: Blind = {
    column: "FamilySequenceNumber",
    isKnown: (file) => !rivals.has(file),
    consequence: "files of one backup set are taken for its stripes, all of which it needs: they may be copies",
    decides: true,
  };
  return [...BLIND, stripes].flatMap(({ column, types, isKnown, consequence, decides }) => {
    const asked = sets.filter(({ set }) => types === undefined || types.includes(set.backupType ?? 0));
    const blind = asked.filter(({ file, set }) => !isKnown(file, set));
    if (blind.length === 0) return [];
    const whose = blind.length === asked.length ? "any of the headers" : `${blind.length} of ${asked.length} headers`;
    const servers = column === "FamilyGUID" && computers.length > 1 ? ` (${computers.slice(0, 3).join(", ")})` : "";
    const message = `${column}: not in ${whose}, or not understood; ${consequence}${servers}.`;
    const isAlarm = decides === true || (decides === "for a stop" && stopAt !== undefined);
    const severity = isAlarm ? "alarm" : "warning";
    return [{ code: "NOT_KNOWN", severity, message, files: blind.map(({ name }) => name) }];
  });
}

/**
 * What decides whether backups restore, and how far. Everything else is shown, warned of, or tells the likely cause
 * of a gap; the finish decides where a stop is asked for.
 */
const DECIDING: ReadonlySet<string> = new Set([
  ...["backupSetGuid", "position", "familyGuid", "familyCount", "familySequenceNumber", "deviceType", "flags"],
  ...["checkpointLsn", "databaseBackupLsn", "differentialBaseLsn", "differentialBaseGuid", "recoveryModel"],
  ...["recoveryForkId", "firstRecoveryForkId", "forkPointLsn", "softwareVersionMajor"],
  ...["isSnapshot", "isDamaged", "isCopyOnly", "hasBulkLoggedData"],
]);

/** What stands in the headers and was not understood, a sentence per column: an alarm where the column decides. */
export function notUnderstood(
  files: readonly KnownFile[],
  names: readonly string[],
  { stopAt }: { readonly stopAt?: string | undefined } = {},
): readonly DryRunProblem[] {
  const decides = (column: string): boolean =>
    DECIDING.has(column) || (stopAt !== undefined && column === "backupFinishDate");
  const cells = files.flatMap(({ oddCells = [] }, index) =>
    oddCells.map((cell) => ({ ...cell, name: names[index] ?? "" })),
  );
  return [...Map.groupBy(cells, ({ column }) => column)].map(([column, odd]) => {
    const found = odd[0]?.found ?? "";
    const whole = decides(column) ? "; without it the plan may be wrong" : "";
    const message = `${columnName(column)}: not understood in ${odd.length} header${odd.length === 1 ? "" : "s"}${found === "" ? "" : `, "${found}" for instance`}${whole}. Export it as text.`;
    return {
      code: "NOT_UNDERSTOOD",
      severity: decides(column) ? "alarm" : "warning",
      message,
      files: odd.map(({ name }) => name),
    };
  });
}

/** firstLsn -> FirstLSN. */
export const columnName = (name: string): string =>
  (name.charAt(0).toUpperCase() + name.slice(1))
    .replace(/Lsn$/, "LSN")
    .replace(/Guid$/, "GUID")
    .replace(/(Binding|Fork)Id$/, "$1ID");
