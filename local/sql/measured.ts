// Plays the load of the stand-in: what the statements of `ferry collect` answer at a time of its clock. Counters only
// grow.
import type { Cell, ResultSet, ServerError } from "./wire.ts";

/** What a database does in each second. */
interface DatabaseLoad {
  readonly name: string;
  readonly reads: number;
  readonly logWrites: number;
}

export interface MeasuredLoad {
  /** Milliseconds since 1970. */
  now: () => number;
  readonly processors: number;
  /** Kept busy. */
  cores: number;
  memoryGib: number;
  grantsPending: number;
  backups: number;
  /** As it calls itself. */
  readonly server: string;
  /** Computer that the instance runs on. */
  node: string;
  /** Another one is a restart: all counters begin anew. */
  startedAt: number;
  databases: readonly DatabaseLoad[];
}

export type Measured = { readonly sets: readonly ResultSet[] } | { readonly error: ServerError };

/** What sqlferry names its statements by. */
const NAME = /^\/\* sqlferry: (.+?) \*\//;

const KB_PER_GIB = 2 ** 20;
const HOUR = 3_600_000;

export function measuredLoad(now: () => number, server = "SRC01"): MeasuredLoad {
  return {
    now,
    server,
    processors: 16,
    cores: 4,
    memoryGib: 40,
    grantsPending: 0,
    backups: 0,
    node: "SRC01",
    startedAt: now() - 30 * 24 * HOUR,
    databases: [
      { name: "Sales", reads: 400, logWrites: 100 },
      { name: "Archive", reads: 100, logWrites: 0 },
    ],
  };
}

/**
 * Undefined: it is no statement of collecting. `sees` is VIEW SERVER STATE; `refused` names statements that are
 * refused besides.
 */
export function measured(
  load: MeasuredLoad,
  batch: string,
  sees = true,
  refused: readonly string[] = [],
): Measured | undefined {
  const name = NAME.exec(batch)?.[1] ?? "";
  const answer = Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
  if (answer === undefined) return undefined;
  if (!sees || refused.includes(name))
    return {
      error: { number: 300, message: "VIEW SERVER STATE permission was denied on object 'server', database 'master'." },
    };
  return { sets: answer(load) };
}

const whole = (value: number): bigint => BigInt(Math.round(value));
const utc = (at: number): string => new Date(at).toISOString().replace("Z", "");
const hourOf = (at: number): string => utc(at).slice(0, 13);
const set = (columns: readonly string[], rows: readonly (readonly Cell[])[]): ResultSet => ({ columns, rows });

const ANSWERS: Readonly<Record<string, (load: MeasuredLoad) => readonly ResultSet[]>> = {
  sample: (load) => {
    const seconds = (load.now() - load.startedAt) / 1000;
    const file = (databaseId: number, fileId: number, reads: number, writes: number): Cell[] => [
      databaseId,
      fileId,
      ...[reads, reads * 8_192, reads * 4, writes, writes * 4_096, writes * 2].map((rate) => whole(rate * seconds)),
    ];
    return [
      set(
        "now_utc started_at server_name node cpu_count process_cpu_ms physical_memory_in_use_kb is_memory_low backups".split(
          " ",
        ),
        [
          [
            utc(load.now()),
            utc(load.startedAt),
            load.server,
            load.node,
            load.processors,
            whole(load.cores * seconds * 1000),
            whole(load.memoryGib * KB_PER_GIB),
            0,
            load.backups,
          ],
        ],
      ),
      set(
        "database_id file_id num_of_reads num_of_bytes_read io_stall_read_ms num_of_writes num_of_bytes_written io_stall_write_ms".split(
          " ",
        ),
        [
          file(2, 1, 50, 50),
          ...load.databases.flatMap(({ reads, logWrites }, at) => [
            file(5 + at, 1, reads, 0),
            file(5 + at, 2, 0, logWrites),
          ]),
          file(32_767, 1, 0, 0), // mssqlsystemresource, which sys.master_files does not list
        ],
      ),
      set(
        ["counter_name", "cntr_value"],
        [
          ["Batch Requests/sec", whole(seconds * 1000)],
          ["Memory Grants Pending", whole(load.grantsPending)],
          ["Page life expectancy", 4_000n],
          ["Page reads/sec", whole(seconds * 10)],
          ["Database pages", whole((load.memoryGib / 2) * 131_072)],
        ],
      ),
      set(["used_kb"], [[BigInt(KB_PER_GIB)]]),
      set(["cpu_time"], [[Math.round(seconds % 86_400)]]),
    ];
  },
  "names and sizes of files": ({ databases }) => [
    set(
      ["database_id", "file_id", "database_name", "file_type", "size_kb"],
      [
        [1, 1, "master", 0, 10_240n],
        [2, 1, "tempdb", 0, whole(8 * KB_PER_GIB)],
        ...databases.flatMap(({ name }, at): Cell[][] => [
          [5 + at, 1, name, 0, whole(100 * KB_PER_GIB)],
          [5 + at, 2, name, 1, whole(10 * KB_PER_GIB)],
        ]),
      ],
    ),
  ],
  "memory of tables in memory": () => [set(["in_memory_kb"], [[0n]])],
  "processor by database": ({ databases }) => [
    set(
      ["database_name", "amount"],
      databases.map(({ name, reads }) => [name, whole(reads)]),
    ),
  ],
  "cache by database": ({ databases }) => [
    set(
      ["database_name", "amount"],
      databases.map(({ name }) => [name, 1_000n]),
    ),
  ],
  "processor of the last hours": ({ now }) => [
    set(
      ["at_utc", "sql_percent", "idle_percent"],
      Array.from({ length: 250 }, (_, minute) => [utc(now() - (250 - minute) * 60_000).slice(0, 19), 50, 45]),
    ),
  ],
  "log backups by hour": ({ now }) => [set(["hour_of", "bytes"], [[hourOf(now() - 2 * HOUR), 3_600_000_000n]])],
  "query stores": ({ databases }) => [
    set(
      ["name"],
      databases.slice(0, 1).map(({ name }) => [name]),
    ),
  ],
  "query store by hour": ({ now }) => [
    set(
      ["hour_of", "cpu_ms", "physical_reads", "logical_writes"],
      [[hourOf(now() - 2 * HOUR), 36_000_000n, 360_000n, 3_600n]],
    ),
  ],
};
