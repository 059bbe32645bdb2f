// Lists the routes that manage migration services of DMS, their keys and the hosts of their integration runtimes.
import { Service, ServiceKeys, ServiceNodes, ServiceNoted } from "../answers/services.ts";
import { RegenerateBody, ServiceBody } from "../bodies.ts";
import { NODE, type Route, SERVICE } from "./route.ts";

const tag = "services";
const read = { method: "GET", tag, role: "Ferry.Reader", parameters: SERVICE } as const;
const change = { tag, role: "Ferry.Admin", parameters: SERVICE } as const;
/** Azure is called, with a name that must be valid there. */
const problems = ["validation", "throttled", "dms-error"] as const;

export const SERVICES = {
  GetService: {
    ...read,
    path: "/api/v1/services/{name}",
    summary: "A migration service, and whether its integration runtime is online",
    answers: { 200: { description: "As Azure shows it", body: Service } },
    problems: [...problems, "not-found"],
  },
  CreateService: {
    ...change,
    method: "PUT",
    path: "/api/v1/services/{name}",
    summary: "Creates a migration service beside the configured one; one that is there already stays as it is",
    body: { schema: ServiceBody, example: { location: "westeurope" } },
    answers: { 202: { description: "Azure creates it", body: ServiceNoted, headers: ["Location", "Retry-After"] } },
    problems,
  },
  ListServiceKeys: {
    ...change,
    method: "POST",
    path: "/api/v1/services/{name}/keys",
    summary: "The keys with which an integration runtime registers; they are kept nowhere",
    answers: { 200: { description: "Both", body: ServiceKeys } },
    problems,
  },
  RegenerateServiceKey: {
    ...change,
    method: "POST",
    path: "/api/v1/services/{name}/keys/regenerate",
    summary: "Makes a key worthless that was given away; runtimes that have registered go on working",
    body: { schema: RegenerateBody, example: { keyName: "authKey1" } },
    answers: { 200: { description: "The new one alone; the other one stays valid", body: ServiceKeys } },
    problems,
  },
  ListServiceNodes: {
    ...read,
    path: "/api/v1/services/{name}/nodes",
    summary: "The hosts of a service's integration runtime, and how busy they are",
    answers: { 200: { description: "All of them: a runtime has four at most", body: ServiceNodes } },
    problems: [...problems, "not-found"],
  },
  DeleteServiceNode: {
    ...change,
    method: "DELETE",
    path: "/api/v1/services/{name}/nodes/{node}",
    parameters: { ...SERVICE, ...NODE },
    summary: "Retires a host of the integration runtime",
    answers: { 204: { description: "Azure knows it no more" } },
    problems: [...problems, "not-found"],
  },
} as const satisfies Record<string, Route>;
