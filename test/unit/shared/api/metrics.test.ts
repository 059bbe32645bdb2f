// Tests that the metrics are valid OpenMetrics, whatever characters names contain, and that the figures are right.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Measured, openMetrics } from "../../../../shared/api/metrics.ts";
import { listed } from "../../../../shared/migration/lists/listLine.ts";
import type { Migration } from "../../../../shared/migration/migration.ts";
import type { VmQueue } from "../../../../shared/queue/vmQueue.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";
import { aMigration } from "../../../support/facts.ts";

const NOW = new Date("2025-11-24T21:00:00.000Z");
const nothing: Measured = { migrations: [], queues: [], unreadableQueues: 0, sweep: undefined, now: NOW };

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const TEXT = '(?:[^\\n"\\\\]|\\\\n|\\\\"|\\\\\\\\)*';
const LABEL = `([a-zA-Z_][a-zA-Z0-9_]*)="(${TEXT})"`;
const METADATA = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${TEXT})$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9]+(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?)$`);

/**
 * Checks the grammar: families in one piece, each with its TYPE first, no family twice, no sample twice, and EOF at the
 * very end.
 */
function parsed(text: string): readonly Sample[] {
  assert.ok(text.endsWith("\n# EOF\n"), "EOF and nothing behind it");
  const lines = text.slice(0, -"\n# EOF\n".length).split("\n");
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const families = new Set<string>();
  let family = "";
  for (const line of lines) {
    const [, keyword, name = "", rest = ""] = METADATA.exec(line) ?? [];
    if (keyword === "TYPE") {
      assert.ok(!families.has(name), `${name} is told twice`);
      assert.equal(rest, "gauge");
      families.add(name);
      family = name;
    } else if (keyword !== undefined) {
      assert.equal(name, family, line);
      if (keyword === "UNIT") assert.ok(name.endsWith(`_${rest}`), line);
    } else {
      const [, sample = "", labels = "", ...others] =
        SAMPLE.exec(line) ?? assert.fail(`no line of OpenMetrics: ${line}`);
      assert.equal(sample, family, "samples stand below their TYPE");
      const found = [...labels.matchAll(new RegExp(LABEL, "g"))].map(([, label = "", value = ""]) => [
        label,
        unescaped(value),
      ]);
      const key = `${sample} ${JSON.stringify(found)}`;
      assert.ok(!seen.has(key), `${key} is told twice`);
      seen.add(key);
      samples.push({ name: sample, labels: Object.fromEntries(found), value: Number(others.at(-1)) });
    }
  }
  return samples;
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(n|"|\\)/g, (_, one: string) => (one === "n" ? "\n" : one));

const figureOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) =>
  samples.find(
    (sample) =>
      sample.name === `sqlferry_${name}` &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;

const restoring = (id: string, utc: string | undefined, changes: Partial<Migration> = {}): Migration =>
  aMigration(id, {
    state: "restoring",
    summary: {
      ...{
        verdict: "restorable",
        planVersion: "p",
        planLength: 1,
        files: 1,
        states: {},
        gaps: 0,
        openGaps: [],
        closed: false,
      },
      restoredTo: { lsn: 160n, time: "2025-11-24T21:45:00", ...(utc !== undefined && { utc }) },
    },
    ...changes,
  });

describe("metrics", () => {
  test("count migrations by state, those of no state as zero, those that wait and those that stand still", () => {
    const waitingOn = { what: "w", since: "s", code: "c", cause: "c", remedy: "r" };
    const samples = parsed(
      openMetrics({
        ...nothing,
        migrations: [
          aMigration("a", { state: "queued", waitingOn }),
          aMigration("b", { state: "queued" }),
          aMigration("c", { state: "failed", stalled: { what: "w", since: "s" } }),
        ].map(listed),
      }),
    );
    assert.equal(figureOf(samples, "migrations", { state: "queued" }), 2);
    assert.equal(figureOf(samples, "migrations", { state: "succeeded" }), 0);
    assert.deepEqual([figureOf(samples, "migrations_waiting"), figureOf(samples, "migrations_stalled")], [1, 1]);
  });

  test("tell the lag of online migrations under way: none of an offline one, of one that has ended, or of unknown times", () => {
    const utc = "2025-11-24T20:45:00.000Z";
    const samples = parsed(
      openMetrics({
        ...nothing,
        migrations: [
          restoring("online", utc),
          restoring("offline", utc, { mode: "offline" }),
          restoring("over", utc, { state: "succeeded" }),
          restoring("nowhere", undefined),
        ].map(listed),
      }),
    );
    const lags = samples.filter(({ name }) => name === "sqlferry_migration_lag_seconds");
    assert.deepEqual(
      lags.map(({ labels, value }) => [labels["migration"], value]),
      [["online", 900]],
    );
  });

  test("tell no lag of a closed source of which all is restored", () => {
    const { summary } = restoring("closed", "2025-11-24T20:45:00.000Z");
    assert.ok(summary?.restoredTo);
    const closed = { ...summary, closed: true, restorableTo: summary.restoredTo };
    const migrations = [restoring("closed", undefined, { summary: closed })].map(listed);
    assert.equal(figureOf(parsed(openMetrics({ ...nothing, migrations })), "migration_lag_seconds"), 0);
  });

  test("tell the 500 greatest lags, and of how many", () => {
    const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
    const migrations = Array.from({ length: 600 }, (_, index) => restoring(`m-${index}`, at(index)));
    const samples = parsed(openMetrics({ ...nothing, migrations: migrations.map(listed) }));
    const lags = samples.filter(({ name }) => name === "sqlferry_migration_lag_seconds");
    assert.equal(lags.length, 500);
    assert.ok(lags.every(({ value }) => value >= 100 * 60));
    assert.equal(figureOf(samples, "migrations_with_lag"), 600);
  });

  test("tell of each VM who waits for what, how many databases it has, and how many starts count", () => {
    const ticket = { run: 1, since: "s" } as const;
    const queue: VmQueue = {
      startsSinceCooldown: 2,
      elsewhere: ["byhand"],
      tickets: [
        { ...ticket, migrationId: "a", status: "restoring", kind: "start" },
        { ...ticket, migrationId: "b", status: "waiting", kind: "cutover" },
        { ...ticket, migrationId: "c", status: "waiting", kind: "start" },
      ],
    };
    const samples = parsed(openMetrics({ ...nothing, queues: [{ vmKey: "vm-1", queue }], unreadableQueues: 2 }));
    const of = (name: string, more = {}) => figureOf(samples, name, { vm: "vm-1", ...more });
    assert.deepEqual(
      [
        of("queue_waiting", { kind: "start" }),
        of("queue_waiting", { kind: "cutover" }),
        of("vm_databases"),
        of("vm_starts"),
      ],
      [1, 1, 2, 3],
    );
    assert.equal(figureOf(samples, "queues_unreadable"), 2);
  });

  test("tell how long ago the last sweep ended and what it found; nothing of a sweep that never was", () => {
    const sweep = {
      startedAt: NOW.toISOString(),
      endedAt: "2025-11-24T20:50:00.000Z",
      folders: 3,
      missed: 0,
      deleted: 0,
      failed: ["x"],
      faults: 4,
    };
    const samples = parsed(openMetrics({ ...nothing, sweep }));
    assert.deepEqual(
      [
        figureOf(samples, "sweep_age_seconds"),
        figureOf(samples, "sweep_faults"),
        figureOf(samples, "sweep_failed_folders"),
      ],
      [600, 4, 1],
    );
    assert.equal(figureOf(parsed(openMetrics(nothing)), "sweep_age_seconds"), undefined);
  });

  test("are OpenMetrics whatever a VM or a migration is called", () => {
    const anyText = fc.oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('a"b', "a\\", "a\nb", '\\n"', "}"));
    fc.assert(
      fc.property(fc.uniqueArray(anyText, { maxLength: 5 }), (names) => {
        const migrations = names.map((name) => restoring(name, "2025-11-24T20:00:00.000Z"));
        const lags = parsed(openMetrics({ ...nothing, migrations: migrations.map(listed) })).filter(({ name }) =>
          name.endsWith("lag_seconds"),
        );
        assert.deepEqual(
          lags.map(({ labels }) => labels["migration"]),
          names,
        );
      }),
    );
  });
});
