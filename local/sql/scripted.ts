// Builds the rows of scripted instances: a database, a backup or a file as SQL Server has it where nothing is said.
import { guidFor } from "../backups/guidFor.ts";
import type { ScriptedDatabase, ScriptedRow } from "./answer.ts";
import type { ServerError } from "./wire.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "2026-01-20T12:00:00". */
const wall = (time: number): string => new Date(time).toISOString().slice(0, 19);

export interface DatabaseSpec {
  readonly name: string;
  /** Columns of the list of databases that differ. */
  readonly row?: ScriptedRow;
  /** Data and log; others by their type. */
  readonly files?: readonly FileSpec[];
  /** null: nobody takes any. */
  readonly backups?: BackupsSpec | null;
  readonly inside?: ScriptedDatabase["inside"];
  readonly closed?: ServerError;
  readonly refused?: ScriptedDatabase["refused"];
}

interface FileSpec {
  readonly name: string;
  readonly type?: "ROWS" | "LOG" | "FILESTREAM" | "FULLTEXT";
  readonly place?: string;
  readonly sizeMb: number;
  readonly dataSpaceId?: number;
}

interface BackupsSpec {
  /** Folder of full and log backups, or "VDI". */
  readonly full?: string;
  readonly logs?: readonly string[];
  readonly fullAgeDays?: number;
  readonly logAgeMinutes?: number;
  /** What differs of the full backup, and of the logs. */
  readonly row?: ScriptedRow;
  readonly logRow?: ScriptedRow;
}

export interface Estate {
  readonly rows: Readonly<Record<string, readonly ScriptedRow[]>>;
  readonly databases: readonly ScriptedDatabase[];
}

const SQL_LATIN1 = "SQL_Latin1_General_CP1_CI_AS";

/**
 * Database ids from 5 on, in this order. GUIDs are those that generated backups of the same server and database have.
 */
export function estate(server: string, level: number, now: number, specs: readonly DatabaseSpec[]): Estate {
  const all = specs.map((spec, index) => ({ spec, id: 5 + index }));
  return {
    rows: {
      databases: all.map(({ spec, id }) => databaseRow(server, level, now, id, spec)),
      files: all.flatMap(({ spec, id }) => filesOf(spec).map((file) => fileRow(id, file))),
      "backup history": all.flatMap(({ spec }) => backupRows(server, now, spec)),
      "log rate": all.flatMap(({ spec }) => logRateRows(now, spec)),
    },
    databases: specs.map(({ name, inside = {}, closed, refused }) => ({
      name,
      inside,
      ...(closed && { closed }),
      ...(refused && { refused }),
    })),
  };
}

const bindingOf = (server: string, name: string): string => guidFor(`binding of ${server}/${name}`);

function databaseRow(server: string, level: number, now: number, id: number, { name, row }: DatabaseSpec): ScriptedRow {
  return {
    database_id: id,
    name,
    state_desc: "ONLINE",
    recovery_model_desc: "FULL",
    compatibility_level: level,
    collation_name: SQL_LATIN1,
    page_verify_option_desc: "CHECKSUM",
    is_in_standby: false,
    is_broker_enabled: false,
    is_cdc_enabled: false,
    is_encrypted: false,
    is_published: false,
    is_merge_published: false,
    is_subscribed: false,
    is_distributor: false,
    is_trustworthy_on: false,
    is_db_chaining_on: false,
    is_master_key_encrypted_by_server: false,
    source_database_id: null,
    owner_name: "sa",
    database_guid: bindingOf(server, name),
    family_guid: guidFor(`family of ${server}/${name}`),
    last_log_backup_lsn: "37000000010300001",
    last_good_checkdb: wall(now - 3 * DAY),
    containment_desc: "NONE",
    is_remote_data_archive_enabled: false,
    ...row,
  };
}

const filesOf = ({ name, files }: DatabaseSpec): readonly FileSpec[] =>
  files ?? [
    { name, sizeMb: 8192 },
    { name: `${name}_log`, type: "LOG", sizeMb: 2048 },
  ];

