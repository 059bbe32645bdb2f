// Tests that alerts can read what the app logs for them, and that the app logs all of it.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { TELEMETRY, telemetryLine } from "../../../../shared/api/telemetry.ts";
import { note } from "../../../../shared/application/run/note.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";

/** A row of the table `traces`. */
const MOST_OF_A_TRACE = 32_768;

test("a line is one JSON object with its fields, whatever they hold, and no longer than a trace", () => {
  const text = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.nat(100_000).map((length) => "\u0001".repeat(length)),
  );
  fc.assert(
    fc.property(text, text, text, (what, cause, remedy) => {
      const wait = {
        migrationId: "sales-1",
        run: 1,
        what,
        since: "2025-11-24T21:00:00.000Z",
        code: "C",
        cause,
        remedy,
      };
      const line = telemetryLine("RunWaits", wait);
      assert.ok(line.length < MOST_OF_A_TRACE && !line.includes("\n"));
      const { event, migrationId, run, ...read } = JSON.parse(line);
      assert.deepEqual([event, migrationId, run], ["RunWaits", "sales-1", 1]);
      assert.equal(read.what.slice(0, 1_000), what.slice(0, 1_000));
    }),
  );
});

test("an event is written at its level", () => {
  const lines: string[] = [];
  const log = { log: (line: string) => lines.push(`log ${line}`), warn: (line: string) => lines.push(`warn ${line}`) };
  note(log, "OwnFault", { what: "a row" });
  note(log, "LagMeasured", { migrationId: "sales-1", seconds: 60 });
  assert.deepEqual(lines, [
    'warn {"event":"OwnFault","what":"a row"}',
    'log {"event":"LagMeasured","migrationId":"sales-1","seconds":60}',
  ]);
});

test("every event of the list is written somewhere", () => {
  const code = globSync("{functions,shared/application}/**/*.ts")
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  for (const name of Object.keys(TELEMETRY)) assert.match(code, new RegExp(`note\\(\\w+, "${name}"`), name);
});
