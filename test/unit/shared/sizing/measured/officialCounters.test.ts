// Tests that the official collector's files are read in any culture and interval, and that incomplete ones are refused
// by name.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadOfOfficial, type OfficialOptions } from "../../../../../shared/sizing/measured/officialCounters.ts";
import { SizingError } from "../../../../../shared/sizing/sizingError.ts";

const INSTANCE_HEAD = "ServerName,Edition,LogicalCpuCount,ProductVersion,SqlStartTime,TempDbSize,TimeDataCollected";
const FILE_HEAD = "ServerName,DatabaseName,LogicalName,PhysicalFullName,FileType,SizeMB,TimeDataCollected";
const COUNTER_HEAD =
  "ServerName,DatabaseName,DatabaseFileName,FileType,TimeDataCollected,CounterName,AggregatorType,Value";

type Counter = [counter: string, database: string, fileType: string, mean: string, variance?: string, max?: string];

const rowsOf = (time: string, counters: readonly Counter[]): string[] =>
  counters.flatMap(([counter, database, type, mean, variance = "0", max = "1000000"]) =>
    [
      ["Mean", mean],
      ["Occurence", "20"],
      ["Variance", variance],
      ["Max", max],
    ].map(([aggregator, value]) =>
      ["SRC", database, type === "" ? "" : `D:\\${database}.${type}`, type, time, counter, aggregator, value].join(","),
    ),
  );

function read(
  windows: Readonly<Record<string, readonly Counter[]>>,
  more: Partial<OfficialOptions> & { files?: readonly string[]; instance?: string; counters?: string } = {},
) {
  const { files, instance, counters, ...options } = more;
  const rows = Object.entries(windows).flatMap(([time, all]) => rowsOf(time, all));
  return loadOfOfficial(
    {
      instance: {
        name: "i.csv",
        text: instance ?? `${INSTANCE_HEAD}\nSRC,Standard Edition,8,15.0.2000.5,2026-01-01,2048,2026-01-02\n`,
      },
      files: {
        name: "d.csv",
        text: [
          FILE_HEAD,
          ...(files ?? ["SRC,Sales,s,D:\\Sales.mdf,Rows,10240,t", "SRC,Sales,l,D:\\Sales.ldf,Log,1024,t"]),
        ].join("\n"),
      },
      counters: { name: "c.csv", text: counters ?? [COUNTER_HEAD, ...rows].join("\r\n") },
    },
    { percentile: 95, ...options },
  );
}

const AT = "2026-01-05 10:00:00";
const LATER = "2026-01-05 10:10:00";

test("cores are the processor's per cent of the logical processors, memory is in MB, file counters are totals per sample", () => {
  const load = read({
    [AT]: [
      ["ICP", "", "", "50"],
      ["IM", "", "", "4096"],
      ["DCS", "Sales", "", "2048"],
      ["FNR", "Sales", "ROWS", "3000"],
      ["FNW", "Sales", "ROWS", "600"],
      ["FRM", "Sales", "ROWS", "30"],
      ["FNW", "Sales", "LOG", "900"],
      ["FNW", "tempdb", "ROWS", "300"],
    ],
  });
  const [point] = load.points;
  assert.deepEqual(
    [point?.cores, point?.memoryGib, point?.cachedGib, point?.io?.dataIops, point?.io?.logIops, point?.io?.tempdbIops],
    [4, 4, 2, 120, 30, 10],
  );
  assert.equal(point?.io?.dataMbps, 2 ** 20 / 1e6);
  assert.deepEqual([load.dataGib, load.logGib, load.tempdbGib, load.processors], [10, 1, 2, 8]);
});

test("variances add, and a window is taken at its 95th percentile, never above the sum of the maxima", () => {
  const of = (max: string) =>
    read({
      [AT]: [
        ["FNR", "Sales", "ROWS", "300", "900", max],
        ["FNW", "Sales", "ROWS", "300", "1600", max],
      ],
    }).points[0]?.io?.dataIops ?? 0;
  assert.ok(Math.abs(of("1000") - (600 + 1.6449 * 50) / 30) < 0.01);
  assert.equal(of("310"), 620 / 30);
});

