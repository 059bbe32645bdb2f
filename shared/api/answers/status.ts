// Describes how sqlferry reports on itself: its health, what does not work, and what its API is.
import { z } from "zod";
import { component, count, flag, list, maybe, text } from "../shapes.ts";

const status = z.enum(["ok", "degraded"]);

export const HealthView = component("Health", z.object({ status }));

/** GET /diagnosis. */
export const Diagnosis = component(
  "Diagnosis",
  z.object({
    status,
    dependencies: z.record(z.string(), z.enum(["ok", "unreachable"])),
    sweep: z
      .object({
        isLate: flag(),
        lastEnd: maybe("UTC"),
        seconds: count().exactOptional(),
        folders: count().exactOptional(),
        missed: count("Files that no event had told").exactOptional(),
        deleted: count().exactOptional(),
        failed: count("Folders that could not be swept").exactOptional(),
        faults: count().exactOptional(),
        ageSeconds: count("Since its end").exactOptional(),
        running: z
          .object({
            since: text("UTC"),
            stage: z.enum(["open", "records", "folders", "ended", "rest"]),
            parts: count("That have ended"),
            folders: count("Swept in them"),
            lastPart: text("UTC; when the last of them ended"),
          })
          .describe("The sweep that is under way, or has died")
          .exactOptional(),
      })
      .describe("The last sweep of the folders, and the one that is under way"),
    unresolvedSettings: list(z.string(), "Their Key Vault references are not resolved").exactOptional(),
  }),
);
export type HealthView = z.infer<typeof HealthView>;
export type Diagnosis = z.infer<typeof Diagnosis>;

/** The OpenAPI Specification defines its shape. */
export const OpenApiView = component(
  "OpenApiDocument",
  z
    .looseObject({
      openapi: z.literal("3.1.0"),
      info: z.looseObject({ title: text(), version: text() }),
      paths: z.looseObject({}),
    })
    .describe("https://spec.openapis.org/oas/v3.1.0"),
);
