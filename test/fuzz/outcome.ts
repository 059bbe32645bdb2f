// Judges the outcome of a damaged file: a header, or a BackupFormatError; anything else is the reader's fault.
import { BackupFormatError } from "../../shared/backup/backupFormatError.ts";
import { readBackupHeader } from "../../shared/backup/readBackupHeader.ts";
import type { FuzzBase } from "./bases.ts";
import { withMutant } from "./mutate.ts";
import { randomFrom } from "./random.ts";

/** "header", or the code of the refusal. Throws on any other outcome. */
export const outcomeOf = (base: FuzzBase, seed: number): Promise<string> =>
  withMutant(base, randomFrom(seed), async (source) => {
    try {
      const { size, backupSets } = await readBackupHeader(source);
      if (size !== source.size || backupSets.length === 0)
        throw new RangeError("a header without sets, or of another size");
      for (const { firstLsn, lastLsn, position, backupStartDate } of backupSets)
        if (typeof firstLsn !== "bigint" || typeof lastLsn !== "bigint" || !(position >= 0) || backupStartDate === "")
          throw new RangeError("a header without its fields");
      return "header";
    } catch (error) {
      if (error instanceof BackupFormatError) return error.code;
      throw error;
    }
  });

/** The file that a seed damages. */
export const baseFor = (bases: readonly FuzzBase[], seed: number): FuzzBase =>
  randomFrom(seed ^ 0x5bd1e995).oneOf(bases);
