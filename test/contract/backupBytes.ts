// Makes the bytes of a sketched backup: a generated file that the header reader reads.
import { writeBackup } from "../../local/backups/writeBackup.ts";
import { guidOf, headerOf, type Sketch } from "../unit/local/arm/sketches.ts";

/** One file of the sketched backup set. */
export function bytesOf(sketch: Sketch): Uint8Array {
  const { media, backupSets } = headerOf(sketch);
  const [set] = backupSets;
  if (set === undefined) throw new RangeError("A sketch is one backup set.");
  const base =
    sketch.base === undefined
      ? {}
      : { databaseBackup: { backupSetGuid: guidOf(sketch.base), checkpointLsn: set.checkpointLsn } };
  const { backupSetGuid, databaseName, serverName, firstLsn, lastLsn, checkpointLsn, backupStartDate } = set;
  return writeBackup({
    backupType: { full: 1, log: 2, differential: 5 }[sketch.kind] as 1 | 2 | 5,
    backupSetGuid,
    databaseName,
    serverName,
    firstLsn,
    lastLsn,
    checkpointLsn,
    backupStartDate,
    recoveryForkId: guidOf(sketch.fork ?? "fork"),
    mediaSetId: media.mediaSetId,
    familyCount: media.familyCount,
    familySequenceNumber: media.familySequenceNumber,
    ...base,
  });
}
