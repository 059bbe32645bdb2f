// Asks a source what it does: one round trip for a sample, and now and then what changes slowly. Only cheap views,
// and only reading.
import { z } from "zod";
import type { History } from "../sizing/measured/history.ts";
import type { Reading, SourceFile } from "../sizing/measured/reading.ts";
import { SQL_SERVER_2014, SQL_SERVER_2016 } from "./query.ts";
import { StatementRefused } from "./sourceFailure.ts";
import { bracketed } from "./tsql.ts";

/** What a connection lends. */
export interface Asked {
  query(batch: string): Promise<readonly (readonly Readonly<Record<string, unknown>>[])[]>;
}

/**
 * Five result sets: instance, files, counters, tempdb, and what our own session has cost. SQL Server 2008 R2 and
 * later.
 */
const SAMPLE = `/* sqlferry: sample */ SELECT CONVERT(varchar(30), SYSUTCDATETIME(), 126) AS now_utc, CONVERT(varchar(30), i.sqlserver_start_time, 126) AS started_at,
  CONVERT(nvarchar(256), SERVERPROPERTY('ServerName')) AS server_name,
  CONVERT(nvarchar(128), SERVERPROPERTY('ComputerNamePhysicalNetBIOS')) AS node, i.cpu_count,
  i.process_kernel_time_ms + i.process_user_time_ms AS process_cpu_ms, p.physical_memory_in_use_kb,
  CONVERT(int, p.process_physical_memory_low) AS is_memory_low,
  (SELECT COUNT(*) FROM sys.dm_exec_requests AS r WHERE r.command LIKE N'BACKUP%' OR r.command LIKE N'RESTORE%') AS backups
FROM sys.dm_os_sys_info AS i CROSS JOIN sys.dm_os_process_memory AS p;
SELECT v.database_id, v.file_id, v.num_of_reads, v.num_of_bytes_read, v.io_stall_read_ms, v.num_of_writes, v.num_of_bytes_written, v.io_stall_write_ms
FROM sys.dm_io_virtual_file_stats(NULL, NULL) AS v;
SELECT RTRIM(c.counter_name) AS counter_name, c.cntr_value FROM sys.dm_os_performance_counters AS c
WHERE (c.object_name LIKE N'%:SQL Statistics%' AND c.counter_name LIKE N'Batch Requests/sec%')
  OR (c.object_name LIKE N'%:Memory Manager%' AND c.counter_name LIKE N'Memory Grants Pending%')
  OR (c.object_name LIKE N'%:Buffer Manager%' AND (c.counter_name LIKE N'Page life expectancy%' OR c.counter_name LIKE N'Page reads/sec%' OR c.counter_name LIKE N'Database pages%'));
SELECT COALESCE(SUM(CONVERT(bigint, s.user_object_reserved_page_count + s.internal_object_reserved_page_count + s.version_store_reserved_page_count)), 0) * 8 AS used_kb
FROM tempdb.sys.dm_db_file_space_usage AS s;
SELECT s.cpu_time FROM sys.dm_exec_sessions AS s WHERE s.session_id = @@SPID;`;

/** Names and sizes of all files: asked at the beginning, hourly, and when a file is unknown. */
const FILES = `/* sqlferry: names and sizes of files */ SELECT f.database_id, f.file_id, COALESCE(DB_NAME(f.database_id), N'') AS database_name, CONVERT(int, f.type) AS file_type, CONVERT(bigint, f.size) * 8 AS size_kb
FROM sys.master_files AS f;`;

/** SQL Server 2014 and later: memory of tables in memory. */
const IN_MEMORY = `/* sqlferry: memory of tables in memory */ SELECT COALESCE(SUM(CONVERT(bigint, m.pages_kb)), 0) AS in_memory_kb FROM sys.dm_os_memory_clerks AS m WHERE m.type = N'MEMORYCLERK_XTP';`;