test("the interval is told by windows that follow upon each other, by the caller, or assumed and said", () => {
  const counters: Counter[] = [["FNR", "Sales", "ROWS", "1200"]];
  const rate = (load: ReturnType<typeof read>) => load.points[0]?.io?.dataIops;
  const one = read({ [AT]: counters });
  assert.equal(rate(one), 40);
  assert.match(one.notes.join(), /30 s is assumed/);
  const two = read({ [AT]: counters, "2026-01-05 10:20:00": counters });
  assert.equal(rate(two), 20);
  assert.match(two.notes.join(), /60 s by the distance of the windows/);
  assert.equal(rate(read({ [AT]: counters, [LATER]: counters }, { intervalSeconds: 10 })), 120);
});

test("one short window among many does not make the interval shorter", () => {
  const counters: Counter[] = [["FNR", "Sales", "ROWS", "1200"]];
  const times = ["10:00", "10:10", "10:20", "10:30", "10:31"];
  const load = read(Object.fromEntries(times.map((time) => [`2026-01-05 ${time}:00`, counters])));
  assert.equal(load.points[0]?.io?.dataIops, 40);
});

test("windows that do not follow upon each other within half of their length are a gap", () => {
  const counters: Counter[] = [["FNR", "Sales", "ROWS", "1200"]];
  const gaps = (later: string) =>
    read({ [AT]: counters, [`2026-01-05 ${later}`]: counters }, { intervalSeconds: 30 }).gaps;
  assert.deepEqual([gaps("10:15:00"), gaps("10:15:01")], [0, 1]);
});

test("100 per cent are the maximum", () => {
  const load = read({ [AT]: [["FNR", "Sales", "ROWS", "300", "900", "9000"]] }, { percentile: 100 });
  assert.equal(load.points[0]?.io?.dataIops, 300);
});

test("a counter that the files do not have is not known, and no zero", () => {
  const [point] = read({ [AT]: [["FNR", "Sales", "ROWS", "1200"]] }).points;
  assert.deepEqual([point?.cores, point?.memoryGib, point?.io?.dataMbps], [undefined, undefined, undefined]);
  assert.deepEqual([point?.io?.dataIops, point?.io?.logIops], [40, 0]);
});

test("a counter of which one cell is empty is not known in that window, and no zero", () => {
  const [point] = read({
    [AT]: [
      ["ICP", "", "", ""],
      ["FNR", "Sales", "ROWS", "1200"],
      ["FNW", "Sales", "LOG", " "],
      ["FRM", "Sales", "ROWS", "30"],
    ],
  }).points;
  assert.deepEqual([point?.cores, point?.io?.dataIops, point?.io?.logIops], [undefined, undefined, undefined]);
  assert.equal(point?.io?.dataMbps, 2 ** 20 / 1e6);
});

for (const [what, value] of [
  ["in quotes", '"3000,5"'],
  ["without quotes, where only one number is possible", "3000,5"],
] as const)
  test(`a decimal comma ${what} is a decimal comma`, () => {
    const load = read({ [AT]: [["FNR", "Sales", "ROWS", value]] });
    assert.equal(load.points[0]?.io?.dataIops, 3000.5 / 30);
  });

test("files that are apart by semicolons are read as well", () => {
  const text = [COUNTER_HEAD, ...rowsOf(AT, [["FNR", "Sales", "ROWS", "3000.5"]])].join("\n");
  const counters = text.replaceAll(",", ";").replaceAll("3000.5", "3000,5");
  assert.equal(read({}, { counters }).points[0]?.io?.dataIops, 3000.5 / 30);
});

