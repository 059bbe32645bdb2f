// Tests that every case of the catalogue is tested, and the long shapes that do not fit into the tables.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import { context, differential, full, log } from "../../../support/backupRecords.ts";
import { shuffled } from "./cases.ts";

/** Cases that the chain does not decide, and who decides them. */
const ELSEWHERE: Readonly<Record<number, string>> = { 43: "preflight: P10 and P12" };

test("each of the seventy cases is found by its number", () => {
  const names = globSync("test/unit/shared/chain/**/*.test.ts")
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/^ *(?:test\()?"((?:\d+[a-z]?(?: and |: ))+)/gm)])
    .flatMap(([, numbers = ""]) => numbers.match(/\d+/g) ?? [])
    .map(Number);
  const missing = Array.from({ length: 70 }, (_, index) => index + 1).filter(
    (number) => !names.includes(number) && ELSEWHERE[number] === undefined,
  );
  assert.deepEqual(missing, []);
});

const F = full(100, 200);
/** [200, 210), [210, 220), … */
const chainOf = (length: number): readonly BackupRecord[] =>
  Array.from({ length }, (_, index) => log(200 + index * 10, 210 + index * 10));

test("a differential overlaps a chain of several hundred logs: what it covers is superseded, the rest follows", () => {
  const logs = chainOf(400);
  const report = assessChain(shuffled([F, ...logs, differential(2_195, 2_203, F)], 7), context());
  assert.deepEqual([report.verdict, report.restorableTo?.lsn, report.plan.length], ["restorable", 4_200n, 2 + 200]);
  assert.equal(report.plan[2]?.firstLsn, 2_200n);
  assert.equal(report.files.filter(({ reason }) => reason === "BEFORE_BASE").length, 200);
});

test("two replicas take turns, and one of them takes each log twice as a copy: one chain", () => {
  const turns = chainOf(60).map((record, index) =>
    log(200 + index * 10, 210 + index * 10, {
      header: { serverName: `SQL0${1 + (index % 2)}` },
      file: record.name.replace("Sales/", index % 2 ? "b_" : "a_"),
    }),
  );
  const copies = turns
    .filter((_, index) => index % 2)
    .map((record) => ({ ...record, name: `${record.name}.copy`, etag: `${record.etag} copy` }));
  const report = assessChain(shuffled([F, ...turns, ...copies], 3), context());
  assert.deepEqual([report.verdict, report.restorableTo?.lsn, report.plan.length], ["restorable", 800n, 61]);
  assert.equal(report.files.filter(({ reason }) => reason === "DUPLICATE").length, 30);
});

test("a duplicated full changes nothing but its own verdict", () => {
  const again = { ...F, name: "Sales/full_again.bak", etag: "again" };
  const [once, twice] = [[F], [F, again]].map((fulls) => assessChain([...fulls, ...chainOf(20)], context()));
  assert.deepEqual(twice?.plan, once?.plan);
  assert.equal(twice?.planVersion, once?.planVersion);
});
