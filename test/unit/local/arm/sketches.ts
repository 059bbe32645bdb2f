// Makes headers for the emulator's tests from sketches, which hold only what decides about restoring a backup.

import { createHash } from "node:crypto";
import type { FolderFile } from "../../../../local/arm/restoreWalk.ts";
import type { BackupHeader } from "../../../../shared/backup/backupHeader.ts";

/** LSNs are small whole numbers; a full's checkpoint is its `from`. */
export interface Sketch {
  readonly kind: "full" | "log" | "differential";
  readonly from: number;
  readonly to: number;
  /** Name of the set, from which its GUID is made; the stripes of a set have the same name. */
  readonly set: string;
  /** Differential: name of the full backup that it is based on. */
  readonly base?: string;
  /** [number of the file, number of files]. */
  readonly stripe?: readonly [k: number, n: number];
  readonly database?: string;
  readonly fork?: string;
  readonly majorVersion?: number;
}

/** The same GUID for the same name. */
export function guidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex").toUpperCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const TYPES = { full: 1, log: 2, differential: 5 } as const;

export function headerOf(sketch: Sketch): BackupHeader {
  const [familySequenceNumber, familyCount] = sketch.stripe ?? [1, 1];
  const forkId = guidOf(sketch.fork ?? "fork");
  return {
    size: 1000,
    media: {
      mediaSetId: guidOf(`m${sketch.set}`),
      familyCount,
      familySequenceNumber,
      isCompressed: false,
      blockSize: 512,
    },
    backupSets: [
      {
        backupSetGuid: guidOf(sketch.set),
        position: 1,
        backupType: TYPES[sketch.kind],
        serverName: "SRV01",
        databaseName: sketch.database ?? "Sales",
        softwareVersionMajor: sketch.majorVersion ?? 15,
        softwareVersionMinor: 0,
        backupStartDate: "2025-11-24T21:00:00",
        backupFinishDate: "2025-11-24T21:00:01",
        firstLsn: BigInt(sketch.from),
        lastLsn: BigInt(sketch.to),
        checkpointLsn: BigInt(sketch.from),
        databaseBackupLsn: 0n,
        differentialBaseGuid: sketch.base === undefined ? null : guidOf(sketch.base),
        firstRecoveryForkId: forkId,
        recoveryForkId: forkId,
        flags: 0,
        hasBulkLoggedData: false,
        isSnapshot: false,
        isReadOnly: false,
        isSingleUser: false,
        hasBackupChecksums: true,
        isDamaged: false,
        isTailLog: false,
        hasIncompleteMetaData: false,
        isForceOffline: false,
        isCopyOnly: false,
      },
    ],
  };
}

/** The file in its folder, as the emulator sees it. */
export const fileOf = (name: string, sketch: Sketch): FolderFile => ({
  name,
  sizeBytes: 1000,
  header: headerOf(sketch),
});
