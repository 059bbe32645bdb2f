// Defines and checks cases of the chain: files in, one reason per file out, whatever the order of arrival.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord, ChainContext } from "../../../../shared/chain/backupRecord.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import { context } from "../../../support/backupRecords.ts";
import { assertSameAsDryRun } from "../../../support/sameAsDryRun.ts";

export interface Case {
  readonly files: readonly BackupRecord[];
  readonly given?: Partial<ChainContext>;
  readonly verdict: ChainReport["verdict"];
  /** The reason of each file in the order of `files`; a planned file has its place: "PLAN_LOG 2". */
  readonly reasons: readonly string[];
  readonly last?: string;
  /** LSNs, "190-200". */
  readonly gaps?: readonly string[];
  readonly problems?: readonly string[];
  readonly waitingFor?: readonly string[];
  readonly also?: (report: ChainReport) => void;
}

/** One test per entry, named by its key. */
export function checkCases(cases: Readonly<Record<string, Case>>): void {
  for (const [name, one] of Object.entries(cases)) test(name, () => checkCase(one));
}

function checkCase(one: Case): void {
  const given = context(one.given);
  const report = assessChain(one.files, given);
  const found = new Map(report.files.map((file) => [file.name, file]));
  assert.deepEqual(
    one.files.map(({ name }) => {
      const file = found.get(name);
      return file?.position === undefined ? file?.reason : `${file.reason} ${file.position}`;
    }),
    one.reasons,
  );
  assert.equal(report.verdict, one.verdict);
  assert.deepEqual(
    report.gaps.map(({ fromLsn, toLsn }) => `${fromLsn}-${toLsn}`),
    one.gaps ?? [],
  );
  assert.deepEqual(
    report.problems.map(({ code }) => code),
    one.problems ?? [],
  );
  if (one.waitingFor)
    assert.deepEqual(
      report.waitingFor.map(({ what }) => what),
      one.waitingFor,
    );
  if (one.last !== undefined) assert.equal(report.lastBackupName, one.last);
  for (const file of report.files) assert.ok(file.detail.length > 0, `${file.name} has no sentence`);
  one.also?.(report);
  const text = asText(report);
  for (const order of ordersOf(one.files))
    assert.ok(asText(assessChain(order, given)) === text, "order changes nothing");
  assert.deepEqual(assessChain([...one.files, ...one.files], given), report, "a second delivery changes nothing");
  assertSameAsDryRun(one.files, given);
}

/** The whole report as text, with LSNs as the API would print them. */
export const asText = (report: ChainReport): string =>
  JSON.stringify(report, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));

const EXHAUSTIVE = 8;

/** All orders of up to eight files, and some orders of more. */
export function* ordersOf<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= EXHAUSTIVE) yield* permutations(items);
  else for (let round = 1; round <= ROUNDS; round++) yield shuffled(items, round);
}

const ROUNDS = 30;

/** The same order for the same round: a linear congruential generator decides each exchange. */
export function shuffled<T>(items: readonly T[], round: number): readonly T[] {
  const order = [...items];
  let state = round;
  for (let index = order.length - 1; index > 0; index--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = state % (index + 1);
    [order[index], order[other]] = [order[other] as T, order[index] as T];
  }
  return order;
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length < 2) yield items;
  else
    for (const [index, item] of items.entries())
      for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
}
