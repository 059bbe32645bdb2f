// Scripts three source servers: SQL Server 2012 Standard, 2016 Enterprise with everything that is in the way, and a
// clean 2022.
import { thumbprintFor } from "../backups/guidFor.ts";
import type { ScriptedInstance } from "./answer.ts";
import { configuration, type DatabaseSpec, EMPTY, estate, reference, thing, user } from "./scripted.ts";

const LATIN1 = "SQL_Latin1_General_CP1_CI_AS";

/**
 * A server of some years: SIMPLE, mirrored, shipped, an old compatibility level, orphans, and databases that cannot
 * be entered.
 */
export function standard2012(now: number): ScriptedInstance {
  const serverName = "SRC12";
  const specs: readonly DatabaseSpec[] = [
    {
      name: "Sales",
      row: { compatibility_level: 90, is_trustworthy_on: true, is_master_key_encrypted_by_server: true },
      backups: { logAgeMinutes: 300 },
      inside: {
        users: [user("sales_app"), user("CONTOSO\\sales", "G"), user("former", "S", false)],
        "references of modules": [reference("Stock", "dbo.OpenOrders"), reference("orders", "dbo.RemoteOrders", "ERP")],
        synonyms: [reference("Stock", "Parts")],
        features: [thing("full-text catalog", "Texts")],
      },
    },
    {
      name: "Stock",
      row: {
        page_verify_option_desc: "TORN_PAGE_DETECTION",
        last_good_checkdb: "1900-01-01T00:00:00",
        owner_name: null,
      },
      backups: { logs: ["\\\\filer1\\logs", "D:\\Backup\\Stock\\LOG"] },
    },
    {
      name: "Archive",
      row: { recovery_model_desc: "SIMPLE", last_log_backup_lsn: null },
      backups: { logs: [], fullAgeDays: 20 },
    },
    { name: "New", row: { last_log_backup_lsn: null }, backups: null },
    {
      name: "Reports",
      row: {
        state_desc: "OFFLINE",
        database_guid: null,
        family_guid: null,
        last_log_backup_lsn: null,
        last_good_checkdb: null,
        has_access: 0,
      },
      backups: null,
    },
    {
      name: "Payroll",
      closed: {
        number: 924,
        message: "Database 'Payroll' is already open and can only have one user at a time.",
      },
    },
    {
      name: "Web",
      refused: { users: { number: 1222, message: "Lock request time out period exceeded." } },
    },
    { name: "ReportServer" },
  ];
  const { rows, databases } = estate(serverName, 110, now, specs);
  return {
    serverName,
    major: 11,
    productVersion: "11.0.7507.2",
    edition: "Standard Edition (64-bit)",
    engineEdition: 2,
    collation: "Latin1_General_CI_AS",
    now,
    databases,
    rows: {
      ...EMPTY,
      ...rows,
      configuration: configuration({ "max degree of parallelism": 4 }),
      "trace flags": [{ TraceFlag: 1118, Status: 1, Global: 1, Session: 0 }],
      "deprecated features": [{ feature: "sp_dboption", uses: 12n }],
      "instance objects": [thing("linked server", "ERP", "SQLNCLI"), thing("credential", "Proxy", "CONTOSO\\svc")],
      "suspect pages": [{ database_id: 6, pages: 2n }],
      mirroring: [{ database_id: 6, mirroring_role_desc: "PRINCIPAL", mirroring_partner_instance: "SRC13" }],
      "log shipping": [{ role: "primary", database_name: "Sales" }],
      "Agent jobs": [
        { database_name: "Sales", job_name: "Nightly totals", is_enabled: 1, steps: 2n, takes_backups: 0 },
        { database_name: "Sales", job_name: "Log backups", is_enabled: 1, steps: 1n, takes_backups: 1 },
      ],
    },
  };
}

/**
 * TDE by a certificate and by a key provider, an availability group, a tool that takes log backups, and features that
 * a VM has to have.
 */
