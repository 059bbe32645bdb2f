// Tests that exports are read as people's tools write them: one folder, told by each of them, gives one plan.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DOCUMENTED_COLUMNS } from "../../../ferry/exports/delimitedText.ts";
import { decoded } from "../../../ferry/exports/exportRows.ts";
import { redact } from "../../../ferry/exports/redact.ts";
import { assessChain } from "../../../shared/chain/assessChain.ts";
import type { ChainReport } from "../../../shared/chain/chainReport.ts";
import type { KnownFile } from "../../../shared/dryRun/headerRows.ts";
import { recordsOf } from "../../../shared/dryRun/knownHeaders.ts";
import { notKnown } from "../../../shared/dryRun/notKnown.ts";
import { context } from "../../support/backupRecords.ts";
import { readExport } from "../../support/readExport.ts";

const FIRST = "376000000000000001";
const MIDDLE = "376000000000800001";
const LAST = "376000000001600001";

const plan = (files: readonly KnownFile[]): ChainReport =>
  assessChain(recordsOf(files), context({ folder: "", rootIsADatabase: true }));
const reached = (text: string): (string | undefined)[] => {
  const { verdict, restorableTo, lastBackupName } = plan(readExport(text));
  return [verdict, restorableTo?.lsn.toString(), lastBackupName, restorableTo?.time];
};
const WHOLE = ["restorable", LAST, "l.trn", "2025-11-24T21:15:02"];

const table = (separator: string, nothing: string, quote = "", flag = ["0", "1"]): string[] => {
  const cell = (value: string): string => `${quote}${value}${quote}`;
  const rows = [
    [
      "type",
      "database_name",
      "first_lsn",
      "last_lsn",
      "checkpoint_lsn",
      "is_damaged",
      "backup_finish_date",
      "family_guid",
      "physical_device_name",
    ],
    ["D", "Shop", FIRST, MIDDLE, FIRST, flag[0] ?? "", "2025-11-24 21:00:02.000", nothing, "D:\\b\\f.bak"],
    ["L", "Shop", FIRST, LAST, nothing, flag[0] ?? "", "2025-11-24 21:15:02.000", nothing, "D:\\b\\l.trn"],
  ];
  return rows.map((row) => row.map(cell).join(separator));
};

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

const cliXml = (
  properties: string,
): string => `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0"><TN RefId="0"><T>System.Data.DataRow</T></TN><ToString>System.Data.DataRow</ToString>${properties}</Obj>
</Objs>`;