test("databases are chosen by name without regard to case, and take their share of processor and memory along", () => {
  const counters: Counter[] = [
    ["ICP", "", "", "50"],
    ["IM", "", "", "4096"],
    ["DCP", "Sales", "", "30"],
    ["DCP", "Logs", "", "10"],
    ["DCS", "Sales", "", "300"],
    ["DCS", "Logs", "", "100"],
    ["FNR", "Sales", "ROWS", "300"],
    ["FNR", "Logs", "ROWS", "600"],
  ];
  const files = ["SRC,Sales,s,D:\\Sales.mdf,Rows,1024,t", "SRC,Logs,l,D:\\Logs.mdf,Rows,2048,t"];
  const sales = read({ [AT]: counters }, { files, filter: { only: ["sales"], without: [] } });
  assert.deepEqual([sales.points[0]?.cores, sales.points[0]?.memoryGib, sales.points[0]?.io?.dataIops], [3, 3, 10]);
  assert.equal(sales.dataGib, 1);
  const others = read({ [AT]: counters }, { files, filter: { only: [], without: ["SALES"] } });
  assert.deepEqual([others.points[0]?.cores, others.points[0]?.io?.dataIops, others.dataGib], [1, 20, 2]);
});

test("without counters by database the whole processor counts, and that is said", () => {
  const load = read(
    {
      [AT]: [
        ["ICP", "", "", "50"],
        ["FNR", "Sales", "ROWS", "300"],
      ],
    },
    { filter: { only: ["Sales"], without: [] } },
  );
  assert.equal(load.points[0]?.cores, 4);
  assert.match(load.notes.join(), /not told by database/);
});

for (const [what, reads, expected] of [
  ["a collection that was stopped in its first cycle", () => read({}), /c\.csv has no counters.*ten minutes/],
  [
    "another kind of file",
    () => read({}, { counters: "a,b\n1,2" }),
    /c\.csv is not what the official collector writes: .*AggregatorType/,
  ],
  ["an empty file", () => read({}, { counters: "" }), /c\.csv .*it is empty/],
  [
    "a line that breaks off",
    () => read({}, { counters: `${COUNTER_HEAD}\nSRC,Sales,f,ROWS` }),
    /c\.csv, line 2: 4 cells under 8 columns.*not whole/,
  ],
  [
    "a decimal comma that cannot be told from a separator",
    () => read({ [AT]: [["ICP", "", "", "1"]] }, { files: ["SRC,Sales,s,D:\\Sales.mdf,Rows,3,75,t"] }),
    /d\.csv, line 2: 8 cells under 7 columns.*quote them/,
  ],
  [
    "files of two cultures",
    () =>
      read({
        [AT]: [
          ["FNR", "Sales", "ROWS", "1.5"],
          ["FNW", "Sales", "ROWS", '"2,5"'],
        ],
      }),
    /not of one computer's regional settings/,
  ],
  [
    "a value that is no number",
    () => read({ [AT]: [["ICP", "", "", "much"]] }),
    /"much" in the column Value is not a number/,
  ],
  [
    "a time that is none",
    () => read({ yesterday: [["ICP", "", "", "1"]] }),
    /"yesterday" in the column TimeDataCollected/,
  ],
  [
    "a database that is not there",
    () => read({ [AT]: [["ICP", "", "", "1"]] }, { filter: { only: ["Seals"], without: [] } }),
    /None of the databases.*There are: Sales/,
  ],
] as const)
  test(`${what} is refused by name`, () => {
    assert.throws(reads, (error) => error instanceof SizingError && expected.test(error.message.replaceAll("\n", " ")));
  });

const REAL = "../shared/assess/perf-sample";

test("genuine files of an idle SQL Server 2008 R2 ask for the smallest size", {
  skip: existsSync(REAL) ? false : `${REAL} is not there`,
}, () => {
  const file = (ending: string) => {
    const name = readdirSync(REAL).find((one) => one.endsWith(ending)) ?? "";
    return { name, text: readFileSync(`${REAL}/${name}`, "utf8") };
  };
  const load = loadOfOfficial(
    {
      instance: file("_CommonInstanceLevel_Counters.csv"),
      files: file("_CommonDbLevel_Counters.csv"),
      counters: file("_PerformanceAggregated_Counters.csv"),
    },
    { percentile: 95 },
  );
  assert.deepEqual([load.points.length, load.processors, load.points[0]?.seconds], [23, 2, 600]);
  assert.match(load.notes.join(), /30 s by the distance/);
  assert.ok(Math.abs(load.dataGib * 1024 - 198.9375) < 1e-9);
});