/** Hourly: the processor by database, as far as plans are cached. */
export const DATABASE_CPU = `/* sqlferry: processor by database */ SELECT DB_NAME(CONVERT(int, a.value)) AS database_name, SUM(q.total_worker_time) / 1000 AS amount
FROM sys.dm_exec_query_stats AS q CROSS APPLY sys.dm_exec_plan_attributes(q.plan_handle) AS a
WHERE a.attribute = N'dbid' AND DB_NAME(CONVERT(int, a.value)) IS NOT NULL GROUP BY DB_NAME(CONVERT(int, a.value)) OPTION (MAXDOP 1);`;

/** Hourly, and only below 128 GB of cache: it walks every page. */
export const DATABASE_CACHE = `/* sqlferry: cache by database */ SELECT DB_NAME(b.database_id) AS database_name, COUNT_BIG(*) * 8 / 1024 AS amount
FROM sys.dm_os_buffer_descriptors AS b WHERE DB_NAME(b.database_id) IS NOT NULL GROUP BY DB_NAME(b.database_id) OPTION (MAXDOP 1);`;

export const LARGEST_CACHE_KB = 128 * 2 ** 20;

/** About 256 minutes of the processor; not told on Linux, where both numbers are 0. */
const RING_BUFFER = `/* sqlferry: processor of the last hours */ DECLARE @ms bigint = (SELECT ms_ticks FROM sys.dm_os_sys_info);
SELECT CONVERT(varchar(19), DATEADD(SECOND, (x.[timestamp] - @ms) / 1000, SYSUTCDATETIME()), 126) AS at_utc,
  x.record.value('(./Record/SchedulerMonitorEvent/SystemHealth/ProcessUtilization)[1]', 'int') AS sql_percent,
  x.record.value('(./Record/SchedulerMonitorEvent/SystemHealth/SystemIdle)[1]', 'int') AS idle_percent
FROM (SELECT b.[timestamp], CONVERT(xml, b.record) AS record FROM sys.dm_os_ring_buffers AS b
  WHERE b.ring_buffer_type = N'RING_BUFFER_SCHEDULER_MONITOR' AND b.record LIKE N'%<SystemHealth>%') AS x;`;

/** Two weeks of log backups by the hour; the source's wall clock. */
const LOG_HOURS = `/* sqlferry: log backups by hour */ SELECT CONVERT(varchar(13), s.backup_finish_date, 126) AS hour_of, SUM(CONVERT(bigint, s.backup_size)) AS bytes
FROM msdb.dbo.backupset AS s WHERE s.type = 'L' AND s.backup_finish_date > DATEADD(DAY, -14, GETDATE())
GROUP BY CONVERT(varchar(13), s.backup_finish_date, 126);`;

/** SQL Server 2016 and later. */
const QUERY_STORES = `/* sqlferry: query stores */ SELECT d.name FROM sys.databases AS d WHERE d.is_query_store_on = 1 AND d.state = 0 AND HAS_DBACCESS(d.name) = 1;`;

const QUERY_STORE_HOURS = `/* sqlferry: query store by hour */ SELECT CONVERT(varchar(13), i.start_time, 126) AS hour_of,
  CONVERT(bigint, SUM(r.avg_cpu_time * r.count_executions) / 1000) AS cpu_ms,
  CONVERT(bigint, SUM(r.avg_physical_io_reads * r.count_executions)) AS physical_reads,
  CONVERT(bigint, SUM(r.avg_logical_io_writes * r.count_executions)) AS logical_writes
FROM sys.query_store_runtime_stats AS r JOIN sys.query_store_runtime_stats_interval AS i ON i.runtime_stats_interval_id = r.runtime_stats_interval_id
GROUP BY CONVERT(varchar(13), i.start_time, 126);`;

/** Whatever collecting can send, for tests. */
export const SAMPLING_STATEMENTS: readonly string[] = [
  SAMPLE,
  FILES,
  IN_MEMORY,
  DATABASE_CPU,
  DATABASE_CACHE,
  RING_BUFFER,
  LOG_HOURS,
  QUERY_STORES,
  QUERY_STORE_HOURS,
];

