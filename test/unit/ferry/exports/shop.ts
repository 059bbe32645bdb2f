// Writes the exports of one small folder with a full backup and a log, and holds the plan that is expected of it.
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { ChainReport } from "../../../../shared/chain/chainReport.ts";
import type { KnownFile } from "../../../../shared/dryRun/headerRows.ts";
import { recordsOf } from "../../../../shared/dryRun/knownHeaders.ts";
import { context } from "../../../support/backupRecords.ts";
import { readExport } from "../../../support/readExport.ts";

export const FIRST = "376000000000000001";
export const MIDDLE = "376000000000800001";
export const LAST = "376000000001600001";

export const plan = (files: readonly KnownFile[]): ChainReport =>
  assessChain(recordsOf(files), context({ folder: "", rootIsADatabase: true }));
export const reached = (text: string): (string | undefined)[] => {
  const { verdict, restorableTo, lastBackupName } = plan(readExport(text));
  return [verdict, restorableTo?.lsn.toString(), lastBackupName, restorableTo?.time];
};
export const WHOLE = ["restorable", LAST, "l.trn", "2025-11-24T21:15:02"];

export const table = (separator: string, nothing: string, quote = "", flag = ["0", "1"]): string[] => {
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
