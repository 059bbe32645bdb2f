// Defines the port that keeps published sizings: one for each server; a newer one replaces it.
import type { AuditEntry } from "../migration/migration.ts";
import type { StoredSizing } from "./sizingShapes.ts";

export interface Sizings {
  /** By assessmentIdOf of the server's name. UnreadableRowError when its row cannot be read. */
  load(assessmentId: string): Promise<StoredSizing | undefined>;
  /** With who has published it: both are written, or neither. NewerRowError when a newer sqlferry wrote the row. */
  save(assessmentId: string, sizing: StoredSizing, audit: AuditEntry): Promise<void>;
}