const MOST_QUERY_STORES = 50;

/** bigint comes as decimal text. */
const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const utc = z.string().transform((text, context) => {
  const at = Date.parse(`${text.slice(0, 23).padEnd(13, "0")}${text.length === 13 ? ":00:00" : ""}Z`);
  if (Number.isNaN(at)) context.addIssue({ code: "custom", message: `"${text}" is no time` });
  return at;
});

const Instance = z.object({
  now_utc: utc,
  started_at: z.string(),
  server_name: z.string(),
  node: z.string().nullable(),
  cpu_count: number,
  process_cpu_ms: number,
  physical_memory_in_use_kb: number,
  is_memory_low: number,
  backups: number,
});
const FileRow = z.object({
  database_id: number,
  file_id: number,
  num_of_reads: number,
  num_of_bytes_read: number,
  io_stall_read_ms: number,
  num_of_writes: number,
  num_of_bytes_written: number,
  io_stall_write_ms: number,
});
const Counter = z.object({ counter_name: z.string(), cntr_value: number });
const SampleAnswer = z.tuple([
  z.tuple([Instance]),
  z.array(FileRow),
  z.array(Counter),
  z.tuple([z.object({ used_kb: number })]),
  z.tuple([z.object({ cpu_time: number })]),
]);

/** Throws an Error that names the column when the answer is not what was asked for. */
export async function readSample(source: Asked): Promise<Reading> {
  const [[instance], files, counters, [tempdb], [session]] = parsed(
    "A sample",
    SampleAnswer,
    await source.query(SAMPLE),
  );
  const counter = (name: string): number =>
    counters.filter(({ counter_name }) => counter_name === name).reduce((sum, { cntr_value }) => sum + cntr_value, 0);
  return {
    at: instance.now_utc,
    startedAt: instance.started_at,
    server: instance.server_name,
    node: instance.node ?? "",
    processors: instance.cpu_count,
    processCpuMs: instance.process_cpu_ms,
    memoryKb: instance.physical_memory_in_use_kb,
    isMemoryLow: instance.is_memory_low !== 0,
    cachedKb: counter("Database pages") * 8,
    grantsPending: counter("Memory Grants Pending"),
    pageLifeSeconds: counter("Page life expectancy"),
    pageReads: counter("Page reads/sec"),
    batches: counter("Batch Requests/sec"),
    tempdbKb: tempdb.used_kb,
    backups: instance.backups,
    files: files.map((file) => ({
      databaseId: file.database_id,
      fileId: file.file_id,
      reads: file.num_of_reads,
      bytesRead: file.num_of_bytes_read,
      readStallMs: file.io_stall_read_ms,
      writes: file.num_of_writes,
      bytesWritten: file.num_of_bytes_written,
      writeStallMs: file.io_stall_write_ms,
    })),
    sessionCpuMs: session.cpu_time,
  };
}

const LOG_FILE = 1;

const FilesAnswer = z.tuple([
  z.array(
    z.object({ database_id: number, file_id: number, database_name: z.string(), file_type: number, size_kb: number }),
  ),
]);
const InMemoryAnswer = z.tuple([z.tuple([z.object({ in_memory_kb: number })])]);

export async function readFiles(
  source: Asked,
  versionMajor: number,
): Promise<{ files: SourceFile[]; inMemoryGib: number }> {
  const [files] = parsed("The list of files", FilesAnswer, await source.query(FILES));
  const inMemoryKb =
    versionMajor < SQL_SERVER_2014
      ? 0
      : parsed("Memory of tables", InMemoryAnswer, await source.query(IN_MEMORY))[0][0].in_memory_kb;
  return {
    files: files.map(({ database_id, file_id, database_name, file_type, size_kb }) => ({
      databaseId: database_id,
      fileId: file_id,
      database: database_name,
      isLog: file_type === LOG_FILE,
      gib: size_kb / 2 ** 20,
    })),
    inMemoryGib: inMemoryKb / 2 ** 20,
  };
}

