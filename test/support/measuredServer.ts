// A SQL Server of which only the counters exist: what the statements of `ferry collect` answer at a time of its clock.
import { DATABASE_CACHE, DATABASE_CPU, FILES, SAMPLE } from "../../shared/sqlserver/sampling.ts";
import { StatementRefused } from "../../shared/sqlserver/sourceFailure.ts";

type Row = Readonly<Record<string, string | number | null>>;

/** What a database does in each second. */
export interface DatabaseLoad {
  readonly name: string;
  readonly reads: number;
  readonly logWrites: number;
}

export interface MeasuredServer {
  /** Milliseconds since 1970; whoever plays moves it. */
  now: number;
  /** Kept busy. */
  cores: number;
  memoryGib: number;
  grantsPending: number;
  backups: number;
  node: string;
  /** Restarting sets it, and with it all counters to nothing. */
  startedAt: number;
  databases: DatabaseLoad[];
  /** Statements that were asked. */
  readonly asked: string[];
  /** Statements that contain one of these are refused. */
  readonly refused: string[];
  answer(batch: string): readonly (readonly Row[])[];
}

export const PROCESSORS = 16;

export function measuredServer(now: number): MeasuredServer {
  const text = (value: number): string => String(Math.round(value)); // bigint comes as text
  const iso = (at: number): string => new Date(at).toISOString().replace("Z", "");
  return {
    now,
    cores: 4,
    memoryGib: 40,
    grantsPending: 0,
    backups: 0,
    node: "SRC01",
    startedAt: now - 3_600_000,
    databases: [
      { name: "Sales", reads: 400, logWrites: 100 },
      { name: "Archive", reads: 100, logWrites: 0 },
    ],
    asked: [],
    refused: [],
    answer(batch) {
      this.asked.push(batch);
      if (this.refused.some((part) => batch.includes(part)))
        throw new StatementRefused(
          [300],
          "VIEW SERVER STATE permission was denied on object 'server', database 'master'.",
        );
      const seconds = (this.now - this.startedAt) / 1000;
      const file = (databaseId: number, fileId: number, reads: number, writes: number): Row => ({
        database_id: databaseId,
        file_id: fileId,
        num_of_reads: text(reads * seconds),
        num_of_bytes_read: text(reads * seconds * 8_192),
        io_stall_read_ms: text(reads * seconds * 4),
        num_of_writes: text(writes * seconds),
        num_of_bytes_written: text(writes * seconds * 4_096),
        io_stall_write_ms: text(writes * seconds * 2),
      });
      if (batch === SAMPLE)
        return [
          [
            {
              now_utc: iso(this.now),
              started_at: iso(this.startedAt),
              node: this.node,
              cpu_count: PROCESSORS,
              process_cpu_ms: text(this.cores * seconds * 1000),
              physical_memory_in_use_kb: text(this.memoryGib * 2 ** 20),
              is_memory_low: 0,
              backups: this.backups,
            },
          ],
          [
            file(2, 1, 50, 50),
            ...this.databases.flatMap(({ reads, logWrites }, at) => [
              file(5 + at, 1, reads, 0),
              file(5 + at, 2, 0, logWrites),
            ]),
            file(32767, 1, 0, 0),
          ],
          [
            { counter_name: "Batch Requests/sec", cntr_value: text(seconds * 1000) },
            { counter_name: "Memory Grants Pending", cntr_value: text(this.grantsPending) },
            { counter_name: "Page life expectancy", cntr_value: "4000" },
            { counter_name: "Page reads/sec", cntr_value: text(seconds * 10) },
            { counter_name: "Database pages", cntr_value: text((this.memoryGib / 2) * 131_072) },
          ],
          [{ used_kb: String(2 ** 20) }],
          [{ cpu_time: Math.round(seconds) }],
        ];
      if (batch === FILES)
        return [
          [
            { database_id: 1, file_id: 1, database_name: "master", file_type: 0, size_kb: "10240" },
            { database_id: 2, file_id: 1, database_name: "tempdb", file_type: 0, size_kb: String(8 * 2 ** 20) },
            ...this.databases.flatMap(({ name }, at) => [
              { database_id: 5 + at, file_id: 1, database_name: name, file_type: 0, size_kb: String(100 * 2 ** 20) },
              { database_id: 5 + at, file_id: 2, database_name: name, file_type: 1, size_kb: String(10 * 2 ** 20) },
            ]),
          ],
          [{ in_memory_kb: "0" }],
        ];
      if (batch === DATABASE_CPU)
        return [this.databases.map(({ name, reads }) => ({ database_name: name, amount: text(reads) }))];
      if (batch === DATABASE_CACHE)
        return [this.databases.map(({ name }) => ({ database_name: name, amount: "1000" }))];
      if (batch.includes("RING_BUFFER"))
        return [
          Array.from({ length: 250 }, (_, minute) => ({
            at_utc: iso(now - (250 - minute) * 60_000).slice(0, 19),
            sql_percent: 50,
            idle_percent: 45,
          })),
        ];
      if (batch.includes("backupset")) return [[{ hour_of: iso(now - 7_200_000).slice(0, 13), bytes: "3600000000" }]];
      if (batch.includes("is_query_store_on")) return [[{ name: "Sales" }]];
      if (batch.includes("query_store_runtime_stats"))
        return [
          [
            {
              hour_of: iso(now - 7_200_000).slice(0, 13),
              cpu_ms: "36000000",
              physical_reads: "360000",
              logical_writes: "3600",
            },
          ],
        ];
      if (batch.startsWith("USE ")) return [];
      throw new Error(`Nobody has said what this answers: ${batch}`);
    },
  };
}
