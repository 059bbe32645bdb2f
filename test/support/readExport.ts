// Reads a file of exported headers as `ferry plan` reads one alone.
import { exportedFiles } from "../../ferry/exports/headerExport.ts";
import { currentGenerations } from "../../shared/dryRun/fileGenerations.ts";
import type { KnownFile } from "../../shared/dryRun/headerRows.ts";

export const readExport = (text: string): KnownFile[] => currentGenerations(exportedFiles(text));