const ByDatabase = z.tuple([z.array(z.object({ database_name: z.string(), amount: number }))]);

/** Milliseconds or MB by database. */
export async function readByDatabase(source: Asked, batch: string): Promise<Record<string, number>> {
  const [rows] = parsed("Amounts by database", ByDatabase, await source.query(batch));
  return Object.fromEntries(rows.map(({ database_name, amount }) => [database_name, amount]));
}

const RingBuffer = z.tuple([
  z.array(z.object({ at_utc: utc, sql_percent: number.nullable(), idle_percent: number.nullable() })),
]);
const LogHours = z.tuple([z.array(z.object({ hour_of: utc, bytes: number }))]);
const Names = z.tuple([z.array(z.object({ name: z.string() }))]);
const StoreHours = z.tuple([
  z.array(z.object({ hour_of: utc, cpu_ms: number, physical_reads: number, logical_writes: number })),
]);

/**
 * What the server remembers. What it does not let us see is left out and told: each is worth having without the
 * others.
 */
export async function readHistory(
  source: Asked,
  versionMajor: number,
): Promise<{ readonly history: History; readonly withheld: readonly string[] }> {
  const withheld: string[] = [];
  const asked = async <Result>(what: string, read: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StatementRefused)) throw error;
      withheld.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  const processor = await asked("processor of the last hours", async () => {
    const [rows] = parsed("The ring buffer", RingBuffer, await source.query(RING_BUFFER));
    const isTold = rows.some(({ sql_percent, idle_percent }) => (sql_percent ?? 0) + (idle_percent ?? 0) > 0);
    return isTold ? rows.map(({ at_utc, sql_percent }) => ({ at: at_utc, percent: sql_percent ?? 0 })) : undefined;
  });
  const log = await asked("history of log backups", async () => {
    const [rows] = parsed("The backup history", LogHours, await source.query(LOG_HOURS));
    return rows.map(({ hour_of, bytes }) => ({ at: hour_of, bytes }));
  });
  const stores =
    versionMajor < SQL_SERVER_2016
      ? []
      : ((await asked("databases with Query Store", async () => {
          const [rows] = parsed("The list of Query Stores", Names, await source.query(QUERY_STORES));
          return rows.map(({ name }) => name);
        })) ?? []);
  const hours = new Map<number, { at: number; cpuMs: number; physicalReads: number; logicalWrites: number }>();
  for (const name of stores.slice(0, MOST_QUERY_STORES))
    await asked(`Query Store of ${name}`, async () => {
      await source.query(`USE ${bracketed(name)};`);
      const [rows] = parsed("Query Store", StoreHours, await source.query(QUERY_STORE_HOURS));
      for (const { hour_of: at, cpu_ms, physical_reads, logical_writes } of rows) {
        const hour = hours.get(at) ?? { at, cpuMs: 0, physicalReads: 0, logicalWrites: 0 };
        hour.cpuMs += cpu_ms;
        hour.physicalReads += physical_reads;
        hour.logicalWrites += logical_writes;
        hours.set(at, hour);
      }
    });
  if (stores.length > 0) await source.query("USE [master];");
  if (stores.length > MOST_QUERY_STORES)
    withheld.push(`Query Store of ${stores.length - MOST_QUERY_STORES} more databases was not asked`);
  return {
    history: {
      ...(processor && { processor }),
      ...(log && { log }),
      ...(hours.size > 0 && { hours: [...hours.values()].sort((a, b) => a.at - b.at) }),
    },
    withheld,
  };
}

function parsed<Schema extends z.ZodType>(what: string, schema: Schema, answer: unknown): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${what} has not the form that was asked for: ${issue?.path.join(".")}: ${issue?.message}.`);
}
