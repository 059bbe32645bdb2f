// Decides whether a VM takes another database: at most a hundred (DOC 2024), then all have to end and the VM has to
// rest.
import { type DatabaseMigration, hasEnded } from "./databaseMigration.ts";

/** `runs` of one VM, oldest first. */
export function isFull(
  runs: readonly Pick<DatabaseMigration, "createdAt" | "phase">[],
  limits: { readonly maxDatabases: number; readonly cooldownMs: number },
  now: number,
): boolean {
  let started = 0;
  let allEndedAt = Number.NEGATIVE_INFINITY;
  const startAt = (at: number) => {
    if (started >= limits.maxDatabases && at >= allEndedAt + limits.cooldownMs) started = 0;
  };
  for (const { createdAt, phase } of runs) {
    startAt(createdAt);
    started += 1;
    const endedAt = hasEnded({ phase }) && "endedAt" in phase ? phase.endedAt : Number.POSITIVE_INFINITY;
    allEndedAt = Math.max(allEndedAt, endedAt);
  }
  startAt(now);
  return started >= limits.maxDatabases;
}
