// How do headers of which not everything is known go into the chain, and what can it not know then?
import type { BackupSetHeader, MediaLabel } from "../shared/backup/backupHeader.ts";
import type { BackupContent, BackupRecord, ReadErrorCode } from "../shared/chain/backupRecord.ts";
import { SQL_SERVER_2014 } from "../shared/migration/sqlServerRelease.ts";
import type { KnownSet } from "./exportedSet.ts";
import type { KnownFile } from "./headerExport.ts";
import { columnName } from "./headerTables.ts";
import type { DryRunProblem } from "./planText.ts";

/** What stands in for a field that an export leaves out: the value that changes no verdict. 0 is no LSN. */
const STAND_INS = {
  backupSetGuid: "",
  position: 1,
  serverName: "",
  softwareVersionMajor: 0,
  softwareVersionMinor: 0,
  backupStartDate: "",
  backupFinishDate: "",
  checkpointLsn: 0n,
  databaseBackupLsn: null,
  flags: 0,
  hasBulkLoggedData: false,
  isSnapshot: false,
  isReadOnly: false,
  isSingleUser: false,
  hasBackupChecksums: true,
  isDamaged: false,
  isTailLog: false,
  hasIncompleteMetaData: false,
  isForceOffline: false,
  isCopyOnly: false,
} as const satisfies Partial<BackupSetHeader>;

/** Names as in the flat folder of a container, each another: where two files have one name, the path tells them apart. */
export function recordNames(files: readonly KnownFile[]): string[] {
  const bare = files.map(({ file }) => bareName(file));
  const counts = new Map<string, number>();
  for (const name of bare) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return files.map(({ file }, index) => {
    if (file === "") return `entry ${index + 1}`;
    const name = bare[index] ?? file;
    return counts.get(name.toLowerCase()) === 1 ? name : file.replaceAll("/", "\\");
  });
}

/** Behind the last separator of either kind. */
export const bareName = (name: string): string =>
  name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);

/** One record per file. `arrivedAt`: of files that lie in a folder, UTC; "" where nobody knows, so that no offset is estimated from it. */
export function recordsOf(
  files: readonly KnownFile[],
  arrivedAt: (file: KnownFile) => string | undefined = () => undefined,
): BackupRecord[] {
  const members = new Map<string, number>();
  for (const { backupSets } of files) {
    const guid = backupSets?.[0]?.backupSetGuid;
    if (guid !== undefined) members.set(guid, (members.get(guid) ?? 0) + 1);
  }
  const names = recordNames(files);
  return files.map((file, index) => {
    const [set] = file.backupSets ?? [];
    return {
      name: names[index] ?? file.file,
      etag: String(file.size ?? ""),
      sizeBytes: file.size ?? 0,
      blobType: "BlockBlob",
      arrivedAt: arrivedAt(file) ?? "",
      content: contentOf(file, members.get(set?.backupSetGuid ?? "") ?? 1),
    };
  });
}

/** `members`: files that claim to hold the same backup set, for exports that know nothing of media families. */
function contentOf({ error, media, backupSets = [], noFile }: KnownFile, members: number): BackupContent {
  if (error)
    return {
      kind: "unreadable",
      code: error.code as ReadErrorCode,
      message: withoutSentence(error),
      ...(error.encrypted && { encrypted: error.encrypted }),
      ...(error.provedSpan && { provedSpan: error.provedSpan }),
    };
  const familySequenceNumber = media?.familySequenceNumber ?? 1;
  const label: MediaLabel = {
    mediaSetId: "",
    familyCount: media?.familySequenceNumber === undefined ? 1 : Math.max(members, familySequenceNumber),
    isCompressed: false,
    blockSize: 0,
    ...media,
    familySequenceNumber,
  };
  return {
    kind: "header",
    media: label,
    backupSets: backupSets.map((set) => ({ ...STAND_INS, ...set }) as BackupSetHeader),
    ...(noFile !== undefined && { noFile }),
  };
}

/** `ferry inspect` begins with a sentence that the verdict's own would only repeat. */
const withoutSentence = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  message.slice(Math.max(0, message.indexOf(`${code} at byte `)));

