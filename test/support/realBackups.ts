// Finds backups that SQL Server itself wrote, beside the checkout, on some machines; they are other people's data and
// stay there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/backups/", import.meta.url));

/** What an independently written reader finds in a file. */
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

/** Every backup there, also those that headers.json does not describe; names with "/", in a fixed order. */
export const realBackupFiles: readonly string[] = noRealBackups
  ? []
  : readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => /\.(bak|dif|trn)$/i.test(file))
      .sort();

/** The bytes of a file by its name below the folder of backups. */
export const realBackup = (file: string): Uint8Array => readFileSync(FOLDER + file);
