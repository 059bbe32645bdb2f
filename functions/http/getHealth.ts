// GET /health: does the app answer, and do the storages that it cannot do without?
import type { HttpHandler } from "@azure/functions";
import type { Services } from "../../shared/services.ts";
import { json } from "./respond.ts";

export const getHealth =
  ({ migrations, files }: Services): HttpHandler =>
  async (_request, context) => {
    const checks = {
      state: () => migrations.facts("health-probe"),
      backups: () => files.find("health-probe"),
    };
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
    const isWell = results.every(([, result]) => result === "ok");
    return json(isWell ? 200 : 503, { status: isWell ? "ok" : "degraded", dependencies: Object.fromEntries(results) });
  };
