// Puts the rows of the queries together as facts, by database. Pure.
import { compareText, databaseKey, guidOf } from "../chain/files/identity.ts";
import type {
  AvailabilityFacts,
  BackupSetFacts,
  DatabaseFacts,
  EncryptionFacts,
  FileFacts,
  LogHour,
} from "../source/facts.ts";
import type { AvailabilityRow } from "./queries/companions.ts";
import type { DatabaseRow, EncryptionRow, FileRow } from "./queries/databases.ts";
import type { BackupRow, LogRateRow } from "./queries/history.ts";

/** Without the members that are not known. */
const known = <Facts>(facts: { readonly [Name in keyof Facts]: Facts[Name] | undefined }): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts;

/** Of sys.databases, what is known without entering it. */
export function propertiesOf(row: DatabaseRow, mayViewDefinitions: boolean): DatabaseFacts {
  const databaseGuid = guidOf(row.database_guid);
  const { last_good_checkdb: checked, recovery_model_desc: model, owner_name: owner } = row;
  return known<DatabaseFacts>({
    name: row.name,
    databaseGuid,
    familyGuid: guidOf(row.family_guid),
    compatibilityLevel: row.compatibility_level ?? undefined,
    collation: row.collation_name ?? undefined,
    masterKey: row.is_master_key_encrypted_by_server,
    isStretched: row.is_remote_data_archive_enabled,
    recoveryModel: model === "BULK_LOGGED" ? "BULK-LOGGED" : (model ?? undefined),
    // Of a database that is not open, nothing of its log is told.
    logChainHasBegun: databaseGuid === undefined ? undefined : row.last_log_backup_lsn !== null,
    pageVerify: row.page_verify_option_desc ?? undefined,
    lastGoodCheckDb: checked === null ? undefined : checked.startsWith("1900") ? null : checked,
    replication: [
      ...(row.is_published ? ["published"] : []),
      ...(row.is_merge_published ? ["merge published"] : []),
      ...(row.is_subscribed ? ["subscribed"] : []),
      ...(row.is_distributor ? ["distributor"] : []),
    ],
    hasChangeDataCapture: row.is_cdc_enabled,
    state: row.state_desc,
    isStandby: row.is_in_standby,
    isSnapshot: row.source_database_id !== null,
    containment: row.containment_desc ?? undefined,
    isTrustworthy: row.is_trustworthy_on,
    hasDbChaining: row.is_db_chaining_on,
    owner: owner === null && !mayViewDefinitions ? undefined : owner,
  });
}

export interface Filegroup {
  readonly dataSpaceId: number;
  /** FD: FILESTREAM, FX: In-Memory OLTP. */
  readonly type: string;
}

/**
 * `filegroups`: undefined where the database was not entered; then FILESTREAM and In-Memory OLTP cannot be told
 * apart.
 */
export const filesOf = (rows: readonly FileRow[], filegroups: readonly Filegroup[] | undefined): readonly FileFacts[] =>
  rows.map((row) => {
    const kind = kindOf(row, filegroups);
    return { logicalName: row.name, physicalName: row.physical_name, sizeMb: row.size_mb, ...(kind && { kind }) };
  });

function kindOf(row: FileRow, filegroups: readonly Filegroup[] | undefined): FileFacts["kind"] {
  if (row.type_desc === "ROWS") return "data";
  if (row.type_desc === "LOG") return "log";
  if (row.type_desc === "FULLTEXT") return "full-text";
  const group = filegroups?.find(({ dataSpaceId }) => dataSpaceId === row.data_space_id);
  if (group === undefined) return undefined;
  return group.type === "FX" ? "memory-optimized" : "FILESTREAM";
}

/** encryption_state of sys.dm_database_encryption_keys; 2, 4, 5 and 6 are on their way to one of these. */
const NO_KEY = 0;
const UNENCRYPTED = 1;
const ENCRYPTED = 3;

export function encryptionOf(row: EncryptionRow | undefined): EncryptionFacts | null {
  if (row === undefined || row.encryption_state === NO_KEY) return null;
  const encryptorName = row.certificate_name ?? row.asymmetric_key_name ?? undefined;
  const encryptor =
    row.asymmetric_key_name !== null ? "key provider" : row.certificate_name !== null ? "certificate" : undefined;
  return {
    ...(encryptor !== undefined && { encryptor }),
    thumbprints: row.thumbprint === null ? [] : [row.thumbprint],
    ...(encryptorName !== undefined && { encryptorName }),
    ...(row.encryption_state === UNENCRYPTED && { isOff: true }),
    percentComplete: [UNENCRYPTED, ENCRYPTED].includes(row.encryption_state) ? null : (row.percent_complete ?? 0),
  };
}

export function availabilityOf(rows: readonly AvailabilityRow[]): AvailabilityFacts | null {
  const [first] = rows;
  if (first === undefined) return null;
  return {
    group: first.group_name,
    backupPreference: first.automated_backup_preference_desc,
    replicas: [...new Set(rows.map((row) => row.replica_server_name))].sort(compareText),
  };
}

const TYPES: Readonly<Record<string, BackupSetFacts["type"]>> = { D: "full", I: "differential", L: "log" };

/** Virtual device: a tool takes the backup through VDI. */
const VIRTUAL = [7, 107];
const MEGABYTE = 2 ** 20;

/** `knowsEncryption`: the release writes encrypted backups and told of them, or is older than that. */
export function backupSetOf(row: BackupRow, knowsEncryption: boolean): BackupSetFacts {
  return known<BackupSetFacts>({
    type: TYPES[row.type] ?? "other",
    count: row.backups,
    file: row.example ?? undefined,
    finished: row.newest,
    isCopyOnly: row.is_copy_only,
    isSnapshot: row.is_snapshot,
    position: row.is_appended ? 2 : 1,
    families: row.families,
    sizeMb: row.set_bytes === null ? undefined : row.set_bytes / MEGABYTE,
    hasChecksums: row.has_backup_checksums,
    isDamaged: row.is_damaged,
    hasIncompleteMetadata: row.has_incomplete_metadata,
    isEncrypted: knowsEncryption ? typeof row.thumbprint === "string" : undefined,
    thumbprint: row.thumbprint ?? undefined,
    taker: takerOf(row),
  });
}

/** A folder for each day is still one taker's. */
const DATE = /\d{4}([-_.]?)\d{2}\1\d{2}/g;

function takerOf({ device_type: device, folder, user_name: user }: BackupRow): string | undefined {
  const where = VIRTUAL.includes(device ?? 0) ? "VDI" : folder?.replaceAll(DATE, "<date>");
  return where === undefined ? undefined : `${where} (${user ?? "nobody"})`;
}

/** Of a database by its name; sets of another database that had the name before are left out. */
export const ofDatabase = <Row extends { readonly database_name: string; readonly database_guid?: string | null }>(
  byName: ReadonlyMap<string, readonly Row[]>,
  { name, databaseGuid }: Pick<DatabaseFacts, "name" | "databaseGuid">,
): readonly Row[] =>
  (byName.get(databaseKey(name)) ?? []).filter((row) => {
    const other = guidOf(row.database_guid);
    return databaseGuid === undefined || other === undefined || other === databaseGuid;
  });

export const byName = <Row extends { readonly database_name: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, Row[]> => Map.groupBy(rows, (row) => databaseKey(row.database_name));

export const logHoursOf = (rows: readonly LogRateRow[]): readonly LogHour[] =>
  rows
    .map((row) => ({ hour: row.hour_start, bytes: row.log_bytes, backups: row.log_backups }))
    .sort((a, b) => compareText(a.hour, b.hour));
