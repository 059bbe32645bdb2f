// Where do published sizings lie? One for each server; a newer one replaces it.
import type { StoredSizing } from "./contracts.ts";

export interface Sizings {
  /** By assessmentIdOf of the server's name. UnreadableRowError when its row cannot be read. */
  load(assessmentId: string): Promise<StoredSizing | undefined>;
  save(assessmentId: string, sizing: StoredSizing): Promise<void>;
}