export function enterprise2016(now: number): ScriptedInstance {
  const serverName = "SRC16\\PROD";
  const specs: readonly DatabaseSpec[] = [
    {
      name: "Sales",
      row: { is_encrypted: true },
      files: [
        { name: "Sales", sizeMb: 204_800 },
        { name: "Sales_log", type: "LOG", sizeMb: 40_960 },
      ],
      backups: { logs: ["VDI"], full: "VDI" },
      inside: {
        "edition features": [{ feature_name: "TransparentDataEncryption" }, { feature_name: "Compression" }],
        users: [user("sales_app"), user("CONTOSO\\sales", "G")],
        "references of modules": [reference("Stock", "dbo.OpenOrders")],
      },
    },
    {
      name: "Stock",
      backups: { logs: ["D:\\Backup\\Stock\\LOG", "VDI"] },
      row: { is_cdc_enabled: true, is_published: true },
      inside: {
        "edition features": [{ feature_name: "ChangeCapture" }],
        features: [thing("change tracking", "Stock")],
        synonyms: [reference("Sales", "Orders")],
      },
    },
    {
      name: "Documents",
      row: {
        is_broker_enabled: true,
        containment_desc: "PARTIAL",
        is_remote_data_archive_enabled: true,
        is_db_chaining_on: true,
      },
      files: [
        { name: "Documents", sizeMb: 51_200 },
        { name: "Documents_log", type: "LOG", sizeMb: 4096 },
        { name: "Files", type: "FILESTREAM", sizeMb: 102_400, dataSpaceId: 2, place: "E:\\Files" },
        { name: "Orders_mem", type: "FILESTREAM", sizeMb: 4096, dataSpaceId: 3, place: "E:\\Orders_mem" },
        { name: "Old", sizeMb: 1024, place: "\\\\filer1\\data\\old.ndf" },
      ],
      backups: { full: "D:\\Backup\\all", row: { is_appended: 1, has_backup_checksums: false, is_damaged: true } },
      inside: {
        features: [
          thing("filegroup", "FD", "2"),
          thing("filegroup", "FX", "3"),
          thing("full-text catalog", "Texts"),
          thing("broker queue", "Incoming"),
          thing("broker route", "ToErp", "TCP://erp:4022"),
          thing("assembly", "Geo", "UNSAFE_ACCESS"),
          thing("external data source", "Lake", "HADOOP"),
          thing("column master key", "CMK1", "MSSQL_CERTIFICATE_STORE"),
        ],
        "memory of tables": [{ in_memory_mb: 6144n }],
        "edition features": [{ feature_name: "InMemoryOLTP" }],
      },
    },
    {
      name: "Vault",
      row: { is_encrypted: true },
      backups: { row: { thumbprint: thumbprintFor("backup certificate"), set_bytes: 1_200_000_000_000n } },
    },
    { name: "Rekeying", row: { is_encrypted: true, recovery_model_desc: "BULK_LOGGED" } },
    { name: "Sales_morning", row: { source_database_id: 5, last_log_backup_lsn: null }, backups: null },
  ];
  const { rows, databases } = estate(serverName, 130, now, specs);
  return {
    serverName,
    major: 13,
    productVersion: "13.0.6300.2",
    edition: "Enterprise Edition: Core-based Licensing (64-bit)",
    engineEdition: 3,
    collation: LATIN1,
    now,
    databases,
    rows: {
      ...EMPTY,
      ...rows,
      configuration: configuration({ "clr enabled": 1, "EKM provider enabled": 1, "max server memory (MB)": 98304 }),
      "instance objects": [
        thing("cryptographic provider", "AzureKeyVault", "C:\\EKM\\provider.dll"),
        thing("certificate in master", "TdeCertificate"),
        thing("endpoint", "Hadr_endpoint", "DATABASE_MIRRORING"),
      ],
      encryption: [
        {
          database_id: 5,
          encryption_state: 3,
          percent_complete: 0,
          thumbprint: thumbprintFor("TDE certificate"),
          certificate_name: "TdeCertificate",
          asymmetric_key_name: null,
        },
        {
          database_id: 8,
          encryption_state: 3,
          percent_complete: 0,
          thumbprint: thumbprintFor("asymmetric key"),
          certificate_name: null,
          asymmetric_key_name: "VaultKey",
        },
        {
          database_id: 9,
          encryption_state: 4,
          percent_complete: 40,
          thumbprint: thumbprintFor("TDE certificate"),
          certificate_name: "TdeCertificate",
          asymmetric_key_name: null,
        },
      ],
      "virtual log files": [5, 6, 7, 8, 9].map((id) => ({ database_id: id, total_vlf_count: id === 5 ? 4200n : 60n })),
      "availability groups": ["SRC16A", "SRC16B"].map((replica) => ({
        database_id: 5,
        group_name: "AG1",
        automated_backup_preference_desc: "SECONDARY",
        replica_server_name: replica,
      })),
    },
  };
}

/** Nothing is in the way. */
export function clean2022(now: number): ScriptedInstance {
  const serverName = "SRC22";
  const specs: readonly DatabaseSpec[] = [
    { name: "Orders", inside: { "edition features": [{ feature_name: "Compression" }] } },
    { name: "Customers" },
  ];
  const { rows, databases } = estate(serverName, 160, now, specs);
  return {
    serverName,
    major: 16,
    productVersion: "16.0.4175.1",
    edition: "Standard Edition (64-bit)",
    engineEdition: 2,
    collation: LATIN1,
    now,
    databases,
    rows: {
      ...EMPTY,
      ...rows,
      configuration: configuration(),
      "virtual log files": [5, 6].map((id) => ({ database_id: id, total_vlf_count: 40n })),
    },
  };
}
