// Checks whether SQL Server would carry out a restore sequence, by the rules of RESTORE; written independently of the
// planner that it checks.
//
// RESTORE DATABASE takes a full backup with all its media families; a differential follows directly, onto the full
// backup it was taken on (message 3136 otherwise); RESTORE LOG wants a log that begins at or before the redo position
// (4305) and ends behind it (4326), on the recovery path of the database (4330).
import type { BackupSetHeader } from "../../shared/backup/backupHeader.ts";
import type { BackupRecord } from "../../shared/chain/backupRecord.ts";
import type { PlanMember } from "../../shared/chain/chainReport.ts";

export interface Position {
  readonly redoLsn: bigint;
  readonly fork: string | undefined;
}

/** The position after each step, or the first refusal as the engine words it. */
export function restoreInOrder(
  plan: readonly PlanMember[],
  files: readonly BackupRecord[],
): readonly Position[] | string {
  const byName = new Map(files.map((file) => [file.name, file]));
  const positions: Position[] = [];
  let position: Position | undefined;
  let fullBackup: BackupSetHeader | undefined;
  let steps = 0;
  for (const { files: names } of plan) {
    const members = names.map((name) => byName.get(name));
    const header = headerOfMediaSet(members);
    if (typeof header === "string") return `${names.join()}: ${header}`;
    const refusal = position === undefined ? refusesFirst(header) : refusesNext(header, position, fullBackup, steps);
    if (refusal) return `${names.join()}: ${refusal}`;
    if (position === undefined) fullBackup = header;
    position = { redoLsn: header.lastLsn, fork: header.recoveryForkId };
    positions.push(position);
    steps++;
  }
  return positions;
}

/** 3132: all families of one media set; 3241: a backup set on each. */
function headerOfMediaSet(members: readonly (BackupRecord | undefined)[]): BackupSetHeader | string {
  const headers: BackupSetHeader[] = [];
  const families = new Set<number>();
  const mediaSets = new Set<string>();
  let count = 0;
  for (const member of members) {
    if (member?.content.kind !== "header") return "3241: the file holds no backup.";
    const [header, another] = member.content.backupSets;
    if (!header || another) return "DMS restores files with one backup set only.";
    headers.push(header);
    families.add(member.content.media.familySequenceNumber);
    mediaSets.add(member.content.media.mediaSetId);
    count = member.content.media.familyCount;
  }
  const [first] = headers;
  if (!first) return "3241: no file.";
  if (mediaSets.size !== 1 || new Set(headers.map(({ backupSetGuid }) => backupSetGuid)).size !== 1)
    return "3227: the files belong to different backups.";
  if (families.size !== count || members.length !== count)
    return `3132: the media set has ${count} families, of which ${families.size} are given.`;
  return first;
}

function refusesFirst({ backupType, isDamaged }: BackupSetHeader): string | undefined {
  if (backupType !== 1) return "3118: the database has not been restored to the correct earlier state.";
  return isDamaged ? "3178: damaged." : undefined;
}

function refusesNext(
  header: BackupSetHeader,
  { redoLsn, fork }: Position,
  fullBackup: BackupSetHeader | undefined,
  steps: number,
): string | undefined {
  const { backupType, firstLsn, lastLsn, differentialBaseGuid, firstRecoveryForkId, recoveryForkId, forkPointLsn } =
    header;
  if (backupType === 5) {
    const fits = steps === 1 && !fullBackup?.isCopyOnly && differentialBaseGuid === fullBackup?.backupSetGuid;
    return fits ? undefined : "3136: the differential was not taken on what is restored.";
  }
  if (backupType !== 2) return "3118: neither a log nor a differential.";
  if (firstLsn > redoLsn) return `4305: begins at ${firstLsn}, which is too recent to apply at ${redoLsn}.`;
  if (lastLsn <= redoLsn) return `4326: terminates at ${lastLsn}, which is too early to apply at ${redoLsn}.`;
  const branchedAt = forkPointLsn ?? lastLsn;
  const joins = fork === firstRecoveryForkId ? redoLsn <= branchedAt : fork === recoveryForkId && redoLsn >= branchedAt;
  return joins ? undefined : "4330: not on the recovery path of the database.";
}
