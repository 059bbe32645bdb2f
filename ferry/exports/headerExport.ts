// Reads a file of exported headers: the shape of `ferry inspect --json`, RESTORE HEADERONLY or msdb's history, by
// whatever tool.
import { UnusableHeaderError } from "../../shared/dryRun/exportCells.ts";
import { type KnownFile, knownFiles } from "../../shared/dryRun/headerRows.ts";
import { EXIT, FerryError } from "../exit.ts";
import { exportRows } from "./exportRows.ts";

/**
 * Row by row, before rows of one file are brought together: several exports may tell of it. Numbers of more than 15
 * digits keep them all: an LSN may be a bare number of 25 digits. A row that cannot be used is left out, with the
 * reason in its place; where none can be used, the first reason is the error.
 */
export function exportedFiles(text: string): KnownFile[] {
  try {
    return knownFiles(exportRows(text));
  } catch (error) {
    if (error instanceof UnusableHeaderError) throw new FerryError(EXIT.failed, error.message);
    throw error;
  }
}
