// Checks whether the storages that sqlferry depends on answer, whether the sweep completes, and whether the settings
// could be read.

import type { Diagnosis } from "../../api/answers/status.ts";
import { isUnfinished } from "../../migration/sweep/sweepProgress.ts";
import { type SweepReport, sweepHealth } from "../../migration/sweep/sweepReport.ts";
import type { Invocation, Services } from "../../ports.ts";

export interface Health {
  readonly status: "ok" | "degraded";
  /** False when nothing can be done at present, or nothing was done for long. */
  readonly isServing: boolean;
  /** Names and figures, for people who operate the app. */
  readonly details: Omit<Diagnosis, "status">;
}

/** What does not answer is written to the log with its reason. Never rejects. */
export const lookAtHealth = ({ migrations, files, sweeps, config, clock }: Services) => {
  const since = clock.now();
  return async (invocation: Invocation): Promise<Health> => {
    const checks = {
      state: () => migrations.facts("health-probe"),
      backups: () => files.find("health-probe"),
    };
    const unread = (what: string) => (error: unknown) => {
      invocation.warn(`Health: ${what} cannot be read: ${String(error)}`);
      return undefined;
    };
    const lastSweep = sweeps.last().catch(unread("what the last sweep found"));
    const progress = sweeps.progress().catch(unread("how far the sweep is"));
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          await check();
          return [name, "ok"] as const;
        } catch (error) {
          invocation.warn(`Health: ${name} does not answer: ${String(error)}`);
          return [name, "unreachable"] as const;
        }
      }),
    );
    const [last, known] = [await lastSweep, await progress];
    const now = clock.now();
    const running = isUnfinished(known, now) ? known : undefined;
    const lateAfterMinutes = config.sweep.lateMinutes;
    const { isLate, isWell } = sweepHealth(last, { since, now, lateAfterMinutes, partEndedAt: running?.at });
    const answers = results.every(([, result]) => result === "ok");
    const status = answers && isWell && config.unresolved.length === 0 ? "ok" : "degraded";
    const details: Health["details"] = {
      dependencies: Object.fromEntries(results),
      sweep: {
        isLate,
        ...(last && figuresOf(last, now)),
        ...(running && {
          running: {
            since: running.startedAt,
            stage: running.stage,
            parts: running.parts,
            folders: running.folders,
            lastPart: running.at,
          },
        }),
      },
      ...(config.unresolved.length > 0 && { unresolvedSettings: config.unresolved }),
    };
    return { status, isServing: answers && !isLate, details };
  };
};

const figuresOf = ({ startedAt, endedAt, folders, missed, deleted, failed, faults }: SweepReport, now: Date) => ({
  lastEnd: endedAt,
  seconds: Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000),
  ...{ folders, missed, deleted, faults },
  failed: failed.length,
  ageSeconds: Math.round((now.getTime() - Date.parse(endedAt)) / 1_000),
});
