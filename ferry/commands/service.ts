// Implements `ferry service`: shows and sets up a migration service of DMS and the integration runtime that reads
// backups from file shares.
import type { ServiceNodes } from "../../shared/api/answers/services.ts";
import { type Api, accepted, apiOf } from "../api.ts";
import { API_OPTIONS, type Command, type Given, oneOf, usageError } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { print, printable, printJson, table } from "../print/print.ts";

export const service: Command = {
  usage:
    "service show|create|keys|regenerate|nodes|delete-node NAME [--location REGION] [--key authKey1|authKey2] [--node NODE] [--json]",
  summary: "look at or create a migration service, and look after its integration runtime",
  options: { ...API_OPTIONS, location: { type: "string" }, key: { type: "string" }, node: { type: "string" } },
  run: async (given) => {
    const [action = "", name, ...more] = given.operands;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (act === undefined || name === undefined || more.length > 0)
      throw usageError(service, "Expected what to do, and the service's name.");
    await act(apiOf(given), `/services/${encodeURIComponent(name)}`, given);
    return EXIT.done satisfies ExitCode;
  },
};

const ACTIONS: Readonly<Record<string, (api: Api, path: string, given: Given) => Promise<void>>> = {
  show: async (api, path, given) => show(given, await api.get<object>(path)),

  create: async (api, path, given) => {
    const location = given.text("location");
    if (location === undefined) throw usageError(service, "Where? --location is the region of the target VMs.");
    show(given, accepted(await api.put<object>(path, { location })));
  },

  /** They are shown once, here; regenerate them when the runtime has registered. */
  keys: async (api, path, given) => show(given, accepted(await api.post<object>(`${path}/keys`, {}))),

  regenerate: async (api, path, given) => {
    const keyName = oneOf(service, given, "key", ["authKey1", "authKey2"]) ?? "authKey1";
    show(given, accepted(await api.post<object>(`${path}/keys/regenerate`, { keyName })));
  },

  nodes: async (api, path, given) => {
    const { items } = await api.get<ServiceNodes>(`${path}/nodes`);
    if (given.flag("json")) return printJson(items);
    const columns = [
      "nodeName",
      "concurrentJobsRunning",
      "concurrentJobsLimit",
      "cpuUtilization",
      "availableMemoryInMB",
    ] as const;
    print(
      items.length === 0
        ? "No host has registered yet."
        : table(
            columns,
            items.map((node) => columns.map((column) => String(node[column] ?? ""))),
          ),
    );
  },

  "delete-node": async (api, path, given) => {
    const node = given.text("node");
    if (node === undefined) throw usageError(service, "Which host? --node NAME; ferry service nodes lists them.");
    accepted(await api.delete(`${path}/nodes/${encodeURIComponent(node)}`));
    print(`${printable(node)} is retired.`);
  },
};

function show(given: Given, facts: object): void {
  if (given.flag("json")) printJson(facts);
  else for (const [name, value] of Object.entries(facts)) print(printable(`${name.padEnd(26)}${value}`));
}
