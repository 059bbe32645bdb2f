// GET /metrics: returns the figures of all migrations, queues and the last sweep, as OpenMetrics text.
import type { HttpHandler } from "@azure/functions";
import { OPEN_METRICS, openMetrics } from "../../../shared/api/metrics.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";

export const getMetrics = (services: Services): HttpHandler =>
  endpoint(services, "GetMetrics", async () => {
    const { migrations, queues, sweeps, clock } = services;
    const [listed, all, sweep] = await Promise.all([queues.list(), migrations.list(), sweeps.last()]);
    const readable = listed.flatMap((one) => ("queue" in one ? [one] : []));
    const body = openMetrics({
      migrations: all.filter(({ isForgotten }) => !isForgotten),
      queues: readable,
      unreadableQueues: listed.length - readable.length,
      sweep,
      now: clock.now(),
    });
    return { status: 200, headers: { "content-type": OPEN_METRICS, "cache-control": "no-store" }, body };
  });
