// Tests that Microsoft's own parser of each release accepts every statement, and finds nothing but reading in it. Runs
// where the parser was built (.ci/run).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loginScript } from "../../shared/sqlserver/loginScript.ts";
import { everyStatement, NEWEST_MAJOR, OLDEST_MAJOR } from "../support/sqlStatements.ts";

interface Asked {
  readonly name: string;
  readonly major: number;
  readonly sql: string;
  /** Only the syntax is checked. */
  readonly mayWrite?: boolean;
}

/** Path of tsql.dll, built from test/tsql. */
const parser = process.env["TSQL_PARSER"];
const skip = parser === undefined ? "TSQL_PARSER names no parser: .ci/run builds it where there is dotnet" : false;

/** What the parser reports; its last line is the count. */
function problems(statements: readonly Asked[]): readonly string[] {
  const { stdout, stderr, error } = spawnSync("dotnet", [parser ?? ""], {
    input: JSON.stringify(statements),
    encoding: "utf8",
  });
  assert.ok(!error && /statements, \d+ problems\n$/.test(stdout), `${error?.message ?? ""}${stderr}${stdout}`);
  return stdout.trim().split("\n").slice(0, -1);
}

const majors = Array.from({ length: NEWEST_MAJOR - OLDEST_MAJOR + 1 }, (_, index) => OLDEST_MAJOR + index);

/** The blocks of T-SQL in a document. */
const blocksOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = ""]) => sql);

test("every statement of an assessment parses from SQL Server 2008 to 2025, and only reads", { skip }, () => {
  assert.deepEqual(problems(everyStatement()), []);
});

test("the queries of docs/plan.md parse as well, and only read", { skip }, () => {
  const queries = blocksOf("docs/plan.md");
  assert.ok(queries.length > 0);
  assert.deepEqual(
    problems(queries.flatMap((sql) => majors.map((major) => ({ name: "docs/plan.md", major, sql })))),
    [],
  );
});

test("the least login's script parses for its release", { skip }, () => {
  const scripts = majors.map((major) => ({ name: "login script", major, sql: loginScript(major), mayWrite: true }));
  assert.deepEqual(problems(scripts), []);
});

test("what writes, reaches elsewhere or is no T-SQL is found", { skip }, () => {
  const bad = [
    "DELETE FROM t;",
    "SELECT 1 DROP TABLE t;",
    "SELECT * INTO t FROM u;",
    "DBCC CHECKDB;",
    "SELECT * FROM OPENQUERY(x, 'SELECT 1');",
    "SELECT * FROM x.y.z.t;",
    "SELECT NEXT VALUE FOR s;",
    "EXEC p;",
    "SELECT FROM;",
  ];
  const later = { name: "later", major: OLDEST_MAJOR, sql: "SELECT a FROM t ORDER BY a OFFSET 1 ROWS;" };
  const found = problems([...bad.map((sql, index) => ({ name: `bad ${index}`, major: NEWEST_MAJOR, sql })), later]);
  for (const name of [...bad.map((_, index) => `bad ${index}`), later.name])
    assert.ok(
      found.some((problem) => problem.startsWith(`${name},`)),
      `${name}: ${found.join("\n")}`,
    );
});
