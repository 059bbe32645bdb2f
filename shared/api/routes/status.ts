// Lists the routes by which sqlferry reports on itself: its health, this contract, and the status page.

import { QueueView, Vms } from "../answers/queues.ts";
import { Diagnosis, HealthView, OpenApiView } from "../answers/status.ts";
import { FILE, type Route, VM } from "./route.ts";

const read = { method: "GET", role: "Ferry.Reader" } as const;
const ofThePage = ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"] as const;

export const STATUS = {
  GetHealth: {
    method: "GET",
    path: "/api/v1/health",
    tag: "status",
    summary: "Is sqlferry well? In one word, to everybody",
    role: "anybody",
    answers: {
      200: { description: "It serves", body: HealthView, example: { status: "ok" } },
      503: {
        description: "A storage does not answer, or the sweep is late",
        body: HealthView,
        headers: ["Retry-After"],
        example: { status: "degraded" },
      },
    },
    problems: [],
  },
  GetDiagnosis: {
    ...read,
    path: "/api/v1/diagnosis",
    tag: "status",
    summary: "What is not well: dependencies, the last sweep, settings that could not be read",
    answers: { 200: { description: "As of now", body: Diagnosis } },
    problems: [],
  },
  ListVms: {
    ...read,
    path: "/api/v1/vms",
    tag: "status",
    summary: "The VMs that have a queue, a line each; one that cannot be read hides no other",
    answers: { 200: { description: "All of them, ordered by key", body: Vms } },
    problems: [],
  },
  GetQueue: {
    ...read,
    path: "/api/v1/vms/{name}/queue",
    tag: "status",
    summary: "Who is at DMS on a VM, who waits in which order, and how far its cap is",
    parameters: VM,
    answers: { 200: { description: "As of now", body: QueueView } },
    problems: ["not-found"],
  },
  GetMetrics: {
    ...read,
    path: "/api/v1/metrics",
    tag: "status",
    summary: "Migrations by state, lags, queues and the last sweep as OpenMetrics text, for Prometheus and its like",
    answers: { 200: { description: "OpenMetrics 1.0", media: ["application/openmetrics-text"] } },
    problems: [],
  },
  GetOpenApi: {
    ...read,
    path: "/api/v1/openapi.json",
    tag: "status",
    summary: "This document",
    answers: { 200: { description: "OpenAPI 3.1", body: OpenApiView } },
    problems: [],
  },
  StatusPage: {
    ...read,
    path: "/",
    tag: "page",
    summary: "The status page; it asks this API like anybody else",
    answers: { 200: { description: "HTML", media: ["text/html"], headers: ofThePage } },
    problems: [],
  },
  PageAsset: {
    ...read,
    path: "/assets/{file}",
    tag: "page",
    summary: "A script, style or picture of the status page",
    parameters: FILE,
    answers: {
      200: { description: "The file", media: ["text/javascript", "text/css", "image/svg+xml"], headers: ofThePage },
    },
    problems: ["not-found"],
  },
} as const satisfies Record<string, Route>;
