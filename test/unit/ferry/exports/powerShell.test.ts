// Tests that objects of PowerShell and of dbatools are read, as JSON and as CliXml.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readExport } from "../../../support/readExport.ts";
import { FIRST, LAST, MIDDLE, reached, WHOLE } from "./shop.ts";

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

/** A BigInteger: JSON writes it as a bare number, CliXml as text. */
interface Big {
  readonly digits: string;
}
type Property = string | number | boolean | null | Big | readonly string[];
type PsObject = Readonly<Record<string, Property>>;
const isBig = (value: Property): value is Big => typeof value === "object" && value !== null && "digits" in value;

/** As ConvertTo-Json of PowerShell 7 writes it. */
const psJson = (objects: readonly PsObject[]): string =>
  JSON.stringify(objects, (_, value: Property) => (isBig(value) ? `#${value.digits}#` : value)).replaceAll(
    /"#(\d+)#"/g,
    "$1",
  );

/** As Export-Clixml writes it. */
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
