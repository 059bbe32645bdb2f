// Tests that collecting loses at most one sample whatever happens to the source, and that its file can always be read.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { endText, sampleText } from "../../../../ferry/commands/collect.ts";
import { FerryError } from "../../../../ferry/exit.ts";
import { type Cost, collecting, type Seen, type SourceLink } from "../../../../ferry/sizing/collecting.ts";
import { collectedIn } from "../../../../ferry/sizing/perfReader.ts";
import { perfWriter } from "../../../../ferry/sizing/perfWriter.ts";
import { enterprise2016 } from "../../../../local/sql/instances.ts";
import { measuredLoad } from "../../../../local/sql/measured.ts";
import { LOGINS, startSourceServer } from "../../../../local/sql/server.ts";
import { ALL_DATABASES, type Load } from "../../../../shared/sizing/measured/load.ts";
import { whyNotReadOnly } from "../../../../shared/sqlserver/readOnly.ts";
import { SourceFailure, StatementRefused } from "../../../../shared/sqlserver/sourceFailure.ts";
import { type MeasuredServer, measuredServer } from "../../../support/measuredServer.ts";
import { ferry } from "../run.ts";

const FERRY = fileURLToPath(new URL("../../../../ferry/ferry.ts", import.meta.url));
const BEGIN = Date.UTC(2026, 0, 5, 10, 58);

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "ferry-collect-"));
  folders.push(folder);
  return folder;
};

interface Play {
  readonly folder?: string;
  readonly minutes?: number;
  /** Called before each look, with the seconds since the beginning. */
  readonly before?: (seconds: number, server: MeasuredServer, stop: () => void) => void;
  readonly server?: MeasuredServer;
  /** The error of a connection attempt; undefined: it succeeds. */
  readonly connects?: (seconds: number) => Error | undefined;
  readonly isLost?: (seconds: number) => boolean;
}

interface Played {
  readonly folder: string;
  readonly server: MeasuredServer;
  readonly cost: Cost;
  readonly events: readonly string[];
  readonly seen: readonly Seen[];
  readonly load: Load;
}

/** Plays hours at once: the clock moves on when collect sleeps, and a round trip takes 20 ms. */
async function play({
  folder = newFolder(),
  minutes = 5,
  before,
  server = measuredServer(BEGIN),
  connects,
  isLost,
}: Play = {}): Promise<Played> {
  const began = server.now;
  const seconds = (): number => (server.now - began) / 1000;
  const stop = new AbortController();
  const seen: Seen[] = [];
  const cost = await collecting({
    server: "SRC01",
    connect: async (): Promise<SourceLink> => {
      const error = connects?.(seconds());
      if (error) throw error;
      return {
        product: { productVersion: "15.0.4312.2", major: 15, edition: "Standard Edition (64-bit)" },
        query: async (batch) => {
          before?.(seconds(), server, () => stop.abort());
          if (isLost?.(seconds())) throw new SourceFailure("connectionLost", "The connection to SRC01 was lost.");
          const answer = server.answer(batch);
          server.now += 20;
          return answer;
        },
        close: () => {},
      };
    },
    writer: await perfWriter(folder),
    everySeconds: 30,
    forSeconds: minutes * 60,
    signal: stop.signal,
    clock: {
      now: () => server.now,
      sleep: async (milliseconds) => {
        server.now += milliseconds;
      },
    },
    tell: (one) => seen.push(one),
  });
  const events = seen.flatMap((one) => (one.kind === "event" ? [`${one.event.kind}: ${one.event.detail}`] : []));
  return { folder, server, cost, events, seen, load: await collectedIn(folder, ALL_DATABASES) };
}

test("five minutes at 30 seconds are ten samples, read back as what the server did", async () => {
  const { cost, load, events } = await play();
  assert.equal(cost.samples, 10);
  assert.deepEqual(events, ["began: every 30 s", "ended: the time is over"]);
  const measured = load.points.filter(({ isRemembered }) => !isRemembered);
  assert.equal(load.processors, 16);
  for (const { cores, memoryGib, cachedGib, io } of measured) {
    assert.deepEqual(
      [cores, memoryGib, cachedGib].map((value) => Math.round(value ?? 0)),
      [4, 40, 20],
    );
    assert.deepEqual(
      [io?.dataIops, io?.logIops, io?.tempdbIops].map((rate) => Math.round(rate ?? 0)),
      [500, 100, 100],
    );
    assert.deepEqual(
      [io?.logWriteMs, io?.dataReadMs].map((ms) => Math.round(ms ?? 0)),
      [2, 4],
    );
  }
  assert.deepEqual([load.dataGib, load.logGib, load.tempdbGib], [200, 20, 8]);
});

