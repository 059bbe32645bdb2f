// Where are backups that SQL Server itself wrote? Beside the checkout, on some machines; they are other people's data and stay there.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/backups/", import.meta.url));

/** What another reader, written independently, finds in a file. */
export interface ExpectedHeader {
  readonly file: string;
  readonly backupSetCount: number;
  readonly [field: string]: unknown;
}

/** For the option `skip` of a test: why there is nothing to read, or false. */
export const noRealBackups: string | false = existsSync(`${FOLDER}headers.json`)
  ? false
  : "no real backups: ../shared/backups is not there";

export const expectedHeaders: readonly ExpectedHeader[] = noRealBackups
  ? []
  : (JSON.parse(readFileSync(`${FOLDER}headers.json`, "utf8")) as ExpectedHeader[]);

/** The bytes of a file by its name in headers.json. */
export const realBackup = (file: string): Uint8Array => readFileSync(FOLDER + file);
