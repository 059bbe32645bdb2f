// Keeps a migration service and its integration runtime in the emulator's memory.
import { randomBytes, randomUUID } from "node:crypto";
import { migrationServiceId, type Seed, same } from "./resources.ts";
import type { EmulatorState, ServiceState } from "./state.ts";

/** Created at `readyAt`, without a node. */
export const newService = (name: string, location: string, readyAt: number): ServiceState => ({
  name,
  location,
  readyAt,
  authKey1: newAuthKey(name, location),
  authKey2: newAuthKey(name, location),
  nodes: [],
});

/** "IR@<guid>@<service>@<region>@<base64>". */
export const newAuthKey = (service: string, location: string): string =>
  `IR@${randomUUID()}@${service}@${location}@${randomBytes(32).toString("base64")}`;

/** By resource id. */
export const findService = (seed: Seed, { services }: EmulatorState, id: string): ServiceState | undefined =>
  services.find(({ name }) => same(migrationServiceId(seed, name), id));

export const runtimeState = ({ nodes }: ServiceState): string => (nodes.length > 0 ? "Online" : "NeedRegistration");

/** Those of the seed are there from the beginning. */
export const withSeeded = (services: readonly ServiceState[], seed: Seed): ServiceState[] => [
  ...services,
  ...seed.migrationServices
    .filter((name) => !services.some((one) => same(one.name, name)))
    .map((name) => newService(name, seed.location, 0)),
];
