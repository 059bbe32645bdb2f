// Writes a backup set, its range of LSNs and its time as part of a sentence.
import { formatLsn } from "../../backup/lsn.ts";
import type { RestoreProgress } from "../backupRecord.ts";
import { fileNameOf } from "../files/identity.ts";
import type { BackupSet } from "../files/mediaSets.ts";

/** The name of the set's first file. */
export const fileOf = (set: BackupSet): string => fileNameOf(set.files[0]?.name ?? set.id);

/** "2025-11-24 21:45:00": wall clock of the source. */
export const clock = (time: string): string => time.replace("T", " ");

/** The recovery fork that the set ends on. */
export const forkOf = ({ fork, firstFork }: BackupSet): string => fork ?? firstFork ?? "not known";

/** "LSN 100 to 160, finished 2025-11-24 21:45:00". */
export const extent = ({ firstLsn, lastLsn, backupFinishDate }: BackupSet): string =>
  `LSN ${formatLsn(firstLsn)} to ${formatLsn(lastLsn)}${finished(backupFinishDate)}`;

/** With its comma; "" when the time is not known. */
export const finished = (time: string): string => (time ? `, finished ${clock(time)}` : "");

/** "media family 2 of 4 of the backup that Sales_1.bak belongs to". */
export const stripes = (set: BackupSet): string =>
  `media famil${set.missing.length === 1 ? "y" : "ies"} ${set.missing.join(", ")} of ${set.familyCount} of the backup that ${fileOf(set)} belongs to`;

/** How a person comes to another run, after this one has begun: an imperative without an end. */
export const anotherRun = (ended: RestoreProgress["ended"]): string =>
  ended === undefined
    ? "cancel this run and begin another (ferry cancel, then ferry restart)"
    : "begin another run (ferry restart)";

/** What can be done about a backup that came after the end of the restore was fixed: a sentence. */
export const takenAlong = (ended: RestoreProgress["ended"]): string =>
  ended === "succeeded"
    ? "The database is online on the target and takes no further backup: to have it, put the whole chain into another folder and restore it under another target database name."
    : ended === undefined
      ? "Before the database is online on the target it can still be taken along: cancel this run and begin another (ferry cancel, then ferry restart)."
      : "Another run takes it along: ferry restart.";