describe("PowerShell's objects", () => {
  test("CliXml: properties, lists of files, and the digits of a BigInteger", () => {
    const big = (name: string, digits: string): string =>
      `<Obj N="${name}" RefId="7"><TN RefId="1"><T>System.Numerics.BigInteger</T></TN><ToString>${digits}</ToString><Props><B N="IsEven">false</B></Props></Obj>`;
    const [file] = readExport(
      cliXml(`<Props><S N="Database">Shop &amp; Co_x000A_</S><S N="Type">Full</S>${big("FirstLsn", FIRST)}${big("LastLsn", MIDDLE)}
        <DT N="Start">2025-11-24T21:00:02.1234567</DT><Nil N="KeyAlgorithm" /><B N="IsCopyOnly">true</B>
        <Obj N="FullName" RefId="9"><LST><S>D:\\b\\f1.bak</S></LST></Obj></Props>`),
    );
    const [set] = file?.backupSets ?? [];
    assert.deepEqual(
      [file?.file, set?.databaseName, set?.firstLsn, set?.backupStartDate, set?.isCopyOnly, file?.encryptionIsKnown],
      ["D:\\b\\f1.bak", "Shop & Co\n", BigInt(FIRST), "2025-11-24T21:00:02", true, true],
    );
  });

  const one = (id: string, more: string, first = 5): string =>
    `<Obj RefId="${id}"><MS><S N="Type">Log</S><S N="Database">Shop</S><S N="FirstLsn">${first}</S><S N="LastLsn">${first + 4}</S>${more}</MS></Obj>`;
  const objs = (...objects: readonly string[]): string =>
    `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n${objects.join("\n")}\n</Objs>`;

  test("CliXml that was cut off, between objects or inside one, is not read in part", () => {
    const whole = objs(one("0", '<S N="FullName">a.trn</S>'), one("1", '<S N="FullName">b.trn</S>'));
    assert.equal(readExport(whole).length, 2);
    for (let end = whole.indexOf("<Obj ") + 5; end < whole.length - 1; end += 7)
      assert.throws(
        () => readExport(whole.slice(0, end)),
        /This XML is not whole: .*export it again/,
        whole.slice(end - 9, end),
      );
  });

  test("CliXml: of several documents every one is read, and a reference is what it refers to", () => {
    const list = '<Obj N="FullName" RefId="9"><LST><S>a.trn</S></LST></Obj>';
    const document = objs(one("0", list), one("1", '<Ref N="FullName" RefId="9" />', 9));
    const sets = (text: string) => readExport(text).map(({ file, backupSets }) => [file, backupSets?.length]);
    assert.deepEqual(sets(`${document}\n${document.replaceAll("a.trn", "b.trn")}`), [
      ["a.trn", 2],
      ["b.trn", 2],
    ]);
  });

  test("JSON with an object on each line", () => {
    const line = (name: string): string =>
      JSON.stringify({ Type: "Log", Database: "Shop", FirstLsn: 5, LastLsn: 9, BackupPath: name });
    assert.deepEqual(
      readExport(`${line("a.trn")}\r\n${line("b.trn")}\r\n`).map(({ file }) => file),
      ["a.trn", "b.trn"],
    );
  });

  test("a BigInteger that Windows PowerShell wrote to JSON has lost its digits: the row says so, the others stand", () => {
    const lost = { IsPowerOfTwo: false, IsZero: false, IsOne: false, IsEven: false, Sign: 1 };
    const row = { Type: "Log", Database: "Shop", FirstLsn: 5, LastLsn: lost };
    const files = readExport(JSON.stringify([row, { ...row, LastLsn: "9" }]));
    assert.match(files[0]?.leftOut ?? "", /lastLsn of entry 1 is no LSN/);
    assert.equal(files[1]?.backupSets?.[0]?.lastLsn, 9n);
  });

  test("a kind that is not known refuses its row, and a column that is not understood is not known", () => {
    const row = { Type: "Log", Database: "Shop", FirstLsn: 5, LastLsn: 9 };
    const files = readExport(
      JSON.stringify([
        { ...row, Type: "Hyper" },
        { ...row, CheckpointLsn: "1.2E+17" },
      ]),
    );
    assert.match(files[0]?.leftOut ?? "", /^Entry 1 .*its type of backup is "Hyper/);
    assert.equal(files[1]?.backupSets?.[0]?.checkpointLsn, undefined);
  });

  test("BackupPath and FullName name the file; a list that Export-Csv wrote by its type does not", () => {
    const row = { Type: "Log", Database: "Shop", FirstLsn: 5, LastLsn: 9 };
    const files = readExport(
      JSON.stringify([
        { ...row, BackupPath: "a.trn" },
        { ...row, FullName: ["b.trn"] },
        { ...row, FullName: "System.String[]", Path: "c.trn" },
      ]),
    );
    assert.deepEqual(
      files.map(({ file }) => file),
      ["a.trn", "b.trn", "c.trn"],
    );
  });
});

/** A BigInteger, which JSON writes as a bare number and CliXml as text. */
interface Big {
  readonly digits: string;
}
type Property = string | number | boolean | null | Big | readonly string[];
type PsObject = Readonly<Record<string, Property>>;
const isBig = (value: Property): value is Big => typeof value === "object" && value !== null && "digits" in value;

/** ConvertTo-Json of PowerShell 7. */
const psJson = (objects: readonly PsObject[]): string =>
  JSON.stringify(objects, (_, value: Property) => (isBig(value) ? `#${value.digits}#` : value)).replaceAll(
    /"#(\d+)#"/g,
    "$1",
  );

/** Export-Clixml. */
const psXml = (objects: readonly PsObject[]): string => {
  const property = ([name, value]: [string, Property]): string => {
    if (value === null) return `<Nil N="${name}" />`;
    if (typeof value === "object" && !isBig(value))
      return `<Obj N="${name}" RefId="1"><TN RefId="1"><T>System.String[]</T></TN><LST>${value.map((one) => `<S>${one}</S>`).join("")}</LST></Obj>`;
    if (isBig(value))
      return `<Obj N="${name}" RefId="2"><TN RefId="2"><T>System.Numerics.BigInteger</T></TN><ToString>${value.digits}</ToString></Obj>`;
    const tag = { string: "S", number: "I32", boolean: "B" }[typeof value as "string" | "number" | "boolean"];
    return `<${tag} N="${name}">${value}</${tag}>`;
  };
  const objs = objects.map(
    (one) =>
      `<Obj RefId="0"><ToString>one</ToString><Props>${Object.entries(one).map(property).join("")}</Props></Obj>`,
  );
  return `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">${objs.join("")}</Objs>`;
};

describe("dbatools' objects, by ConvertTo-Json and Export-Clixml", () => {
  const big = (digits: string): Big => ({ digits });
  const backups = [
    { letter: "D", word: "Full", first: FIRST, last: MIDDLE, finish: "2025-11-24T21:00:02", file: "D:\\b\\f.bak" },
    { letter: "L", word: "Log", first: FIRST, last: LAST, finish: "2025-11-24T21:15:02", file: "D:\\b\\l.trn" },
  ];
  const guidOf = (letter: string): string => `${letter === "D" ? 1 : 2}0000000-0000-0000-0000-000000000001`;
  const history = (more: (one: (typeof backups)[number]) => PsObject): readonly PsObject[] =>
    backups.map((one) => ({
      ...{
        ComputerName: "SRV01",
        InstanceName: "MSSQLSERVER",
        SqlInstance: "SRV01",
        Database: "Shop",
        UserName: "dba",
      },
      ...{ Start: one.finish, End: one.finish, Duration: "00:00:02", TotalSize: "2.75 MB", Type: one.word },
      ...{ Path: [one.file], FullName: [one.file], Position: 1, SoftwareVersionMajor: 15, IsCopyOnly: false },
      ...{ FirstLsn: big(one.first), LastLsn: big(one.last), CheckpointLsn: big(FIRST), DatabaseBackupLsn: big("0") },
      ...{ LastRecoveryForkGUID: "50000000-0000-0000-0000-000000000001", RecoveryModel: "FULL" },
      ...more(one),
    }));
  const objects: Readonly<Record<string, readonly PsObject[]>> = {
    "Get-DbaDbBackupHistory": history(({ letter }) => ({
      ...{ BackupSetId: letter === "D" ? 17 : 18, DeviceType: "Disk", Software: "Microsoft SQL Server" },
      ...{ KeyAlgorithm: null, EncryptorType: null, EncryptorThumbprint: null, AvailabilityGroupName: null },
    })),
    "Get-DbaBackupInformation": history(({ letter }) => ({ BackupSetId: guidOf(letter), DeviceType: "Disk" })),
    "Read-DbaBackupHeader": backups.map((one) => ({
      ...{
        BackupName: null,
        BackupType: one.letter === "D" ? 1 : 2,
        BackupTypeDescription: one.letter === "D" ? "Database" : "Transaction Log",
      },
      ...{ DatabaseName: "Shop", ServerName: "SRV01", Position: 1, DeviceType: 2, Compressed: 0, BackupPath: one.file },
      ...{
        FirstLSN: one.first,
        LastLSN: one.last,
        CheckpointLSN: FIRST,
        DatabaseBackupLSN: "0",
        BackupSetGUID: guidOf(one.letter),
      },
      ...{
        BackupStartDate: one.finish,
        BackupFinishDate: one.finish,
        SoftwareVersionMajor: 15,
        Flags: 16,
        IsCopyOnly: false,
      },
      ...{
        IsDamaged: false,
        RecoveryModel: "FULL",
        KeyAlgorithm: null,
        EncryptorType: null,
        FileList: ["Shop", "Shop_log"],
      },
    })),
  };
  for (const [command, rows] of Object.entries(objects))
    test(command, () => {
      for (const text of [psJson(rows), psXml(rows), psJson(rows.slice(0, 1)).replace(/^\[|\]$/g, "")]) {
        const files = readExport(text);
        assert.deepEqual(
          files.flatMap(({ oddCells = [] }) => oddCells),
          [],
          "every column is understood",
        );
        if (files.length === 2) assert.deepEqual(reached(text), WHOLE);
        else assert.equal(files[0]?.file, "D:\\b\\f.bak", "a single object, as ConvertTo-Json writes it");
      }
    });

  test("all files of a striped backup in one object, which says its recovery model once for each", () => {
    const [full] = history(() => ({ FullName: ["a.bak", "b.bak"], RecoveryModel: "FULL FULL" })) as [PsObject];
    for (const text of [psJson([full]), psXml([full])]) {
      const files = readExport(text);
      assert.deepEqual(
        files.map(({ file, media, backupSets }) => [file, media?.familyCount, backupSets?.[0]?.recoveryModel]),
        [
          ["a.bak", 2, "FULL"],
          ["b.bak", 2, "FULL"],
        ],
      );
    }
  });
});

describe("times", () => {
  const timeOf = (BackupFinishDate: unknown, more: object = {}) => {
    const [file] = readExport(
      JSON.stringify([{ Type: "Log", Database: "S", FirstLSN: 1, LastLSN: 2, BackupFinishDate, ...more }]),
    );
    const [set] = file?.backupSets ?? [];
    return [set?.backupFinishDate, set?.utcOffsetMinutes, file?.timesAreUtc];
  };
  const local: Readonly<Record<string, unknown>> = {
    ISO: "2025-11-24T21:45:00.000",
    "with a blank": "2025-11-24 21:45:00",
    German: "24.11.2025 21:45:00",
    American: "11/24/2025 9:45:00 PM",
    British: "24/11/2025 21:45:00",
    "by its parts, as dbatools' times": { Year: 2025, Month: 11, Day: 24, Hour: 21, Minute: 45, Second: 0 },
  };
  for (const [name, value] of Object.entries(local))
    test(`${name} is the source's clock`, () =>
      assert.deepEqual(timeOf(value), ["2025-11-24T21:45:00", undefined, undefined]));

  test("Windows PowerShell's instants are UTC, and told as that; with the source's zone they are its clock", () => {
    for (const value of ["/Date(1764020700000)/", { value: "/Date(1764020700000)/", DateTime: "Monday, …" }]) {
      assert.deepEqual(timeOf(value), ["2025-11-24T21:45:00", 0, true]);
      assert.deepEqual(timeOf(value, { time_zone: -20 }), ["2025-11-24T16:45:00", -300, undefined]);
      assert.deepEqual(timeOf(value, { time_zone: 127 }), ["2025-11-24T21:45:00", 0, true], "127: not known");
    }
    assert.deepEqual(timeOf("2025-11-24T21:45:00+01:00"), ["2025-11-24T21:45:00", 60, undefined]);
  });

  test("a day and a month that cannot be told apart are not guessed", () => {
    assert.deepEqual(timeOf("03/04/2025 21:45:00"), [undefined, undefined, undefined]);
  });
});

describe("what the service would refuse, or never see", () => {
  const row = { type: "L", database_name: "Shop", first_lsn: 5, last_lsn: 9, physical_device_name: "l.trn" };
  const reasonOf = (more: object): string | undefined =>
    plan(readExport(JSON.stringify([{ ...row, ...more }]))).files[0]?.reason;

  test("encryption and compression are refused as the files would be; their LSNs stay known", () => {
    assert.equal(reasonOf({ KeyAlgorithm: "aes_256" }), "ENCRYPTED_MEDIA");
    assert.equal(reasonOf({ KeyAlgorithm: null, EncryptorType: "NULL" }), "NO_FULL");
    assert.equal(reasonOf({ key_algorithm: "NO_Encryption", encryptor_type: null }), "NO_FULL");
    assert.equal(reasonOf({ CompressionAlgorithm: "ZSTD" }), "UNSUPPORTED_COMPRESSION");
    assert.equal(reasonOf({ CompressionAlgorithm: "QAT_DEFLATE" }), "UNSUPPORTED_COMPRESSION");
    for (const none of ["MS_XPRESS", "NONE"]) assert.equal(reasonOf({ CompressionAlgorithm: none }), "NO_FULL");
    const [file] = readExport(JSON.stringify([{ ...row, KeyAlgorithm: "aes_256" }]));
    assert.deepEqual(file?.error?.provedSpan, { firstLsn: 5n, lastLsn: 9n, isOnlySet: true });
  });

  test("refused logs that share a file are refused together, with the LSNs of all of them", () => {
    const [first, next] = [5, 90].map((lsn, at) => ({ ...row, position: at + 1, first_lsn: lsn, last_lsn: lsn + 4 }));
    const files = readExport(JSON.stringify([first, next].map((one) => ({ ...one, KeyAlgorithm: "aes_256" }))));
    assert.deepEqual(
      files.map(({ error }) => error?.provedSpan),
      [{ firstLsn: 5n, lastLsn: 94n, isOnlySet: true }],
    );
  });

  test("NUL, virtual devices and tapes are no files, by number, by word or by name", () => {
    for (const name of ["NUL", "nul:", "\\\\.\\NUL"])
      assert.equal(reasonOf({ physical_device_name: name, device_type: 2 }), "NO_FILE");
    for (const type of [7, 107, "Virtual Device", 5, "Tape"])
      assert.equal(reasonOf({ device_type: type }), "NO_FILE", `${type}`);
    assert.equal(reasonOf({ physical_device_name: "{8C6F2B1E-5B0D-4E5F-9B1C-2B1A6C0D7E11}5" }), "NO_FILE");
    for (const type of [2, 102, 9, "Disk", "URL"]) assert.equal(reasonOf({ device_type: type }), "NO_FULL", `${type}`);
  });

  test("what is called a note is called one after it was redacted: it holds up no plan", () => {
    const error = { code: "NOT_A_BACKUP", message: "m" };
    const files = ["D:\\b\\README.md", "D:\\b\\tail.bkp", "D:\\b\\full.bak"].map((file) => ({ file, error }));
    const names = redact(readExport(JSON.stringify(files))).map(({ file }) => file.slice(file.lastIndexOf(".")));
    assert.deepEqual(names.toSorted(), [".bak", ".other", ".txt"]);
  });

  test("headers that were redacted tell the same", () => {
    const rows = [
      { ...row, type: "D", physical_device_name: "f.bak", last_lsn: 6, key_algorithm: null, checkpoint_lsn: 5 },
      { ...row, physical_device_name: "NUL", backup_finish_date: "/Date(1764020700000)/", family_guid: "secret" },
      { ...row, physical_device_name: "e.trn", first_lsn: 9, last_lsn: 12, key_algorithm: "aes_256" },
    ];
    const files = readExport(JSON.stringify(rows));
    const shared = readExport(
      JSON.stringify(redact(files), (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
    );
    const told = (known: readonly KnownFile[]) =>
      known
        .map(
          ({ noFile, timesAreUtc, error, oddCells }) =>
            `${noFile} ${timesAreUtc} ${error?.provedSpan?.lastLsn} ${oddCells?.map(({ column }) => column)}`,
        )
        .sort();
    assert.deepEqual(told(shared), told(files));
    assert.ok(
      told(shared).some((one) => one.endsWith("familyGuid")) &&
        !JSON.stringify(redact(files).map(({ oddCells }) => oddCells)).includes("secret"),
    );
    const reasons = (known: readonly KnownFile[]) =>
      plan(known)
        .unusableNewer.map(({ reason }) => reason)
        .sort();
    assert.deepEqual(reasons(shared), reasons(files));
    assert.deepEqual(reasons(shared), ["ENCRYPTED_MEDIA", "NO_FILE"]);
  });

  test("two logs to NUL are two backups, not one file", () => {
    const nul = { ...row, physical_device_name: "NUL", device_type: 2 };
    const times = ["2025-11-24T21:00:00", "2025-11-24T22:00:00"];
    const files = readExport(
      JSON.stringify(times.map((backup_finish_date, index) => ({ ...nul, backup_finish_date, last_lsn: 9 + index }))),
    );
    assert.deepEqual(
      files.map(({ file, noFile }) => [file, noFile]),
      [
        ["NUL (2025-11-24 21:00:00)", "nul"],
        ["NUL (2025-11-24 22:00:00)", "nul"],
      ],
    );
  });

  test("a log that a later first position wrote over has taken its range; appended ones share the file", () => {
    const at = (position: number, first_lsn: number, hour: number) => ({
      ...{ ...row, position, first_lsn, last_lsn: first_lsn + 5 },
      backup_finish_date: `2025-11-24T${hour}:00:00`,
    });
    const files = readExport(JSON.stringify([at(1, 5, 10), at(2, 10, 11), at(1, 15, 12), at(2, 20, 13)]));
    assert.deepEqual(
      files.map(({ noFile, backupSets }) => [noFile, backupSets?.map(({ firstLsn }) => firstLsn)]),
      [
        ["overwritten", [5n]],
        ["overwritten", [10n]],
        [undefined, [15n, 20n]],
      ],
    );
  });
});

/** Of msdb, by Microsoft's reference; the later ones came with 2014 (encryption) and 2022 (compression_algorithm). */
const BACKUPSET_2008_R2: readonly string[] = [
  ...[
    "backup_set_id",
    "backup_set_uuid",
    "media_set_id",
    "position",
    "type",
    "database_name",
    "server_name",
    "machine_name",
  ],
  ...[
    "first_lsn",
    "last_lsn",
    "checkpoint_lsn",
    "database_backup_lsn",
    "differential_base_lsn",
    "differential_base_guid",
  ],
  ...["family_guid", "database_guid", "first_recovery_fork_guid", "last_recovery_fork_guid", "fork_point_lsn"],
  ...["is_copy_only", "is_damaged", "is_snapshot", "is_force_offline", "is_readonly", "is_single_user"],
  ...["has_backup_checksums", "has_bulk_logged_data", "has_incomplete_metadata", "begins_log_chain", "recovery_model"],
  ...[
    "software_major_version",
    "software_minor_version",
    "flags",
    "time_zone",
    "backup_start_date",
    "backup_finish_date",
  ],
];
const LATER_COLUMNS: readonly string[] = ["key_algorithm", "encryptor_type", "compression_algorithm"];
const MEDIA_2008_R2: readonly string[] = [
  ...["m.media_set_id", "m.media_family_count"],
  ...["f.media_set_id", "f.family_sequence_number", "f.device_type", "f.physical_device_name", "f.mirror"],
];

describe("the documentation", () => {
  const page = readFileSync("docs/plan.md", "utf8");
  const query = /```sql\n(.*?)```/s.exec(page)?.[1] ?? "";
  const output = /```\n(type\|database_name.*?)```/s.exec(page)?.[1] ?? "";

  test("its query selects the columns that exports without names are read by, in that order", () => {
    const list = /SELECT (.*?)\nFROM \(SELECT NULL/s.exec(query)?.[1] ?? "";
    const columns = list
      .replaceAll(/CONVERT\(.*?\) AS /g, "")
      .split(",")
      .map((column) => column.trim().replace(/^[smf]\./, ""));
    assert.deepEqual(columns, DOCUMENTED_COLUMNS);
  });

  test("its columns are those of msdb.dbo.backupset in 2008 R2, and what came later is NULL where it is not there", () => {
    const [, older = "", inner = ""] =
      /FROM \(SELECT (.*?)\) AS older.*?CROSS APPLY \(\s*SELECT (.*?)\s+FROM/s.exec(query) ?? [];
    const later = older.split(",").map((column) => /^\s*NULL AS (\w+)$/.exec(column)?.[1]);
    assert.deepEqual(later, LATER_COLUMNS);
    const asked = inner.split(",").map((column) => column.trim());
    assert.deepEqual(
      asked.filter((column) => !BACKUPSET_2008_R2.includes(column)),
      LATER_COLUMNS,
    );
    const others = [...query.matchAll(/\b([mf])\.(\w+)/g)].map(([, table, column]) => `${table}.${column}`);
    assert.deepEqual(
      [...new Set(others)].filter((column) => !MEDIA_2008_R2.includes(column)),
      [],
    );
    assert.doesNotMatch(
      query,
      /\b(IIF|CONCAT|STRING_AGG|TRY_CONVERT|OFFSET|DROP TABLE IF)\b/i,
      "no syntax of a later version",
    );
  });

  test("its output is read to the last column, and ends where it says: what went to NUL is no file", () => {
    const report = plan(readExport(output));
    assert.deepEqual([report.verdict, report.restorableTo?.time], ["restorable", "2025-11-24T21:15:02"]);
    assert.equal(report.restorableTo?.utc, "2025-11-24T20:15:02.000Z");
    assert.deepEqual(
      report.unusableNewer.map(({ reason }) => reason),
      ["NO_FILE"],
    );
    assert.deepEqual(
      notKnown(readExport(output), []).map(({ message }) => message.split(":")[0]),
      ["TDEThumbprint of RESTORE FILELISTONLY"],
      "nothing is left out that the history has",
    );
  });

  test("its output without the names is the same", () => {
    const rows = output.trim().split("\n").slice(2).join("\n");
    assert.deepEqual(plan(readExport(rows)), plan(readExport(output)));
  });
});

const CASES = "../shared/cases";
/** What each says: verdict, what is unusable beyond, the cause of its gap. */
const INCIDENTS: Readonly<Record<string, readonly [string, readonly string[], string?]>> = {
  "01-encrypted-header-export/headers.json": ["empty", []],
  "02-zstd-header-export/headers.json": ["empty", []],
  "03-appended-history-no-position/headers.json": ["restorable", ["APPENDED_SETS"]],
  "03-appended-history-no-position/headers-with-position.json": ["restorable", ["APPENDED_SETS"]],
  "04-gap-behind-appended-file/headers.json": ["waiting", ["APPENDED_SETS"], "REFUSED_FILE"],
  "09-powershell51-dates/headers.json": ["restorable", []],
  "09-powershell51-dates/headers-ets.json": ["restorable", []],
  "09-powershell51-dates/headers-utc-5.json": ["restorable", []],
  "10-ag-time-zones-gap-cause/headers.json": ["waiting", [], "FILE_MISSING"],
  "14-differential-on-vss-full/headers.json": ["restorable", ["BASE_NOT_FOUND"]],
  "14-differential-on-vss-full/headers-files-only.json": ["restorable", ["BASE_NOT_FOUND"]],
  "22-metadata-only-snapshot/headers.json": ["waiting", []],
  "29-nul-device-in-history/headers.json": ["waiting", ["NO_FILE"], "NO_FILE"],
  "29-nul-device-in-history/headers-full-to-nul.json": ["restorable", ["BASE_NOT_FOUND"]],
  "29-nul-device-in-history/headers-vdi-stream.json": ["waiting", []],
};
for (const [file, [verdict, unusable, cause]] of Object.entries(INCIDENTS))
  test(`the incident ${file}`, { skip: existsSync(CASES) ? false : `${CASES} is not here` }, () => {
    const report = plan(readExport(decoded(readFileSync(`${CASES}/${file}`))));
    assert.deepEqual(
      [report.verdict, report.unusableNewer.map(({ reason }) => reason), report.gaps[0]?.likelyCause],
      [verdict, unusable, cause],
    );
  });
