// Lists the routes by which sqlferry tells of itself: its health, this contract, and the status page.
import { Diagnosis, HealthView, OpenApiView } from "../answers/status.ts";
import { FILE, type Route } from "./route.ts";

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
