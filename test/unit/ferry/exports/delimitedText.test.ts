// Tests that text with separators is read as common tools write it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DOCUMENTED_COLUMNS } from "../../../../ferry/exports/delimitedText.ts";
import { decoded } from "../../../../ferry/exports/exportRows.ts";
import { readExport } from "../../../support/readExport.ts";
import { FIRST, LAST, MIDDLE, plan, reached, table, WHOLE } from "./shop.ts";

describe("text with separators", () => {
  const files: Readonly<Record<string, string>> = {
    "SSMS, comma": table(",", "NULL").join("\r\n"),
    "SSMS, tab": table("\t", "NULL").join("\r\n"),
    "Export-Csv of Windows PowerShell": ["#TYPE System.Data.DataRow", ...table(",", "", '"', ["False", "True"])].join(
      "\r\n",
    ),
    "Export-Csv -Delimiter ;": table(";", "", '"', ["False", "True"]).join("\n"),
    "sqlcmd -s, -W": [
      table(",", "NULL")[0],
      Array.from({ length: 9 }, () => "----").join(","),
      ...table(",", "NULL").slice(1),
      "",
      "(2 rows affected)",
    ].join("\n"),
    "sqlcmd without -W, padded": table("|", "NULL")
      .toSpliced(1, 0, Array.from({ length: 9 }, () => "------").join("|"))
      .map((line) =>
        line
          .split("|")
          .map((cell) => cell.padEnd(40))
          .join("|"),
      )
      .join("\r\n"),
    "a spreadsheet with decimal commas": table(";", "NULL", "", ["0,00", "1,00"]).join("\n").replaceAll("1;", "1,00;"),
  };
  for (const [tool, text] of Object.entries(files)) test(tool, () => assert.deepEqual(reached(text), WHOLE));

  test("a separator inside a name shifts its row: it is named and left out, the others stand", () => {
    const [names = "", full = "", log = ""] = table(",", "NULL");
    const files = readExport([names, full, log.replace("l.trn", "Sales, EU.trn")].join("\n"));
    assert.match(files[1]?.leftOut ?? "", /^Entry 2 .*it has 10 cells for 9 columns: export it with quotes/);
    assert.equal(files[0]?.backupSets?.[0]?.backupType, 1);
  });

  test("a row that was cut off is left out: nobody knows what stood behind", () => {
    const [names = "", full = "", log = ""] = table(",", "NULL");
    const files = readExport([names, full, log.slice(0, log.lastIndexOf(","))].join("\n"));
    assert.match(files[1]?.leftOut ?? "", /^Entry 2 .*it has 8 cells for 9 columns: it was cut off or wrapped/);
    assert.equal(files[0]?.backupSets?.length, 1);
    const [, , first = ""] = readExport([names, full, log, "L"].join("\n")).map(({ leftOut }) => leftOut);
    assert.match(first, /it has 1 cells/, "below a row, not below an empty line");
  });

  test("titles above and remarks below a table are none of its rows, in whatever language", () => {
    for (const title of ["", "Backups of Sales", "Changed database context to 'msdb'."])
      for (const remark of [
        ...["", "(2 rows affected)", "(2 row(s) affected)", "(2 Zeilen betroffen)", "(2 lignes affectées)"],
        "Completion time: 2025-11-24T22:10:00.0000000+01:00",
      ])
        assert.deepEqual(
          reached([title, ...table("|", "NULL"), "", remark].join("\r\n")),
          WHOLE,
          `${title} … ${remark}`,
        );
    assert.deepEqual(reached([...table(",", "NULL"), "", table(",", "NULL")[0]].join("\n")), WHOLE, "names again");
  });

  test("an export that counts more rows than are in it was cut off", () => {
    const files = readExport([...table("|", "NULL"), "", "(5 rows affected)"].join("\n"));
    assert.match(files[2]?.leftOut ?? "", /the export counts 5 rows, and 2 are in it/);
  });

  test("LSNs that a spreadsheet has rounded to fifteen digits are told: gaps do not show in them", () => {
    const rounded = table(";", "NULL")
      .join("\n")
      .replaceAll(/(376\d{12})\d{3}/g, "$1000");
    assert.match(readExport(rounded).at(-1)?.leftOut ?? "", /^Every LSN has zeros behind its fifteenth digit/);
    assert.ok(readExport(table(";", "NULL").join("\n")).every(({ leftOut }) => leftOut === undefined));
  });

  test("a table whose columns are not separated says how to separate them", () => {
    const text = table("|", "NULL")
      .map((line) =>
        line
          .split("|")
          .map((cell) => cell.padEnd(40))
          .join(" "),
      )
      .join("\n");
    assert.throws(() => readExport(text), {
      message: /^The columns of this table are not separated: .*-s "\|"/,
    });
  });

  test("a flag is one in each of these spellings, and damage is damage", () => {
    for (const one of ["1", "1,00", "1.0", "True", "true"]) {
      const files = readExport(table(";", "NULL", "", [one, one]).join("\n"));
      assert.deepEqual(
        plan(files).files.map(({ reason }) => reason),
        ["DAMAGED", "DAMAGED"],
        one,
      );
    }
  });

  test("bcp, without names, in the order of the documented query", () => {
    const row = (known: Readonly<Record<string, string>>): string =>
      DOCUMENTED_COLUMNS.map((column) => known[column] ?? "").join("\t");
    const both = [
      row({
        type: "D",
        database_name: "Shop",
        first_lsn: FIRST,
        last_lsn: MIDDLE,
        position: "1",
        physical_device_name: "D:\\b\\f.bak",
      }),
      row({
        ...{ type: "L", database_name: "Shop", first_lsn: FIRST, last_lsn: LAST, position: "1" },
        ...{ backup_finish_date: "2025-11-24T21:15:02", physical_device_name: "D:\\b\\l.trn" },
      }),
    ];
    assert.deepEqual(reached(both.join("\n")), WHOLE);
  });

  test("UTF-16 with its mark, in either order, and without", () => {
    const text = table(",", "NULL").join("\r\n");
    const little = Buffer.from(`\uFEFF${text}`, "utf16le");
    for (const bytes of [
      little,
      Buffer.from(little).swap16(),
      Buffer.from(text, "utf16le"),
      Buffer.from(`\uFEFF${text}`),
    ])
      assert.deepEqual(reached(decoded(bytes)), WHOLE);
  });
});

test("every spelling of NULL is not known, and none of them is a name or a GUID", () => {
  for (const nothing of ["NULL", "null", "", "\\N", "(null)", "DBNull", "System.DBNull"])
    assert.deepEqual(reached(table(",", nothing).join("\n")), WHOLE, nothing);
});
