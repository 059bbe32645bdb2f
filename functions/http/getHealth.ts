// GET /health: does the app answer, and the storages that it cannot do without, does the sweep come to its end, and are its settings read?
import type { HttpHandler } from "@azure/functions";
import { sweepHealth } from "../../shared/migration/sweepReport.ts";
import type { Services } from "../../shared/services.ts";
import { callerWith } from "./caller.ts";
import { json } from "./respond.ts";

/** Anybody may ask, and learns one word: a probe needs no more, and whoever looks for a way in gets no more. A Reader is told what is not well. */
export const getHealth = ({ migrations, files, sweeps, config, clock }: Services): HttpHandler => {
  const since = clock.now();
  return async (request, context) => {
    const checks = {
      state: () => migrations.facts("health-probe"),
      backups: () => files.find("health-probe"),
    };
    const lastSweep = sweeps.last().catch((error: unknown) => {
      context.warn(`Health: what the last sweep found cannot be read: ${String(error)}`);
      return undefined;
    });
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        try {
          await check();
          return [name, "ok"] as const;
        } catch (error) {
          context.warn(`Health: ${name} does not answer: ${String(error)}`);
          return [name, "unreachable"] as const;
        }
      }),
    );
    const last = await lastSweep;
    const now = clock.now();
    const { isLate, isWell } = sweepHealth(last, { since, now, lateAfterMinutes: config.sweep.lateMinutes });
    const answers = results.every(([, result]) => result === "ok");
    const status = answers && isWell && config.unresolved.length === 0 ? "ok" : "degraded";
    const mayRead = "name" in callerWith("Ferry.Reader", request, config.auth);
    const details = {
      dependencies: Object.fromEntries(results),
      sweep: {
        isLate,
        ...(last && {
          lastEnd: last.endedAt,
          seconds: Math.round((Date.parse(last.endedAt) - Date.parse(last.startedAt)) / 1_000),
          folders: last.folders,
          missed: last.missed,
          deleted: last.deleted,
          failed: last.failed.length,
          faults: last.faults,
        }),
      },
      ...(config.unresolved.length > 0 && { unresolvedSettings: config.unresolved }),
    };
    const body = { status, ...(mayRead && details) };
    return answers && !isLate ? json(200, body) : json(503, body, { "retry-after": "10" });
  };
};
