// Knows the system views that may be asked: since when they and their columns exist, and what a login needs to see
// their rows.
import { type Token, tokensOf } from "../../shared/sqlserver/tsql.ts";
import type { ServerError } from "./wire.ts";

/** Without it: an error for some views, and for others no rows. */
export type Grant =
  | "VIEW SERVER STATE"
  | "VIEW SERVER PERFORMANCE STATE"
  | "VIEW SERVER SECURITY STATE"
  | "VIEW ANY DEFINITION"
  | "VIEW ANY DATABASE"
  | "CONNECT ANY DATABASE"
  | "SELECT ON msdb"
  | "SELECT ON sys.sql_expression_dependencies";

interface View {
  readonly since?: number;
  /** Names, with "@13" behind those that came with 2016. */
  readonly columns: string;
  readonly needs?: "performance" | "security" | "databaseState" | "definition" | "msdb" | "owner";
}

const VIEWS: Readonly<Record<string, View>> = {
  "sys.configurations": { columns: "name value_in_use" },
  "sys.dm_os_performance_counters": {
    columns: "object_name counter_name instance_name cntr_value cntr_type",
    needs: "performance",
  },
  "sys.servers": { columns: "name provider is_linked", needs: "definition" },
  "sys.server_principals": { columns: "name type is_fixed_role@11 sid", needs: "definition" },
  "sys.credentials": { columns: "name credential_identity", needs: "definition" },
  "sys.server_triggers": { columns: "name is_ms_shipped", needs: "definition" },
  "sys.server_audits": { columns: "name", needs: "definition" },
  "sys.endpoints": { columns: "name type_desc endpoint_id", needs: "definition" },
  "sys.cryptographic_providers": { columns: "name dll_path", needs: "definition" },
  "sys.messages": { columns: "message_id language_id" },
  "sys.backup_devices": { columns: "name physical_name", needs: "definition" },
  "sys.resource_governor_resource_pools": { columns: "name pool_id", needs: "definition" },
  "sys.server_event_sessions": { columns: "name", needs: "definition" },
  "master.sys.objects": { columns: "name type_desc is_ms_shipped parent_object_id", needs: "definition" },
  "master.sys.certificates": { columns: "name thumbprint", needs: "definition" },
  "master.sys.asymmetric_keys": { columns: "name thumbprint", needs: "definition" },
  "sys.databases": {
    columns:
      "database_id name state state_desc recovery_model_desc compatibility_level collation_name page_verify_option_desc is_in_standby " +
      "is_broker_enabled is_cdc_enabled is_encrypted is_published is_merge_published is_subscribed is_distributor is_trustworthy_on is_db_chaining_on " +
      "is_master_key_encrypted_by_server source_database_id owner_sid containment_desc@11 is_remote_data_archive_enabled@13",
  },
  "sys.database_recovery_status": { columns: "database_id database_guid family_guid last_log_backup_lsn" },
  "sys.master_files": {
    columns: "database_id file_id type_desc data_space_id name physical_name size",
    needs: "definition",
  },
  "sys.dm_database_encryption_keys": {
    columns: "database_id encryption_state percent_complete encryptor_thumbprint",
    needs: "security",
  },
  "sys.dm_db_log_stats": { columns: "total_vlf_count", since: 13, needs: "performance" },
  "sys.dm_hadr_database_replica_states": { columns: "database_id group_id is_local", since: 11, needs: "performance" },
  "sys.availability_groups": {
    columns: "group_id name automated_backup_preference_desc",
    since: 11,
    needs: "definition",
  },
  "sys.availability_replicas": { columns: "group_id replica_server_name", since: 11, needs: "definition" },
  "sys.database_mirroring": { columns: "database_id mirroring_guid mirroring_role_desc mirroring_partner_instance" },
  "msdb.dbo.suspect_pages": { columns: "database_id event_type", needs: "msdb" },
  "msdb.dbo.backupset": {
    columns:
      "media_set_id database_name database_guid type position is_copy_only is_snapshot is_damaged has_backup_checksums " +
      "has_incomplete_metadata user_name backup_finish_date backup_size compressed_backup_size encryptor_thumbprint@12",
    needs: "msdb",
  },
  "msdb.dbo.backupmediafamily": {
    columns: "media_set_id family_sequence_number mirror device_type physical_device_name",
    needs: "msdb",
  },
  "msdb.dbo.log_shipping_primary_databases": { columns: "primary_database", needs: "msdb" },
  "msdb.dbo.log_shipping_secondary_databases": { columns: "secondary_database", needs: "msdb" },
  "msdb.dbo.sysjobs": { columns: "job_id name enabled", needs: "msdb" },
  "msdb.dbo.sysjobsteps": { columns: "job_id database_name command", needs: "msdb" },
  "sys.dm_db_persisted_sku_features": { columns: "feature_name", needs: "databaseState" },
  "sys.assemblies": { columns: "name permission_set_desc is_user_defined", needs: "definition" },
  "sys.filegroups": { columns: "name type data_space_id", needs: "definition" },
  "sys.fulltext_catalogs": { columns: "name", needs: "definition" },
  "sys.service_queues": { columns: "name is_ms_shipped", needs: "definition" },
  "sys.routes": { columns: "name address", needs: "definition" },
  "sys.change_tracking_databases": { columns: "database_id" },
  "sys.external_data_sources": { columns: "name type_desc", since: 13, needs: "definition" },
  "sys.database_scoped_credentials": { columns: "name", since: 13, needs: "definition" },
  "sys.column_master_keys": { columns: "name key_store_provider_name", since: 13, needs: "definition" },
  "sys.dm_db_xtp_table_memory_stats": {
    columns: "object_id memory_allocated_for_table_kb memory_allocated_for_indexes_kb",
    since: 12,
    needs: "databaseState",
  },
  "sys.database_principals": { columns: "name type sid principal_id", needs: "definition" },
  "sys.sql_expression_dependencies": {
    columns: "referencing_id referenced_server_name referenced_database_name",
    needs: "owner",
  },
  "sys.synonyms": { columns: "name base_object_name", needs: "definition" },
};

