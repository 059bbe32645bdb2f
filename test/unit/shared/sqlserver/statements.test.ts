// Tests that the connection's guard lets through only statements that read, and that a server's name is parsed as SQL
// Server's tools do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { DATABASES } from "../../../../shared/sqlserver/queries/databases.ts";
import { FEATURES } from "../../../../shared/sqlserver/queries/insideDatabase.ts";
import { piecesNamedIn, type Query } from "../../../../shared/sqlserver/query.ts";
import { whyNotReadOnly } from "../../../../shared/sqlserver/readOnly.ts";
import { serverAddress } from "../../../../shared/sqlserver/serverAddress.ts";
import { bracketed, tokensOf } from "../../../../shared/sqlserver/tsql.ts";
import { anyCharacter } from "../../../support/anyCharacter.ts";
import { everyStatement } from "../../../support/sqlStatements.ts";

const READS = [
  "SELECT 1;",
  "SELECT a.b, N'a.b.c.d' FROM db.dbo.t AS a, [db]..u;",
  "SET NOCOUNT ON; SET LOCK_TIMEOUT 5000; SET DEADLOCK_PRIORITY LOW;",
  "set transaction isolation level read committed",
  "DECLARE @ms bigint = (SELECT ms_ticks FROM sys.dm_os_sys_info); SELECT @ms AS ms;",
  "USE [a ; DROP TABLE b]; SELECT name FROM sys.tables;",
  "DBCC TRACESTATUS(-1) WITH NO_INFOMSGS;",
  "SELECT N'it''s; DELETE' AS [update], \"insert\" FROM sys.objects -- DROP\n /* EXEC /* nested */ x */;",
  "SELECT CASE WHEN s.command LIKE N'%BACKUP LOG%' THEN 1 ELSE 0 END AS mentions_backup FROM msdb.dbo.sysjobsteps AS s;",
];

const WRITES: readonly (readonly [sql: string, why: RegExp])[] = [
  ["", /no statement/],
  ["DELETE FROM t;", /DELETE/],
  ["SELECT * INTO t FROM u;", /INTO/],
  ["SELECT 1 DROP TABLE t;", /DROP/],
  ["SELECT 1 EXEC p;", /EXEC/],
  ["sp_configure 'show advanced options', 1;", /SP_CONFIGURE/],
  ["SELECT * FROM OPENROWSET(BULK 'c:\\x', SINGLE_BLOB) AS x;", /OPENROWSET/],
  ["SELECT NEXT VALUE FOR dbo.s;", /sequence/],
  ["SELECT 1 DBCC SHRINKFILE (1);", /DBCC follows without a semicolon/],
  ["DBCC CHECKDB;", /DBCC CHECKDB/],
  ["SET IDENTITY_INSERT t ON;", /IDENTITY_INSERT/],
  ["SET NOCOUNT ON SET ROWCOUNT 1;", /SET follows/],
  ["BACKUP DATABASE x TO DISK = 'x';", /BACKUP/],
  ["WITH x AS (SELECT 1 AS a) SELECT * FROM x;", /begins with WITH/],
  ["SELECT 1 END CONVERSATION @h;", /CONVERSATION/],
  ["SELECT 1 MOVE CONVERSATION @a TO @b;", /CONVERSATION/],
  ["SELECT 1 GET CONVERSATION GROUP @g FROM q;", /CONVERSATION/],
  ["SELECT 1 DUMP DATABASE x TO y;", /DUMP/],
  ["SELECT 1 LOAD DATABASE x FROM y;", /LOAD/],
  ["SELECT * FROM t WITH (TABLOCKX, HOLDLOCK);", /TABLOCKX/],
  ["SELECT * FROM t WITH (xlock);", /XLOCK/],
  ["SELECT * FROM t (UPDLOCK);", /UPDLOCK/],
  ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;", /SERIALIZABLE/],
  ["SET IMPLICIT_TRANSACTIONS ON;", /IMPLICIT_TRANSACTIONS/],
  ["SET LOCK_TIMEOUT -1;", /LOCK_TIMEOUT is 5000/],
  ["SET LOCK_TIMEOUT @ms;", /LOCK_TIMEOUT is 5000/],
  ["SELECT * FROM srv.db.dbo.t;", /four parts/],
  ["SELECT * FROM [s r v]...t;", /four parts/],
  ["SELECT * FROM srv . db .. t;", /four parts/],
  ["SELECT 'no end;", /quote has no end/],
  ["SELECT 1 /* no end;", /comment has no end/],
];