test("a sample is one statement, and what the measuring costs is told", async () => {
  const { cost, server } = await play({ minutes: 60 });
  const samples = server.asked.filter((batch) => batch.includes("process_cpu_ms")).length;
  assert.deepEqual([samples, cost.samples], [121, 120]);
  assert.equal(cost.statements - samples, 2 * 4 + 6, "two looks at what changes slowly, and the history");
  assert.equal(cost.milliseconds, cost.statements * 20);
  assert.ok(cost.sourceCpuMs > 0 && cost.bytes > 0);
});

test("whatever is asked only reads", async () => {
  const { server } = await play();
  assert.ok(server.asked.length > 10);
  for (const batch of server.asked) assert.equal(whyNotReadOnly(batch), undefined, batch);
});

test("what the server remembers comes first, so that there is an answer before the first sample", async () => {
  const { folder, seen } = await play({ minutes: 0.1 });
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ["event", "history", "event"],
  );
  const load = await collectedIn(folder, ALL_DATABASES);
  assert.equal(load.origin, "history");
  assert.equal(load.knownPeakCores, 10);
});

test("history that may not be seen is told, and the rest is used", async () => {
  const server = measuredServer(BEGIN);
  server.refused.push("log backups by hour", "processor of the last hours");
  const { seen, load } = await play({ server });
  const history = seen.find((one) => one.kind === "history");
  assert.ok(history?.kind === "history");
  assert.equal(history.withheld.length, 2);
  assert.equal(load.knownPeakCores, 10);
});

test("a restart of the instance costs one sample, and is no load", async () => {
  const { cost, events, load } = await play({
    before: (seconds, server) => {
      if (seconds >= 100 && server.startedAt < BEGIN) server.startedAt = BEGIN + 100_000;
    },
  });
  assert.deepEqual(events.slice(1, -1), ["lost: restarted"]);
  assert.deepEqual([cost.samples, load.restarts, load.gaps], [9, 1, 1]);
  assert.ok(load.points.every(({ cores = Number.NaN }) => cores <= 8.01));
});

test("a failover costs one sample", async () => {
  const { cost, events, load } = await play({
    before: (seconds, server) => {
      if (seconds >= 100) server.node = "SRC02";
    },
  });
  assert.deepEqual(events.slice(1, -1), ["lost: failed over"]);
  assert.deepEqual([cost.samples, load.restarts], [9, 1]);
});

test("a connection that is lost is made again, with patience, and costs the time that it was away", async () => {
  const { cost, events } = await play({
    minutes: 10,
    isLost: (seconds) => seconds >= 100 && seconds < 130,
    connects: (seconds) =>
      seconds > 100 && seconds < 200 ? new SourceFailure("unreachable", "SRC01 does not answer.") : undefined,
  });
  assert.deepEqual(
    events.slice(1, -1).map((event) => event.split(":")[0]),
    ["connectionLost", "reconnected", "lost"],
  );
  assert.ok(cost.samples >= 14 && cost.samples < 19, `${cost.samples}`);
});

test("a look that is refused in between is an event, and the next one is taken", async () => {
  let refusals = 0;
  const { cost, events } = await play({
    before: (seconds) => {
      if (seconds < 100 || refusals > 0) return;
      refusals += 1;
      throw new StatementRefused([1222], "Lock request time out period exceeded.");
    },
  });
  assert.match(events[1] ?? "", /^refused: Lock request/);
  assert.equal(cost.samples, 9);
});

test("what the first look is refused with ends it: nobody wants to measure nothing for a week", async () => {
  const server = measuredServer(BEGIN);
  server.refused.push("sample");
  await assert.rejects(play({ server }), (error) => error instanceof StatementRefused);
});

test("stopping ends it between two looks, and the same command goes on later", async () => {
  const first = await play({ before: (seconds, _, stop) => seconds >= 100 && stop() });
  assert.equal(first.events.at(-1), "ended: it was stopped");
  const { server, folder } = first;
  server.now += 600_000;
  const { load, events } = await play({ server, folder });
  assert.ok(!events.some((event) => event.startsWith("lost")), "another run begins with a look of its own");
  assert.equal(load.points.filter(({ isRemembered }) => !isRemembered).length >= 6, true);
});

