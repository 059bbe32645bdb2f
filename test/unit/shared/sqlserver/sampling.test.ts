// Tests that collecting sends only permitted statements, to every release, and notices an answer of another form.
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNotReadOnly } from "../../../../shared/sqlserver/readOnly.ts";
import { readFiles, readHistory, readSample, SAMPLING_STATEMENTS } from "../../../../shared/sqlserver/sampling.ts";
import { StatementRefused } from "../../../../shared/sqlserver/sourceFailure.ts";
import { measuredServer } from "../../../support/measuredServer.ts";

for (const statement of SAMPLING_STATEMENTS) {
  const [, name] = /^\/\* sqlferry: (.+?) \*\//.exec(statement) ?? [];
  test(`"${name}" only reads, and says who asks and for what`, () => {
    assert.ok(name);
    assert.equal(whyNotReadOnly(statement), undefined);
    assert.doesNotMatch(statement, /SELECT \*/, "each column is named");
  });
}

const asked = (answer: (batch: string) => ReturnType<ReturnType<typeof measuredServer>["answer"]>) => ({
  query: async (batch: string) => answer(batch),
});

test("Query Store is not asked before SQL Server 2016, nor memory of tables before 2014", async () => {
  const server = measuredServer(Date.UTC(2026, 0, 5));
  await readHistory(asked(server.answer), 12);
  await readFiles(asked(server.answer), 11);
  assert.ok(!server.asked.some((batch) => /query_store|memory_clerks/.test(batch)));
});

test("a processor of which only zeros are told, as on Linux, is not told", async () => {
  const server = measuredServer(Date.UTC(2026, 0, 5));
  const { history } = await readHistory(
    asked((batch) =>
      server
        .answer(batch)
        .map((rows) => rows.map((row) => ("idle_percent" in row ? { ...row, sql_percent: 0, idle_percent: 0 } : row))),
    ),
    15,
  );
  assert.equal(history.processor, undefined);
  assert.equal(history.hours?.length, 1);
});

test("the databases of Query Store are entered one after the other, and left again; one that refuses is told", async () => {
  const server = measuredServer(Date.UTC(2026, 0, 5));
  const names = ["Sa]les", "Closed"];
  let current = "master";
  const { history, withheld } = await readHistory(
    asked((batch) => {
      const [, name] = /^USE \[(.*)\];$/.exec(batch) ?? [];
      if (name === "Closed") throw new StatementRefused([924], "Database 'Closed' is in single user mode.");
      if (name !== undefined) current = name;
      return batch.includes("sqlferry: query stores") ? [names.map((one) => ({ name: one }))] : server.answer(batch);
    }),
    15,
  );
  assert.deepEqual([history.hours?.length, current], [1, "master"]);
  assert.deepEqual(withheld, ["Query Store of Closed: Database 'Closed' is in single user mode."]);
});

test("an answer that lacks a column is named, and never counted as nothing", async () => {
  const server = measuredServer(Date.UTC(2026, 0, 5));
  const lacking = asked((batch) => server.answer(batch).map((rows) => rows.map(({ num_of_writes: _, ...row }) => row)));
  await assert.rejects(readSample(lacking), /A sample has not the form that was asked for: 1\.0\.num_of_writes/);
});