test("what only reads passes, whatever stands in its literals, names and comments", () => {
  for (const sql of READS) assert.equal(whyNotReadOnly(sql), undefined, sql);
});

test("every statement that an assessment can send passes, for each release and whatever a build lacks", () => {
  const statements = everyStatement();
  assert.ok(statements.length > 300);
  for (const { name, major, sql } of statements)
    assert.equal(whyNotReadOnly(sql), undefined, `${name}, version ${major}`);
});

test("the queries of docs/plan.md only read", () => {
  const queries = [...readFileSync("docs/plan.md", "utf8").matchAll(/```sql\n([\s\S]*?)```/g)].map(
    ([, sql = ""]) => sql,
  );
  assert.ok(queries.length > 0);
  for (const sql of queries) assert.equal(whyNotReadOnly(sql), undefined, sql);
});

for (const [sql, why] of WRITES)
  test(`"${sql}" is refused`, () => {
    assert.match(whyNotReadOnly(sql) ?? "passed", why);
  });

test("no name of a database, table or column makes a statement out of itself", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: anyCharacter, maxLength: 30 }).filter((name) => !/^(sp|xp)_/i.test(name)),
      (name) => {
        assert.equal(whyNotReadOnly(`USE ${bracketed(name)};`), undefined);
        assert.deepEqual(
          tokensOf(`USE ${bracketed(name)};`).map(({ text }) => text),
          ["USE", name, ";"],
        );
      },
    ),
    { seed: 19, numRuns: 100 },
  );
});

test("a forbidden word is found wherever it stands between others", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("INSERT", "exec", "Drop", "INTO", "xp_cmdshell", "[sp_who]"),
      fc.array(fc.constantFrom("SELECT", "a", ",", "'x'", "FROM", "t", "-- c\n", "1", "(", ")"), { maxLength: 8 }),
      (word, rest) => {
        assert.notEqual(whyNotReadOnly(["SELECT 1", ...rest, word, ...rest].join(" ")), undefined);
      },
    ),
    { seed: 19, numRuns: 200 },
  );
});

test("what a build does not know is found in its message, whatever the language, and nothing else is dropped", () => {
  const messages: readonly (readonly [message: string, query: Query<unknown>, pieces: readonly string[]])[] = [
    ["Invalid column name 'containment_desc'.", DATABASES, ["containment_desc"]],
    ['Ungültiger Spaltenname "containment_desc".', DATABASES, ["containment_desc"]],
    ["Nom de colonne non valide : «containment_desc».", DATABASES, ["containment_desc"]],
    ["Invalid object name 'sys.column_master_keys'.", FEATURES, ["column master key"]],
    ["Invalid column name 'permission_set_desc'.", FEATURES, ["assembly"]],
    ["Invalid column name 'is_cdc_enabled'.", DATABASES, []],
    ["Invalid object name 'sys.databases'.", DATABASES, []],
  ];
  for (const [message, query, pieces] of messages) assert.deepEqual(piecesNamedIn(message, query), pieces, message);
});

test("a server is named as SQL Server's own tools take it", () => {
  const addresses: Readonly<Record<string, unknown>> = {
    SRC01: { host: "SRC01", port: 1433 },
    "SRC01\\PROD": { host: "SRC01", instance: "PROD" },
    "SRC01,14330": { host: "SRC01", port: 14330 },
    "tcp:src01.corp.local, 1433": { host: "src01.corp.local", port: 1433 },
    "SRC01\\PROD,14330": { host: "SRC01", port: 14330 },
    ".\\SQLEXPRESS": { host: "localhost", instance: "SQLEXPRESS" },
    "(local)": { host: "localhost", port: 1433 },
    "[::1],14330": { host: "::1", port: 14330 },
    "10.0.0.4": { host: "10.0.0.4", port: 1433 },
  };
  for (const [text, address] of Object.entries(addresses)) assert.deepEqual(serverAddress(text), address, text);
});

test("what is no server's name says what is wrong and what is expected", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "": /no host/,
    "SRC01:1433": /a port follows a comma/,
    "SRC01,70000": /70000 is no port/,
    "SRC01\\": /one backslash/,
    "np:\\\\SRC01\\pipe\\sql\\query": /only TCP/,
    "(localdb)\\MSSQLLocalDB": /LocalDB/,
    "Server=SRC01;Database=x": /is no host/,
  };
  for (const [text, why] of Object.entries(wrong)) {
    const address = serverAddress(text);
    assert.ok("wrong" in address, text);
    assert.match(address.wrong, why);
    assert.match(address.wrong, /Expected: HOST, HOST\\INSTANCE or HOST,PORT\.$/);
  }
});