const fileRow = (id: number, { name, type = "ROWS", place, sizeMb, dataSpaceId }: FileSpec): ScriptedRow => ({
  database_id: id,
  type_desc: type,
  data_space_id: dataSpaceId ?? (type === "LOG" ? 0 : 1),
  name,
  physical_name: place ?? `D:\\Data\\${name}.${type === "LOG" ? "ldf" : "mdf"}`,
  size_mb: BigInt(sizeMb),
});

const VDI = "VDI";

function backupRows(server: string, now: number, { name, backups = {} }: DatabaseSpec): ScriptedRow[] {
  if (backups === null) return [];
  const {
    full = `D:\\Backup\\${name}\\FULL`,
    logs = [`D:\\Backup\\${name}\\LOG`],
    fullAgeDays = 1,
    logAgeMinutes = 10,
  } = backups;
  const common = {
    database_name: name,
    database_guid: bindingOf(server, name),
    is_copy_only: false,
    is_snapshot: false,
    is_damaged: false,
    has_backup_checksums: true,
    has_incomplete_metadata: false,
    is_appended: 0,
    user_name: "NT SERVICE\\SQLSERVERAGENT",
    families: 1,
    thumbprint: null,
  };
  const place = (folder: string, ending: string): ScriptedRow =>
    folder === VDI
      ? {
          device_type: 7,
          folder: null,
          example: "{1C3F7C0B-3E1D-4A5E-9D51-0D2B6E5D7A10}1",
          user_name: "CONTOSO\\svc-backup",
        }
      : { device_type: 2, folder, example: `${folder}\\${name}.${ending}` };
  return [
    {
      ...common,
      type: "D",
      ...place(full, "bak"),
      backups: 5n,
      newest: wall(now - fullAgeDays * DAY),
      set_bytes: 3_000_000_000n,
      ...backups.row,
    },
    ...logs.map((folder) => ({
      ...common,
      type: "L",
      ...place(folder, "trn"),
      backups: 3300n,
      newest: wall(now - logAgeMinutes * MINUTE),
      set_bytes: 40_000_000n,
      ...backups.logRow,
    })),
  ];
}

/** Three days by the hour: quiet from one to five, busiest at ten. */
function logRateRows(now: number, { name, backups = {} }: DatabaseSpec): ScriptedRow[] {
  if (backups === null || backups.logs?.length === 0) return [];
  const begin = Math.floor((now - 3 * DAY) / HOUR) * HOUR;
  return Array.from({ length: 72 }, (_, index) => {
    const time = begin + index * HOUR;
    const hour = new Date(time).getUTCHours();
    const bytes = hour >= 1 && hour < 5 ? 2_000_000 : hour === 10 ? 900_000_000 : 120_000_000;
    return { database_name: name, hour_start: wall(time), log_backups: 4n, log_bytes: BigInt(bytes) };
  });
}

/** One thing in use: a row of the lists of features and objects. */
export const thing = (kind: string, name: string, detail: string | null = null): ScriptedRow => ({
  kind,
  name,
  detail,
});

export const user = (name: string, type = "S", hasLogin = true): ScriptedRow => ({
  name,
  type,
  has_login: hasLogin ? 1 : 0,
});

export const reference = (database: string | null, example: string, server: string | null = null): ScriptedRow => ({
  server_name: server,
  database_name: database,
  example,
});

/** sys.configurations as an installation leaves it, and what differs. */
export const configuration = (changed: Readonly<Record<string, number>> = {}): ScriptedRow[] =>
  Object.entries({
    "clr enabled": 0,
    "max server memory (MB)": 2147483647,
    "cost threshold for parallelism": 5,
    xp_cmdshell: 0,
    ...changed,
  }).map(([name, value]) => ({ name, value_in_use: BigInt(value) }));

export const EMPTY: Readonly<Record<string, readonly ScriptedRow[]>> = {
  "trace flags": [],
  "deprecated features": [],
  "instance objects": [],
  encryption: [],
  "suspect pages": [],
  "virtual log files": [],
  "availability groups": [],
  mirroring: [],
  "log shipping": [],
  "Agent jobs": [],
};
