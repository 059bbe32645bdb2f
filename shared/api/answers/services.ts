// Describes how migration services of DMS, their keys and the hosts of their integration runtimes are answered.
import { z } from "zod";
import { amount, component, list, maybe, text } from "../shapes.ts";

export const Service = component(
  "Service",
  z.object({
    name: text(),
    location: maybe(),
    provisioningState: maybe(),
    integrationRuntimeState: maybe('NeedRegistration, Online, Offline and others; "" where it is not told'),
  }),
);
export type Service = z.infer<typeof Service>;

export const ServiceNoted = component("ServiceNoted", z.object({ name: text(), detail: text() }));

/** Secrets: they are in this answer and stored nowhere. */
export const ServiceKeys = component(
  "ServiceKeys",
  z
    .object({ authKey1: maybe(), authKey2: maybe() })
    .describe("With one of them a host registers; regenerate answers the new one"),
);
export type ServiceKeys = z.infer<typeof ServiceKeys>;
export type ServiceNoted = z.infer<typeof ServiceNoted>;

export const ServiceNodes = component(
  "ServiceNodes",
  z.object({
    items: list(
      z.object({
        nodeName: text(),
        availableMemoryInMB: amount().exactOptional(),
        cpuUtilization: amount("Percent").exactOptional(),
        concurrentJobsLimit: amount().exactOptional(),
        concurrentJobsRunning: amount().exactOptional(),
        maxConcurrentJobs: amount().exactOptional(),
        sentBytes: amount().exactOptional(),
        receivedBytes: amount().exactOptional(),
      }),
      "Complete: a runtime has four hosts at most",
    ),
  }),
);
export type ServiceNodes = z.infer<typeof ServiceNodes>;