export interface Catalog {
  readonly major: number;
  /** Views and columns that this build lacks besides, as some builds do: "sys.dm_db_log_stats". */
  readonly lacks?: readonly string[];
}

/** What the server says to a statement before it looks for rows; "nothing" when the login sees none. */
export function refusalOf(
  sql: string,
  { major, lacks = [] }: Catalog,
  grants: ReadonlySet<Grant>,
): ServerError | "nothing" | undefined {
  const tokens = tokensOf(sql);
  const named = viewsOf(tokens);
  let isEmpty = false;
  for (const { view } of named) {
    const known = VIEWS[view];
    if (known === undefined || major < (known.since ?? 0) || lacks.includes(view))
      return { number: 208, message: `Invalid object name '${view}'.` };
  }
  for (const { view, alias } of named) {
    const columns = new Map(
      VIEWS[view]?.columns.split(" ").map((column) => {
        const [name = "", since = "0"] = column.split("@");
        return [name, Number(since)] as const;
      }),
    );
    for (const column of columnsOf(tokens, alias)) {
      const since = columns.get(column);
      if (since === undefined || major < since || lacks.includes(`${view}.${column}`))
        return { number: 207, message: `Invalid column name '${column}'.` };
    }
  }
  for (const { view } of named) {
    const denied = deniedBy(view, VIEWS[view]?.needs, major, grants);
    if (denied === "nothing") isEmpty = true;
    else if (denied) return denied;
  }
  return isEmpty ? "nothing" : undefined;
}

function deniedBy(
  view: string,
  needs: View["needs"],
  major: number,
  grants: ReadonlySet<Grant>,
): ServerError | "nothing" | undefined {
  const state = (of: "PERFORMANCE" | "SECURITY"): ServerError | undefined => {
    const name: Grant = major >= 16 ? `VIEW SERVER ${of} STATE` : "VIEW SERVER STATE";
    if (grants.has(name) || grants.has("VIEW SERVER STATE")) return undefined;
    return { number: 300, message: `${name} permission was denied on object 'server', database 'master'.` };
  };
  const [, schema = "", object = ""] = /^(?:(.+)\.)?([^.]+)$/.exec(view) ?? [];
  const select: ServerError = {
    number: 229,
    message: `The SELECT permission was denied on the object '${object}', database '${schema.split(".")[0]}', schema 'dbo'.`,
  };
  if (needs === "performance") return state("PERFORMANCE");
  if (needs === "security") return state("SECURITY");
  if (needs === "databaseState" && state("PERFORMANCE"))
    return { number: 262, message: "VIEW DATABASE STATE permission denied in database." };
  if (needs === "definition") return grants.has("VIEW ANY DEFINITION") ? undefined : "nothing";
  if (needs === "msdb") return grants.has("SELECT ON msdb") ? undefined : select;
  if (needs === "owner") return grants.has("SELECT ON sys.sql_expression_dependencies") ? undefined : select;
  return undefined;
}

interface Named {
  readonly view: string;
  readonly alias: string;
}

/** Behind FROM, JOIN and APPLY: the views and what they are called. */
function viewsOf(tokens: readonly Token[]): readonly Named[] {
  const named: Named[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "word" || !/^(FROM|JOIN|APPLY)$/i.test(token.text) || tokens[at + 1]?.text === "(") continue;
    const parts: string[] = [];
    let next = at + 1;
    for (; tokens[next]?.kind === "word" || tokens[next]?.kind === "name"; next += 2) {
      parts.push(tokens[next]?.text ?? "");
      if (tokens[next + 1]?.text !== ".") break;
    }
    next += 1;
    if (tokens[next]?.text === "(") while (tokens[next++]?.text !== ")");
    if (/^AS$/i.test(tokens[next]?.text ?? "")) next += 1;
    named.push({ view: parts.join("."), alias: tokens[next]?.text ?? "" });
  }
  return named;
}

/** Names behind "alias.". */
const columnsOf = (tokens: readonly Token[], alias: string): readonly string[] =>
  tokens.flatMap((token, at) =>
    token.text === alias && tokens[at + 1]?.text === "." && tokens[at - 1]?.text !== "."
      ? (tokens[at + 2]?.text ?? [])
      : [],
  );