test("hours that are over are compressed, the one that runs is plain, and both are read", async () => {
  const { folder, load, cost } = await play({ minutes: 130 });
  const names = readdirSync(folder).filter((name) => name.startsWith("samples"));
  assert.deepEqual(names, [
    "samples-2026-01-05T10.ndjson.gz",
    "samples-2026-01-05T11.ndjson.gz",
    "samples-2026-01-05T12.ndjson.gz",
    "samples-2026-01-05T13.ndjson",
  ]);
  const seconds = load.points
    .filter(({ isRemembered }) => !isRemembered)
    .reduce((sum, point) => sum + point.seconds, 0);
  assert.equal(Math.round(seconds / 30), cost.samples);
});

test("a line that a crash left half written costs this line, and not the next one", async () => {
  const { folder, server, cost } = await play();
  const [name = ""] = readdirSync(folder)
    .filter((one) => /^samples.*ndjson$/.test(one))
    .slice(-1);
  appendFileSync(join(folder, name), '{"sample":{"at":17675');
  assert.equal((await collectedIn(folder, ALL_DATABASES)).gaps, 1);
  const { load, cost: later } = await play({ server, folder, minutes: 2 });
  const seconds = load.points
    .filter(({ isRemembered }) => !isRemembered)
    .reduce((sum, point) => sum + point.seconds, 0);
  assert.deepEqual([Math.round(seconds / 30), load.gaps], [cost.samples + later.samples, 1]);
});

test("an hour that a crash left both plain and compressed counts once", async () => {
  const { folder, load } = await play({ minutes: 70 });
  const compressed =
    readdirSync(folder).find((name) => name.endsWith("T10.ndjson.gz") && name.startsWith("samples")) ?? "";
  const { gunzipSync } = await import("node:zlib");
  writeFileSync(join(folder, compressed.replace(".gz", "")), gunzipSync(readFileSync(join(folder, compressed))));
  assert.deepEqual((await collectedIn(folder, ALL_DATABASES)).points, load.points);
  await (await perfWriter(folder)).compress(Date.UTC(2026, 0, 6));
  assert.deepEqual((await collectedIn(folder, ALL_DATABASES)).points, load.points);
});

test("databases are chosen from what was measured of each", async () => {
  const { folder } = await play();
  const { points, dataGib } = await collectedIn(folder, { only: ["archive"], without: [] });
  const measured = points.filter(({ isRemembered }) => !isRemembered);
  assert.deepEqual(
    [Math.round(measured[0]?.io?.dataIops ?? 0), Math.round((measured[0]?.cores ?? 0) * 10), dataGib],
    [100, 8, 100],
  );
});

test("databases that are left out are taken away from the sum", async () => {
  const { folder } = await play({ minutes: 2 });
  const all = await collectedIn(folder, ALL_DATABASES);
  const of = (load: Load) =>
    load.points.flatMap(({ io }) => (io ? [Math.round((io.dataIops ?? Number.NaN) * 100)] : []));
  const only = await collectedIn(folder, { only: ["archive"], without: [] });
  const rest = await collectedIn(folder, { only: [], without: ["archive"] });
  assert.deepEqual(
    of(all),
    of(only).map((one, at) => one + (of(rest)[at] ?? Number.NaN)),
  );
  assert.ok(of(only).every((one) => one > 0) && of(rest).every((one) => one > 0));
});

test("a database is found by its whole name, whatever others are called", async () => {
  const { folder } = await play({ minutes: 1 });
  for (const name of readdirSync(folder).filter((one) => one.startsWith("databases-"))) {
    const lines = readFileSync(join(folder, name), "utf8").trim().split("\n");
    const disguised = lines.map((text) => {
      const line = JSON.parse(text);
      if (!line.databases) return text;
      const { Archive, ...others } = line.databases.databases;
      const fake = { data: [9_999, 0, 0, 0], log: [0, 0, 0, 0] };
      const databases = { 'x","Archive":{"y': fake, OldArchive: fake, ...others, Archive };
      return JSON.stringify({ databases: { ...line.databases, databases } });
    });
    writeFileSync(join(folder, name), `${disguised.join("\n")}\n`);
  }
  const { points } = await collectedIn(folder, { only: ["ARCHIVE"], without: [] });
  assert.deepEqual(
    points.flatMap(({ io }) => (io ? [Math.round(io.dataIops ?? 0)] : [])).every((rate) => rate === 100),
    true,
  );
});