interface Blind {
  readonly column: string;
  readonly isKnown: (file: KnownFile, set: KnownSet) => boolean;
  /** Asked of sets of these types only; of all without. */
  readonly types?: readonly number[];
  readonly consequence: string;
  /** A chain that looks whole without the column may not be. */
  readonly decides?: true;
}

const BLIND: readonly Blind[] = [
  {
    column: "time_zone",
    isKnown: ({ timesAreUtc }) => timesAreUtc !== true,
    consequence: "Windows PowerShell has written times as instants, so all times here are UTC, not the source's clock",
  },
  {
    column: "Position",
    isKnown: (_, set) => set.position !== undefined,
    consequence: "whether a file was written over or appended to is told by the types of its backups alone",
  },
  {
    column: "KeyAlgorithm",
    isKnown: ({ media, encryptionIsKnown }, set) =>
      media?.blockSize !== undefined || // the file itself was read
      encryptionIsKnown === true ||
      (set.softwareVersionMajor ?? SQL_SERVER_2014) < SQL_SERVER_2014,
    consequence: "backups WITH ENCRYPTION do not show",
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
    column: "FamilyCount",
    isKnown: ({ media }) => media?.familyCount !== undefined,
    consequence: "missing stripes do not show",
    decides: true,
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
    column: "IsDamaged",
    isKnown: (_, set) => set.isDamaged !== undefined,
    consequence: "damage does not show",
    decides: true,
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
  },
];

/** Is there a column without which a chain that looks whole may not be, and which some header does not have? */
export const isInPartUnknown = (files: readonly KnownFile[]): boolean =>
  BLIND.some(
    ({ decides, isKnown }) => decides && files.some((file) => file.backupSets?.some((set) => !isKnown(file, set))),
  );

/** What the plan could not know, a sentence per column that headers leave out. */
export function notKnown(files: readonly KnownFile[], names: readonly string[]): readonly DryRunProblem[] {
  const sets = files.flatMap((file, index) =>
    (file.backupSets ?? []).map((set) => ({ file, set, name: names[index] ?? "" })),
  );
  return BLIND.flatMap(({ column, types, isKnown, consequence }) => {
    const asked = sets.filter(({ set }) => types === undefined || types.includes(set.backupType ?? 0));
    const blind = asked.filter(({ file, set }) => !isKnown(file, set));
    if (blind.length === 0) return [];
    const whose = blind.length === asked.length ? "any of the headers" : `${blind.length} of ${asked.length} headers`;
    const message = `${column}: not in ${whose}, or not understood; ${consequence}.`;
    return [{ code: "NOT_KNOWN", severity: "warning", message, files: blind.map(({ name }) => name) }];
  });
}

/** What decides whether backups restore, and how far. Everything else is shown, warned of, or tells the likely cause of a gap. */
const DECIDING: ReadonlySet<string> = new Set([
  ...["backupSetGuid", "position", "familyGuid", "familyCount", "familySequenceNumber", "deviceType", "flags"],
  ...["checkpointLsn", "databaseBackupLsn", "differentialBaseLsn", "differentialBaseGuid", "recoveryModel"],
  ...["recoveryForkId", "firstRecoveryForkId", "forkPointLsn", "softwareVersionMajor"],
  ...["isSnapshot", "isDamaged", "isCopyOnly", "hasBulkLoggedData"],
]);

/** What stands in the headers and was not understood, a sentence per column: an alarm where the column decides. */
export function notUnderstood(files: readonly KnownFile[], names: readonly string[]): readonly DryRunProblem[] {
  const cells = files.flatMap(({ oddCells = [] }, index) =>
    oddCells.map((cell) => ({ ...cell, name: names[index] ?? "" })),
  );
  return [...Map.groupBy(cells, ({ column }) => column)].map(([column, odd]) => {
    const found = odd[0]?.found ?? "";
    const whole = DECIDING.has(column) ? "; without it the plan may be wrong" : "";
    const message = `${columnName(column)}: not understood in ${odd.length} header${odd.length === 1 ? "" : "s"}${found === "" ? "" : `, "${found}" for instance`}${whole}. Export it as text.`;
    return {
      code: "NOT_UNDERSTOOD",
      severity: DECIDING.has(column) ? "alarm" : "warning",
      message,
      files: odd.map(({ name }) => name),
    };
  });
}