test("a compressed hour that is cut off is refused by name, with what to do", async () => {
  const { folder } = await play({ minutes: 5 });
  const name = readdirSync(folder).find((one) => one.startsWith("samples-")) ?? assert.fail("no samples");
  const whole = gzipSync(readFileSync(join(folder, name)));
  writeFileSync(join(folder, "samples-2026-01-05T09.ndjson.gz"), whole.subarray(0, whole.length - 20));
  await assert.rejects(
    collectedIn(folder, ALL_DATABASES),
    (error) =>
      error instanceof FerryError && /samples-2026-01-05T09\.ndjson\.gz cannot be unpacked/.test(error.message),
  );
});

test("a folder keeps the measurements of one server", async () => {
  const { folder } = await play({ minutes: 1 });
  await assert.rejects(
    (await perfWriter(folder)).claim("SRC02"),
    (error) => error instanceof FerryError && /holds measurements of SRC01, not of SRC02/.test(error.message),
  );
});

for (const [what, text, expected] of [
  ["a manifest that is not whole", '{"format":1,', /manifest\.json is not whole/],
  [
    "a manifest of another version",
    '{"format":2}',
    /manifest\.json is not what "ferry collect" of this version writes: format/,
  ],
] as const)
  test(`${what} is refused by name`, async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "manifest.json"), text);
    await assert.rejects(
      collectedIn(folder, ALL_DATABASES),
      (error) => error instanceof FerryError && expected.test(error.message),
    );
  });

test("over the wire: the command asks the server what it remembers, ends at Ctrl-C, and a recommendation is there", async () => {
  const server = await startSourceServer(enterprise2016(Date.now()), { load: measuredLoad(Date.now) });
  const folder = newFolder();
  const words = [
    "collect",
    "--server",
    `localhost,${server.port}`,
    "--user",
    "ferry_reader",
    "--trust-certificate",
    "--save",
    folder,
  ];
  try {
    const child = spawn(process.execPath, [FERRY, ...words], {
      env: { ...process.env, FERRY_SQL_PASSWORD: LOGINS["ferry_reader"]?.password },
    });
    let out = "";
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.stderr.on("data", (text) => {
      out += text;
    });
    child.stdout.on("data", (text) => {
      const wasStopped = out.includes("remembers");
      out += text;
      if (!wasStopped && out.includes("remembers")) child.kill("SIGINT");
    });
    assert.equal(await ended, 0, out);
    assert.match(out, /remembers 250 minutes of its processor/);
    assert.match(out, /ended: it was stopped/);
    assert.match(out, /Cost at the source: \d+ statements/);
  } finally {
    await server.stop();
  }
  const load = await collectedIn(folder, ALL_DATABASES);
  assert.deepEqual([load.origin, load.processors, Math.round(load.dataGib)], ["history", 16, 200]);
});

test("over the wire: a login that may not see is refused at once, with the permission it lacks", async () => {
  const server = await startSourceServer(enterprise2016(Date.now()), { load: measuredLoad(Date.now) });
  try {
    const words = [
      "collect",
      "--server",
      `localhost,${server.port}`,
      "--user",
      "ferry_blind",
      "--trust-certificate",
      "--save",
      newFolder(),
    ];
    const { exitCode, err } = await ferry(words, { FERRY_SQL_PASSWORD: LOGINS["ferry_blind"]?.password ?? "" });
    assert.equal(exitCode, 1);
    assert.match(err, /refuses to be measured: VIEW SERVER STATE permission was denied/);
  } finally {
    await server.stop();
  }
});

test("the live line and the end are told in the words of the field", async () => {
  const { seen, cost } = await play({ minutes: 1 });
  const [first] = seen.filter((one) => one.kind === "sample");
  assert.ok(first);
  assert.equal(
    sampleText(first),
    "2026-01-05 10:58:30  cores 4.0 of 16, memory 40.0 GiB, data 500 IOPS 4.1 MB/s 4.0 ms, log 100 IOPS 0.4 MB/s 2.0 ms; 1 samples",
  );
  assert.match(
    endText(cost, "./perf"),
    /^2 samples in \.\/perf\.\nCost at the source: \d+ statements, [\d.]+ ms for each sample/,
  );
  assert.match(endText({ ...cost, samples: 0 }, "./perf"), /- ms for each sample/);
});
